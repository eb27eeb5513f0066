"""Fit generated columns to a table: its order, its types, its blanks."""

import numpy as np
from pandas import DataFrame, Series

from extractor.demo.schema import TABLES, Column

Value = object

_BLANKS: dict[str, object] = {"text": "", "int": 0, "float": 0.0, "date": np.datetime64("NaT")}


def family(kind: str) -> str:
    """Return which of text, int, float and date a SQL type holds."""
    if kind in {"smallint", "int", "bit"}:
        return "int"
    if kind.startswith("decimal"):
        return "float"
    return "date" if kind in {"datetime", "smalldatetime"} else "text"


def dtype(column: Column) -> str:
    """Return the pandas type that holds the column; only int needs another one for NULL."""
    kind = family(column.type)
    if kind == "int":
        return "Int64" if column.null else "int64"
    return {"text": "object", "float": "float64", "date": "datetime64[ms]"}[kind]


def rows(table: str, count: int, **values: Value) -> DataFrame:
    """
    Build the frame of a table.

    A value is an array of `count` or a scalar for all rows. A column not given is
    blank as Aeries has it: '' for text, 0 for numbers, NULL for dates.
    """
    columns = TABLES[table].columns
    unknown = values.keys() - {column.name for column in columns}
    if unknown:
        msg = f"{table} has no {sorted(unknown)}"
        raise KeyError(msg)
    return DataFrame({column.name: _series(column, count, values) for column in columns})


def _series(column: Column, count: int, values: dict[str, Value]) -> Series:
    value = values.get(column.name, _BLANKS[family(column.type)])
    if isinstance(value, np.ndarray):
        return Series(value, dtype=dtype(column))
    return Series(value, index=range(count), dtype=dtype(column))
