"""Word lists for invented people and places, and how a name becomes a login."""

import unicodedata

import numpy as np

from extractor.demo.chance import Flags, Ints, Objects


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FEMALE = _words(
    """
    Abigail Adriana Aisha Alejandra Alma Amelia Amira Ana Angelica Anh Anika Ariana Bao Beatriz
    Brianna Camila Carmen Chloe Citlali Dalia Daniela Destiny Elena Emily Esperanza Fatima
    Gabriela Grace Guadalupe Hannah Harper Hoa Imani Isabella Itzel Jade Jasmine Jiaying
    Josefina Kalia Kavya Keiko Kiana Lan Layla Leilani Linh Lucía Mai Malia Maria Mariana Mei
    Mina Naomi Natalia Ngoc Noelia Olivia Paloma Pa-Nhia Priya Quynh Rachel Ruth Sakura Sofía
    Soo-jin Tala Thao Valentina Victoria Xiomara Xiu Yadira Yesenia Zara Zoe
    """
)

MALE = _words(
    """
    Aaron Adrián Ahmed Alejandro Amir Andrés Anthony Arjun Armando Benjamin Binh Brandon Bruno
    Caleb Carlos César Chue Cruz Daniel Darius David Diego Duc Eduardo Elijah Emiliano Enrique
    Ethan Ezekiel Fernando Francisco Gael Gustavo Hao Hassan Hiroshi Hugo Isaac Ismael Jamal
    Javier Jesús Jian Joaquín Jorge José Julian Kai Kevin Khang Kou Leonardo Liam Logan Lorenzo
    Luis Malik Marcus Mateo Miguel Minh Nathan Nikhil Noah Omar Oscar Pao Pedro Quang Rafael
    Raúl Ricardo Samuel Santiago Sione Tomás Tou Tuan Victor Wei Xavier Yer Zachary
    """
)

LAST = _words(
    """
    Abdi Acosta Adams Aguilar Alvarado Alvarez Anderson Arellano Avila Bautista Becerra Begay
    Bell Brown Bui Cabrera Campos Cardenas Carrillo Castillo Castro Cervantes Chan Chang Chávez
    Chen Choi Clark Contreras Cooper Cortez Cruz Dang Davis Deleon Delgado Diaz Dinh Domínguez
    Edwards Espinoza Estrada Evans Fernandez Figueroa Flores Foster Franco Fuentes Gallegos
    Garcia Garza Gill Gomez Gonzalez Green Guerrero Gutierrez Guzman Hall Hang Harris Her
    Hernandez Herrera Ho Huang Huerta Hughes Ibarra Ito Jackson Jaramillo Jimenez Johnson
    Juárez Kaur Khan Kim King Kue Lara Le Lee Leon Li Lin Liu Lo Lopez Lor Lozano Lucero Luna
    Ly Macias Mahmoud Maldonado Martin Martinez Medina Mejia Mendez Mendoza Meza Miller Miranda
    Molina Montoya Morales Moreno Moua Moreau Muñoz Murphy Nakamura Navarro Ngo Nguyen Novak
    O'Connor O'Neal Ochoa Okafor Ortega Ortiz Osorio Pacheco Padilla Park Patel Peña Perez Pham
    Phan Pineda Powell Quintero Ramirez Ramos Reyes Rios Rivera Robinson Rodriguez Rojas Romero
    Rosales Ruiz Saechao Salazar Salinas Sanchez Sandoval Santos Sato Serrano Shah Sharma Silva
    Singh Smith Solis Soto Suarez Tafoya Tamayo Tanaka Taylor Thao Torres Tran Trejo Trujillo
    Truong Tsai Uribe Valdez Valencia Vang Vargas Vasquez Vega Velasco Villa Villanueva Vo Vu
    Walker Wang White Williams Wilson Wong Wright Wu Xiong Yamamoto Yang Yee Young Yu Zamora
    Zavala Zhang Zhao Zuniga
    """
)

STREETS = _words(
    """
    Alder Almond Aspen Birch Buckeye Cedar Cherry Cypress Elm Fig Hazel Juniper Laurel Madrone
    Magnolia Manzanita Maple Mulberry Myrtle Oak Olive Orange Palm Pepper Pine Poplar Redwood
    Sage Spruce Sycamore Walnut Willow
    """
)

PLACES = (("Eagle", "90001"), ("Talon", "90002"), ("Aerie Springs", "90003"), ("Perch", "90004"))

BIRDS = _words(
    """
    Osprey Heron Kestrel Falcon Condor Quail Egret Sparrow Finch Plover Avocet Curlew Swallow
    Oriole Tanager Warbler Bluebird Robin Towhee Phoebe Thrasher Merlin Harrier Pelican Grebe
    Bittern Godwit Willet Sandpiper Kingfisher Flicker Nuthatch Wren Dipper Bushtit Vireo
    Starling Martin Pipit Siskin
    """
)

SHADES = (
    "",
    *_words(
        """
    Silver Crimson Amber Sierra Valley Canyon River Coastal Prairie Desert Mountain Northern
    Southern Western Eastern Spotted Crested Ringed Great Little
    """
    ),
)


def folded(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names as logins spell them: lower-case ASCII letters only."""
    return tuple(_folded(name) for name in names)


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain.lower() if letter.isalpha())


def first_names(female: Flags, turn: Ints) -> Objects:
    """Return a first name per turn."""
    girls, boys = np.array(FEMALE, dtype=object), np.array(MALE, dtype=object)
    return np.where(female, girls[turn % len(girls)], boys[turn % len(boys)]).astype(object)


def preferred_names(first: Objects, female: Flags, turn: Ints) -> Objects:
    """Return a first name per turn that is not the one somebody has."""
    chosen, next_one = first_names(female, turn), first_names(female, turn + 1)
    return np.where(chosen == first, next_one, chosen).astype(object)


def joined(*parts: Objects | str) -> Objects:
    """Join text columns, row by row, without separators."""
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return np.asarray(total, dtype=object)
