"""users.csv: one row per person and role, whatever number of schools (3.8, 3.10)."""

from pandas import DataFrame, Series

from extractor.codes import translate
from extractor.findings import Findings
from extractor.frames import among, settled, text
from extractor.ids import Shape, label, sourced_id
from extractor.transform.identity import (
    refuse_different_staff,
    refuse_different_students,
    report_emails,
)
from extractor.transform.people import Choices, one_row_each, users_of


def students(
    students: DataFrame,
    enrolled: Series,
    grades: DataFrame,
    choices: Choices,
    findings: Findings,
    *,
    unscheduled: bool,
) -> DataFrame:
    """
    Build the student rows.

    Grain: one row per STU.ID; a student live at two schools has one, with both schools. Name,
    email and grade come from the row of the lowest school code that has them.

    Args:
        students: the query.
        enrolled: sourcedIds of users with an enrollment.
        grades: code table; code, grade.
        unscheduled: whether students without a class are written.

    Raises:
        DataError: if rows of one STU.ID are different people.
    """
    numbered = students.student_id.notna() & (students.student_id != "0")
    nameless = students[~numbered]
    findings.add("student_without_id", label("STU", nameless.school_id, nameless.student_number))
    rows = settled(students[numbered], "student_id", "school_id", "student_number")
    refuse_different_students(rows, findings)
    people = one_row_each(rows, "student_id")
    people = people.assign(
        first_name=people.preferred_first_name.fillna(people.first_name),
        middle_name=people.preferred_middle_name.fillna(people.middle_name),
        last_name=people.preferred_last_name.fillna(people.last_name),
    )
    ids = sourced_id(Shape.STUDENT, people.student_id)
    here = among(ids, enrolled)
    if not unscheduled:
        findings.add("student_without_class", label("STU.ID", people.student_id[~here]))
        people, ids = people[here], ids[here]
    keys = label("STU.ID", people.student_id)
    findings.add("student_email_blank", keys[people.email.isna()])
    grade, unknown = translate(people.grade, grades, "grade")
    findings.add("unknown_grade", keys[unknown])
    return users_of(people, ids, keys, "student", choices, findings).assign(
        identifier=(people.school_id + "_" + ids).values,
        middleName=people.middle_name.values,
        grades=(grade if choices.grades else text(None, grade.index)).values,
    )


def teachers(staff: DataFrame, enrolled: Series, choices: Choices, findings: Findings) -> DataFrame:
    """
    Build the teacher rows.

    Grain: one row per staff id that teaches a class, with all schools where the person has a
    live teacher record or section. Email: UGN, then STF, then TCH (reference, section 2.6);
    name: TCH of the lowest school code that has it, then STF.

    Raises:
        DataError: if teacher records of one staff id are different people.
    """
    rows = settled(staff, "staff_id", "school_id", "teacher_number")
    rows = rows[among(sourced_id(Shape.TEACHER, rows.staff_id), enrolled)].reset_index(drop=True)
    refuse_different_staff(rows, findings)
    report_emails(rows, findings)
    people = one_row_each(rows, "staff_id")
    people = people.assign(
        first_name=people.preferred_first_name.fillna(people.first_name).fillna(
            people.staff_first_name
        ),
        last_name=people.last_name.fillna(people.staff_last_name),
        email=people.login_email.fillna(people.staff_email).fillna(people.email),
    )
    ids = sourced_id(Shape.TEACHER, people.staff_id)
    keys = label("STF.ID", people.staff_id)
    findings.add("staff_email_blank", keys[people.email.isna()])
    return users_of(people, ids, keys, "teacher", choices, findings).assign(
        identifier=(people.school_id + "_" + ids).values
    )


def nameable(users: DataFrame, findings: Findings) -> DataFrame:
    """
    Fill a name of which one part is blank with the other; leave out people with neither.

    Args:
        users: givenName, familyName, and `key`, the SIS key for findings.
    """
    given, family = users["givenName"], users["familyName"]
    nobody = given.isna() & family.isna()
    findings.add("name_blank", users.key[nobody])
    findings.add("name_part_blank", users.key[given.isna() ^ family.isna()])
    return users.assign(givenName=given.fillna(family), familyName=family.fillna(given))[~nobody]
