"""How a school is scheduled, and which of its sections are homerooms."""

import pytest
from pandas import DataFrame

from extractor.findings import Findings
from extractor.frames import TEXT
from extractor.transform.classes import with_homerooms
from extractor.transform.orgs import scheduling


@pytest.mark.parametrize(
    ("low_grade", "high_grade", "has_sections", "has_section_staff", "expected"),
    [
        ("0", "5", "false", "false", "elementary"),
        ("0", "8", "false", "false", "elementary"),
        ("0", "6", "true", "false", "elementary_mst"),
        ("6", "8", "true", "false", "secondary"),
        ("9", "12", "true", "false", "secondary"),
        ("9", "12", "true", "true", "flex"),
        # sections not built yet: counsellors teach nothing
        ("9", "12", "false", "false", "secondary"),
        ("6", "8", "false", "false", "secondary"),
        (None, None, "false", "false", "secondary"),  # nobody filled them
        ("0", "0", "false", "false", "secondary"),
    ],
)
def test_scheduling_is_detected(low_grade, high_grade, has_sections, has_section_staff, expected):
    school = DataFrame(
        {
            "school_id": ["990"],
            "low_grade": [low_grade],
            "high_grade": [high_grade],
            "has_sections": [has_sections],
            "has_section_staff": [has_section_staff],
        },
        dtype=TEXT,
    )
    assert scheduling(school, {}) == {"990": expected}
    assert scheduling(school, {"990": "flex"}) == {"990": "flex"}


SECTIONS = """
school_id | section_id | course_id | primary_class
992       | 1          | 2000      | false
992       | 2          | 0100      | true
992       | 3          | 0100      | false
994       | 1          | 2000      | true
"""
KINDS = {"992": "elementary_mst", "994": "secondary"}


@pytest.mark.parametrize(
    ("courses", "primary_class", "expected"),
    [
        ((), False, set()),
        (("2000",), False, {"992_1"}),
        ((), True, {"992_2"}),
        (("2000",), True, {"992_1", "992_2"}),
    ],
)
def test_homerooms_are_those_that_settings_name(frame, courses, primary_class, expected):
    classes = frame(
        """
        sourcedId | classType
        992_1     | scheduled
        992_2     | scheduled
        992_3     | scheduled
        994_1     | scheduled
        """
    )
    made = with_homerooms(
        classes, frame(SECTIONS), KINDS, courses, Findings(), primary_class=primary_class
    )
    assert set(made["sourcedId"][made["classType"] == "homeroom"]) == expected
