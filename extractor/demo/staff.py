"""Staff: STF, TCH, UGN."""

from dataclasses import dataclass

import numpy as np
from pandas import DataFrame

from extractor.demo.chance import Chance, Flags, Ints, Objects
from extractor.demo.cohorts import cohorts, teacher_of_homeroom
from extractor.demo.names import FEMALE, LAST, MALE, first_names, folded, joined, preferred_names
from extractor.demo.phones import phones
from extractor.demo.rows import rows
from extractor.demo.schedule import Schedule
from extractor.demo.schools import School
from extractor.demo.students import COUNSELLOR, DOMAIN, STUDENTS_PER_COUNSELLOR
from extractor.demo.year import Year

_PRINCIPAL, _SECRETARY, _AIDE, _ASSISTANT_PRINCIPAL = 1, 2, 3, 4
_DISTRICT = 0

# UGN.UTY by title; anybody else is an `aduser`.
_USER_TYPES = {
    "Teacher": "adteacher",
    "Principal": "adadmin",
    "Assistant Principal": "adadmin",
    "Superintendent": "adadmin",
}


@dataclass(frozen=True, slots=True)
class Person:
    """
    Someone who works at a school, or in the district's office (school 0).

    `number` is TCH.TN where there is such a row.
    """

    school: int
    number: int
    title: str
    room: str
    low: int
    high: int
    track: str = ""
    teacher_row: bool = True


@dataclass(frozen=True, slots=True)
class Faculty:
    """Everyone who works in the district."""

    people: tuple[Person, ...]

    def numbers(self, name: str) -> Ints:
        """Return a whole number about everyone."""
        return np.array([getattr(person, name) for person in self.people], dtype=np.int64)

    def texts(self, name: str) -> Objects:
        """Return a text about everyone."""
        return np.array([getattr(person, name) for person in self.people], dtype=np.object_)

    @property
    def id(self) -> Ints:
        """STF.ID."""
        return self.numbers("school") * 1000 + self.numbers("number")

    @property
    def taught(self) -> Flags:
        """Who has a row in TCH."""
        return self.numbers("teacher_row").astype(np.bool_)


def faculty(plans: tuple[tuple[School, Schedule | None], ...]) -> Faculty:
    """Hire a superintendent and who the schools need; the inactive school needs nobody."""
    hired = (
        person
        for school, plan in plans
        if school.kind != "inactive"
        for person in _hired(school, plan)
    )
    superintendent = Person(_DISTRICT, 1, "Superintendent", "", -1, 12, teacher_row=False)
    return Faculty((superintendent, *hired))


def _hired(school: School, plan: Schedule | None) -> list[Person]:
    low, high = min(school.shape.grades), max(school.shape.grades)
    secondary = school.kind in {"middle", "high"}
    titles = {_PRINCIPAL: "Principal", _SECRETARY: "Secretary", _AIDE: "Instructional Aide"}
    titles |= {_ASSISTANT_PRINCIPAL: "Assistant Principal"} if secondary else {}
    office = [
        Person(school.code, number, title, "OFC", low, high, teacher_row=False)
        for number, title in titles.items()
    ]
    counsellors = [
        Person(school.code, COUNSELLOR + turn, "Counselor", "OFC", low, high)
        for turn in range(school.students // STUDENTS_PER_COUNSELLOR + 1)
        if secondary
    ]
    teachers = _homeroom_teachers(school) if plan is None else _subject_teachers(plan)
    return office + teachers + counsellors


def _homeroom_teachers(school: School) -> list[Person]:
    groups = cohorts(school)
    numbers = teacher_of_homeroom(school, groups).tolist()
    grades = [school.shape.grades[position] for position in groups.grade.tolist()]
    tracks = ("A", "B", "C", "D") if school.kind == "year_round" else ("",)
    return [
        Person(
            school.code, number, "Teacher", str(number - 400), grade, grade, tracks[n % len(tracks)]
        )
        for n, (number, grade) in enumerate(zip(numbers, grades, strict=True))
    ]


def _subject_teachers(plan: Schedule) -> list[Person]:
    numbers, first, of_section = np.unique(plan.teacher, return_index=True, return_inverse=True)
    low = np.full(len(numbers), 99, dtype=np.int64)
    high = np.full(len(numbers), -99, dtype=np.int64)
    np.minimum.at(low, of_section, plan.low)
    np.maximum.at(high, of_section, plan.high)
    columns = (column.tolist() for column in (numbers, plan.room[first], low, high))
    return [
        Person(
            plan.school.code,
            number,
            "Teacher",
            room,
            least,
            most,
            teacher_row=plan.school.kind != "flex",
        )
        for number, room, least, most in zip(*columns, strict=True)
    ]


def staff(people: Faculty, year: Year, chance: Chance) -> DataFrame:
    """Build STF."""
    first, last, login, gender = _names(people, chance)
    index = people.id
    turn = chance.below(1 << 40, "STF.FNP name", index)
    preferred = preferred_names(first, gender == "F", turn)
    hired = year.start - 1 - chance.below(25, "STF.HD", index) - 1970
    likes_another = chance.happens(0.05, "STF.FNP", index)
    born = year.start - 25 - chance.below(35, "STF.BD", index) - 1970
    days = chance.below(365, "STF.BD day", index).astype("timedelta64[D]")
    return rows(
        "STF",
        len(index),
        ID=index,
        FN=first,
        LN=last,
        FNP=np.where(likes_another, preferred, "").astype(object),
        SID=(1_000_000_000 + index * 7).astype(str).astype(object),
        EM=joined(login, DOMAIN),
        NID=login,
        GN=gender,
        BD=(born.astype("datetime64[Y]").astype("datetime64[D]") + days).astype("datetime64[ms]"),
        HD=(hired.astype("datetime64[Y]").astype("datetime64[M]") + 7).astype("datetime64[ms]"),
        PS=chance.pick(("1", "1", "1", "2"), "STF.PS", index),
        PSC=people.numbers("school"),
        TI=people.texts("title"),
        TL=phones(0.85, "STF.TL", index, chance),
        CP=phones(0.6, "STF.CP", index, chance),
        TG="",
        DTS=year.moments(chance, "STF.DTS", index),
    )


def _names(people: Faculty, chance: Chance) -> tuple[Objects, Objects, Objects, Objects]:
    female = chance.happens(0.6, "STF.GN", people.id)
    last = chance.below(len(LAST), "STF.LN", people.id)
    index = chance.below(1 << 40, "STF.FN", people.id)
    girls, boys = index % len(FEMALE), index % len(MALE)
    first = first_names(female, index)
    plain = np.where(female, _array(folded(FEMALE))[girls], _array(folded(MALE))[boys])
    login = joined(plain, ".", _array(folded(LAST))[last], people.id.astype(str).astype(object))
    return first, _array(LAST)[last], login, np.where(female, "F", "M").astype(object)


def _array(values: tuple[str, ...]) -> Objects:
    return np.array(values, dtype=object)


def _initials(names: Objects) -> Objects:
    return np.array([name[:1] for name in names], dtype=object)


def teachers(people: Faculty, staff: DataFrame, year: Year, chance: Chance) -> DataFrame:
    """Build TCH: counsellors and teachers, but nobody of a flex school."""
    chosen = people.taught
    first = staff.FN.to_numpy(dtype=object)[chosen]
    last = staff.LN.to_numpy(dtype=object)[chosen]
    return rows(
        "TCH",
        int(chosen.sum()),
        SC=people.numbers("school")[chosen],
        TN=people.numbers("number")[chosen],
        TE=joined(last, ", ", _initials(first)),
        TF=first,
        TLN=last,
        ID=people.id[chosen],
        EM=staff.EM.to_numpy(dtype=object)[chosen],
        RM=people.texts("room")[chosen],
        LO=people.numbers("low")[chosen],
        HI=people.numbers("high")[chosen],
        TR=people.texts("track")[chosen],
        TG="",
        DTS=year.moments(chance, "TCH.DTS", people.id[chosen]),
    )


def logins(people: Faculty, staff: DataFrame, year: Year, chance: Chance) -> DataFrame:
    """Build UGN: a login for nearly everyone."""
    has = ~chance.happens(0.04, "UGN", people.id) | (people.numbers("number") % 100 < 20)
    kept = staff[has]
    kinds = [_USER_TYPES.get(person.title, "aduser") for person in people.people]
    return rows(
        "UGN",
        len(kept),
        UID=5_000_000 + kept.ID.to_numpy(),
        UN=kept.NID.to_numpy(),
        LN=kept.LN.to_numpy(),
        FN=kept.FN.to_numpy(),
        EM=kept.EM.to_numpy(),
        SID=kept.ID.to_numpy(),
        UTY=_array(tuple(kinds))[has],
        DTS=year.moments(chance, "UGN.DTS", kept.ID.to_numpy()),
    )
