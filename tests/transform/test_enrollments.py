"""enrollments.csv, one example per branch."""

from datetime import date

import pytest

from extractor.transform.enrollments import (
    class_terms,
    students_of_homerooms,
    students_of_sections,
    teachers,
)

AS_OF = date(2026, 10, 1)


@pytest.fixture
def terms(frame):
    """Two sections in the fall, one of the year, and a homeroom."""
    classes = frame("""
        sourcedId  | termSourcedIds
        994_1001   | 994_F
        994_1002   | 994_F
        994_1003   | 994_Y
        990_TN_421 | 990_Y
        """)
    sessions = frame("""
        sourcedId | startDate  | endDate
        994_F     | 2026-08-17 | 2026-12-19
        994_Y     | 2026-08-17 | 2027-06-05
        990_Y     | 2026-08-20 | 2027-06-01
        """)
    return class_terms(classes, sessions)


# --- students of sections


@pytest.fixture
def stay(sis, terms, findings):
    """Return begin and end of one student in the fall section, for one row of CAR."""

    def build(first="", last="", stays="1", as_of=AS_OF, section="1001"):
        rows = sis(
            "students_in_sections",
            "school_id | section_id | student_id | copies | first_day | last_day | stays\n"
            f"994 | {section} | 99400001 | 1 | {first} | {last} | {stays}",
        )
        made = students_of_sections(rows, terms, as_of, findings)
        return tuple(made[["beginDate", "endDate"]].iloc[0])

    return build


WHO = "SEC 994 1001 STU.ID 99400001"
TERM = ("2026-08-17", "2026-12-19")


def test_student_in_a_section_has_the_published_id_and_the_dates_of_the_term(
    sis, terms, same, findings, found
):
    rows = sis(
        "students_in_sections",
        """
        school_id | section_id | student_id | copies | modified_at
        994       | 1001       | 99400001   | 1      | M1
        994       | 1003       | 99400001   | 1      |
        """,
    )
    made = students_of_sections(rows, terms, AS_OF, findings)
    same(
        made,
        """
        sourcedId             | dateLastModified | classSourcedId | schoolSourcedId | userSourcedId
        994_STU_99400001_1001 | M1               | 994_1001       | 994             | STU_99400001
        994_STU_99400001_1003 |                  | 994_1003       | 994             | STU_99400001
        """,
    )
    same(
        made,
        """
        role    | primary | beginDate  | endDate
        student | false   | 2026-08-17 | 2026-12-19
        student | false   | 2026-08-17 | 2027-06-05
        """,
    )
    assert found() == {}


def test_dated_stay_ends_on_the_day_after_its_last_one(stay, found):
    assert stay("2026-09-01", "2026-11-30") == ("2026-09-01", "2026-12-01")
    assert found() == {}


def test_stay_of_the_whole_term_is_the_term(stay, found):
    assert stay("2026-08-17", "2026-12-18") == TERM
    assert found() == {}


def test_student_who_leaves_today_keeps_today(stay, found):
    assert stay("2026-09-01", "2026-10-01") == ("2026-09-01", "2026-10-02")
    assert found() == {}


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-08-01", "2026-11-30", ("2026-08-17", "2026-12-01")),
        ("2026-09-01", "2027-06-04", ("2026-09-01", "2026-12-19")),
        ("2026-08-16", "2026-12-19", TERM),
    ],
)
def test_stay_beyond_the_term_is_cut_to_it_with_a_finding(stay, found, first, last, expected):
    assert stay(first, last) == expected
    assert found() == {"enrollment_dates_clamped": [WHO]}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("", ""),
        ("2026-09-01", ""),
        ("", "2026-11-30"),
        ("2026-11-30", "2026-10-15"),
        ("2026-08-17", "2026-09-30"),
        ("2027-01-06", "2027-06-04"),
        ("2026-12-19", "2027-01-10"),
        ("2026-06-01", "2026-08-16"),
    ],
)
def test_stay_that_is_blank_reversed_over_or_outside_the_term_gives_the_term(
    stay, found, first, last
):
    assert stay(first, last, stays="0") == TERM
    assert found() == {"enrollment_dates_unusable": [WHO]}


def test_stay_up_to_the_end_of_a_term_that_is_over_is_kept(stay, found):
    assert stay("2026-09-01", "2026-12-18", "0", date(2027, 1, 20)) == ("2026-09-01", "2026-12-19")
    assert found() == {}


def test_several_stays_that_cover_the_day_are_a_finding(stay, found):
    assert stay("2026-09-01", "2026-11-30", stays="2") == ("2026-09-01", "2026-12-01")
    assert found() == {"enrollment_dates_overlap": [WHO]}


def test_surplus_rows_of_one_seat_are_one_enrollment_with_a_finding(sis, terms, findings, found):
    rows = sis(
        "students_in_sections",
        "school_id | section_id | student_id | copies\n 994 | 1001 | 7 | 2\n 994 | 1002 | 7 | 1",
    )
    assert len(students_of_sections(rows, terms, AS_OF, findings)) == 2
    assert found() == {"enrollment_doubled": ["SEC 994 1001 STU.ID 7"]}


def test_seat_in_a_section_that_has_no_class_is_left_out_with_a_finding(
    sis, terms, findings, found
):
    rows = sis(
        "students_in_sections",
        "school_id | section_id | student_id | copies\n 994 | 9999 | 7 | 2\n 994 | 1001 | 7 | 1",
    )
    made = students_of_sections(rows, terms, AS_OF, findings)
    assert made["sourcedId"].tolist() == ["994_STU_7_1001"]
    assert found() == {"enrollment_without_section": ["SEC 994 9999 STU.ID 7"]}


def test_batch_without_rows_gives_none(sis, terms, findings):
    assert students_of_sections(sis("students_in_sections"), terms, AS_OF, findings).empty
    assert students_of_homerooms(sis("students_in_homerooms"), terms, findings).empty


# --- students of homerooms


def test_student_in_a_homeroom_has_the_dates_of_the_year(sis, terms, same, findings, found):
    rows = sis(
        "students_in_homerooms",
        """
        school_id | teacher_number | student_id | has_teacher | modified_at
        990       | 421            | 99000001   | true        | M1
        """,
    )
    made = students_of_homerooms(rows, terms, findings)
    same(
        made,
        """
        sourcedId               | dateLastModified | classSourcedId | schoolSourcedId
        990_STU_99000001_TN_421 | M1               | 990_TN_421     | 990
        """,
    )
    same(
        made,
        """
        userSourcedId | role    | primary | beginDate  | endDate
        STU_99000001  | student | false   | 2026-08-20 | 2027-06-01
        """,
    )
    assert found() == {}


def test_students_of_a_homeroom_without_teacher_or_staff_id_are_left_out_with_findings(
    sis, terms, findings, found
):
    rows = sis(
        "students_in_homerooms",
        """
        school_id | teacher_number | student_id | has_teacher
        990       | 5              | 1          | true
        990       | 6              | 2          | false
        990       | 6              | 3          | false
        """,
    )
    assert students_of_homerooms(rows, terms, findings).empty
    assert found() == {
        "homeroom_without_staff_id": ["STU 990 5 STU.ID 1"],
        "homeroom_without_teacher": ["STU 990 6 STU.ID 2", "STU 990 6 STU.ID 3"],
    }


# --- teachers


@pytest.fixture
def taught(sis, terms, findings):
    def build(sections="", homerooms="", *, co_teachers=True, attended=()):
        head = "school_id | section_id | slot | teacher_number | staff_id\n"
        return teachers(
            sis("teachers_of_sections", head + sections if sections else ""),
            sis("homerooms", homerooms),
            terms,
            findings,
            co_teachers=co_teachers,
            attended=attended,
        )

    return build


def primaries(rows):
    return dict(zip(rows["userSourcedId"], rows["primary"], strict=True))


def test_teacher_of_a_section_has_the_published_id_and_the_dates_of_the_term(taught, same, found):
    rows = taught("994 | 1001 | 1 | 12 | 994605")
    same(
        rows,
        """
        sourcedId           | classSourcedId | schoolSourcedId | userSourcedId | role    | primary
        994_TCH_994605_1001 | 994_1001       | 994             | TCH_994605    | teacher | true
        """,
    )
    same(rows, "beginDate | endDate\n 2026-08-17 | 2026-12-19")
    assert found() == {}


def test_teacher_of_a_homeroom_has_the_published_id_and_is_primary(taught, same):
    rows = taught(homerooms="school_id | teacher_number | staff_id\n 990 | 421 | 990421")
    same(
        rows,
        """
        sourcedId             | classSourcedId | userSourcedId | primary | beginDate  | endDate
        990_TCH_990421_TN_421 | 990_TN_421     | TCH_990421    | true    | 2026-08-20 | 2027-06-01
        """,
    )


SLOTS = "994 | 1001 | 1 | 12 | 70\n994 | 1001 | 2 | 13 | 8\n994 | 1001 | 3 | 14 | 9"


def test_co_teachers_are_there_and_not_primary(taught, found):
    assert primaries(taught(SLOTS)) == {"TCH_70": "true", "TCH_8": "false", "TCH_9": "false"}
    assert found() == {}


def test_co_teachers_are_left_out_where_options_say_so(taught):
    assert primaries(taught(SLOTS, co_teachers=False)) == {"TCH_70": "true"}


def test_primary_teacher_does_not_hang_on_the_order_of_rows(taught):
    turned = "\n".join(reversed(SLOTS.splitlines()))
    assert taught(turned).equals(taught(SLOTS))


@pytest.mark.parametrize(
    ("sections", "primary"),
    [
        ("994 | 1001 | 2 | 0 | 70\n994 | 1001 | 2 | 0 | 8", "TCH_8"),
        ("994 | 1001 | 1 | 0 | 70\n994 | 1001 | 1 | 0 | 8", "TCH_8"),
        ("994 | 1001 | 1 | 12 | 0\n994 | 1001 | 3 | 13 | 8\n994 | 1001 | 2 | 14 | 70", "TCH_70"),
        ("994 | 1001 | 1 | 12 | \n994 | 1001 | 2 | 14 | 70", "TCH_70"),
    ],
)
def test_primary_teacher_is_chosen_with_a_finding_where_nobody_or_several_are_first(
    taught, found, sections, primary
):
    made = primaries(taught(sections))
    assert [who for who, is_primary in made.items() if is_primary == "true"] == [primary]
    assert found()["primary_teacher_chosen"] == ["MST 994 1001"]


def test_teacher_in_two_slots_of_one_section_is_one_enrollment(taught, found):
    rows = taught("994 | 1001 | 1 | 12 | 7\n994 | 1001 | 2 | 13 | 7")
    assert primaries(rows) == {"TCH_7": "true"}
    assert found() == {}


@pytest.mark.parametrize("staff", ["0", ""])
def test_section_whose_teachers_have_no_staff_id_is_a_finding(taught, found, staff):
    rows = taught(
        f"994 | 1001 | 1 | 12 | {staff}\n994 | 1001 | 2 | 13 | 0\n994 | 1002 | 1 | 12 | 7",
        attended=("994_1001", "994_1002", "994_1003"),
    )
    assert rows["classSourcedId"].tolist() == ["994_1002"]
    # 994_1003: no teacher number at all, so the query returns no row of it
    assert found() == {"section_without_teacher": ["class 994_1001", "class 994_1003"]}


def test_teacher_of_a_section_that_has_no_class_is_left_out(taught):
    assert taught("994 | 9999 | 1 | 12 | 7").empty


def test_nobody_teaching_gives_no_rows(taught):
    assert taught().empty
