"""Create the demo tables in a database and fill them."""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
from pandas import DataFrame, Series, factorize

from extractor.demo.district import district
from extractor.demo.gradebook import ASSIGNMENTS
from extractor.demo.schema import TABLES, Dialect, create, create_indexes, qualified

OnRows = Callable[[str, int], None]


class Cursor(Protocol):
    """What is used of a DB-API cursor."""

    def execute(self, sql: str, /) -> object:
        """Run one statement."""

    def executemany(self, sql: str, rows: Iterable[Sequence[object]], /) -> object:
        """Run one statement per row."""


class Connection(Protocol):
    """What is used of a DB-API connection with `?` parameters."""

    def cursor(self) -> Cursor:
        """Open a cursor."""

    def commit(self) -> None:
        """Make the work permanent."""


def load(
    connection: Connection,
    rows: Iterable[tuple[str, DataFrame]],
    dialect: Dialect,
    *,
    schema: str | None = None,
    on_rows: OnRows | None = None,
) -> dict[str, int]:
    """
    Create all tables, insert the chunks, create the indexes, commit once.

    `on_rows` hears the table and the number of rows of each chunk inserted.

    Returns:
        Rows per table.
    """
    cursor = connection.cursor()
    if dialect == "sqlserver":
        cursor.fast_executemany = True  # type: ignore[attr-defined]  # pyodbc only
    for table in TABLES.values():
        cursor.execute(create(table, dialect, schema))
    counts = dict.fromkeys(TABLES, 0)
    for name, frame in rows:
        _insert(cursor, name, frame, dialect, schema)
        counts[name] += len(frame)
        if on_rows:
            on_rows(name, len(frame))
    for table in TABLES.values():
        for statement in create_indexes(table, schema):
            cursor.execute(statement)
    connection.commit()
    return counts


def _insert(
    cursor: Cursor, name: str, frame: DataFrame, dialect: Dialect, schema: str | None
) -> None:
    if frame.empty:
        return
    columns = TABLES[name].names
    marks = ", ".join("?" * len(columns))
    convert = _text_or_value if dialect == "sqlite" else _value
    values = [convert(frame[column]) for column in columns]
    cursor.executemany(
        f"INSERT INTO {qualified(name, schema)} ({', '.join(columns)}) VALUES ({marks})",
        zip(*values, strict=True) if dialect == "sqlite" else list(zip(*values, strict=True)),
    )


def _value(column: Series) -> list[object]:
    """Return Python values, None for NULL."""
    if column.dtype.kind == "M":
        return _each_once(column, lambda moment: moment)
    if column.dtype == "object" or not column.hasnans:
        return list(column.tolist())
    return list(column.astype(object).where(column.notna(), None).tolist())


def _text_or_value(column: Series) -> list[object]:
    """Return values for SQLite, which has no dates: `YYYY-MM-DD HH:MM:SS`, `.fff` where needed."""
    return _each_once(column, _text) if column.dtype.kind == "M" else _value(column)


def _text(moment: object) -> str:
    text = str(moment)
    return text[:23] if "." in text else text


def _each_once(column: Series, convert: Callable[[object], object]) -> list[object]:
    """Convert each distinct moment once; the big tables repeat theirs."""
    codes, moments = factorize(column.to_numpy(dtype="datetime64[us]"))
    known = [convert(moment) for moment in moments.tolist()]
    return list(np.array([*known, None], dtype=object)[codes].tolist())


def write_sqlite(
    path: Path,
    students: int,
    seed: int,
    as_of: date,
    on_rows: OnRows | None = None,
    *,
    assignments: int = ASSIGNMENTS,
) -> dict[str, int]:
    """
    Write the district as a new SQLite file that only its owner can read.

    The file appears at `path` complete or not at all; a file there is replaced.

    Returns:
        Rows per table.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    unfinished = Path(name)
    try:
        with closing(sqlite3.connect(unfinished)) as connection:
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-64000"):
                connection.execute(f"PRAGMA {pragma}")
            chunks = district(students, seed, as_of, assignments)
            counts = load(connection, chunks, "sqlite", on_rows=on_rows)
        _flush(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return counts


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
