"""Rules on sessions within sessions and orgs within orgs."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from extractor.validate.batch import Mask
from extractor.validate.bundle import Bundle, Hit
from extractor.validate.hashes import UNKNOWN, Rows
from extractor.validate.parsing import NO_DAY
from extractor.validate.registry import Level, Scope, rule
from extractor.validate.rules.enrolled import DEEP
from extractor.validate.table import Table
from extractor.validate.verdict import Severity

TABLE = Scope.TABLE
PARENT = "parentSourcedId"
# From the outside in; what stands further in may not be the parent.
_ORGS = {"national": 0, "state": 1, "local": 2, "district": 3, "school": 4, "department": 5}
_SESSIONS = {"schoolYear": 0, "semester": 1, "term": 1, "gradingPeriod": 2}


def in_a_cycle(parents: Rows) -> Mask:
    """Tell which rows are their own ancestor."""
    # Take away the rows without a parent again and again; what is left hangs on a cycle.
    hanging = parents >= 0
    for _ in range(len(parents)):
        still = hanging & hanging[np.where(parents >= 0, parents, 0)] & (parents >= 0)
        if (still == hanging).all():
            break
        hanging = still
    # Of these only the rows that somebody hanging names, again and again, are on the cycle itself.
    on = hanging
    for _ in range(len(parents)):
        named = np.zeros(len(parents), np.bool_)
        named[parents[on]] = True
        if ((on & named) == on).all():
            break
        on = on & named
    return on


def _cycles(bundle: Bundle, name: str) -> Iterator[Hit]:
    table = bundle.table(name)
    rows = np.flatnonzero(in_a_cycle(table.rows(PARENT)))
    if len(rows):
        yield Hit(rows[rows < table.own], file=name, column=PARENT)


@rule(
    "R10",
    Severity.ERROR,
    TABLE,
    says="the row is its own ancestor",
    remedy="Leave parentSourcedId empty in the topmost row.",
)
def circular_parents(bundle: Bundle) -> Iterator[Hit]:
    """
    An org or a session is its own parent, or that of a row above it.

    Receivers that walk up the tree never come to an end. The usual cause is a topmost row that
    names itself.
    """
    yield from _cycles(bundle, "orgs")
    yield from _cycles(bundle, "academicSessions")


def _with_parent(table: Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows of our own that have a parent, and the parents."""
    parents = table.rows(PARENT)[: table.own].astype(np.int64)
    rows = np.flatnonzero(parents >= 0)
    rows = rows[parents[rows] != rows]
    return rows, parents[rows]


def _ranks(table: Table, ranks: dict[str, int]) -> NDArray[np.int64]:
    """Return the rank of each row's type; UNKNOWN for a type that is none."""
    words = table.file["type"].values
    by_code = np.array([*(ranks.get(word, UNKNOWN) for word in words), UNKNOWN])
    return by_code[table["type"].astype(np.int64)]


@rule(
    "S08",
    Severity.WARNING,
    TABLE,
    level=Level.SHOULD,
    says="schoolYear is not the year in which the school year ends",
    remedy="Write the year in which it ends: 2027 for 2026-2027.",
)
def wrong_school_year(bundle: Bundle) -> Iterator[Hit]:
    """
    The schoolYear of a session is not the year in which its school year ends.

    Receivers file the session under another year. The usual cause is the year in which it begins.
    """
    sessions = bundle.table("academicSessions")
    top = _school_year_of(sessions)
    rows = np.flatnonzero(top[: sessions.own] >= 0)
    if not len(rows):
        return
    ends, told = sessions["endDate"][top[rows]].astype(np.int64), sessions["schoolYear"][rows]
    # Exclusive by the standard, the last day itself with many producers: allow both.
    years = [_year(ends - 1), _year(ends)]
    wrong = (ends != NO_DAY) & ~np.isnan(told) & (told != years[0]) & (told != years[1])
    if wrong.any():
        yield Hit(rows[wrong], file="academicSessions", column="schoolYear")


def _year(days: NDArray[np.int64]) -> NDArray[np.int64]:
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def _school_year_of(sessions: Table) -> NDArray[np.int64]:
    """Return for each session the schoolYear it is or lies in; UNKNOWN if none."""
    parents = sessions.rows(PARENT).astype(np.int64)
    year = sessions.file["type"].values.index("schoolYear")
    is_year = sessions["type"] == year
    top = np.arange(len(parents), dtype=np.int64)
    for _ in range(DEEP):
        climbing = np.flatnonzero((top >= 0) & ~is_year[top])
        if not len(climbing):
            return top
        top[climbing] = np.where(parents[top[climbing]] >= 0, parents[top[climbing]], UNKNOWN)
    top[(top >= 0) & ~is_year[top]] = UNKNOWN
    return top


@rule(
    "S09",
    Severity.WARNING,
    TABLE,
    says="the session is not inside its parent",
    remedy="Mend the dates of the session or of its parent.",
)
def session_outside_parent(bundle: Bundle) -> Iterator[Hit]:
    """
    A session starts before its parent or ends after it.

    Receivers that look for the current term find none. The usual cause is a summer term.
    """
    sessions = bundle.table("academicSessions")
    rows, parents = _with_parent(sessions)
    if not len(rows):
        return
    starts, ends = sessions["startDate"], sessions["endDate"]
    known = np.ones(len(rows), np.bool_)
    for column in (starts, ends):
        known &= (column[rows] != NO_DAY) & (column[parents] != NO_DAY)
    outside = known & ((starts[rows] < starts[parents]) | (ends[rows] > ends[parents]))
    if outside.any():
        yield Hit(rows[outside], file="academicSessions", column=PARENT)


@rule(
    "S10",
    Severity.INFO,
    TABLE,
    says="the parent is a session of the same or a smaller kind",
    remedy="Nest sessions as schoolYear, semester or term, gradingPeriod.",
)
def session_nesting(bundle: Bundle) -> Iterator[Hit]:
    """
    A session lies in one of the same or a smaller kind.

    Receivers expect schoolYear over semester or term over gradingPeriod. The usual cause is a year
    that is sent as a term.
    """
    sessions = bundle.table("academicSessions")
    rows, parents = _with_parent(sessions)
    if len(rows):
        ranks = _ranks(sessions, _SESSIONS)
        known = (ranks[rows] != UNKNOWN) & (ranks[parents] != UNKNOWN)
        wrong = known & (ranks[rows] <= ranks[parents])
        yield Hit(rows[wrong], file="academicSessions", column=PARENT)


@rule(
    "S11",
    Severity.WARNING,
    TABLE,
    level=Level.SHOULD,
    says="the type of the parent does not stand above the type of the org",
    remedy="Nest orgs as national, state, local, district, school.",
)
def org_nesting(bundle: Bundle) -> Iterator[Hit]:
    """
    An org has a parent that cannot stand above it, such as a district below a school.

    Receivers build the tree the wrong way round. The usual cause is two columns that were
    exchanged.
    """
    orgs = bundle.table("orgs")
    rows, parents = _with_parent(orgs)
    if not len(rows):
        return
    ranks = _ranks(orgs, _ORGS)
    mine, above = ranks[rows], ranks[parents]
    known = (mine != UNKNOWN) & (above != UNKNOWN)
    department = _ORGS["department"]
    upside_down = (mine <= above) & ~((mine == department) & (above == department))
    too_high = (mine == department) & (above == _ORGS["national"])
    wrong = known & (upside_down | too_high)
    if wrong.any():
        yield Hit(rows[wrong], file="orgs", column=PARENT)
