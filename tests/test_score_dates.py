"""The date of a score is chosen in SQL: the first of four that is one."""

from pathlib import Path

import pytest
from conftest import AS_OF, edit

from extractor.findings import Findings
from extractor.plan import render
from extractor.settings import load
from extractor.source import connect

NO_DATES = ("NULL", "'1900-01-01 00:00:00'", "'9999-12-31 00:00:00'")
DONE, DUE, GIVEN, SAVED = (f"'2026-09-0{day} 23:30:00'" for day in (9, 8, 1, 7))


@pytest.mark.parametrize("blank", NO_DATES)
@pytest.mark.parametrize(
    ("done", "due", "given", "day"),
    [
        (DONE, DUE, GIVEN, "2026-09-09"),
        ("", DUE, GIVEN, "2026-09-08"),
        ("", "", GIVEN, "2026-09-01"),
        ("", "", "", "2026-09-07"),  # the day there; in UTC it is the next one already
    ],
)
def test_the_first_that_is_a_date(
    done: str, due: str, given: str, day: str, blank: str, own_demo: Path
) -> None:
    edit(
        own_demo / "district.sqlite",
        f"UPDATE GBS SET DC = {done or blank}, DTS = {SAVED}",
        f"UPDATE GBA SET DD = {due or blank}, DA = {given or blank}",
    )
    settings = load(own_demo / "oneroster.toml")
    query = render(settings, "gradebook_scores", AS_OF)
    with connect(
        "sqlite:///district.sqlite",
        time_zone="America/Los_Angeles",
        beside=own_demo,
        conduct=settings.sis.conduct(),
    ) as source:
        [*batches] = source.batches(query, Findings())
    assert {*batches[0]["dated_on"]} == {day}
    assert {*batches[0]["turned_in"]} == {"true" if done else "false"}
