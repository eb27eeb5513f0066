"""results.csv: scores (section 3.11; OneRoster reference, A12)."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from pandas import DataFrame, Series

from extractor.findings import Findings
from extractor.frames import among, as_text, columns_of, firsts, one_array
from extractor.ids import Shape, sourced_id
from extractor.transform.line_items import (
    ASSIGNMENT,
    MIN,
    as_float,
    assignment_keys,
    line_item_id,
    out_of_bounds,
)

_STATUS = pa.array(
    ["not submitted", "submitted", "partially graded", "fully graded"], pa.large_string()
)


def results(gradebook_scores: DataFrame, classes: DataFrame, findings: Findings) -> DataFrame:
    """
    Build results.csv, for one batch of the query.

    Grain: one row per section, gradebook, assignment and student. A score of a student who
    sits in no section of the gradebook, or in one that has no class, is left out.

    Args:
        classes: indexed by sourcedId.

    Returns:
        Every column. A result without a score has the line item's minimum, because 1.1
        requires a score; scoreStatus says that it is none.
    """
    seated = gradebook_scores.section_id.notna()
    findings.add("score_without_seat", _keys(gradebook_scores, ~seated))
    assigned, which = firsts(gradebook_scores, *ASSIGNMENT)
    class_id = sourced_id(Shape.CLASS, assigned.school_id, assigned.section_id)
    here = seated & among(class_id, classes.index).to_numpy()[which]
    rows = gradebook_scores if here.all() else gradebook_scores[here]
    findings.add("score_out_of_bounds", _keys(rows, out_of_bounds(rows)))
    line_items = one_array(line_item_id(assigned))
    line_item = as_text(line_items.take(pa.array(which[here])), rows.index)
    return columns_of(
        rows,
        {
            "sourcedId": sourced_id(Shape.RESULT, line_item, rows.student_id),
            "dateLastModified": rows.modified_at,
            "lineItemSourcedId": line_item,
            "studentSourcedId": sourced_id(Shape.STUDENT, rows.student_id),
            "scoreStatus": status(rows),
            "score": as_float(rows.score.fillna(MIN)),
            "scoreDate": rows.dated_on,
            "comment": rows.comment,
        },
    )


def _keys(rows: DataFrame, named: Series) -> Iterable[str]:
    """Name the scores for findings: only of the few that are named, for this is slow."""
    if not named.any():
        return ()
    few = rows[named]
    return assignment_keys(few) + " STU.ID " + few.student_id


def status(rows: DataFrame) -> Series:
    """
    Return scoreStatus.

    A score of an assignment whose grading is completed is `fully graded`, of another one
    `partially graded`; turned in without a score is `submitted`, else `not submitted`.
    """
    scored = rows.score.notna().to_numpy()
    turned_in, graded = (
        among(rows[name], ("true",)).to_numpy() for name in ("turned_in", "graded")
    )
    which = np.where(scored, 2 + graded, turned_in.astype(int))
    return as_text(_STATUS.take(pa.array(which)), rows.index)
