"""users.csv, role parent: portal accounts, joined to their students both ways (3.9)."""

from pandas import DataFrame, Series

from extractor.findings import Findings
from extractor.frames import among, by_number, look_up
from extractor.ids import Shape, label, sourced_id
from extractor.transform.people import Choices, one_row_each, users_of


def parents(
    parents: DataFrame, students: Series, choices: Choices, findings: Findings
) -> DataFrame:
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
    people = one_row_each(rows, "account_id")
    ids = sourced_id(Shape.PARENT, people.account_id)
    keys = label("PWA.AID", people.account_id)
    children = _listed(rows, "account_id", "student_id", Shape.STUDENT)
    return users_of(people, ids, keys, "parent", choices, findings).assign(
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
