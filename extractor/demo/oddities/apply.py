"""Carry out the edits on the tables."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from pandas import DataFrame, Series, concat, isna

from extractor.demo.oddities.edits import Add, Before, Drop, Edit, Of, Put, Shift, key_of
from extractor.demo.rows import dtype, family, rows
from extractor.demo.schema import TABLES
from extractor.demo.year import Year

Row = dict[str, object]


def apply(tables: dict[str, DataFrame], edits: Iterable[Edit], year: Year) -> dict[str, DataFrame]:
    """Return the tables with the edits made, in their order; the frames given stay as they are."""
    drafts: dict[str, _Draft] = {}
    drafts |= {name: _Draft(name, frame, year, drafts) for name, frame in tables.items()}
    for edit in edits:
        drafts[edit.table].make(edit)
    return {name: draft.finished() for name, draft in drafts.items()}


@dataclass(slots=True)
class _Draft:
    """A table being edited: the rows touched are held apart from the frame."""

    name: str
    frame: DataFrame
    year: Year
    others: "dict[str, _Draft]"
    places: dict[tuple[object, ...], int] = field(default_factory=dict)
    changed: dict[int, Row] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)

    def make(self, edit: Edit) -> None:
        if isinstance(edit, Drop):
            self._drop(edit)
        elif isinstance(edit, Put):
            self._put(edit)
        else:
            self._add(edit)

    def _drop(self, edit: Drop) -> None:
        matches = np.logical_and.reduce([self.frame[name] == v for name, v in edit.where.items()])
        self.dropped.update(np.flatnonzero(matches).tolist())

    def _put(self, edit: Put) -> None:
        row = self.row(edit.key)
        self.changed[self._places()[edit.key]] = row | self._resolved(edit.values, row)

    def _add(self, edit: Add) -> None:
        row = self.row(edit.like) if edit.like else self._blank()
        place = len(self.frame) + len(self.changed)
        self._places()[key_of(edit)] = place
        self.changed[place] = row | self._resolved(edit.values, row)

    def _blank(self) -> Row:
        stamp = {"DTS": self.year.as_of - np.timedelta64(9, "D")}
        return dict(rows(self.name, 1, **stamp).astype(object).iloc[0])

    def _places(self) -> dict[tuple[object, ...], int]:
        """Where each key is; an added row is after those of the frame."""
        if not self.places:
            columns = (self.frame[name].tolist() for name in TABLES[self.name].key)
            self.places = {key: place for place, key in enumerate(zip(*columns, strict=True))}
        return self.places

    def row(self, key: tuple[object, ...]) -> Row:
        """Return the row as edited so far."""
        place = self._places()[key]
        if place not in self.changed:
            record = self.frame.iloc[place : place + 1]
            values = next(record.itertuples(index=False, name=None))
            self.changed[place] = dict(zip(record.columns, values, strict=True))
        return self.changed[place]

    def _resolved(self, values: Row, row: Row) -> Row:
        return {name: self._value(value, row) for name, value in values.items()}

    def _value(self, value: object, row: Row) -> object:
        if isinstance(value, Of):
            return self.others[value.table].row(value.key)[value.column]
        if isinstance(value, Shift):
            start = np.datetime64(row[value.column], "ms")  # type: ignore[call-overload]  # a cell is of any type
            return start + np.timedelta64(value.days, "D")
        if isinstance(value, Before):
            return self.year.as_of.astype("datetime64[ms]") - np.timedelta64(value.days, "D")
        return value

    def finished(self) -> DataFrame:
        if not self.changed and not self.dropped:
            return self.frame
        count = len(self.frame)
        edited = [place for place in self.changed if place not in self.dropped]
        keep = np.ones(count, dtype=bool)
        keep[[place for place in (*edited, *self.dropped) if place < count]] = False
        order = np.concatenate([np.flatnonzero(keep), np.array(edited, dtype=np.int64)])
        frame = concat([self.frame[keep], self._edited(edited)], ignore_index=True)
        return frame.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)

    def _edited(self, places: list[int]) -> DataFrame:
        values = [self.changed[place] for place in places]
        return DataFrame(
            {
                column.name: Series(
                    [_null(row[column.name], family(column.type)) for row in values],
                    dtype=dtype(column),
                )
                for column in TABLES[self.name].columns
            }
        )


def _null(value: object, kind: str) -> object:
    """Spell NULL as the column's type wants it."""
    if value is not None and not isna(value):  # type: ignore[call-overload]  # a cell is of any type
        return value
    return {"text": None, "float": np.nan, "date": np.datetime64("NaT", "ms")}.get(kind)
