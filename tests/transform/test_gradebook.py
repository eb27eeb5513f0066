"""categories.csv, lineItems.csv and results.csv."""

import pytest
from pandas import DataFrame

from extractor.findings import Findings
from extractor.frames import TEXT
from extractor.transform.academic_sessions import grading_periods
from extractor.transform.categories import categories, category_codes
from extractor.transform.line_items import line_items
from extractor.transform.results import results

CLASSES = DataFrame({"termSourcedIds": ["994_F", "994_Y"]}, index=["994_1001", "994_1002"])
TERMS = DataFrame(
    {"start": ["2026-08-17", "2026-08-17"], "end": ["2026-12-19", "2027-06-05"]},
    index=["994_1001", "994_1002"],
)
ASSIGNMENT = """
school_id|section_id|gradebook_id|assignment_id|title|category_code|points|assigned_on|due_on
994|1001|7|1|{title}|{code}|{points}|{assigned}|{due}
"""
SCORE_COLUMNS = (
    "school_id|section_id|gradebook_id|assignment_id|student_id|score|turned_in|graded|points|"
    "dated_on|comment\n"
)
SCORE = "994|{section}|7|1|99400001|{score}|{turned_in}|{graded}|10|2026-09-09|{comment}\n"


def item(sis, found, **changed):
    values = {
        "title": "Essay",
        "code": "H",
        "points": "10",
        "assigned": "2026-09-01",
        "due": "2026-09-08",
    }
    rows = sis("gradebook_assignments", ASSIGNMENT.format(**(values | changed)))
    made = line_items(rows, CLASSES.astype(TEXT), TERMS.astype(TEXT), found)
    return made.iloc[0].to_dict() if len(made) else None


def test_an_assignment_is_a_line_item_of_its_section(sis):
    found = Findings()
    made = item(sis, found)
    del made["dateLastModified"]
    assert made == {
        "sourcedId": "994_1001_7_1",
        "title": "Essay",
        "assignDate": "2026-09-01",
        "dueDate": "2026-09-08",
        "classSourcedId": "994_1001",
        "categorySourcedId": "7_H",
        "gradingPeriodSourcedId": "994_F_GP",
        "resultValueMin": "0.0",
        "resultValueMax": "10.0",
    }
    assert list(found) == []


@pytest.mark.parametrize(
    ("changed", "column", "expected", "finding"),
    [
        ({"title": ""}, "title", "Assignment 1", "assignment_without_title"),
        ({"code": ""}, "categorySourcedId", "7_none", None),
        ({"points": ""}, "resultValueMax", "100.0", "assignment_without_points"),
        ({"points": "12.5"}, "resultValueMax", "12.5", None),
        ({"points": "0"}, "resultValueMax", "0.0", None),
        ({"due": ""}, "dueDate", "2026-09-01", "assignment_dates_blank"),
        ({"assigned": ""}, "assignDate", "2026-09-08", "assignment_dates_blank"),
        ({"assigned": "", "due": ""}, "dueDate", "2026-08-17", "assignment_dates_blank"),
    ],
)
def test_a_gap_in_an_assignment_is_filled(sis, changed, column, expected, finding):
    found = Findings()
    assert item(sis, found, **changed)[column] == expected
    assert [one.name for one in found] == ([finding] if finding else [])


def test_an_assignment_of_a_section_that_is_left_out_goes_too(sis):
    found = Findings()
    rows = sis(
        "gradebook_assignments",
        "school_id | section_id | gradebook_id | assignment_id\n994 | 9 | 7 | 1",
    )
    assert line_items(rows, CLASSES.astype(TEXT), TERMS.astype(TEXT), found).empty
    assert found["assignment_without_class"].keys == ["GBA 7 1 MST 994 9"]


def result(sis, found, **changed):
    values = {
        "section": "1001",
        "score": "8.5",
        "turned_in": "true",
        "graded": "true",
        "comment": "",
    }
    rows = sis("gradebook_scores", SCORE_COLUMNS + SCORE.format(**(values | changed)))
    made = results(rows, CLASSES.astype(TEXT), found)
    return made.iloc[0].to_dict() if len(made) else None


@pytest.mark.parametrize(
    ("changed", "status", "score"),
    [
        ({}, "fully graded", "8.5"),
        ({"score": "8"}, "fully graded", "8.0"),
        ({"graded": "false"}, "partially graded", "8.5"),
        ({"graded": ""}, "partially graded", "8.5"),
        ({"score": ""}, "submitted", "0.0"),
        ({"score": "", "turned_in": "false"}, "not submitted", "0.0"),
    ],
)
def test_the_status_follows_from_score_date_and_grading(sis, changed, status, score):
    made = result(sis, Findings(), **changed)
    assert (made["scoreStatus"], made["score"]) == (status, score)
    assert made["scoreDate"] == "2026-09-09"


def test_a_result_names_its_line_item_and_student(sis):
    made = result(sis, Findings(), comment="Well done")
    assert made["sourcedId"] == "994_1001_7_1_99400001"
    assert made["lineItemSourcedId"] == "994_1001_7_1"
    assert made["studentSourcedId"] == "STU_99400001"
    assert made["comment"] == "Well done"


@pytest.mark.parametrize(("score", "finding"), [("11.5", True), ("-1", True), ("10", False)])
def test_extra_credit_stays_with_a_finding(sis, score, finding):
    found = Findings()
    assert float(result(sis, found, score=score)["score"]) == float(score)
    assert found["score_out_of_bounds"].count == finding


@pytest.mark.parametrize(("section", "count"), [("", 1), ("9", 0)])
def test_a_score_without_a_seat_in_a_class_is_left_out(sis, section, count):
    found = Findings()
    assert result(sis, found, section=section) is None
    assert found["score_without_seat"].count == count


def test_categories_are_those_of_gradebooks_and_those_that_assignments_name(sis, frame):
    known = sis(
        "gradebook_categories",
        "gradebook_id | category_code | title\n7 | H | Homework\n7 | T |",
    )
    used = frame(
        "gradebook_id | category_code\n7 | H\n7 | ?\n8 | none",
    )
    found = Findings()
    made = categories(known, used, found)
    assert dict(zip(made["sourcedId"], made["title"], strict=True)) == {
        "7_H": "Homework",
        "7_T": "T",
        "7_.3f": "?",
        "8_none": "Uncategorized",
    }
    assert found["category_missing"].keys == ["GBC 7 ?"]


def test_a_blank_category_code_is_a_category_of_its_own(frame):
    assert category_codes(frame("category_code | x\n | 1\nH | 2")).tolist() == ["none", "H"]


def test_a_grading_period_lies_in_its_term(frame):
    sessions = frame(
        """
        sourcedId | title | type       | startDate  | endDate    | parentSourcedId | schoolYear
        SY_2027   | y     | schoolYear | 2026-08-17 | 2027-06-05 |                 | 2027
        994_F     | Fall  | term       | 2026-08-17 | 2026-12-19 | 994_Y           | 2027
        """
    )
    made = grading_periods(sessions)
    assert made["sourcedId"].tolist() == ["994_F_GP"]
    assert made["type"].tolist() == ["gradingPeriod"]
    assert made["parentSourcedId"].tolist() == ["994_F"]
    assert made["endDate"].tolist() == ["2026-12-19"]
