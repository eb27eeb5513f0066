"""`spec` says what the standard's own tables say (tests/standard.json is a second copy of them)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from extractor import spec
from extractor.spec import FILES, Column, Kind, Level, Required

STANDARD = json.loads((Path(__file__).parent / "standard.json").read_text("utf-8"))
REQUIRED = {Required.ALWAYS: True, Required.DELTA: "delta", Required.NO: False}
LEVEL = {Level.MUST: "must", Level.ADVISORY: "advisory"}


def told(column: Column) -> dict[str, Any]:
    """Say a column in the words of the standard's copy."""
    said: dict[str, Any] = {
        "name": column.name,
        "required": REQUIRED[column.required],
        "type": column.kind.value,
        "list": column.many,
        "enum": list(column.values),
        "vocabulary": column.vocabulary,
        "suggestedValues": list(column.suggested),
        "pairedWith": column.paired_with,
        "pattern": spec.USER_ID_PATTERN if column.kind is Kind.USER_ID else None,
    }
    if column.target:
        said["ref"] = {"file": column.target.file}
        if column.target.where:
            name, values = column.target.where
            said["ref"] |= {"where": {name: list(values)}, "whereLevel": LEVEL[column.target.level]}
    return {key: value for key, value in said.items() if value or key == "required"}


def test_files_are_those_of_the_standard_in_the_order_of_the_manifest():
    in_manifest = [
        row["name"].removeprefix("file.")
        for row in STANDARD["manifest"]
        if row["name"].startswith("file.")
    ]
    assert [file.name for file in FILES] == in_manifest
    assert set(in_manifest) == set(STANDARD["files"])


@pytest.mark.parametrize("name", STANDARD["files"])
def test_columns_are_those_of_the_standard(name):
    assert [told(column) for column in spec.BY_NAME[name].columns] == STANDARD["files"][name]


def test_manifest_properties_are_those_of_the_standard():
    expected = [
        (
            row["name"],
            row["required"],
            tuple(row.get("enum", [row["const"]] if "const" in row else [])),
        )
        for row in STANDARD["manifest"]
    ]
    made = [(one.name, one.required, one.values) for one in spec.PROPERTIES]
    assert made == expected
    assert spec.MANIFEST_HEADER == ("propertyName", "value")


def test_every_reference_is_listed_once():
    listed = [(file.name, column.name, target.file) for file, column, target in spec.references()]
    expected = [
        (name, column["name"], column["ref"]["file"])
        for name in (file.name for file in FILES)
        for column in STANDARD["files"][name]
        if "ref" in column
    ]
    assert listed == expected


def test_rostering_core_is_what_certification_asks_for():
    core = {file.csv for file in spec.ROSTERING_CORE}
    assert core == {
        "academicSessions.csv",
        "classes.csv",
        "courses.csv",
        "enrollments.csv",
        "orgs.csv",
        "users.csv",
    }


def test_column_is_found_by_name_and_a_foreign_one_is_not():
    assert spec.USERS["username"].required is Required.ALWAYS
    with pytest.raises(KeyError):
        spec.USERS["userName"]


@pytest.mark.parametrize("guid", ["0", "994_F", "a.b-c_d/e@f", "x" * 255])
def test_guid_of_the_standards_characters_matches(guid):
    assert re.fullmatch(spec.GUID_PATTERN, guid)


@pytest.mark.parametrize("guid", ["", "a b", "a,b", "é", "x" * 256, "{a}"])
def test_guid_of_other_characters_or_length_does_not_match(guid):
    assert not re.fullmatch(spec.GUID_PATTERN, guid)


@pytest.mark.parametrize(
    ("user_id", "good"),
    [
        ("{SSID:12}", True),
        ("SSID:12", False),
        ("{SSID}", False),
        ("{a:b:c}", False),
        ("{:1}", False),
    ],
)
def test_user_id_is_a_type_and_an_id_in_braces(user_id, good):
    assert bool(re.fullmatch(spec.USER_ID_PATTERN, user_id)) is good
