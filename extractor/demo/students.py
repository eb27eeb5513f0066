"""Students: who goes to which school, grade and family; STU."""

from dataclasses import dataclass

import numpy as np
from pandas import DataFrame

from extractor.demo.chance import Chance, Ints, Objects
from extractor.demo.cohorts import cohorts, teacher_of_homeroom
from extractor.demo.names import (
    FEMALE,
    LAST,
    MALE,
    PLACES,
    STREETS,
    first_names,
    folded,
    joined,
    preferred_names,
)
from extractor.demo.phones import phones
from extractor.demo.rows import rows
from extractor.demo.schools import School
from extractor.demo.year import Moments, Year

COUNSELLOR = 901
STUDENTS_PER_COUNSELLOR = 400
DOMAIN = "@eagle-unified.example"


@dataclass(frozen=True, slots=True)
class Body:
    """All students of the district, an array item each, by school and student number."""

    school: Ints
    number: Ints
    grade: Ints
    family: Ints
    teacher: Ints
    track: Objects
    first_day: Moments

    @property
    def id(self) -> Ints:
        """STU.ID."""
        return self.school * 100_000 + self.number


def body(schools: tuple[School, ...], year: Year, chance: Chance) -> Body:
    """Enrol every student in a school, a grade, a homeroom and a family."""
    school = np.concatenate([np.full(s.students, s.code, dtype=np.int64) for s in schools])
    number = np.concatenate([s.numbers for s in schools])
    return Body(
        school=school,
        number=number,
        grade=np.concatenate([s.grades for s in schools]),
        family=_families(school * 100_000 + number, chance),
        teacher=np.concatenate([_teacher(s) for s in schools]),
        track=np.concatenate([_track(s) for s in schools]),
        first_day=np.concatenate([first_days(s, year, chance) for s in schools]),
    )


def _families(student: Ints, chance: Chance) -> Ints:
    """Number the families; students who follow one another in a shuffle are siblings."""
    order = np.argsort(chance.bits("family order", student), kind="stable")
    starts = ~chance.happens(0.35, "sibling", student[order])
    starts[0] = True
    family = np.empty(len(student), dtype=np.int64)
    family[order] = 100 + np.cumsum(starts)
    return family


def _teacher(school: School) -> Ints:
    """STU.CU: the homeroom teacher, in secondary schools a counsellor, elsewhere none."""
    if school.kind in {"middle", "high"}:
        return COUNSELLOR + school.numbers // STUDENTS_PER_COUNSELLOR
    if school.kind in {"flex", "inactive"}:
        return np.zeros(school.students, dtype=np.int64)
    groups = cohorts(school)
    return np.asarray(teacher_of_homeroom(school, groups)[groups.of_student])


def _track(school: School) -> Objects:
    if school.kind != "year_round":
        return np.full(school.students, "", dtype=object)
    tracks = np.array(["A", "B", "C", "D"], dtype=object)
    return np.asarray(tracks[cohorts(school).of_student % 4], dtype=object)


def first_days(school: School, year: Year, chance: Chance) -> Moments:
    """Return STU.ED: the first day of school; one in twenty came some weeks later."""
    terms = year.terms(school.shape.calendar)
    first = terms[0].first if terms else year.day(8, 14)
    student = school.code * 100_000 + school.numbers
    late = chance.happens(0.05, "late", student) & (school.numbers > 40)
    weeks = np.where(late, chance.below(8, "STU.ED", student) + 1, 0)
    gone = max(0, int((year.as_of - first).astype(np.int64)) // 7)
    days = (np.minimum(weeks, gone) * 7).astype("timedelta64[D]")
    return np.asarray(first.astype("datetime64[ms]") + days, dtype="datetime64[ms]")


@dataclass(frozen=True, slots=True)
class _Names:
    first: Objects
    last: Objects
    login: Objects
    sex: Objects


def _names(who: Body, chance: Chance) -> _Names:
    female = chance.happens(0.5, "STU.SX", who.id)
    last = chance.below(len(LAST), "family name", who.family)
    index = chance.below(1 << 40, "STU.FN", who.id)
    girls, boys = index % len(FEMALE), index % len(MALE)
    first = first_names(female, index)
    plain = np.where(female, _array(folded(FEMALE))[girls], _array(folded(MALE))[boys])
    login = joined(plain, ".", _array(folded(LAST))[last], who.id.astype(str).astype(object))
    sex = np.where(female, "F", "M").astype(object)
    return _Names(first, _array(LAST)[last], login, sex)


@dataclass(frozen=True, slots=True)
class _Preferred:
    first: Objects
    middle: Objects
    last: Objects


def _preferred(who: Body, names: _Names, chance: Chance) -> _Preferred:
    """One in twenty goes by another first name, a few by another middle or last name."""

    def some(share: float, column: str, values: Objects) -> Objects:
        return np.where(chance.happens(share, column, who.id), values, "").astype(object)

    female = names.sex == "F"
    first = chance.below(1 << 40, "STU.FNA name", who.id)
    middle = first_names(female, chance.below(1 << 40, "STU.MNA name", who.id))
    return _Preferred(
        some(0.05, "STU.FNA", preferred_names(names.first, female, first)),
        some(0.005, "STU.MNA", middle),
        some(0.005, "STU.LNA", chance.pick(LAST, "STU.LNA name", who.id)),
    )


def _array(values: tuple[str, ...]) -> Objects:
    return np.array(values, dtype=object)


def students(who: Body, year: Year, chance: Chance) -> DataFrame:
    """Build STU."""
    names, street, race = _names(who, chance), _address(who, chance), _race(who, chance)
    elementary = who.grade <= 5
    language = chance.pick(("00",) * 6 + ("01",) * 3 + ("02", "03", "23"), "HL", who.family)
    middle = chance.pick((*FEMALE, *("",) * 60), "STU.MN", who.id)
    preferred = _preferred(who, names, chance)
    return rows(
        "STU",
        len(who.id),
        SC=who.school,
        SN=who.number,
        ID=who.id,
        CID=joined("7", (who.id * 7 + 111_111_111).astype(str).astype(object)),
        LN=names.last,
        FN=names.first,
        MN=middle,
        SF=chance.pick(("",) * 60 + ("Jr.", "III"), "STU.SF", who.id),
        LNA=preferred.last,
        FNA=preferred.first,
        MNA=preferred.middle,
        SX=names.sex,
        GN=names.sex,
        BD=_birth_dates(who, year, chance),
        GR=who.grade,
        NG=who.grade + 1,
        NS=who.school,
        TG="",
        CU=who.teacher,
        TR=who.track,
        ED=who.first_day,
        ETH=race[0],
        RC1=race[1],
        BCY=chance.pick((*(place for place, _ in PLACES), "", ""), "STU.BCY", who.id),
        BST="CA",
        BCU="US",
        HL=language,
        CL=language,
        LF=np.where(language == "00", "E", "L").astype(object),
        SEM=joined(names.login, DOMAIN),
        NID=np.where(elementary, "", joined("s", who.id.astype(str).astype(object))),
        TL=street[3],
        MPH=np.where(elementary, "", phones(0.7, "STU.MPH", who.id, chance)).astype(object),
        AD=street[0],
        CY=street[1],
        ST="CA",
        ZC=street[2],
        FK=who.family,
        DTS=year.moments(chance, "STU.DTS", who.id),
    )


def _birth_dates(who: Body, year: Year, chance: Chance) -> Moments:
    """Five before September in kindergarten; the year before that for TK."""
    born = np.asarray(year.start - 6 - who.grade - 1970).astype("datetime64[Y]")
    start = born.astype("datetime64[D]") + np.timedelta64(244, "D")
    days = chance.below(365, "STU.BD", who.id).astype("timedelta64[D]")
    return np.asarray(start + days, dtype="datetime64[ms]")


def _address(who: Body, chance: Chance) -> tuple[Objects, Objects, Objects, Objects]:
    number = (chance.below(9_800, "street number", who.family) + 100).astype(str).astype(object)
    street = joined(number, " ", chance.pick(STREETS, "street", who.family), " St")
    place = chance.below(len(PLACES), "place", who.family)
    phone = (5_550_000_000 + chance.below(9_999_999, "phone", who.family)).astype(str)
    city, code = (_array(column) for column in zip(*PLACES, strict=True))
    return street, city[place], code[place], phone.astype(object)


_CODES = ("700",) * 8 + ("600", "600", "201", "204", "205", "206", "208", "299", "303", "100")


def _race(who: Body, chance: Chance) -> tuple[Objects, Objects]:
    hispanic = chance.happens(0.45, "ETH", who.family)
    return np.where(hispanic, "Y", "N").astype(object), chance.pick(_CODES, "RC1", who.family)
