"""classes.csv, one example per branch."""

import pytest

from extractor.errors import DataError
from extractor.transform.classes import classes


@pytest.fixture
def made(sis, frame, grades, findings):
    """Build classes at school 994 (from grade 9 on) and 990 (from kindergarten on)."""

    def build(sections="", homerooms="", title="{familyName} {grades}", of="{courseTitle}"):
        return classes(
            sis("sections", sections),
            sis("homerooms", homerooms),
            frame("school_id | low_grade\n 994 | 9\n 990 | 0"),
            frame(
                "sourcedId | title\n 0634 | AP Statistics\n 06.2034 | Art\n TCH_7 | Rivera class"
            ),
            frame("sourcedId\n SY_2027\n 994_Y\n 994_F\n 990_Y"),
            grades,
            of,
            title,
            findings,
        )

    return build


def section(**values):
    """Return one section as a literal table; the course and the term are there."""
    row = {"school_id": "994", "section_id": "1001", "course_id": "0634", "term_code": "F"} | values
    return " | ".join(row) + "\n" + " | ".join(row.values())


def homeroom(**values):
    row = {"school_id": "990", "teacher_number": "421", "staff_id": "7"} | values
    return " | ".join(row) + "\n" + " | ".join(row.values())


def test_section_is_a_scheduled_class_of_its_course_school_and_term(made, same, found):
    rows = made(
        section(period="2", block="3", low_grade="9", high_grade="12", room="S1", modified_at="M1")
    )
    same(
        rows,
        """
        sourcedId|dateLastModified|title        |grades     |courseSourcedId|classType|location
        994_1001 |M1              |AP Statistics|09,10,11,12|0634           |scheduled|S1
        """,
    )
    same(rows, "schoolSourcedId | termSourcedIds | periods\n 994 | 994_F | 2,3,4")
    assert found() == {}


def test_section_without_a_course_is_left_out_with_a_finding(made, found):
    assert made(section(course_id="")).empty
    assert found() == {"section_without_course": ["MST 994 1001"]}


@pytest.mark.parametrize("term", ["", "S", "SY_2027"])
def test_section_of_a_term_that_is_not_there_runs_in_the_year(made, same, found, term):
    same(made(section(term_code=term)), "sourcedId | termSourcedIds\n 994_1001 | 994_Y")
    assert found() == {"section_without_term": ["MST 994 1001"]}


def test_class_names_the_course_by_its_replaced_id(made, same, found):
    rows = made(section(course_id="06 34"))
    same(rows, "courseSourcedId | title\n 06.2034 | Art")
    assert found() == {}


@pytest.mark.parametrize(
    ("period", "block", "periods"),
    [
        ("2", "3", "2,3,4"),
        ("2", "1", "2"),
        ("2", "0", "2"),
        ("2", "", "2"),
        ("0", "1", "0"),
        ("0", "2", "0,1"),
        ("", "2", ""),
    ],
)
def test_block_is_expanded_to_its_periods(made, same, period, block, periods):
    rows = made(section(period=period, block=block))
    same(rows, f"sourcedId | periods\n 994_1001 | {periods}")


@pytest.mark.parametrize(
    ("title", "start", "end", "periods"),
    [
        ("P0", "7:05 AM", "7:55 AM", "P0 (7:05 AM - 7:55 AM)"),
        ("P0", "", "7:55 AM", "P0"),
        ("", "7:05 AM", "7:55 AM", "1"),
    ],
)
def test_flex_period_is_its_title_and_times(made, same, found, title, start, end, periods):
    flex = {"flex_title": title, "flex_start": start, "flex_end": end}
    same(made(section(period="1", block="1", **flex)), f"sourcedId | periods\n994_1001 | {periods}")
    assert found() == {}


def test_comma_in_a_flex_period_is_left_out_with_a_finding(made, same, found):
    rows = made(section(flex_title="Mon, Tue", flex_start="8", flex_end="9"))
    same(rows, "sourcedId | periods\n 994_1001 | Mon Tue (8 - 9)")
    assert found() == {"list_comma_replaced": ["MST 994 1001 periods"]}


@pytest.mark.parametrize(
    ("school", "low", "high", "expected", "seen"),
    [
        ("994", "0", "0", "", {}),
        ("990", "0", "0", "KG", {}),
        ("994", "", "", "", {}),
        ("994", "12", "11", "11,12", {"grade_range_reversed": ["MST 994 1001"]}),
        ("994", "20", "20", "", {"unknown_grade": ["MST 994 1001"]}),
    ],
)
def test_grades_of_a_section(made, same, found, school, low, high, expected, seen):
    rows = made(section(school_id=school, term_code="Y", low_grade=low, high_grade=high))
    same(rows, f"schoolSourcedId | grades\n {school} | {expected}")
    assert found() == seen


def test_two_sections_of_one_number_stop_the_run(made):
    table = section() + "\n994 | 1001 | 0634 | F"
    with pytest.raises(DataError, match=r"classes\.csv: 1 sourcedId") as stopped:
        made(table)
    assert "994_1001: MST 994 1001 row 0; MST 994 1001 row 1" in str(stopped.value)


def test_homeroom_is_a_class_of_the_year_with_a_title_of_its_teacher(made, same, found):
    rows = made(
        homerooms=homeroom(
            last_name="Rivera", room="12", low_grade="0", high_grade="1", modified_at="M1"
        )
    )
    same(
        rows,
        """
        sourcedId |dateLastModified|title       |grades|courseSourcedId|classType|location
        990_TN_421|M1              |Rivera KG-01|KG,01 |TCH_7          |scheduled|12
        """,
    )
    same(rows, "schoolSourcedId | termSourcedIds | periods\n 990 | 990_Y | 0")
    assert found() == {}


@pytest.mark.parametrize(
    ("names", "title"),
    [
        ({"last_name": "Rivera", "staff_last_name": "S", "display_name": "D"}, "Rivera 05"),
        ({"staff_last_name": "Silva", "display_name": "D"}, "Silva 05"),
        ({"display_name": "RIVERA, A (12)"}, "RIVERA, A (12) 05"),
    ],
)
def test_homeroom_has_the_name_of_the_first_place_that_has_one(made, same, names, title):
    rows = made(homerooms=homeroom(low_grade="5", high_grade="5", **names))
    same(rows, f"sourcedId | title\n 990_TN_421 | {title}")


@pytest.mark.parametrize(
    ("template", "title"),
    [
        ("{familyName}: {room}/{teacherNumber}", "Rivera: 12/421"),
        ("{grades}", "KG-01"),
        ("Homeroom", "Homeroom"),
        ("{{{room}}}", "{12}"),
    ],
)
def test_title_template_is_the_districts(made, same, template, title):
    rows = made(
        homerooms=homeroom(last_name="Rivera", room="12", low_grade="0", high_grade="1"),
        title=template,
    )
    same(rows, f"sourcedId | title\n 990_TN_421 | {title}")


@pytest.mark.parametrize(("name", "title"), [("Rivera", "Rivera"), ("", "990_TN_421")])
def test_field_that_is_blank_leaves_no_trace_in_the_title(made, same, name, title):
    same(made(homerooms=homeroom(last_name=name)), f"sourcedId | title\n 990_TN_421 | {title}")


def test_homerooms_of_one_teacher_are_two_classes_of_one_course(made, same):
    rows = made(homerooms=homeroom() + "\n990 | 422 | 7")
    same(rows, "sourcedId | courseSourcedId\n 990_TN_421 | TCH_7\n 990_TN_422 | TCH_7")


def test_section_and_homeroom_of_one_number_are_two_classes(made):
    rows = made(section(school_id="990", section_id="421", term_code="Y"), homeroom())
    assert rows["sourcedId"].tolist() == ["990_421", "990_TN_421"]


def test_nothing_gives_no_class(made):
    assert made().empty
