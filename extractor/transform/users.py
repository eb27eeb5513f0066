"""users.csv: one row per person and role, whatever number of schools (3.8, 3.10)."""

import pandas as pd
from pandas import DataFrame, Series

from extractor.codes import translate
from extractor.errors import DataError
from extractor.findings import Findings
from extractor.frames import TEXT, among, by_number, columns_of, look_up
from extractor.ids import Shape, label, sourced_id


def students(
    students: DataFrame,
    enrolled: Series,
    grades: DataFrame,
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
    rows = by_number(students[numbered], "student_id", "school_id", "student_number")
    _refuse_different_students(rows, findings)
    people = _one_row_each(rows, "student_id")
    ids = sourced_id(Shape.STUDENT, people.student_id)
    here = among(ids, enrolled)
    if not unscheduled:
        findings.add("student_without_class", label("STU.ID", people.student_id[~here]))
        people, ids = people[here], ids[here]
    keys = label("STU.ID", people.student_id)
    findings.add("student_email_blank", keys[people.email.isna()])
    grade, unknown = translate(people.grade, grades, "grade")
    findings.add("unknown_grade", keys[unknown])
    return _users(people, ids, keys, "student", findings).assign(
        identifier=(people.school_id + "_" + ids).values,
        middleName=people.middle_name.values,
        grades=grade.values,
    )


def teachers(staff: DataFrame, enrolled: Series, findings: Findings) -> DataFrame:
    """
    Build the teacher rows.

    Grain: one row per staff id that teaches a class, with all schools where the person has a
    live teacher record or section. Email: UGN, then STF, then TCH (reference, section 2.6);
    name: TCH of the lowest school code that has it, then STF.

    Raises:
        DataError: if teacher records of one staff id are different people.
    """
    rows = by_number(staff, "staff_id", "school_id", "teacher_number")
    rows = rows[among(sourced_id(Shape.TEACHER, rows.staff_id), enrolled)].reset_index(drop=True)
    _refuse_different_staff(rows, findings)
    _report_emails(rows, findings)
    people = _one_row_each(rows, "staff_id")
    people = people.assign(
        first_name=people.first_name.fillna(people.staff_first_name),
        last_name=people.last_name.fillna(people.staff_last_name),
        email=people.login_email.fillna(people.staff_email).fillna(people.email),
    )
    ids = sourced_id(Shape.TEACHER, people.staff_id)
    keys = label("STF.ID", people.staff_id)
    findings.add("staff_email_blank", keys[people.email.isna()])
    return _users(people, ids, keys, "teacher", findings).assign(
        identifier=(people.school_id + "_" + ids).values
    )


def parents(parents: DataFrame, students: Series, findings: Findings) -> DataFrame:
    """
    Build the parent rows.

    Grain: one row per portal account with a student who is extracted; its schools are those of
    its students, and agentSourcedIds names the students.

    Args:
        parents: the query.
        students: sourcedIds of the students that are extracted.
    """
    mine = among(sourced_id(Shape.STUDENT, parents.student_id), students)
    rows = by_number(parents[mine], "account_id", "school_id", "student_id")
    people = _one_row_each(rows, "account_id")
    ids = sourced_id(Shape.PARENT, people.account_id)
    keys = label("PWA.AID", people.account_id)
    children = _listed(rows, "account_id", "student_id", Shape.STUDENT)
    return _users(people, ids, keys, "parent", findings).assign(
        identifier=("0_" + ids).values,
        agentSourcedIds=look_up(people.account_id, children).values,
    )


def with_parents(students: DataFrame, parents: DataFrame) -> DataFrame:
    """Return students with their parents in agentSourcedIds; `scope` drops those not sent."""
    child = sourced_id(Shape.STUDENT, parents.student_id)
    agents = _listed(parents.assign(child=child), "child", "account_id", Shape.PARENT)
    return students.assign(agentSourcedIds=look_up(students["sourcedId"], agents).values)


def _listed(rows: DataFrame, key: str, number: str, shape: str) -> Series:
    """Return the sourcedIds of a column of numbers per key, comma separated, in order."""
    pairs = by_number(rows.drop_duplicates([key, number]), number)
    ids = sourced_id(shape, pairs[number]).astype(object)
    return ids.groupby(pairs[key].astype(object)).agg(",".join)


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


def _users(
    people: DataFrame, ids: Series, keys: Series, role: str, findings: Findings
) -> DataFrame:
    users = columns_of(
        people,
        {
            "sourcedId": ids,
            "dateLastModified": people.modified_at,
            "enabledUser": "true",
            "orgSourcedIds": people.school_ids,
            "role": role,
            "username": people.email.fillna(ids),
            "givenName": people.first_name,
            "familyName": people.last_name,
            "email": people.email,
            "key": keys,
        },
    )
    shared = users["email"].str.casefold()
    both = shared.notna() & shared.duplicated(keep=False)
    findings.add("shared_email", users.key[both])
    return users


def _one_row_each(rows: DataFrame, key: str) -> DataFrame:
    """
    Merge the rows of one person: the first filled value of each column, all schools.

    Args:
        rows: sorted by the key and the school.

    Returns:
        The columns of rows, and school_ids, comma separated in the order of school codes.
    """
    several = rows[key].duplicated(keep=False)
    alone = rows[~several].assign(school_ids=rows.school_id[~several])
    if not several.any():
        return alone
    groups = rows[several].groupby(key, sort=False)
    schools = groups.school_id.agg(lambda ids: ",".join(dict.fromkeys(ids)))
    merged = groups.first().assign(school_ids=schools).reset_index().astype(TEXT)
    return by_number(pd.concat([alone, merged], ignore_index=True), key)


def _differs(rows: DataFrame, key: str, column: str) -> Series:
    """Tell where a filled value is not the first filled one of the person, regardless of case."""
    plain = rows[column].str.casefold()
    first = plain.groupby(rows[key]).transform("first")
    return (plain != first).fillna(value=False).astype(bool)


def _unlike(rows: DataFrame, key: str, column: str) -> Series:
    """Tell where a name is no short or long form of the person's first one: J., Smith-Lee."""
    plain = rows[column].str.casefold().str.strip(". ").fillna("")
    first = plain.where(plain != "").groupby(rows[key]).transform("first").fillna("")
    pairs = zip(plain, first, strict=True)  # of people with several records only
    return Series([not (a in b or b in a) for a, b in pairs], index=rows.index, dtype=bool)


def _refuse_different_students(rows: DataFrame, findings: Findings) -> None:
    """
    Stop where one STU.ID stands for two people.

    Two rows are two people when their state ids differ and so does a name, or when a state id
    is missing and both names differ. A difference in one thing only is a typing error or a
    name in use, and becomes a finding.
    """
    some = rows[rows.student_id.duplicated(keep=False)].reset_index(drop=True)
    if some.empty:
        return
    first, last = (
        _differs(some, "student_id", "first_name"),
        _differs(some, "student_id", "last_name"),
    )
    state = _differs(some, "student_id", "state_id")
    untold = some.state_id.isna().groupby(some.student_id).transform("any")
    different = (state & (first | last)) | (untold & first & last)
    keys = label("STU", some.school_id, some.student_number)
    _refuse(some, "student_id", "STU.ID", different, keys)
    findings.add("student_rows_disagree", keys[state | first | last])


def _refuse_different_staff(rows: DataFrame, findings: Findings) -> None:
    """Stop where records of one staff id differ in both names, and no email joins them."""
    some = rows[rows.staff_id.duplicated(keep=False)].reset_index(drop=True)
    if some.empty:
        return
    first = _unlike(some, "staff_id", "first_name")
    last = _unlike(some, "staff_id", "last_name")
    named = some.assign(email=some.email.str.casefold())
    known = named.email.mask(first & last).groupby(some.staff_id).transform("first")
    same_email = (named.email == known).fillna(value=False).astype(bool)
    keys = label("TCH", some.school_id, some.teacher_number)
    _refuse(some, "staff_id", "TCH.ID", first & last & ~same_email, keys)
    either = _differs(some, "staff_id", "first_name") | _differs(some, "staff_id", "last_name")
    findings.add("staff_rows_disagree", keys[either])


def _refuse(rows: DataFrame, key: str, name: str, different: Series, keys: Series) -> None:
    bad = rows[key][different].drop_duplicates()
    if bad.empty:
        return
    lines = [f"  {name} {one}: {'; '.join(keys[rows[key] == one])}" for one in bad[:20]]
    raise DataError(
        f"users.csv: {len(bad)} id(s) stand for different people:\n"
        + "\n".join(lines)
        + "\nNothing was written. Give each person an id of their own in the SIS; if it is one "
        "person, make the names and state ids agree."
    )


def _report_emails(rows: DataFrame, findings: Findings) -> None:
    chosen = rows.login_email.fillna(rows.staff_email)
    every = pd.concat([rows.assign(email=chosen), rows.assign(email=rows.staff_email), rows])
    disagree = _differs(every.reset_index(drop=True), "staff_id", "email")
    ids = every.reset_index(drop=True).staff_id[disagree].drop_duplicates()
    findings.add("staff_emails_disagree", label("STF.ID", ids))
