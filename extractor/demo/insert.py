"""Put a frame of rows into a table, in the way that is fast on each engine.

Measured with PostgreSQL over ODBC on a two-core machine, rows of GBS per second: one INSERT per
row through `fast_executemany` 15,000; many rows of VALUES in one INSERT 36,000; one array per
column 96,000. Microsoft's driver for SQL Server sends `fast_executemany` as real arrays.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from pandas import DataFrame, Series, factorize

from extractor.demo.rows import family
from extractor.demo.schema import TABLES, Column, Dialect, Table, qualified, type_in

# Bounded, so that memory does not grow with the district: pyodbc copies a batch into one buffer.
BATCH_ROWS = 10_000
MOST_MARKS = 2_000  # SQL Server takes 2,100 in one statement
MOST_VALUES = 1_000  # and as many rows of VALUES


class Cursor(Protocol):
    """What is used of a DB-API cursor."""

    def execute(self, sql: str, values: Sequence[object] = (), /) -> object:
        """Run one statement."""

    def executemany(self, sql: str, rows: Iterable[Sequence[object]], /) -> object:
        """Run one statement per row."""


Insert = Callable[[Any, Table, DataFrame, str | None], None]


def insert(
    cursor: Cursor, name: str, frame: DataFrame, dialect: Dialect, schema: str | None, *, bulk: bool
) -> None:
    """
    Insert all rows of a frame that has the table's columns.

    Args:
        bulk: whether the driver sends `fast_executemany` as arrays; FreeTDS does not.
    """
    way = _WAYS[dialect] if bulk or dialect != "sqlserver" else _by_values
    for part in _parts(frame):
        way(cursor, TABLES[name], part, schema)


def _parts(frame: DataFrame) -> Iterator[DataFrame]:
    for start in range(0, len(frame), BATCH_ROWS):
        yield frame.iloc[start : start + BATCH_ROWS]


def _by_row(cursor: Cursor, table: Table, frame: DataFrame, schema: str | None) -> None:
    """For SQLite, which runs in our own process."""
    values = [_text_or_value(frame[column]) for column in table.names]
    cursor.executemany(_statement(table, schema, 1), zip(*values, strict=True))


def _by_buffer(cursor: Any, table: Table, frame: DataFrame, schema: str | None) -> None:
    """For SQL Server: one array of parameters per batch."""
    import pyodbc

    cursor.fast_executemany = True
    # A varchar(max) is otherwise sent value by value, each with a turn to the server; and some
    # drivers describe a moment without its milliseconds.
    known = {
        "varchar(max)": (pyodbc.SQL_WVARCHAR, 4000, 0),
        "datetime": (pyodbc.SQL_TYPE_TIMESTAMP, 23, 3),
    }
    cursor.setinputsizes([known.get(column.type) for column in table.columns])
    values = [_value(frame[column]) for column in table.names]
    cursor.executemany(_statement(table, schema, 1), list(zip(*values, strict=True)))


def _by_values(cursor: Cursor, table: Table, frame: DataFrame, schema: str | None) -> None:
    """For SQL Server through drivers without arrays: many rows in one statement."""
    rows = list(zip(*(_value(frame[column]) for column in table.names), strict=True))
    most = min(MOST_VALUES, MOST_MARKS // len(table.names))
    for start in range(0, len(rows), most):
        some = rows[start : start + most]
        flat = [value for row in some for value in row]
        cursor.execute(_statement(table, schema, len(some)), flat)


def _by_array(cursor: Cursor, table: Table, frame: DataFrame, schema: str | None) -> None:
    """For PostgreSQL: one parameter per column, an array of the whole batch."""
    arrays = [f"CAST(? AS {_of_array(column)}[])" for column in table.columns]
    cursor.execute(
        f"INSERT INTO {qualified(table.name, schema)} ({', '.join(table.names)}) "
        f"SELECT * FROM unnest({', '.join(arrays)})",
        [_array(_text_or_value(frame[column])) for column in table.names],
    )


def _of_array(column: Column) -> str:
    """Return the type that is cast to: a cast to varchar(n) would cut what is too long."""
    return "text" if family(column.type) == "text" else type_in(column, "postgresql")


def _statement(table: Table, schema: str | None, rows: int) -> str:
    marks = f"({', '.join('?' * len(table.names))})"
    return (
        f"INSERT INTO {qualified(table.name, schema)} ({', '.join(table.names)}) "
        f"VALUES {', '.join([marks] * rows)}"
    )


_WAYS: dict[Dialect, Insert] = {
    "sqlite": _by_row,
    "sqlserver": _by_buffer,
    "postgresql": _by_array,
}


def _array(values: list[object]) -> str:
    """Return PostgreSQL's literal of an array; text is always quoted, so 'NULL' stays a name."""
    return f"{{{','.join(map(_item, values))}}}"


def _item(value: object) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return "NULL" if value is None else str(value)


def _value(column: Series) -> list[object]:
    """Return Python values, None for NULL."""
    if column.dtype.kind == "M":
        return _each_once(column, lambda moment: moment)
    if column.dtype == "object" or not column.hasnans:
        return list(column.tolist())
    return list(column.astype(object).where(column.notna(), None).tolist())


def _text_or_value(column: Series) -> list[object]:
    """Return values with moments as text: `YYYY-MM-DD HH:MM:SS`, `.fff` where needed."""
    return _each_once(column, _text) if column.dtype.kind == "M" else _value(column)


def _text(moment: object) -> str:
    text = str(moment)
    return text[:23] if "." in text else text


def _each_once(column: Series, convert: Callable[[object], object]) -> list[object]:
    """Convert each distinct moment once; the big tables repeat theirs."""
    codes, moments = factorize(column.to_numpy(dtype="datetime64[us]"))
    known = [convert(moment) for moment in moments.tolist()]
    return list(np.array([*known, None], dtype=object)[codes].tolist())
