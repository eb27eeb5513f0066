"""A frame fits its header, its text is clean, and what the standard forbids is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas import NA, DataFrame

from extractor import spec
from extractor.conform import conform
from extractor.errors import DataError
from extractor.findings import Findings
from extractor.frames import TEXT, empty

BREAKS = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"
CONTROLS = "".join(
    chr(code) for code in [*range(0x20), *range(0x7F, 0xA0)] if chr(code) not in BREAKS + "\t"
)

# One good row of each file whose columns have every kind of value.
GOOD = {
    "orgs": {"sourcedId": "994", "name": "High", "type": "school"},
    "academicSessions": {
        "sourcedId": "994_F",
        "title": "Fall",
        "type": "term",
        "startDate": "2026-08-17",
        "endDate": "2026-12-19",
        "schoolYear": "2027",
    },
    "users": {
        "sourcedId": "STU_1",
        "enabledUser": "true",
        "orgSourcedIds": "990,994",
        "role": "student",
        "username": "a@example.org",
        "givenName": "Ana",
        "familyName": "Lopez",
    },
    "classes": {
        "sourcedId": "994_1001",
        "title": "Art",
        "courseSourcedId": "0634",
        "classType": "scheduled",
        "schoolSourcedId": "994",
        "termSourcedIds": "994_F",
    },
    "resources": {"sourcedId": "r", "vendorResourceId": "v"},
    "results": {
        "sourcedId": "r",
        "lineItemSourcedId": "l",
        "studentSourcedId": "STU_1",
        "scoreStatus": "fully graded",
        "score": "8.5",
        "scoreDate": "2026-09-01",
    },
}


def fitted(file, findings=None, **values):
    rows = DataFrame([GOOD[file] | values]).astype(TEXT)
    return conform(rows, spec.BY_NAME[file], findings or Findings()).iloc[0]


def cleaned(value):
    findings = Findings()
    made = fitted("orgs", findings, identifier=value)["identifier"]
    return made, {found.name: (found.count, found.keys) for found in findings}


@pytest.mark.parametrize("file", spec.FILES, ids=lambda file: file.name)
def test_columns_are_the_header_in_order_and_text(file):
    shuffled = empty(reversed(file.header))
    made = conform(shuffled, file, Findings())
    assert tuple(made.columns) == file.header
    assert set(made.dtypes) == {TEXT}


def test_missing_columns_are_added_empty():
    made = fitted("orgs")
    assert made[["status", "dateLastModified", "identifier", "parentSourcedId"]].isna().all()
    assert made[["sourcedId", "name", "type"]].tolist() == ["994", "High", "school"]


def test_column_that_the_standard_lacks_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match=r"orgs\.csv has no column district, key"):
        fitted("orgs", key="1", district="2")


def test_rows_that_came_in_are_not_changed():
    rows = DataFrame([GOOD["orgs"] | {"name": "a\nb"}]).astype(TEXT)
    conform(rows, spec.ORGS, Findings())
    assert rows["name"].tolist() == ["a\nb"]


@pytest.mark.parametrize("mark", BREAKS, ids=lambda mark: f"U+{ord(mark):04X}")
def test_line_break_becomes_one_blank_with_a_finding(mark):
    made, found = cleaned(f"a{mark}b")
    assert made == "a b"
    assert found == {"line_break_replaced": (1, ["orgs.csv 994 identifier"])}


def test_run_of_line_breaks_becomes_one_blank():
    assert cleaned(f"a{BREAKS}b")[0] == "a b"


@pytest.mark.parametrize("mark", CONTROLS, ids=lambda mark: f"U+{ord(mark):04X}")
def test_control_character_is_removed_with_a_finding(mark):
    made, found = cleaned(f"a{mark}b")
    assert made == "ab"
    assert found == {"control_character_removed": (1, ["orgs.csv 994 identifier"])}


@pytest.mark.parametrize("value", ["a\tb", "a\u00a0b", "a  b", "Zoë 😀", "a\u200db", "N/A"])
def test_other_text_stays_as_it_is_without_a_finding(value):
    assert cleaned(value) == (value, {})


@pytest.mark.parametrize("value", ["\n", " \r\n ", "\0", "\x01 \x02"])
def test_text_of_which_nothing_is_left_is_empty(value):
    assert fitted("orgs", identifier=value).isna()["identifier"]


def test_required_text_of_which_nothing_is_left_is_refused():
    with pytest.raises(DataError, match="name is required and blank in 1 row"):
        fitted("orgs", name="\r\n")


@settings(max_examples=50)
@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(BREAKS + CONTROLS)))
def test_cleaned_text_is_one_line_without_controls_and_clean_for_good(value):
    once, _ = cleaned(value.strip() or None)
    left = "" if once is NA else once
    assert not set(left) & set(BREAKS + CONTROLS)
    assert left == left.strip()
    assert cleaned(once)[1] == {}


@pytest.mark.parametrize(
    ("file", "column"),
    [
        (file.name, column.name)
        for file in spec.FILES
        if file.name in GOOD
        for column in file.columns
        if column.required is spec.Required.ALWAYS
    ],
)
def test_blank_required_value_is_refused(file, column):
    with pytest.raises(DataError) as refused:
        fitted(file, **{column: None})
    assert f"{file}.csv: {column} is required and blank in 1 row(s)" in str(refused.value)


@pytest.mark.parametrize(
    ("file", "column", "good"),
    [
        ("orgs", "sourcedId", "a.b-c_d/e@f"),
        ("orgs", "sourcedId", "x" * 255),
        ("orgs", "parentSourcedId", "0"),
        ("orgs", "type", "national"),
        ("orgs", "status", "tobedeleted"),
        ("orgs", "dateLastModified", "2012-04-23T18:25:43.511Z"),
        ("users", "orgSourcedIds", "994"),
        ("users", "userIds", "{SSID:12},{LDAP:a}"),
        ("resources", "roles", "teacher,student,aide"),
        ("academicSessions", "startDate", "2024-02-29"),
        ("results", "scoreStatus", "not submitted"),
        ("results", "score", "-0.25"),
        ("results", "score", "100"),
    ],
)
def test_value_of_the_columns_type_stays(file, column, good):
    assert fitted(file, **{column: good})[column] == good


@pytest.mark.parametrize(
    ("file", "column", "bad", "kind"),
    [
        ("orgs", "sourcedId", "a b", "GUID"),
        ("orgs", "sourcedId", "x" * 256, "GUID"),
        ("orgs", "sourcedId", "é", "GUID"),
        ("orgs", "parentSourcedId", "0,1", "GUIDRef"),
        ("users", "orgSourcedIds", "990, 994", "GUIDRef"),
        ("users", "orgSourcedIds", "990,,994", "GUIDRef"),
        ("users", "orgSourcedIds", "990,", "GUIDRef"),
        ("users", "userIds", "SSID:12", "UserId"),
        ("users", "enabledUser", "True", "Enumeration"),
        ("users", "role", "Student", "Enumeration"),
        ("users", "role", "students", "Enumeration"),
        ("users", "role", "student,teacher", "Enumeration"),
        ("resources", "roles", "teacher,principal", "Enumeration"),
        ("orgs", "status", "inactive", "Enumeration"),
        ("results", "scoreStatus", "fully  graded", "Enumeration"),
        ("orgs", "dateLastModified", "2026-08-17", "DateTime"),
        ("orgs", "dateLastModified", "2026-08-17T10:00:00Z", "DateTime"),
        ("orgs", "dateLastModified", "2026-08-17T10:00:00.000+02:00", "DateTime"),
        ("academicSessions", "startDate", "2026-8-17", "Date"),
        ("academicSessions", "startDate", "2026-13-01", "Date"),
        ("academicSessions", "startDate", "2026-08-32", "Date"),
        ("academicSessions", "endDate", "2026-08-17 00:00", "Date"),
        ("academicSessions", "schoolYear", "26", "Year"),
        ("academicSessions", "schoolYear", "2026-27", "Year"),
        ("results", "score", "8,5", "Float"),
        ("results", "score", "A", "Float"),
    ],
)
def test_value_of_another_type_is_refused(file, column, bad, kind):
    with pytest.raises(DataError, match=rf"{file}\.csv: {column} is no {kind} in 1 row"):
        fitted(file, **{column: bad})


def test_refusal_counts_rows_and_names_the_first_ids_but_no_person():
    rows = [
        GOOD["users"] | {"sourcedId": f"STU_{at}", "givenName": None, "familyName": "Rosalind"}
        for at in range(7)
    ]
    with pytest.raises(DataError) as refused:
        conform(DataFrame(rows).astype(TEXT), spec.USERS, Findings())
    message = str(refused.value)
    assert "users.csv: givenName is required and blank in 7 row(s): STU_0, STU_1" in message
    assert "STU_6" not in message
    assert "Rosalind" not in message
