from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from extractor.demo.chance import Chance
from extractor.demo.year import CALENDARS, Year

DAYS = [date(2026, month, day) for month in range(1, 13) for day in (1, 28)]


@pytest.mark.parametrize("as_of", DAYS, ids=str)
def test_school_year_is_around_the_day(as_of):
    year = Year.around(as_of)
    start = 2026 if as_of.month >= 7 else 2025
    assert year.start == start
    assert date(start, 7, 1) <= as_of < date(start + 1, 7, 1)


@pytest.mark.parametrize("start", range(2020, 2040))
@pytest.mark.parametrize("calendar", CALENDARS)
def test_terms_are_weekdays_in_order_inside_the_school_year(calendar, start):
    terms = Year.around(date(start, 9, 1)).terms(calendar)
    for term in terms:
        assert np.is_busday([term.first, term.last]).all()
        assert np.datetime64(f"{start}-07-01") <= term.first < term.last
        assert term.last < np.datetime64(f"{start + 1}-07-01")


@pytest.mark.parametrize(("calendar", "parts"), [("trimesters", "123"), ("semesters", "1234")])
def test_parts_of_a_year_do_not_overlap(calendar, parts):
    for start in range(2020, 2040):
        terms = {t.code: t for t in Year.around(date(start, 9, 1)).terms(calendar)}
        for before, after in pairwise(parts):
            assert terms[before].last < terms[after].first


def test_moments_are_school_hours_before_the_day():
    year = Year.around(date(2026, 10, 15))
    moments = year.moments(Chance(1), "x", np.arange(1000, dtype=np.int64))
    assert moments.max() < np.datetime64("2026-10-15")
    assert moments.min() >= np.datetime64("2026-08-19")
    hours = (moments - moments.astype("datetime64[D]")).astype("timedelta64[h]").astype(int)
    assert hours.min() >= 7
    assert hours.max() < 18
