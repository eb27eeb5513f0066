"""The school year: an SIS of one database a year is easily last year's."""

import re
from collections.abc import Iterator
from datetime import date

from extractor.check.line import Line, failed, ok, warning
from extractor.check.probing import Context
from extractor.district import refuse_unknown_schools
from extractor.findings import Findings
from extractor.transform.academic_sessions import school_year
from extractor.transform.orgs import rostered_schools

# DST, the year in which the school year starts, 000 or a school's code, and the district.
_NAME = re.compile(r"DST(\d\d)\d{3}", re.IGNORECASE)
# Months in which last year's database may still be the right one, and the next one, too.
_BETWEEN = (6, 7, 8)


def database_name(context: Context) -> Iterator[Line]:
    """Hold the year in the database's name against settings, or the as-of date."""
    name = context.source().catalog().where().database
    found = _NAME.match(name)
    if not name:
        yield ok("a file's name tells no school year")
        return
    if not found:
        yield ok(f"database {name}; its name tells no school year")
        return
    ends = 2000 + int(found[1]) + 1
    declared = context.settings.district.school_year
    expected = declared or _ends(context.as_of)
    told = f"database {name} is of the school year {ends - 1}-{ends % 100:02d}"
    if ends == expected:
        yield ok(told)
        return
    wanted = f"DST{(expected - 1) % 100:02d}{name[5:]}"
    why = "district.school_year" if declared else context.as_of.isoformat()
    remedy = f"write Database={wanted} in the connection string, if it is there"
    if not declared and context.as_of.month in _BETWEEN:
        yield warning(f"{told}; {why} may be of another", remedy)
    else:
        yield failed(f"{told}, but {why} says {expected - 1}-{expected % 100:02d}", remedy, 2)


def terms(context: Context) -> Iterator[Line]:
    """Hold the terms against the declared year, and against the as-of date."""
    rows = context.rows("terms")
    year = school_year(rows, context.settings.district.school_year)
    usable = rows[rows.first_day.notna() & rows.last_day.notna()]
    first, last = usable.first_day.min(), usable.last_day.max()
    said = f"terms run from {first} to {last}, school year {year - 1}-{year % 100:02d}"
    day = context.as_of.isoformat()
    if len(usable) and not first <= day <= last:
        yield warning(
            f"{said}; {day} is outside",
            "is it the database of the right school year? Outside the terms nobody has a class",
        )
    else:
        yield ok(said)


def schools(context: Context) -> Iterator[Line]:
    """Hold the schools that settings name against those that the SIS has."""
    rows = context.rows("schools")
    rostered = rostered_schools(rows, context.settings.schools(), Findings())
    refuse_unknown_schools(context.settings, rows, rostered)
    if rostered.empty:
        yield failed("no active school is in LOC", "check the database and sis.schema", 1)
    else:
        yield ok(f"{len(rostered):,} schools would be rostered")


def _ends(day: date) -> int:
    """Return the year in which the school year of a day ends; years begin in July."""
    return day.year + 1 if day.month >= 7 else day.year
