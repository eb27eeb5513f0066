"""Rules on one enrollment beside the class and the user that it names."""

from collections.abc import Iterator

import numpy as np

from extractor.validate.asking import (
    backwards,
    days_of,
    holds,
    of_rows,
    rows_named,
)
from extractor.validate.batch import Batch
from extractor.validate.bundle import Bundle, Hit
from extractor.validate.hashes import UNKNOWN
from extractor.validate.registry import Level, Scope, rule
from extractor.validate.rules.enrolled import (
    outside_class_terms,
    school_of_user,
)
from extractor.validate.verdict import Severity

ROW = Scope.ROW


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
    roles = holds(batch, "role", "student", "administrator", "proctor")
    yield Hit(holds(batch, "primary", "true") & roles, column="primary")


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
    classes = rows_named(batch, "classSourcedId")
    early, late = outside_class_terms(
        bundle, classes, days_of(batch, "beginDate"), days_of(batch, "endDate")
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
    yield Hit(backwards(batch, "beginDate", "endDate", same=True), column="endDate")


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
    classes = rows_named(batch, "classSourcedId")
    mine = rows_named(batch, "schoolSourcedId")
    theirs = of_rows(bundle.table("classes").rows("schoolSourcedId"), classes)
    orgs = bundle.table("orgs")
    # An org of another type is R04's finding.
    school = of_rows(orgs["type"], mine) == orgs.file["type"].values.index("school")
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
    classes, users = rows_named(batch, "classSourcedId"), rows_named(batch, "userSourcedId")
    schools = of_rows(bundle.table("classes").rows("schoolSourcedId"), classes).astype(np.int32)
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
    users, table = rows_named(batch, "userSourcedId"), bundle.table("users")
    words = table.file["role"].values
    role = of_rows(table["role"], users)
    known = (users >= 0) & (role != UNKNOWN)
    wrong = np.zeros(len(batch), np.bool_)
    for word in ("student", "teacher"):
        wrong |= holds(batch, "role", word) & (role != words.index(word))
    adults = [words.index(word) for word in ("student", "parent", "guardian", "relative")]
    wrong |= holds(batch, "role", "administrator", "proctor") & np.isin(role, adults)
    yield Hit(known & wrong, column="role")
