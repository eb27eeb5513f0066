"""The schools of the demo district: which, how big, when; LOC, TRM, FTF, OPT."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pandas import DataFrame

from extractor.demo.chance import Chance, Ints, Objects
from extractor.demo.names import BIRDS, PLACES, SHADES
from extractor.demo.rows import rows
from extractor.demo.year import Year

Kind = Literal["elementary", "year_round", "elementary_mst", "middle", "high", "flex", "inactive"]


@dataclass(frozen=True, slots=True)
class Shape:
    """
    What schools of one kind have in common.

    `grades` is the order in which student numbers go round the grades, `base` what
    teacher numbers start after, `scheduling` LOC.E, whose values are inferred.
    """

    grades: tuple[int, ...]
    calendar: str
    class_size: int
    base: int
    title: str
    scheduling: str


SHAPES: dict[Kind, Shape] = {
    "elementary": Shape((0, 1, 2, 3, 4, 5, -1), "year", 24, 420, "Elementary", "E"),
    "year_round": Shape((0, 1, 2, 3, 4, 5, -1), "year_round", 24, 420, "YR Elementary", "E"),
    "elementary_mst": Shape((0, 1, 2, 3, 4, 5, 6), "year", 24, 420, "Elementary", "M"),
    "middle": Shape((6, 7, 8), "trimesters", 28, 500, "Intermediate", "S"),
    "high": Shape((9, 10, 11, 12), "semesters", 28, 600, "High", "S"),
    "flex": Shape((9, 10, 11, 12), "semesters", 28, 600, "Flex High", "F"),
    "inactive": Shape((9, 10, 11, 12, 8, 7), "none", 28, 0, "Inactive Students", "S"),
}


@dataclass(frozen=True, slots=True)
class School:
    """One school; its students are numbered 1 to `students`."""

    code: int
    name: str
    short: str
    kind: Kind
    students: int

    @property
    def shape(self) -> Shape:
        """What it shares with its kind."""
        return SHAPES[self.kind]

    @property
    def numbers(self) -> Ints:
        """STU.SN of its students."""
        return np.arange(1, self.students + 1, dtype=np.int64)

    @property
    def grades(self) -> Ints:
        """The grade of each student: student numbers go round the grades."""
        cycle = np.array(self.shape.grades, dtype=np.int64)
        return np.asarray(cycle[(self.numbers - 1) % len(cycle)], dtype=np.int64)


# code, name, short name, kind, students in the smallest district, weight above it
_CORE: tuple[tuple[int, str, str, Kind, int, int], ...] = (
    (894, "Eagle Flex High School", "Flex High", "flex", 5, 8),
    (990, "Golden Eagle Elementary", "Golden Eagle", "elementary", 10, 15),
    (991, "Tawny Eagle YR Elementary", "Tawny Eagle", "year_round", 8, 13),
    (992, "Hawk Elementary", "Hawk", "elementary_mst", 9, 17),
    (993, "Bald Eagle Intermediate", "Bald Eagle", "middle", 12, 20),
    (994, "Screaming Eagle High School", "Screaming Eagle", "high", 14, 26),
    (999, "Inactive Students", "Inactive", "inactive", 2, 1),
)

SMALLEST = sum(school[4] for school in _CORE)

# The seven named schools hold everyone up to _ALONE students; above that they
# keep _TOGETHER, so that those added are never tiny.
_ALONE, _TOGETHER = 5_000, 3_000

_ADDED: tuple[tuple[tuple[Kind, ...], float, int], ...] = (
    (
        ("elementary_mst", "elementary_mst", "elementary", "elementary_mst", "year_round")
        + ("elementary_mst",) * 3,
        0.45,
        640,
    ),
    (("middle",), 0.20, 900),
    (("high", "high", "high", "flex"), 0.35, 1_600),
)


def core(students: int) -> tuple[School, ...]:
    """Return the seven schools that every demo district has."""
    total = students if students <= _ALONE else _TOGETHER
    extra = total - SMALLEST
    weights = [school[5] for school in _CORE]
    shares = [extra * weight // sum(weights) for weight in weights]
    shares[5] += extra - sum(shares)
    return tuple(
        School(code, name, short, kind, least + share)
        for (code, name, short, kind, least, _), share in zip(_CORE, shares, strict=True)
    )


def added(students: int) -> tuple[School, ...]:
    """Return the further schools of a bigger district, from code 101 upward."""
    if students <= _ALONE:
        return ()
    rest = students - _TOGETHER
    # 640 schools at most, so that every code stays below the named ones.
    scale = max(1.0, rest / 500_000)
    plans: list[tuple[Kind, int]] = []
    for kinds, share, size in _ADDED:
        pupils = round(rest * share) if share != 0.35 else rest - sum(n for _, n in plans)
        count = max(1, round(pupils / (size * scale)))
        plans += [
            (kinds[number % len(kinds)], pupils // count + (number < pupils % count))
            for number in range(count)
        ]
    return tuple(_named(number, kind, size) for number, (kind, size) in enumerate(plans))


def _named(number: int, kind: Kind, students: int) -> School:
    shade, bird = SHADES[number // len(BIRDS)], BIRDS[number % len(BIRDS)]
    short = f"{shade} {bird}".strip()
    return School(101 + number, f"{short} {SHAPES[kind].title}", short, kind, students)


def locations(schools: tuple[School, ...], year: Year, chance: Chance) -> DataFrame:
    """Build LOC: the district as school 0, then the schools."""
    codes = np.array([0, *(school.code for school in schools)], dtype=np.int64)
    district = ("Eagle Unified School District", "Eagle USD", "", -1, 12)
    about = [district, *(_about(school) for school in schools)]
    names, shorts, scheduling, low, high = (_texts(column) for column in zip(*about, strict=True))
    return rows(
        "LOC",
        len(codes),
        CD=codes,
        NM=names,
        SNM=shorts,
        TG=np.where(codes == 999, "I", "").astype(object),
        E=scheduling,
        LO=low,
        HI=high,
        CC="99",
        DC="99999",
        SC=_texts(f"{6_000_000 + code if code else 0:07d}" for code in codes),
        AD=_texts(f"{code or 1} Eyrie Way" for code in codes),
        CY=PLACES[0][0],
        ST="CA",
        ZC=PLACES[0][1],
        TL=_texts(f"555555{code:04d}" for code in codes),
        DTS=year.moments(chance, "LOC.DTS", codes),
    )


def _about(school: School) -> tuple[str, str, str, int, int]:
    shape = school.shape
    return school.name, school.short, shape.scheduling, min(shape.grades), max(shape.grades)


def _texts(values: Iterable[object]) -> Objects:
    return np.array(list(values), dtype=np.object_)


def terms(schools: tuple[School, ...], year: Year, chance: Chance) -> DataFrame:
    """Build TRM."""
    spans = [
        (school.code, term) for school in schools for term in year.terms(school.shape.calendar)
    ]
    codes = np.array([code for code, _ in spans], dtype=np.int64)
    return rows(
        "TRM",
        len(spans),
        SC=codes,
        TM=_texts(term.code for _, term in spans),
        D1=np.array([term.first for _, term in spans], dtype="datetime64[ms]"),
        D2=np.array([term.last for _, term in spans], dtype="datetime64[ms]"),
        DTS=year.moments(chance, "TRM.DTS", codes),
    )


FLEX_PERIODS = 8


def flex_periods(schools: tuple[School, ...], year: Year, chance: Chance) -> DataFrame:
    """Build FTF: eight periods of 50 minutes from 7:05 AM per flex school."""
    codes = np.array([school.code for school in schools if school.kind == "flex"], dtype=np.int64)
    period = np.tile(np.arange(FLEX_PERIODS, dtype=np.int64), len(codes))
    sequence = flex_sequence(np.repeat(codes, FLEX_PERIODS), period)
    return rows(
        "FTF",
        len(period),
        SQ=sequence,
        SC=np.repeat(codes, FLEX_PERIODS),
        STI=_texts(f"P{number}" for number in period),
        ST=_texts(_clock(425 + 55 * int(number)) for number in period),
        ET=_texts(_clock(475 + 55 * int(number)) for number in period),
        DTS=year.moments(chance, "FTF.DTS", sequence),
    )


def flex_sequence(school: Ints | int, period: Ints) -> Ints:
    """Return FTF.SQ, which is unique across schools."""
    return np.asarray(np.asarray(school) * 10 + period, dtype=np.int64)


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes, 60)
    return f"{(hour - 1) % 12 + 1}:{minute:02d} {'AM' if hour < 12 else 'PM'}"


def options(schools: tuple[School, ...], year: Year, chance: Chance) -> DataFrame:
    """Build OPT: which schools keep their teachers in section staff (SSE)."""
    codes = np.array([school.code for school in schools], dtype=np.int64)
    return rows(
        "OPT",
        len(codes),
        SC=codes,
        NM="SchedUseStaff",
        CD=_texts("Y" if school.kind == "flex" else "N" for school in schools),
        DTS=year.moments(chance, "OPT.DTS", codes),
    )
