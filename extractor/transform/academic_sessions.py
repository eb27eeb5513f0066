"""academicSessions.csv: terms as Aeries sends them, under one school year (section 3.1).

The standard's end is exclusive (OneRoster reference, A8), so Aeries' last day plus one.
"""

from datetime import date, timedelta

import pandas as pd
from pandas import DataFrame, Series

from extractor.codes import translate
from extractor.errors import DataError, SettingsError
from extractor.findings import Findings
from extractor.frames import among, columns_of, distinct, look_up, text
from extractor.ids import Shape, label, legal, refuse_shared, sourced_id

_FILE = "academicSessions"
_NO_TERMS = (
    "academicSessions.csv: no rostered school has a term with dates (TRM); enter the terms, or "
    "point sis.connection at the database of this school year. Nothing was written."
)
YEAR_TERM = "Y"
GRADING_PERIOD = "_GP"


def academic_sessions(
    rostered: DataFrame,
    terms: DataFrame,
    sessions: DataFrame,
    school_year: int,
    findings: Findings,
) -> DataFrame:
    """
    Build academicSessions.csv.

    Grain: one row for the school year, one per school and term.

    Args:
        rostered: school_id of the schools that are rostered.
        terms: the query.
        sessions: code table; code, scheme (semester, trimester), title.
        school_year: the year in which the school year ends.

    Returns:
        sourcedId, dateLastModified, title, type, startDate, endDate, parentSourcedId,
        schoolYear. Every rostered school has a year term.

    Raises:
        DataError: if no school has a usable term.
    """
    usable = _usable(terms, findings)
    if usable.empty:
        raise DataError(_NO_TERMS)
    every = pd.concat([usable, _year_terms(rostered, usable, findings)], ignore_index=True)
    return pd.concat(
        [_year(every, school_year), _terms(every, sessions, school_year, findings)],
        ignore_index=True,
    )


def grading_periods(academic_sessions: DataFrame) -> DataFrame:
    """
    Return the rows that line items need, one per term, inside it and as long.

    Aeries grades by term. `scope` drops the periods that no line item of a vendor names.

    Args:
        academic_sessions: what `academic_sessions` returned.
    """
    terms = academic_sessions[academic_sessions["type"] == "term"]
    return terms.assign(
        sourcedId=terms["sourcedId"] + GRADING_PERIOD,
        type=text("gradingPeriod", terms.index),
        parentSourcedId=terms["sourcedId"],
    )


def school_year(terms: DataFrame, declared: int | None) -> int:
    """
    Return the year in which the school year ends: that in which most year terms do.

    The as-of date does not tell: in July the database may still be last year's.

    Args:
        terms: the query.
        declared: from settings.

    Raises:
        DataError: if no term has dates.
        SettingsError: if the settings say another year than the terms.
    """
    ends = terms.last_day[terms.term_code == YEAR_TERM].dropna()
    ends = ends if len(ends) else terms.last_day.dropna()
    if ends.empty:
        raise DataError(_NO_TERMS)
    found = int(ends.str.slice(0, 4).mode().min())
    if declared not in (None, found):
        raise SettingsError(
            f"district.school_year: it is {declared}, but the terms of the SIS end in {found}; "
            "correct it, or leave it out"
        )
    return found


def school_year_id(school_year: int) -> str:
    """Return the sourcedId of the district's school year."""
    return Shape.SCHOOL_YEAR.format(school_year)


def day_after(days: Series) -> Series:
    """Return the day after each ISO date; each distinct day is worked out once."""
    one = timedelta(days=1)
    next_days = {
        day: (min(date.fromisoformat(day), date.max - one) + one).isoformat()
        for day in distinct(days)
    }
    return look_up(days, next_days)


def _usable(terms: DataFrame, findings: Findings) -> DataFrame:
    coded = terms.term_code.notna()
    findings.add("term_without_code", label("TRM", terms.school_id[~coded]))
    terms = terms[coded]
    good = (terms.first_day <= terms.last_day).fillna(value=False).astype(bool)
    keys = label("TRM", terms.school_id, terms.term_code)
    findings.add("term_dates_unusable", keys[~good])
    return terms[good]


def _year_terms(rostered: DataFrame, usable: DataFrame, findings: Findings) -> DataFrame:
    """Make the year terms that are missing: without one, every class of a school would dangle."""
    have = usable.school_id[usable.term_code == YEAR_TERM]
    without = rostered.school_id[~among(rostered.school_id, have)]
    findings.add("year_term_missing", label("TRM", without) + " " + YEAR_TERM)
    by_school = usable.groupby("school_id")
    years = usable[usable.term_code == YEAR_TERM]
    district = years if len(years) else usable
    first, last = by_school.first_day.min(), by_school.last_day.max()
    return columns_of(
        without.to_frame(),
        {
            "school_id": without,
            "term_code": YEAR_TERM,
            "first_day": look_up(without, first).fillna(district.first_day.min()),
            "last_day": look_up(without, last).fillna(district.last_day.max()),
            "modified_at": None,
        },
    )


def _year(every: DataFrame, school_year: int) -> DataFrame:
    years = every[every.term_code == YEAR_TERM]
    return columns_of(
        years.head(1),
        {
            "sourcedId": school_year_id(school_year),
            "dateLastModified": years.modified_at.max(),
            "title": f"{school_year - 1}-{school_year}",
            "type": "schoolYear",
            "startDate": years.first_day.min(),
            "endDate": day_after(years.last_day).max(),
            "parentSourcedId": None,
            "schoolYear": str(school_year),
        },
    )


def _terms(
    every: DataFrame, sessions: DataFrame, school_year: int, findings: Findings
) -> DataFrame:
    keys = label("TRM", every.school_id, every.term_code)
    code = legal(every.term_code, "TRM.TM", findings)
    year = every.term_code == YEAR_TERM
    year_term = sourced_id(Shape.SESSION, every.school_id, text(YEAR_TERM, every.index))
    ids = sourced_id(Shape.SESSION, every.school_id, code)
    refuse_shared(ids, keys + " row " + every.groupby(keys).cumcount().astype(str), _FILE)
    return columns_of(
        every,
        {
            "sourcedId": ids,
            "dateLastModified": every.modified_at,
            "title": _titles(every, sessions, keys, findings),
            "type": "term",
            "startDate": every.first_day,
            "endDate": day_after(every.last_day),
            "parentSourcedId": year_term.mask(year, school_year_id(school_year)),
            "schoolYear": str(school_year),
        },
    )


def _titles(every: DataFrame, sessions: DataFrame, keys: Series, findings: Findings) -> Series:
    """Translate term codes; a school with terms 1 to 3 and no 4, F or S has trimesters."""
    held = every.groupby("school_id").term_code
    with_thirds = [str(school) for school, codes in held if set("123") <= set(codes) <= set("123Y")]
    trimester = among(every.school_id, with_thirds)
    titles, unknown = every.term_code, every.term_code.isna()
    for scheme, here in (("trimester", trimester), ("semester", ~trimester)):
        found, missing = translate(every.term_code, sessions[sessions.scheme == scheme], "title")
        titles, unknown = titles.mask(here, found), unknown.mask(here, missing)
    findings.add("unknown_term_code", keys[unknown])
    return titles.mask(unknown, "Term " + every.term_code)
