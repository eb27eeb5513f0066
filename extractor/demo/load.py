"""Create the demo tables in a database and fill them."""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Protocol

from pandas import DataFrame

from extractor.demo.district import district
from extractor.demo.gradebook import ASSIGNMENTS
from extractor.demo.insert import Cursor, insert
from extractor.demo.schema import TABLES, Dialect, create, create_indexes

OnRows = Callable[[str, int], None]


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
    bulk: bool = True,
) -> dict[str, int]:
    """
    Create all tables, insert the chunks, create the indexes, commit once.

    `on_rows` hears the table and the number of rows of each chunk inserted; `bulk` tells
    whether a driver for SQL Server takes arrays of parameters.

    Returns:
        Rows per table.
    """
    cursor = connection.cursor()
    for table in TABLES.values():
        cursor.execute(create(table, dialect, schema))
    counts = dict.fromkeys(TABLES, 0)
    for name, frame in rows:
        insert(cursor, name, frame, dialect, schema, bulk=bulk)
        counts[name] += len(frame)
        if on_rows:
            on_rows(name, len(frame))
    for table in TABLES.values():
        for statement in create_indexes(table, schema):
            cursor.execute(statement)
    connection.commit()
    return counts


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
