"""courses.csv, one example per branch."""

import pytest
from pandas import DataFrame

from extractor.errors import DataError
from extractor.transform.courses import catalogued, courses


@pytest.fixture
def made(sis, frame, grades, findings):
    def build(catalog="", sections="", homerooms=""):
        listed = sis("course_catalog", catalog)
        used = catalogued(sis("sections", sections), listed)
        schools = frame("school_id | low_grade\n 990 | 0\n 994 | 9")
        rooms = sis("homerooms", homerooms)
        return courses(listed, used, rooms, schools, grades, 2027, findings)

    return build


def test_course_that_sections_use_belongs_to_the_district(made, same, found):
    rows = made(
        """
        course_id | title         | low_grade | high_grade | modified_at
        0634      | AP Statistics | 9         | 12         | M1
        0700      | Choir         | 9         | 12         |
        """,
        "school_id | section_id | course_id\n 994 | 1001 | 0634\n 994 | 1002 | 0634\n 994 | 1003 |",
    )
    same(
        rows,
        """
        sourcedId | dateLastModified | schoolYearSourcedId | title         | courseCode
        0634      | M1               | SY_2027             | AP Statistics | 0634
        """,
    )
    same(rows, "grades | orgSourcedId\n 09,10,11,12 | 0")
    assert found() == {}


def test_course_without_a_title_has_its_description_else_its_id(made, same, found):
    rows = made(
        "course_id | title | long_title\n A | | Art for all\n B | |",
        "school_id | section_id | course_id\n 994 | 1 | A\n 994 | 2 | B",
    )
    same(rows, "sourcedId | title\n A | Art for all\n B | B")
    assert found() == {"course_without_title": ["CRS B"]}


def test_course_that_the_catalogue_lacks_is_made_of_its_id(made, same, found):
    rows = made(
        "course_id | title\n A | Art", "school_id | section_id | course_id\n 994 | 1 | 0999"
    )
    same(rows, "sourcedId | title | courseCode | grades | orgSourcedId\n 0999 | 0999 | 0999 | | 0")
    assert found() == {"course_missing": ["CRS 0999"]}


def test_section_may_spell_the_course_in_another_case(sis, made, same, found):
    rows = made(
        "course_id | title\n ab12 | Art", "school_id | section_id | course_id\n 994 | 1 | AB12"
    )
    same(rows, "sourcedId | title\n ab12 | Art")
    assert found() == {}


def test_odd_course_id_is_replaced_in_the_id_and_stays_in_the_code(made, same, found):
    rows = made(
        "course_id | title\n 06 34 | Art", "school_id | section_id | course_id\n 994 | 1 | 06 34"
    )
    same(rows, "sourcedId | courseCode\n 06.2034 | 06 34")
    assert found() == {"id_characters_replaced": ["CRS.CN 06 34"]}


@pytest.mark.parametrize(
    ("low", "high", "grades_", "seen"),
    [
        ("0", "0", "", {}),
        ("12", "9", "09,10,11,12", {"grade_range_reversed": ["CRS A"]}),
        ("0", "1", "KG,01", {}),
        ("12", "19", "12,13,UG,PK,IT,Other", {"unknown_grade": ["CRS A"]}),
    ],
)
def test_grades_of_a_course(made, same, found, low, high, grades_, seen):
    rows = made(
        f"course_id | title | low_grade | high_grade\n A | Art | {low} | {high}",
        "school_id | section_id | course_id\n 994 | 1 | A",
    )
    same(rows, f"sourcedId | grades\n A | {grades_}")
    assert found() == seen


def test_homeroom_teacher_has_a_course_of_the_school(made, same, found):
    rows = made(
        homerooms="""
        school_id | teacher_number | staff_id | last_name | low_grade | high_grade | modified_at
        990       | 421            | 990421   | Rivera    | 0         | 1          | M1
        """
    )
    same(
        rows,
        """
        sourcedId  | dateLastModified | title        | courseCode | grades | orgSourcedId
        TCH_990421 | M1               | Rivera class | TCH_990421 | KG,01  | 990
        """,
    )
    assert found() == {}


def test_two_homerooms_of_one_teacher_have_one_course_with_all_grades(made, same):
    rows = made(
        homerooms="""
        school_id | teacher_number | staff_id | last_name | low_grade | high_grade
        990       | 1              | 7        | Rivera    | 0         | 1
        990       | 2              | 7        | Rivera    | 10        | 9
        """
    )
    same(
        rows,
        "sourcedId | grades | orgSourcedId\n TCH_7 | KG,01,02,03,04,05,06,07,08,09,10 | 990",
    )


def test_teacher_with_homerooms_at_two_schools_has_a_course_of_the_district(made, same):
    rows = made(homerooms="school_id | teacher_number | staff_id\n 990 | 1 | 7\n 991 | 1 | 7")
    same(rows, "sourcedId | orgSourcedId\n TCH_7 | 0")


@pytest.mark.parametrize(
    ("names", "title"),
    [
        ("Rivera | Silva | D", "Rivera class"),
        (" | Silva | D", "Silva class"),
        (" | | D", "D class"),
        (" | | ", "TCH_7"),
    ],
)
def test_homeroom_course_has_the_name_of_the_first_place_with_one(made, same, names, title):
    head = "school_id | teacher_number | staff_id | last_name | staff_last_name | display_name"
    same(made(homerooms=f"{head}\n 990 | 1 | 7 | {names}"), f"sourcedId | title\n TCH_7 | {title}")


def test_course_and_homeroom_teacher_of_one_id_stop_the_run(made):
    with pytest.raises(DataError) as stopped:
        made(
            "course_id | title\n TCH_7 | Art",
            "school_id | section_id | course_id\n 994 | 1 | TCH_7",
            "school_id | teacher_number | staff_id\n 990 | 1 | 7",
        )
    assert "TCH_7: CRS TCH_7 row 0; STF 7" in str(stopped.value)


def test_two_catalogue_rows_of_one_id_stop_the_run(made):
    with pytest.raises(DataError, match=r"courses\.csv: 1 sourcedId"):
        made(
            "course_id | title\n A | Art\n A | Arts",
            "school_id | section_id | course_id\n 994 | 1 | A",
        )


def test_nothing_gives_no_course(made):
    rows = made()
    assert isinstance(rows, DataFrame)
    assert rows.empty
