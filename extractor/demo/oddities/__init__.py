"""
Everything that is ragged on purpose in the demo district, and where.

Each oddity sits on named rows of the seven named schools at every size of the
district. What a bigger district has more of, here and there, is in `sprinkle`.
"""

from pandas import DataFrame

from extractor.demo.oddities import enrolment, identity, sections, staff, stays
from extractor.demo.oddities.apply import apply
from extractor.demo.oddities.edits import Oddity
from extractor.demo.oddities.sprinkle import sprinkled
from extractor.demo.year import Year

__all__ = ["ODDITIES", "Oddity", "applied", "sprinkled"]

ODDITIES: tuple[Oddity, ...] = (
    *identity.NAMES,
    *identity.PREFERRED,
    *identity.EMAILS,
    *identity.IDS,
    *identity.DEMOGRAPHICS,
    *identity.SUPPLEMENTS,
    *enrolment.CONCURRENT,
    *enrolment.TAGS,
    *enrolment.PLACES,
    *enrolment.PARENTS,
    *staff.PEOPLE,
    *staff.PREFERRED,
    *staff.EMAILS,
    *staff.SECTION_STAFF,
    *sections.SECTIONS,
    *sections.COURSES,
    *sections.TEXTS,
    *sections.GRADEBOOKS,
    *stays.ROSTERS,
    *stays.STAYS,
)


def applied(tables: dict[str, DataFrame], year: Year) -> dict[str, DataFrame]:
    """Return the tables with every oddity of theirs."""
    edits = (edit for oddity in ODDITIES for edit in oddity.edits if edit.table in tables)
    return apply(tables, edits, year)
