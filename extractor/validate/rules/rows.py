"""Rules on one row of any file, and on the rows of sessions, users and demographics."""

from collections.abc import Iterator

import numpy as np

from extractor.spec import Kind
from extractor.validate.asking import (
    backwards,
    filled,
    holds,
)
from extractor.validate.batch import Batch
from extractor.validate.bundle import Bundle, Hit
from extractor.validate.parsing import DATETIME, days
from extractor.validate.registry import EVERY, Scope, rule
from extractor.validate.verdict import Severity

ROW = Scope.ROW
RACES = (
    *("americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican"),
    *("nativeHawaiianOrOtherPacificIslander", "white"),
)


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
    yield Hit(backwards(batch, "startDate", "endDate", same=True), column="endDate")


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
    student, graded = holds(batch, "role", "student"), filled(batch, "grades")
    others = filled(batch, "role") & ~student
    yield Hit((student & ~graded) | (others & graded), column="grades")


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
    counted = np.sum([holds(batch, race, "true") for race in RACES], axis=0)
    told = holds(batch, "demographicRaceTwoOrMoreRaces", "true")
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
    yield Hit(filled(batch, "password"), column="password")
