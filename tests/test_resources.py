"""A district's list of resources: bad rows are named by line, a file that is no list is refused."""

from pathlib import Path

import pytest
from pandas import DataFrame

from extractor import resource_list
from extractor.errors import SettingsError
from extractor.findings import Findings
from extractor.transform.resources import class_resources, course_resources, resources

HEADER = (
    "sourcedId,vendorResourceId,title,roles,importance,vendorId,applicationId,"
    "courseSourcedIds,classSourcedIds\n"
)
GOOD = "r1,V1,Reader,student,primary,v.example,app,0634,994_1001\n"


@pytest.fixture
def listed(tmp_path, findings):
    def read(text: str | bytes) -> DataFrame:
        path = tmp_path / "resources.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return resource_list.load(path, findings)

    return read


@pytest.fixture
def findings():
    return Findings()


def test_a_row_is_read_with_its_line(listed, findings):
    made = listed(HEADER + GOOD + '\nr2,V2,"A, B",,,,,,\n')
    assert made["sourcedId"].tolist() == ["r1", "r2"]
    assert made["line"].tolist() == ["2", "4"]
    assert made["title"].tolist() == ["Reader", "A, B"]
    assert made["roles"].isna().tolist() == [False, True]
    assert list(findings) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("r2,,T,,,,,,", "vendorResourceId is blank"),
        (",V2,T,,,,,,", "sourcedId is blank"),
        ("r 2,V2,T,,,,,,", "sourcedId holds characters"),
        ("r1,V2,T,,,,,,", "sourcedId stands for two resources"),
        ("r2,V2,T,pupil,,,,,", "roles may hold administrator"),
        ('r2,V2,T,"student,pupil",,,,,', "roles may hold administrator"),
        ("r2,V2,T,,main,,,,", "importance may hold primary, secondary"),
        ("r2,V2", "2 fields"),
        ("r2,V2,T,,,,,,,", "10 fields"),
    ],
)
def test_a_bad_row_is_left_out_and_named_by_its_line(row, said, listed, findings):
    before = 'r0,V0,"two\nlines",,,,,,\n'
    made = listed(HEADER + GOOD + before + row + "\nr9,V9,T,,,,,,\n")
    assert made["sourcedId"].tolist() == ["r1", "r0", "r9"]
    (key,) = findings["resource_row_unusable"].keys
    assert key.startswith(f"line 5: {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing sourcedId, vendorResourceId"),
        ("sourcedId,title\n", "missing vendorResourceId"),
        ("sourcedId,vendorResourceId,isbn\n", "unknown isbn"),
        ("sourcedId,vendorResourceId,sourcedId\n", "twice sourcedId"),
        (HEADER + 'r1,"V1\n', "line 2: is no CSV"),
        (HEADER.encode() + b"r1,V\xe9,,,,,,,\n", "is not UTF-8"),
        (HEADER.encode("utf-16"), "is not UTF-8"),
    ],
)
def test_a_file_that_is_no_list_is_refused(text, said, listed):
    with pytest.raises(SettingsError, match=said):
        listed(text)


def test_a_file_that_is_not_there_is_refused(findings):
    with pytest.raises(SettingsError, match="cannot be read"):
        resource_list.load(Path("nowhere.csv"), findings)


def test_links_are_made_for_what_is_extracted(listed, findings):
    made = listed(
        HEADER + 'r1,V1,T,,,,,"0634, 0700,634","994_1,994_1"\nr2,V2,T,,,,,,\nr3,V3,T,,,,,77,\n'
    )
    courses = course_resources(made, ["0634", "0700"], findings)
    classes = class_resources(made, ["994_1"], findings)
    assert courses["sourcedId"].tolist() == ["0634_r1", "0700_r1"]
    assert classes[["classSourcedId", "resourceSourcedId"]].values.tolist() == [["994_1", "r1"]]
    assert findings["resource_of_nothing"].keys == ["line 2: course 634", "line 4: course 77"]
    kept = resources(made, {"r1"})
    assert kept["sourcedId"].tolist() == ["r1", "r2"]  # r3 belongs to nothing that is extracted
