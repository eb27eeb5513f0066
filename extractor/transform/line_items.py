"""lineItems.csv: assignments, one for each section that a gradebook serves (section 3.11)."""

import pyarrow as pa
import pyarrow.compute as pc
from pandas import DataFrame, Series

from extractor.findings import Findings
from extractor.frames import among, changed, columns_of, look_up, one_array
from extractor.ids import Shape, label, legal, sourced_id
from extractor.transform.academic_sessions import GRADING_PERIOD
from extractor.transform.categories import category_codes

MIN = "0.0"
ASSIGNMENT = ("school_id", "section_id", "gradebook_id", "assignment_id")
NO_POINTS = "100.0"  # for an assignment that does not say what it is worth


def line_items(
    gradebook_assignments: DataFrame, classes: DataFrame, terms: DataFrame, findings: Findings
) -> DataFrame:
    """
    Build lineItems.csv, for one batch of the query.

    Grain: one row per section, gradebook and assignment.

    Args:
        classes: termSourcedIds of classes.csv, indexed by sourcedId; an assignment of a
            section that is not in it is left out.
        terms: `enrollments.class_terms`; the last resort for dates.

    Returns:
        The required columns and dateLastModified; the SIS holds no description.
    """
    class_id = sourced_id(
        Shape.CLASS, gradebook_assignments.school_id, gradebook_assignments.section_id
    )
    known = among(class_id, classes.index)
    keys = assignment_keys(gradebook_assignments)
    findings.add("assignment_without_class", keys[~known])
    rows, class_id, keys = gradebook_assignments[known], class_id[known], keys[known]
    findings.add("assignment_without_points", keys[rows.points.isna()])
    findings.add("assignment_dates_blank", keys[rows.assigned_on.isna() | rows.due_on.isna()])
    findings.add("assignment_without_title", keys[rows.title.isna()])
    start = look_up(class_id, terms.start)
    category = legal(category_codes(rows), "GBA.CD", Findings())
    return columns_of(
        rows,
        {
            "sourcedId": line_item_id(rows),
            "dateLastModified": rows.modified_at,
            "title": rows.title.fillna("Assignment " + rows.assignment_id),
            "assignDate": rows.assigned_on.fillna(rows.due_on).fillna(start),
            "dueDate": rows.due_on.fillna(rows.assigned_on).fillna(start),
            "classSourcedId": class_id,
            "categorySourcedId": sourced_id(Shape.CATEGORY, rows.gradebook_id, category),
            "gradingPeriodSourcedId": look_up(class_id, classes.termSourcedIds) + GRADING_PERIOD,
            "resultValueMin": MIN,
            "resultValueMax": highest(rows),
        },
    )


def line_item_id(rows: DataFrame) -> Series:
    """Return the sourcedId of the line item that each row belongs to."""
    return sourced_id(Shape.LINE_ITEM, *(rows[name] for name in ASSIGNMENT))


def assignment_keys(rows: DataFrame) -> Series:
    """Name the assignments for findings."""
    return (
        label("GBA", rows.gradebook_id, rows.assignment_id)
        + " MST "
        + (rows.school_id + " " + rows.section_id.fillna("(blank)"))
    )


def highest(rows: DataFrame) -> Series:
    """Return resultValueMax; the standard's float has a decimal point."""
    return as_float(rows.points.fillna(NO_POINTS))


def as_float(values: Series) -> Series:
    """Write `10` as `10.0`."""
    return changed(values, lambda one: one if "." in one else one + ".0")


def out_of_bounds(rows: DataFrame) -> Series:
    """Tell which scores lie outside their line item's bounds."""
    score, top = _floats(rows.score), _floats(rows.points)
    low = pc.less(score, 0.0)
    high = pc.greater(score, pc.fill_null(top, float(NO_POINTS)))
    outside = pc.fill_null(pc.or_(low, high), fill_value=False)
    return Series(outside.to_numpy(zero_copy_only=False), index=rows.index, dtype=bool)


def _floats(values: Series) -> pa.Array:
    """Return numbers; each distinct one is read once."""
    coded = one_array(values).dictionary_encode()
    return coded.dictionary.cast(pa.float64()).take(coded.indices)
