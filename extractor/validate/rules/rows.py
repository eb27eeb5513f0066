"""Rules on one row at a time, and on a row beside the rows it names."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from extractor.spec import Kind
from extractor.validate.batch import Batch, Mask
from extractor.validate.bundle import Bundle, Hit
from extractor.validate.hashes import UNKNOWN, pair
from extractor.validate.parsing import DATE, DATETIME, NO_DAY, days, numbers
from extractor.validate.registry import EVERY, Level, Scope, rule
from extractor.validate.rules.enrolled import (
    outside_class_terms,
    school_of_user,
    students_of_classes,
)
from extractor.validate.verdict import Severity

ROW = Scope.ROW

RACES = (
    *("americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican"),
    *("nativeHawaiianOrOtherPacificIslander", "white"),
)


def _days(batch: Batch, column: str) -> NDArray[np.int32]:
    if column not in batch:
        return np.full(len(batch), NO_DAY, np.int32)
    values = batch[column]
    return np.asarray(values.spread(days(values.distinct, DATE)))


def _numbers(batch: Batch, column: str) -> NDArray[np.float64]:
    if column not in batch:
        return np.full(len(batch), np.nan)
    values = batch[column]
    return np.asarray(values.spread(numbers(values.distinct)))


def _is(batch: Batch, column: str, *texts: str) -> Mask:
    return batch[column].equals(*texts) if column in batch else np.zeros(len(batch), np.bool_)


def _filled(batch: Batch, column: str) -> Mask:
    return batch[column].filled if column in batch else np.zeros(len(batch), np.bool_)


def _backwards(batch: Batch, first: str, last: str, *, same: bool) -> Mask:
    """Tell where the last day is before the first, or, if `same`, on it."""
    begin, end = _days(batch, first), _days(batch, last)
    wrong = begin >= end if same else begin > end
    judged: Mask = (begin != NO_DAY) & (end != NO_DAY) & wrong
    return judged


def _named_rows(batch: Batch, column: str) -> NDArray[np.int32]:
    found = batch.references.get(column)
    return np.full(len(batch), -2, np.int32) if found is None else found


def _of(table_column: np.ndarray, rows: NDArray[np.int32]) -> np.ndarray:
    """Return a column of the rows named; anything where no row is."""
    if not len(table_column):
        table_column = np.zeros(1, table_column.dtype)
    return table_column[np.where(rows >= 0, rows, 0)]


@rule(
    "V11",
    Severity.ERROR,
    ROW,
    on=EVERY,
    says="subjects and subjectCodes have different numbers of items",
    remedy="Give each subject its code, in the same order, or leave one of the lists empty.",
)
def unpaired_subjects(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    The lists subjects and subjectCodes are both filled and differ in length.

    Receivers cannot tell which code belongs to which subject. The usual cause is a comma in the
    title of a subject.
    """
    for column in batch.file.columns:
        if column.paired_with and column.name > column.paired_with and column.name in batch:
            if column.paired_with not in batch:
                continue
            mine, other = batch[column.name], batch[column.paired_with]
            counts = [
                np.asarray(
                    values.spread(np.bincount(values.items.owners, minlength=len(values.distinct)))
                )
                for values in (mine, other)
            ]
            both = mine.filled & other.filled
            yield Hit(both & (counts[0] != counts[1]), column=column.name)


@rule(
    "V13",
    Severity.ERROR,
    ROW,
    on=EVERY,
    says="status and dateLastModified are empty in bulk and both filled in delta",
    remedy="Leave both empty in a bulk file; fill in both in a delta.",
)
def status_against_mode(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    A row of a bulk file has a status or a date of change, or a row of a delta lacks one.

    Receivers refuse the row, or take the bulk file for a delta. The usual cause is an export of
    both kinds in one.
    """
    mode = bundle.tables[batch.file.name].mode
    for column in batch.file.columns:
        if column.required.value == "delta" and column.name in batch and mode:
            filled = batch[column.name].filled
            yield Hit(filled if mode == "bulk" else ~filled, column=column.name)


@rule(
    "S01",
    Severity.ERROR,
    ROW,
    on="enrollments",
    says="primary is true and the role is not teacher",
    remedy="Write true for the primary teacher only, and false or nothing for all others.",
)
def primary_without_teaching(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    An enrollment that is no teacher's is marked as primary.

    Receivers make a student the owner of the class. The usual cause is a flag that means something
    else in the source.
    """
    roles = _is(batch, "role", "student", "administrator", "proctor")
    yield Hit(_is(batch, "primary", "true") & roles, column="primary")


@rule(
    "S04",
    Severity.WARNING,
    ROW,
    on="enrollments",
    level=Level.SHOULD,
    says="the dates are outside the terms of the class",
    remedy="Cut beginDate and endDate to the terms of the class, or mend the terms.",
)
def enrollment_outside_term(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    An enrollment begins before the first term of its class or ends after the last.

    Receivers drop it or show it in the wrong term. The usual cause is a date of entry to the
    school, not the class.
    """
    classes = _named_rows(batch, "classSourcedId")
    early, late = outside_class_terms(
        bundle, classes, _days(batch, "beginDate"), _days(batch, "endDate")
    )
    yield Hit(early, column="beginDate")
    yield Hit(late & ~early, column="endDate")


@rule(
    "S05",
    Severity.ERROR,
    ROW,
    on="enrollments",
    says="endDate is not after beginDate",
    remedy="The end is the day after the last one; leave out enrollments of no day.",
)
def enrollment_ends_before_it_begins(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    An enrollment ends before it begins, or on the same day.

    The standard's endDate is the day after the last one, so no day is left. The usual cause is a
    student who never came.
    """
    yield Hit(_backwards(batch, "beginDate", "endDate", same=True), column="endDate")


@rule(
    "S05",
    Severity.ERROR,
    ROW,
    on="academicSessions",
    says="endDate is not after startDate",
    remedy="The end is the day after the last one; mend the dates of the session.",
)
def session_ends_before_it_starts(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    A session ends before it starts, or on the same day.

    Receivers never show its classes. The usual cause is a year that was rolled over by half.
    """
    yield Hit(_backwards(batch, "startDate", "endDate", same=True), column="endDate")


@rule(
    "S06",
    Severity.WARNING,
    ROW,
    on="results",
    level=Level.SHOULD,
    says="the score is outside resultValueMin and resultValueMax of its line item",
    remedy="Raise the maximum of the line item if extra points are meant.",
)
def score_out_of_range(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    A score is lower than its line item allows, or higher.

    Receivers drop it or show more than 100 percent. The usual cause is extra credit.
    """
    rows, items = _named_rows(batch, "lineItemSourcedId"), bundle.table("lineItems")
    score = _numbers(batch, "score")
    low, high = _of(items["resultValueMin"], rows), _of(items["resultValueMax"], rows)
    counts = _is(batch, "scoreStatus", "fully graded", "partially graded", "submitted")
    yield Hit((rows >= 0) & counts & ((score < low) | (score > high)), column="score")


@rule(
    "S07",
    Severity.ERROR,
    ROW,
    on="lineItems",
    says="resultValueMin is greater than resultValueMax",
    remedy="Exchange the two, or mend the points of the assignment.",
)
def range_upside_down(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    The lowest result of a line item is higher than the highest.

    No score can be right. The usual cause is negative points, or two columns that were exchanged.
    """
    low, high = _numbers(batch, "resultValueMin"), _numbers(batch, "resultValueMax")
    yield Hit(low > high, column="resultValueMin")


@rule(
    "S12",
    Severity.WARNING,
    ROW,
    on="enrollments",
    says="schoolSourcedId is not the school of the class",
    remedy="Send the school of the class.",
)
def enrollment_in_other_school(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    An enrollment names another school than its class does.

    Receivers cut by school, and the roster loses students. The usual cause is the home school of
    the student.
    """
    classes = _named_rows(batch, "classSourcedId")
    mine = _named_rows(batch, "schoolSourcedId")
    theirs = _of(bundle.table("classes").rows("schoolSourcedId"), classes)
    orgs = bundle.table("orgs")
    # An org of another type is R04's finding.
    school = _of(orgs["type"], mine) == orgs.file["type"].values.index("school")
    yield Hit(
        school & (classes >= 0) & (mine >= 0) & (theirs >= 0) & (mine != theirs),
        column="schoolSourcedId",
    )


@rule(
    "S13",
    Severity.WARNING,
    ROW,
    on="enrollments",
    says="the user belongs neither to the school of the class nor to an org above it",
    remedy="Add the school to the user's orgSourcedIds.",
)
def enrolled_stranger(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    An enrolled user does not belong to the school of the class, nor to an org above it.

    Receivers that cut by school lose the user. The usual cause is a teacher who works at two
    schools and is listed at one.
    """
    classes, users = _named_rows(batch, "classSourcedId"), _named_rows(batch, "userSourcedId")
    schools = _of(bundle.table("classes").rows("schoolSourcedId"), classes).astype(np.int32)
    known = (classes >= 0) & (users >= 0) & (schools >= 0)
    strange = known.copy()
    strange[known] = ~school_of_user(bundle, users[known], schools[known])
    yield Hit(strange, column="userSourcedId")


@rule(
    "S14",
    Severity.WARNING,
    ROW,
    on="enrollments",
    says="the role is not the one that the user has in users.csv",
    remedy="Send one row per role in users.csv and name the right one.",
)
def role_against_user(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    Somebody is enrolled as student or teacher and is something else in users.csv.

    Receivers give the wrong rights. The usual cause is an aide who teaches, or a student who helps.
    """
    users, table = _named_rows(batch, "userSourcedId"), bundle.table("users")
    words = table.file["role"].values
    role = _of(table["role"], users)
    known = (users >= 0) & (role != UNKNOWN)
    wrong = np.zeros(len(batch), np.bool_)
    for word in ("student", "teacher"):
        wrong |= _is(batch, "role", word) & (role != words.index(word))
    adults = [words.index(word) for word in ("student", "parent", "guardian", "relative")]
    wrong |= _is(batch, "role", "administrator", "proctor") & np.isin(role, adults)
    yield Hit(known & wrong, column="role")


@rule(
    "S17",
    Severity.WARNING,
    ROW,
    on="results",
    says="the student is not enrolled in the class of the line item",
    remedy="Send the enrollment too, with its end date, or leave the result out.",
)
def result_without_enrollment(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    A result belongs to a student who is not enrolled in the class of its line item.

    Receivers drop it. The usual cause is a student who left the class.
    """
    enrolled = students_of_classes(bundle)
    if enrolled is None:
        return
    items, students = (
        _named_rows(batch, "lineItemSourcedId"),
        _named_rows(batch, "studentSourcedId"),
    )
    classes = _of(bundle.table("lineItems").rows("classSourcedId"), items).astype(np.int32)
    users = bundle.table("users")
    # Of a user who is no student R06 tells.
    student = _of(users["role"], students) == users.file["role"].values.index("student")
    known = (items >= 0) & (students >= 0) & (classes >= 0) & student
    lost = known.copy()
    lost[known] = ~enrolled.has(pair(students[known], classes[known]))
    yield Hit(lost, column="studentSourcedId")


@rule(
    "S19",
    Severity.INFO,
    ROW,
    on="lineItems",
    says="the dates are not in order, or not inside the grading period",
    remedy="Mend assignDate and dueDate, or name the grading period they fall in.",
)
def line_item_dates(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    A line item is due before it is assigned, or outside its grading period.

    Receivers count it for another period. The usual cause is work handed in after the last day.
    """
    sessions, rows = bundle.table("academicSessions"), _named_rows(batch, "gradingPeriodSourcedId")
    assigned, due = _days(batch, "assignDate"), _days(batch, "dueDate")
    start, end = _of(sessions["startDate"], rows), _of(sessions["endDate"], rows)
    dated = (assigned != NO_DAY) & (due != NO_DAY)
    spanned = (rows >= 0) & (start != NO_DAY) & (end != NO_DAY)
    outside = dated & spanned & ((assigned < start) | (due > end))
    yield Hit((dated & (assigned > due)) | outside, column="dueDate")


@rule(
    "S20",
    Severity.INFO,
    ROW,
    on="users",
    says="grades are for students: filled in for them, empty for others",
    remedy="Fill in the grade of each student; leave it empty for others.",
)
def grades_against_role(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    A student has no grade, or somebody else has one.

    Receivers use it to choose content. The usual cause is the grades that a teacher teaches.
    """
    if "grades" not in batch:
        return
    student, filled = _is(batch, "role", "student"), _filled(batch, "grades")
    others = _filled(batch, "role") & ~student
    yield Hit((student & ~filled) | (others & filled), column="grades")


@rule(
    "S23",
    Severity.INFO,
    ROW,
    on="demographics",
    says="two or more races are true, and demographicRaceTwoOrMoreRaces is not",
    remedy="Write true there as well.",
)
def two_races_untold(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    Two or more flags of race are true, and demographicRaceTwoOrMoreRaces is not.

    Reports by race count the student twice. The usual cause is a flag that the source keeps by
    hand.
    """
    counted = np.sum([_is(batch, race, "true") for race in RACES], axis=0)
    told = _is(batch, "demographicRaceTwoOrMoreRaces", "true")
    if "demographicRaceTwoOrMoreRaces" in batch:
        yield Hit((counted > 1) & ~told, column="demographicRaceTwoOrMoreRaces")


@rule(
    "S24",
    Severity.WARNING,
    ROW,
    on=EVERY,
    says="dateLastModified is in the future",
    remedy="Mend the clock or the time zone: the time is UTC.",
)
def changed_in_future(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    A row was changed after the day of the validation.

    Receivers ignore later changes until that time has come. The usual cause is local time written
    as UTC.
    """
    for column in batch.file.columns:
        if column.kind is Kind.DATETIME and column.name in batch:
            values = batch[column.name]
            # A day's grace: it is tomorrow already in some time zones.
            latest = bundle.as_of.toordinal() - 719163 + 1
            yield Hit(
                np.asarray(values.spread(days(values.distinct, DATETIME) > latest)),
                column=column.name,
            )


@rule(
    "S27",
    Severity.WARNING,
    ROW,
    on="users",
    says="the row has a password",
    remedy="Leave the column empty; use single sign-on.",
)
def password_sent(batch: Batch, bundle: Bundle) -> Iterator[Hit]:
    """
    The column password is filled in.

    Everybody who handles the file can sign in as that person. The usual cause is a first password
    that the source keeps.
    """
    yield Hit(_filled(batch, "password"), column="password")
