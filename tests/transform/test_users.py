"""users.csv, one example per branch."""

import pytest

from extractor.errors import DataError
from extractor.transform.people import Choices
from extractor.transform.users import nameable, students, teachers

AS_USUAL = Choices()


@pytest.fixture
def pupils(sis, grades, findings):
    """Build the student rows; everybody whom a test names is enrolled."""

    def build(table, enrolled=None, choices=AS_USUAL, *, unscheduled=False):
        rows = sis("students", table)
        who = ("STU_" + rows.student_id).dropna() if enrolled is None else enrolled
        return students(rows, who, grades, choices, findings, unscheduled=unscheduled)

    return build


@pytest.fixture
def staff(sis, findings):
    def build(table, enrolled=None, choices=AS_USUAL):
        rows = sis("staff", table)
        who = "TCH_" + rows.staff_id if enrolled is None else enrolled
        return teachers(rows, who, choices, findings)

    return build


# --- students

ANA = "school_id | student_number | student_id | state_id | first_name | last_name | email\n"


def test_student_is_an_enabled_user_of_a_school(pupils, same, found):
    rows = pupils("""
        school_id|student_id|first_name|middle_name|last_name|grade|email  |modified_at
        994      |99400001  |Ana       |Maria      |López    |9    |a@e.org|M1
        """)
    same(
        rows,
        """
        sourcedId    | dateLastModified | enabledUser | orgSourcedIds | role    | username
        STU_99400001 | M1               | true        | 994           | student | a@e.org
        """,
    )
    same(
        rows,
        """
        givenName | familyName | middleName | identifier       | email   | grades
        Ana       | López      | Maria      | 994_STU_99400001 | a@e.org | 09
        """,
    )
    assert found() == {}


def test_student_of_two_schools_is_one_user_with_both_in_order(pupils, same, found):
    rows = pupils("""
        school_id | student_number | student_id | first_name | last_name | grade | email
        1010      | 4              | 7          | Ana        | López     | 10    | late@e.org
        994       | 3              | 7          | Ana        | López     |       | high@e.org
        990       | 9              | 7          | ana        | LÓPEZ     | 9     |
        """)
    same(
        rows,
        """
        sourcedId | orgSourcedIds | givenName | familyName | email      | username   | grades
        STU_7     | 990,994,1010  | ana       | LÓPEZ      | high@e.org | high@e.org | 09
        """,
    )
    same(rows, "identifier\n 990_STU_7")
    assert found() == {}


def test_student_twice_at_one_school_has_it_once(pupils, same):
    rows = pupils(ANA + "994 | 1 | 7 | | Ana | López | a@e.org\n994 | 2 | 7 | | Ana | López |")
    same(rows, "sourcedId | orgSourcedIds\n STU_7 | 994")


def test_order_of_the_database_does_not_matter(pupils):
    lines = [
        f"{school} | {school} | {who} | | A{who} | B | " for school in (990, 994) for who in (1, 2)
    ]
    first = pupils(ANA + "\n".join(lines))
    assert pupils(ANA + "\n".join(reversed(lines))).equals(first)


@pytest.mark.parametrize("number", ["0", ""])
def test_student_without_an_id_is_left_out_with_a_finding(pupils, found, number):
    assert pupils(ANA + f"994 | 12 | {number} | | Ana | López | a@e.org").empty
    assert found() == {"student_without_id": ["STU 994 12"]}


def test_student_without_a_class_is_left_out_with_a_finding(pupils, found):
    table = ANA + "994 | 1 | 7 | | Ana | López | a@e.org\n994 | 2 | 8 | | Bo | Chen | b@e.org"
    assert pupils(table, ["STU_8"])["sourcedId"].tolist() == ["STU_8"]
    assert found() == {"student_without_class": ["STU.ID 7"]}


def test_student_without_a_class_is_there_where_options_ask(pupils):
    table = ANA + "994 | 1 | 7 | | Ana | López | a@e.org\n994 | 2 | 8 | | Bo | Chen | b@e.org"
    rows = pupils(table, ["STU_8"], unscheduled=True)
    assert rows["sourcedId"].tolist() == ["STU_7", "STU_8"]


def test_student_without_an_email_has_the_id_as_username_with_a_finding(pupils, same, found):
    rows = pupils(ANA + "994 | 1 | 7 | | Ana | López |\n990 | 1 | 7 | | Ana | López |")
    same(rows, "sourcedId | username | email\n STU_7 | STU_7 |")
    assert found() == {"student_email_blank": ["STU.ID 7"]}


def test_unknown_grade_is_blank_with_a_finding(pupils, same, found):
    rows = pupils(
        "school_id | student_id | first_name | last_name | grade | email\n 994 | 7 | A | B | 19 | a"
    )
    same(rows, "sourcedId | grades\n STU_7 |")
    assert found() == {"unknown_grade": ["STU.ID 7"]}


def test_email_of_two_students_is_kept_with_a_finding(pupils, found):
    rows = pupils(
        ANA + "994 | 1 | 7 | | Ana | L | Same@e.org\n994 | 2 | 8 | | Bo | C | same@e.org"
        "\n994 | 3 | 9 | | Cy | D |"
    )
    assert rows["email"].tolist()[:2] == ["Same@e.org", "same@e.org"]
    assert found()["shared_email"] == ["STU.ID 7", "STU.ID 8"]


@pytest.mark.parametrize(
    "others",
    [
        ("111", "Ana", "López", "222", "Bob", "Chen"),
        ("111", "Ana", "López", "222", "Ana", "Chen"),
        ("111", "Ana", "López", "222", "Bob", "López"),
        ("111", "Ana", "López", "", "Bob", "Chen"),
        ("", "Ana", "López", "", "Bob", "Chen"),
    ],
)
def test_two_students_of_one_id_stop_the_run_with_sis_keys_and_no_names(pupils, others):
    state_1, first_1, last_1, state_2, first_2, last_2 = others
    with pytest.raises(DataError) as stopped:
        pupils(
            ANA + f"990 | 12 | 7 | {state_1} | {first_1} | {last_1} | a@e.org\n"
            f"994 | 34 | 7 | {state_2} | {first_2} | {last_2} | b@e.org"
        )
    message = str(stopped.value)
    assert "STU.ID 7: STU 990 12; STU 994 34" in message
    for private in ("Ana", "López", "Bob", "Chen", "e.org", "111", "222"):
        assert private not in message


@pytest.mark.parametrize(
    "second",
    ["222 | Ana | López", "111 | Annie | López", "111 | Ana | Chen", "111 | Bob | Chen"],
)
def test_student_whose_rows_differ_in_one_thing_is_one_person_with_a_finding(pupils, found, second):
    rows = pupils(
        ANA + f"990 | 12 | 7 | 111 | Ana | López | a@e.org\n994 | 34 | 7 | {second} | a@e.org"
    )
    assert rows[["givenName", "familyName"]].to_numpy().tolist() == [["Ana", "López"]]
    assert found() == {"student_rows_disagree": ["STU 994 34"]}


# --- teachers

WHO = "school_id | teacher_number | staff_id | first_name | last_name"
EMAILS = f"{WHO} | login_email | staff_email | email\n"


def test_teacher_is_an_enabled_user_of_a_school(staff, same, found):
    rows = staff(f"{WHO} | email | modified_at\n 994 | 12 | 994605 | Rosa | Rivera | r@e.org | M1")
    same(
        rows,
        """
        sourcedId  | dateLastModified | enabledUser | orgSourcedIds | role    | username | email
        TCH_994605 | M1               | true        | 994           | teacher | r@e.org  | r@e.org
        """,
    )
    same(rows, "givenName | familyName | identifier\n Rosa | Rivera | 994_TCH_994605")
    assert found() == {}


@pytest.mark.parametrize(
    ("emails", "chosen"),
    [
        ("u@e.org | u@e.org | u@e.org", "u@e.org"),
        ("u@e.org | | ", "u@e.org"),
        (" | s@e.org | ", "s@e.org"),
        (" | | t@e.org", "t@e.org"),
    ],
)
def test_email_comes_from_the_login_else_staff_else_teacher_record(staff, found, emails, chosen):
    rows = staff(EMAILS + f"994 | 12 | 7 | Rosa | Rivera | {emails}")
    assert rows[["email", "username"]].to_numpy().tolist() == [[chosen, chosen]]
    assert found() == {}


@pytest.mark.parametrize(
    ("emails", "chosen"),
    [
        ("u@e.org | s@e.org | t@e.org", "u@e.org"),
        ("u@e.org | | t@e.org", "u@e.org"),
        ("u@e.org | s@e.org | ", "u@e.org"),
        (" | s@e.org | t@e.org", "s@e.org"),
    ],
)
def test_emails_that_disagree_are_a_finding(staff, found, emails, chosen):
    rows = staff(EMAILS + f"994 | 12 | 7 | Rosa | Rivera | {emails}")
    assert rows["email"].tolist() == [chosen]
    assert found() == {"staff_emails_disagree": ["STF.ID 7"]}


def test_blank_email_at_one_school_does_not_blank_it_for_all(staff, same, found):
    rows = staff(
        EMAILS + "990 | 1 | 7 | Rosa | Rivera | | | \n994 | 2 | 7 | Rosa | Rivera | | | r@e.org"
    )
    same(rows, "sourcedId | orgSourcedIds | username | email\n TCH_7 | 990,994 | r@e.org | r@e.org")
    assert found() == {}


def test_teacher_without_any_email_has_the_id_as_username_with_a_finding(staff, same, found):
    rows = staff(EMAILS + "994 | 12 | 7 | Rosa | Rivera | | |")
    same(rows, "sourcedId | username | email\n TCH_7 | TCH_7 |")
    assert found() == {"staff_email_blank": ["STF.ID 7"]}


def test_section_staff_without_a_teacher_record_have_the_name_of_the_staff_record(staff, same):
    rows = staff(
        f"{WHO} | staff_first_name | staff_last_name | staff_email\n"
        "994 | 0 | 7 | | | Rosa | Rivera | r@e.org"
    )
    same(rows, "sourcedId | givenName | familyName\n TCH_7 | Rosa | Rivera")


def test_name_comes_from_the_teacher_record_of_the_lowest_school_that_has_one(staff, same):
    rows = staff(
        f"{WHO} | staff_first_name | staff_last_name | staff_email\n"
        "1010 | 1 | 7 | Rosie | Rivera | Rosalind | Rivera | r@e.org\n"
        "994 | 0 | 7 | | | Rosalind | Rivera | r@e.org\n"
        "994 | 3 | 7 | Rosa | Rivera | Rosalind | Rivera | r@e.org"
    )
    same(
        rows,
        "sourcedId | orgSourcedIds | givenName | identifier\n TCH_7 | 994,1010 | Rosa | 994_TCH_7",
    )


def test_staff_who_teach_no_class_are_left_out(staff):
    table = f"{WHO}\n 994 | 12 | 7 | Rosa | Rivera\n 994 | 13 | 8 | Tom | Tan"
    assert staff(table, ["TCH_8", "STU_7"])["sourcedId"].tolist() == ["TCH_8"]


@pytest.mark.parametrize(
    "emails", [("r@e.org", "t@e.org"), ("r@e.org", ""), ("", "t@e.org"), ("", "")]
)
def test_two_teachers_of_one_staff_id_stop_the_run_with_sis_keys_and_no_names(staff, emails):
    with pytest.raises(DataError) as stopped:
        staff(
            f"{WHO} | email\n"
            f"990 | 1 | 7 | Rosa | Rivera | {emails[0]}\n"
            f"994 | 2 | 7 | Tom | Tan | {emails[1]}"
        )
    message = str(stopped.value)
    assert "TCH.ID 7: TCH 990 1; TCH 994 2" in message
    for private in ("Rosa", "Rivera", "Tom", "Tan", "e.org"):
        assert private not in message


@pytest.mark.parametrize("second", ["Rosie | Rivera | x@e.org", "Rosa | Tan | x@e.org"])
def test_teacher_whose_records_differ_in_one_name_is_one_person_with_a_finding(
    staff, found, second
):
    rows = staff(f"{WHO} | email\n 990 | 1 | 7 | Rosa | Rivera | r@e.org\n 994 | 2 | 7 | {second}")
    assert len(rows) == 1
    assert found()["staff_rows_disagree"] == ["TCH 994 2"]


def test_student_and_teacher_of_one_number_are_two_users(pupils, staff):
    student = pupils(ANA + "994 | 1 | 7 | | Ana | López | a@e.org")
    teacher = staff(f"{WHO}\n 994 | 12 | 7 | Rosa | Rivera")
    assert [*student["sourcedId"], *teacher["sourcedId"]] == ["STU_7", "TCH_7"]


# --- names


def test_name_of_one_part_stands_in_both_places_and_nobody_without_a_name_is_written(
    frame, same, findings, found
):
    users = frame("""
        sourcedId | givenName | familyName | key
        STU_1     | Ana       | López      | STU.ID 1
        STU_2     | Cher      |            | STU.ID 2
        STU_3     |           | Prince     | STU.ID 3
        STU_4     |           |            | STU.ID 4
        """)
    same(
        nameable(users, findings),
        """
        sourcedId | givenName | familyName
        STU_1     | Ana       | López
        STU_2     | Cher      | Cher
        STU_3     | Prince    | Prince
        """,
    )
    assert found() == {"name_part_blank": ["STU.ID 2", "STU.ID 3"], "name_blank": ["STU.ID 4"]}
