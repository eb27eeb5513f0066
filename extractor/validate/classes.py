"""Who is in each class and when it begins: what some consumers limit."""

from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from extractor.validate.batch import Batch, Values
from extractor.validate.facts import ClassFacts

_PEOPLE = ("classSourcedId", "userSourcedId", "role")


class Classes:
    """Gathers classes, their terms and their people from the tables of three files."""

    FILES: ClassVar = ("academicSessions", "classes", "enrollments")
    __slots__ = ("_enrollments", "_starts", "_terms", "classes")

    def __init__(self) -> None:
        self.classes: dict[str, ClassFacts] = {}
        self._terms: dict[str, str] = {}
        self._starts: dict[str, str] = {}
        self._enrollments: list[pa.Table] = []

    def see(self, file: str, batch: Batch) -> None:
        """Look at some rows of any file."""
        if file == "academicSessions" and {"sourcedId", "startDate"} <= set(batch.columns):
            self._starts.update(_pairs(batch, "sourcedId", "startDate"))
        elif file == "classes" and {"sourcedId", "termSourcedIds"} <= set(batch.columns):
            pairs = _pairs(batch, "sourcedId", "termSourcedIds")
            self._terms.update(pairs)
            for row, (name, _) in enumerate(pairs):
                self.classes.setdefault(name, ClassFacts(batch.line(row)))
        elif file == "enrollments" and set(_PEOPLE) <= set(batch.columns):
            columns = {name: _texts(batch[name]) for name in _PEOPLE}
            self._enrollments.append(pa.table(columns))

    def finish(self) -> dict[str, int]:
        """Fill in terms and people; return how many classes each teacher has."""
        for name, each in self.classes.items():
            terms = self._terms[name].split(",")
            starts = [self._starts[term] for term in terms if term in self._starts]
            each.starts = min(starts, default=None)
        if not self._enrollments:
            return {}
        people = pa.concat_tables(self._enrollments)
        self._count(people)
        teaching = people.filter(pc.equal(people["role"], "teacher"))
        taught = teaching.group_by("userSourcedId").aggregate([_distinct("classSourcedId")])
        return {
            row["userSourcedId"]: row["classSourcedId_count_distinct"] for row in taught.to_pylist()
        }

    def _count(self, people: pa.Table) -> None:
        each = people.group_by(["classSourcedId", "role"]).aggregate([_distinct("userSourcedId")])
        for row in each.to_pylist():
            known = self.classes.get(row["classSourcedId"])
            if known and row["role"] == "student":
                known.students = row["userSourcedId_count_distinct"]
            elif known and row["role"] == "teacher":
                known.teachers = row["userSourcedId_count_distinct"]


def _distinct(column: str) -> tuple[str, str]:
    return column, "count_distinct"


def _texts(values: Values) -> pa.Array:
    if values.codes is None:
        return values.distinct
    return values.distinct.take(pa.array(values.codes))


def _pairs(batch: Batch, *columns: str) -> list[tuple[str, str]]:
    return list(zip(*(_texts(batch[name]).to_pylist() for name in columns), strict=True))
