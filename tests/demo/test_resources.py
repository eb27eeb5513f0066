import csv
from io import StringIO

import pytest

from extractor.demo.district import SMALLEST
from extractor.demo.resources import resources

HEADER = (
    "sourcedId,title,roles,importance,vendorResourceId,vendorId,applicationId,"
    "courseSourcedIds,classSourcedIds"
)
SOUND = 13


@pytest.fixture(scope="module")
def kept() -> dict[str, dict[str, str]]:
    """The rows by sourcedId; of a doubled one the first."""
    rows = csv.DictReader(StringIO(resources()), strict=True)
    return {row["sourcedId"]: row for row in reversed(list(rows))}


def ids(row, column):
    return set(row[column].split(",")) - {""}


def known(t):
    courses = set(t["CRS"].CN) | set("TCH_" + t["TCH"].ID.astype(str))
    sections = t["MST"].SC.astype(str) + "_" + t["MST"].SE.astype(str)
    homerooms = t["TCH"].SC.astype(str) + "_TN_" + t["TCH"].TN.astype(str)
    return courses, set(sections) | set(homerooms)


def test_every_row_is_as_wide_as_the_header():
    lines = list(csv.reader(StringIO(resources()), strict=True))
    assert ",".join(lines[0]) == HEADER
    assert {len(line) for line in lines} == {len(lines[0])}
    assert "\r" not in resources()


@pytest.mark.parametrize("size", [SMALLEST, 1200])
def test_the_first_rows_are_sound(build, size):
    courses, classes = known(build(size))
    rows = list(csv.DictReader(StringIO(resources())))[:SOUND]
    assert len({row["sourcedId"] for row in rows}) == SOUND
    assert len({(row["vendorId"], row["vendorResourceId"]) for row in rows}) == SOUND
    for row in rows:
        assert row["vendorResourceId"]
        assert row["importance"] in {"primary", "secondary", ""}
        assert ids(row, "roles") <= {"aide", "guardian", "student", "teacher"}
        assert ids(row, "courseSourcedIds") <= courses, row
        assert ids(row, "classSourcedIds") <= classes, row


def test_resources_bind_courses_classes_both_and_nothing():
    bound = {
        tuple(bool(row[f"{kind}SourcedIds"]) for kind in ("course", "class"))
        for row in list(csv.DictReader(StringIO(resources())))[:SOUND]
    }
    assert bound == {(True, True), (True, False), (False, True), (False, False)}


def test_what_is_ragged_on_purpose(build, kept):
    t = build(SMALLEST)
    courses, classes = known(t)
    assert "\n" in kept["res-line-break"]["title"]
    assert "9999" not in courses
    assert "9999" in set(t["MST"].CN)
    assert kept["res-own-course"]["courseSourcedIds"] == "9999"
    for name in ("res-unknown-course", "res-eaten-zero"):
        assert not ids(kept[name], "courseSourcedIds") & (courses | set(t["MST"].CN))
    assert "0" + kept["res-eaten-zero"]["courseSourcedIds"] in courses
    assert ids(kept["res-unknown-class"], "classSourcedIds") - classes == {"994_8999"}
    assert not kept["res-no-vendor-id"]["vendorResourceId"]
    assert kept["res-importance"]["importance"] == "main"
    assert resources().count("\nres-algebra,") == 2


def test_rows_after_the_line_break_are_a_line_lower_than_their_number():
    rows = list(csv.reader(StringIO(resources())))
    assert len(resources().splitlines()) == len(rows) + 1
    assert resources().splitlines()[-1].startswith(rows[-1][0])
