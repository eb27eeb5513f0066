"""Rules on classes and the people in them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from extractor.validate.batch import Mask
from extractor.validate.bundle import Bundle, Hit
from extractor.validate.hashes import Hashes, mix, pair
from extractor.validate.parsing import NO_DAY
from extractor.validate.registry import Level, Scope, rule
from extractor.validate.rules.enrolled import DEEP, class_spans
from extractor.validate.rules.identity import repeated
from extractor.validate.table import Table
from extractor.validate.verdict import Severity

TABLE = Scope.TABLE


def _role(table: Table, word: str) -> Mask:
    judged: Mask = table["role"] == table.file["role"].values.index(word)
    return judged


def _primary(table: Table) -> Mask:
    judged: Mask = table["primary"] == table.file["primary"].values.index("true")
    return judged


def _live(table: Table) -> Mask:
    """Tell which enrollments count: of our own, not to be deleted, of a class that is there."""
    live = (table.rows("classSourcedId") >= 0) & ~table.deleted
    live[table.own :] = False
    return live


def overlapping(table: Table, rows: NDArray[np.int64], groups: Hashes) -> NDArray[np.int64]:
    """Return rows whose time overlaps that of an earlier row (by begin) of their group."""
    begin, end = table["beginDate"][rows].astype(np.int64), table["endDate"][rows].astype(np.int64)
    end = np.where(end == NO_DAY, np.iinfo(np.int32).max, end)
    order = np.lexsort((rows, begin, groups))
    rows, groups, begin, end = rows[order], groups[order], begin[order], end[order]
    first = np.concatenate([[True], groups[1:] != groups[:-1]]) if len(rows) else np.zeros(0, bool)
    # The latest end so far within the group: groups are lifted apart so that one pass will do.
    lift = np.cumsum(first) * np.int64(2**33)
    latest = np.maximum.accumulate(end + lift)
    clash = np.zeros(len(rows), np.bool_)
    clash[1:] = ~first[1:] & (begin[1:] + lift[1:] < latest[:-1])
    return np.sort(rows[clash])


def _in_group(rows: NDArray[np.int64], groups: Hashes) -> tuple[NDArray[np.int64], Hashes]:
    """Keep the rows whose group has more than one."""
    twice = repeated(groups)
    if not len(twice):
        return rows[:0], groups[:0]
    many = np.isin(groups, groups[twice])
    return rows[many], groups[many]


@rule(
    "S02",
    Severity.WARNING,
    TABLE,
    level=Level.SHOULD,
    says="the class has another primary teacher at the same time",
    remedy="Mark one teacher as primary, or end the first before the next begins.",
)
def two_primary_teachers(bundle: Bundle) -> Iterator[Hit]:
    """
    A class has two primary teachers at the same time.

    Receivers keep one of them as the owner. The usual cause is co-teaching.
    """
    table = bundle.table("enrollments")
    if not table.own:
        return
    rows = np.flatnonzero(_live(table) & _role(table, "teacher") & _primary(table))
    groups = mix(table.rows("classSourcedId")[rows].astype(np.uint64) + np.uint64(1))
    clash = overlapping(table, *_in_group(rows, groups))
    if len(clash):
        yield Hit(clash, file="enrollments", column="primary")


@rule(
    "S03",
    Severity.WARNING,
    TABLE,
    says="the class has teachers, and none is primary",
    remedy="Write primary = true for the teacher who is responsible.",
)
def class_without_primary_teacher(bundle: Bundle) -> Iterator[Hit]:
    """
    A class has teachers, and none of them is primary.

    Several receivers need one as the owner of the class. The usual cause is that the flag is never
    filled in.
    """
    table, classes = bundle.table("enrollments"), bundle.table("classes")
    if not table.own or not bundle.whole("enrollments", "classes"):
        return
    teaching = _live(table) & _role(table, "teacher")
    named = table.rows("classSourcedId")
    with_teacher, with_primary = np.zeros((2, len(classes.hashes)), np.bool_)
    with_teacher[named[teaching]] = True
    with_primary[named[teaching & _primary(table)]] = True
    wrong = (with_teacher & ~with_primary)[: classes.own]
    if wrong.any():
        yield Hit(wrong, file="classes")


@rule(
    "S15",
    Severity.WARNING,
    TABLE,
    says="the user has another enrollment in the class, in the same role, at the same time",
    remedy="Send one enrollment per user, class and role; one spell ends before the next.",
)
def duplicate_enrollment(bundle: Bundle) -> Iterator[Hit]:
    """
    A user is enrolled in a class twice at the same time, in the same role.

    Receivers count the user twice, or drop both when one ends. The usual cause is a change of
    schedule that left the old row open.
    """
    table = bundle.table("enrollments")
    if not table.own:
        return
    users, classes = table.rows("userSourcedId"), table.rows("classSourcedId")
    rows = np.flatnonzero(_live(table) & (users >= 0))
    groups = mix(
        pair(users[rows], classes[rows]) ^ (table["role"][rows].astype(np.uint64) + np.uint64(2))
    )
    clash = overlapping(table, *_in_group(rows, groups))
    if len(clash):
        yield Hit(clash, file="enrollments", column="userSourcedId")


@rule(
    "S16",
    Severity.INFO,
    TABLE,
    says="a term of the class is not in the school year of its course",
    remedy="Leave schoolYearSourcedId of the course empty if it is taught every year.",
)
def class_outside_course_year(bundle: Bundle) -> Iterator[Hit]:
    """
    A term of a class does not belong to the school year of its course.

    Receivers file class and course under different years. The usual cause is a course that is kept
    from year to year.
    """
    classes, courses = bundle.table("classes"), bundle.table("courses")
    named = classes.named.get("termSourcedIds")
    if named is None or not len(courses.hashes):
        return
    course = classes.rows("courseSourcedId")[named.owners]
    year = np.where(course >= 0, courses.rows("schoolYearSourcedId")[np.maximum(course, 0)], -2)
    entries = np.flatnonzero((year >= 0) & (named.targets >= 0) & (named.owners < classes.own))
    parents = bundle.table("academicSessions").rows("parentSourcedId")
    above, wanted = named.targets[entries].astype(np.int64), year[entries]
    inside = above == wanted
    for _ in range(DEEP):
        above = np.where(above >= 0, parents[np.maximum(above, 0)], -1)
        inside |= above == wanted
    wrong = np.unique(named.owners[entries[~inside]])
    if len(wrong):
        yield Hit(wrong, file="classes", column="termSourcedIds")


def _lacking(bundle: Bundle, role: str) -> Iterator[Hit]:
    table, classes = bundle.table("enrollments"), bundle.table("classes")
    if bundle.whole("enrollments", "classes") and table.own:
        has = np.zeros(len(classes.hashes), np.bool_)
        has[table.rows("classSourcedId")[_live(table) & _role(table, role)]] = True
        if not has[: classes.own].all():
            yield Hit(~has[: classes.own], file="classes")


@rule(
    "S25",
    Severity.INFO,
    TABLE,
    says="the class has no teacher",
    remedy="Leave the class out until it has a teacher.",
)
def class_without_teacher(bundle: Bundle) -> Iterator[Hit]:
    """
    A class has no teacher.

    Nobody can open it. The usual cause is a position that is not filled yet.
    """
    yield from _lacking(bundle, "teacher")


@rule(
    "S25",
    Severity.INFO,
    TABLE,
    says="the class has no student",
    remedy="Leave the class out until it has students.",
)
def class_without_student(bundle: Bundle) -> Iterator[Hit]:
    """
    A class has no student.

    Licences and lists show empty classes. The usual cause is a schedule that is still being built.
    """
    yield from _lacking(bundle, "student")


def _unnamed(bundle: Bundle, name: str, by: NDArray[np.int32]) -> Mask:
    table = bundle.table(name)
    unnamed = np.ones(len(table.hashes), np.bool_)
    unnamed[by[by >= 0]] = False
    return unnamed[: table.own]


@rule(
    "S25",
    Severity.INFO,
    TABLE,
    says="no class is taught in the course",
    remedy="Leave the course out.",
)
def course_without_class(bundle: Bundle) -> Iterator[Hit]:
    """
    A course has no class.

    Receivers show a list of courses nobody takes. The usual cause is a catalogue that is sent
    whole.
    """
    if bundle.whole("courses", "classes"):
        unnamed = _unnamed(bundle, "courses", bundle.table("classes").rows("courseSourcedId"))
        if unnamed.any():
            yield Hit(unnamed, file="courses")


@rule(
    "S25",
    Severity.INFO,
    TABLE,
    says="the school has no class",
    remedy="Leave the school out, or look whether its classes are missing.",
)
def school_without_class(bundle: Bundle) -> Iterator[Hit]:
    """
    A school has no class.

    Either it need not be sent, or all of its classes got lost. The usual cause is an office or a
    program that is kept as a school.
    """
    if bundle.whole("orgs", "classes"):
        orgs = bundle.table("orgs")
        school = orgs["type"] == orgs.file["type"].values.index("school")
        unnamed = _unnamed(bundle, "orgs", bundle.table("classes").rows("schoolSourcedId"))
        if (unnamed & school[: orgs.own]).any():
            yield Hit(unnamed & school[: orgs.own], file="orgs")


@rule(
    "S26",
    Severity.INFO,
    TABLE,
    says="the class has not begun yet",
    remedy="Nothing, if the receiver takes classes that begin later; Clever drops them.",
)
def class_in_future(bundle: Bundle) -> Iterator[Hit]:
    """
    All terms of a class begin after the day of the validation.

    Clever drops such classes and their enrollments. The usual cause is a bundle that is sent during
    the summer.
    """
    classes = bundle.table("classes")
    first = class_spans(bundle)[0][: classes.own]
    today = bundle.as_of.toordinal() - 719163
    future = (first > today) & (first != np.iinfo(np.int32).max)
    if future.any():
        yield Hit(future, file="classes")
