"""The course catalogue, and which courses each kind of school teaches when; CRS, COD."""

from dataclasses import dataclass

import numpy as np
from pandas import DataFrame

from extractor.demo.chance import Chance
from extractor.demo.rows import rows
from extractor.demo.schools import Kind
from extractor.demo.year import Year


@dataclass(frozen=True, slots=True)
class Course:
    """One row of CRS."""

    number: str
    title: str
    low: int
    high: int
    subject: str
    state: str


def _line(number: str, titles: str, grade: int, subject: str, state: str) -> tuple[Course, ...]:
    """One course per title, each a grade above the one before, numbered on from `number`."""
    return tuple(
        Course(f"{int(number) + step:04d}", title, grade + step, grade + step, subject, state)
        for step, title in enumerate(titles.split(", "))
    )


def _free(number: str, titles: str, low: int, high: int, subject: str) -> tuple[Course, ...]:
    """Courses open to a span of grades, numbered on from `number`."""
    return tuple(
        Course(f"{int(number) + step:04d}", title, low, high, subject, "")
        for step, title in enumerate(titles.split(", "))
    )


_HIGH = {
    "english": (
        _line("0101", "English 9, English 10, American Literature, English 12", 9, "A", "9130"),
        _line("0111", "English 9 Hon, English 10 Hon, AP Language, AP Literature", 9, "A", "9131"),
    ),
    "mathematics": (
        _line("0201", "Algebra 1, Geometry, Algebra 2, Precalculus", 9, "B", "9240"),
        _line(
            "0211", "Geometry Hon, Algebra 2 Hon, Precalculus Hon, AP Calculus AB", 9, "B", "9241"
        ),
    ),
    "science": (
        _line("0301", "Biology, Chemistry, Physics, Marine Science", 9, "C", "9350"),
        _line("0311", "Biology Hon, Chemistry Hon, AP Physics 1, AP Biology", 9, "C", "9351"),
    ),
    "history": (
        _line("0401", "Geography, World History, US History, Government", 9, "D", "9090"),
        _line("0411", "Ethnic Studies, AP World History, AP US History, Economics", 9, "D", "9091"),
    ),
    "fifth": (
        _line("0501", "PE 9, PE 10, Weight Training, Dance", 9, "E", "9550"),
        _line("0511", "Spanish 1, Spanish 2, Spanish 3, AP Spanish", 9, "F", "9120"),
    ),
}

ELECTIVES = (
    Course("0634", "AP Statistics", 9, 12, "G", "9268"),
    *_free("0701", "Ceramics, Jazz Band, Drama, Photography, Robotics, Culinary", 9, 12, "G"),
    *_free("0711", "Yearbook, Computer Science, Web Design, Auto Shop, Chorus", 9, 12, "G"),
)

_MIDDLE = (
    _line("1101", "English 6, English 7, English 8", 6, "A", "9100"),
    _line("1201", "Mathematics 6, Mathematics 7, Mathematics 8", 6, "B", "9200"),
    _line("1301", "Science 6, Science 7, Science 8", 6, "C", "9300"),
    _line("1401", "Ancient World, Medieval World, US History 8", 6, "D", "9000"),
    _line("1501", "PE 6, PE 7, PE 8", 6, "E", "9500"),
)

WHEEL = _free("1701", "Art Wheel, Music Wheel, Coding Wheel, Garden Wheel", 6, 8, "G")

_GRADES = ("K", "1", "2", "3", "4", "5", "6")

_ELEMENTARY = tuple(
    _line(number, ", ".join(f"{title} {grade}" for grade in _GRADES), 0, subject, state)
    for number, title, subject, state in (
        ("2000", "Homeroom", "", ""),
        ("2100", "Language Arts", "A", "9100"),
        ("2200", "Math", "B", "9200"),
        ("2300", "Science", "C", "9300"),
        ("2400", "Social Studies", "D", "9000"),
        ("2500", "Writing", "A", "9100"),
        ("2600", "PE", "E", "9500"),
        ("2700", "Music", "G", "9400"),
    )
)

NO_ZERO_PERIOD = Course("0001", "No Zero Period", 9, 12, "", "6012")

CATALOGUE: tuple[Course, ...] = (
    NO_ZERO_PERIOD,
    *(course for lines in _HIGH.values() for line in lines for course in line),
    *ELECTIVES,
    *(course for line in _MIDDLE for course in line),
    *WHEEL,
    *(course for line in _ELEMENTARY for course in line),
)


TITLES: dict[str, str] = {course.number: course.title for course in CATALOGUE}


@dataclass(frozen=True, slots=True)
class Slot:
    """
    One class that every student of a school takes.

    `terms` and `choices` go round the school's sections; `choices` holds lines of
    courses, one course per grade, or one course for all grades. `splits` (MST.SP) go
    round the grades of a school with periods: halves of the term, every other day.
    """

    terms: str
    choices: tuple[tuple[Course, ...], ...]
    elective: bool = False
    splits: tuple[str, ...] = ("",)


def _electives(terms: str, first: int) -> Slot:
    """Every elective, from this one on: a student's fall and spring ones differ."""
    turned = ELECTIVES[first:] + ELECTIVES[:first]
    choices = tuple((course,) for course in turned)
    return Slot(terms, choices, elective=True, splits=("FIRST", "SECOND", "", ""))


_EVERY_OTHER_DAY = {"fifth": ("A-DAYS", "B-DAYS")}

_HIGH_DAY = (
    _electives("FFFFFFF1", 0),
    *(Slot("Y", lines, splits=_EVERY_OTHER_DAY.get(name, ("",))) for name, lines in _HIGH.items()),
    _electives("SSSSSSS3", 5),
)

DAYS: dict[Kind, tuple[Slot, ...]] = {
    "high": _HIGH_DAY,
    "flex": _HIGH_DAY,
    "middle": (
        Slot("123", tuple((course,) for course in WHEEL), elective=True),
        *(Slot("Y", (line,)) for line in _MIDDLE),
    ),
    "elementary_mst": tuple(Slot("Y", (line,)) for line in _ELEMENTARY),
}


def courses(year: Year, chance: Chance) -> DataFrame:
    """Build CRS."""
    index = np.array([int(course.number) for course in CATALOGUE], dtype=np.int64)
    fields = [
        (c.number, c.title, f"{c.title} (full description)", c.low, c.high, c.state, c.subject)
        for c in CATALOGUE
    ]
    names = ("CN", "CO", "DE", "LO", "HI", "C3", "S1")
    columns = {
        name: np.array(values, dtype=object)
        for name, values in zip(names, zip(*fields, strict=True), strict=True)
    }
    return rows(
        "CRS",
        len(index),
        **columns,
        DC=columns["S1"],
        DTS=year.moments(chance, "CRS.DTS", index),
    )


_CODES = """
STU TG * Pre-enrolled
STU TG I Inactive
STU TG N No show
STU TG Z Left the district
STU HL 00 English
STU HL 01 Spanish
STU HL 02 Vietnamese
STU HL 03 Cantonese
STU HL 23 Hmong
STU SX M Male
STU SX F Female
STU SX X Nonbinary
CON RL 10 Mother
CON RL 11 Father
CON RL 20 Stepparent
CON RL 30 Grandparent
CON RL 40 Guardian
MST ST X Excluded
MST ST Y Planning only
GBK SM Y Year
"""

_GRADE_NAMES = (
    (-2, "Preschool"),
    (-1, "Transitional kindergarten"),
    (0, "Kindergarten"),
    *((grade, f"Grade {grade}") for grade in range(1, 13)),
    (13, "Graduated"),
    (14, "Adult"),
    (15, "Pre-kindergarten"),
    (16, "Infant"),
    (17, "Preschool"),
    (18, "Other"),
)


def codes() -> DataFrame:
    """Build COD, district-wide lists only."""
    entries = [line.split(" ", 3) for line in _CODES.strip().splitlines()]
    entries += [["STU", "GR", str(grade), name] for grade, name in _GRADE_NAMES]
    columns = {
        name: np.array(values, dtype=object)
        for name, values in zip(("TC", "FC", "CD", "DE"), zip(*entries, strict=True), strict=True)
    }
    return rows("COD", len(entries), **columns)
