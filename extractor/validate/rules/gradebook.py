"""Rules on one line item or result beside the rows that it names."""

from collections.abc import Iterator

import numpy as np

from extractor.validate.asking import (
    days_of,
    holds,
    numbers_of,
    of_rows,
    rows_named,
)
from extractor.validate.batch import Batch
from extractor.validate.bundle import Bundle, Hit
from extractor.validate.hashes import pair
from extractor.validate.parsing import NO_DAY
from extractor.validate.registry import Level, Scope, rule
from extractor.validate.rules.enrolled import (
    students_of_classes,
)
from extractor.validate.verdict import Severity

ROW = Scope.ROW


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
    rows, items = rows_named(batch, "lineItemSourcedId"), bundle.table("lineItems")
    score = numbers_of(batch, "score")
    low, high = of_rows(items["resultValueMin"], rows), of_rows(items["resultValueMax"], rows)
    counts = holds(batch, "scoreStatus", "fully graded", "partially graded", "submitted")
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
    low, high = numbers_of(batch, "resultValueMin"), numbers_of(batch, "resultValueMax")
    yield Hit(low > high, column="resultValueMin")


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
        rows_named(batch, "lineItemSourcedId"),
        rows_named(batch, "studentSourcedId"),
    )
    classes = of_rows(bundle.table("lineItems").rows("classSourcedId"), items).astype(np.int32)
    users = bundle.table("users")
    # Of a user who is no student R06 tells.
    student = of_rows(users["role"], students) == users.file["role"].values.index("student")
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
    sessions, rows = bundle.table("academicSessions"), rows_named(batch, "gradingPeriodSourcedId")
    assigned, due = days_of(batch, "assignDate"), days_of(batch, "dueDate")
    start, end = of_rows(sessions["startDate"], rows), of_rows(sessions["endDate"], rows)
    dated = (assigned != NO_DAY) & (due != NO_DAY)
    spanned = (rows >= 0) & (start != NO_DAY) & (end != NO_DAY)
    outside = dated & spanned & ((assigned < start) | (due > end))
    yield Hit((dated & (assigned > due)) | outside, column="dueDate")
