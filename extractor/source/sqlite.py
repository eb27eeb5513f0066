"""Read a SQLite database with the standard library: the demo district, and tests."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from pandas import DataFrame

from extractor.errors import SourceError
from extractor.findings import Findings
from extractor.queries import Query
from extractor.source.batches import as_batches, refuse_other_columns
from extractor.source.catalog import Catalog

_NOT_OPEN = "the source is not open; use it in a with statement"


class SqliteSource:
    """One read-only transaction on one SQLite file."""

    engine = "SQLite"
    one_moment = True

    def __init__(self, path: Path, time_zone: str) -> None:
        self._path = path
        self._time_zone = time_zone
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> "SqliteSource":
        """
        Open the file and begin to read.

        Raises:
            SourceError: if there is no such file, or it is no database.
        """
        if not self._path.is_file():
            raise SourceError(
                f"sis.connection: there is no file {self._path}; correct the path, which starts "
                "from the folder of the settings file"
            )
        try:
            address = f"file:{quote(str(self._path.resolve()))}?mode=ro"
            connection = sqlite3.connect(address, uri=True, isolation_level=None)
            connection.text_factory = bytes  # decoded a column at a time, damage and all
            connection.execute("BEGIN")
            connection.execute("SELECT COUNT(*) FROM sqlite_master")  # takes the snapshot
        except sqlite3.Error as error:
            raise SourceError(f"sis.connection: {self._path}: {error}") from error
        self._connection = connection
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the transaction; nothing was changed."""
        if self._connection:
            self._connection.close()

    def columns(self, table: str, schema: str | None) -> list[str]:
        """Return the columns of a table; none when there is no such table."""
        if self._connection is None:
            raise RuntimeError(_NOT_OPEN)
        rows = self._connection.execute("SELECT name FROM pragma_table_info(?)", [table])
        return sorted(name.decode("utf-8", "replace") for (name,) in rows)

    def catalog(self) -> Catalog:
        """Return what the database tells about itself."""
        return Catalog(self.engine, self._ask)

    def _ask(self, sql: str, /, *values: object) -> list[tuple[object, ...]]:
        if self._connection is None:
            raise RuntimeError(_NOT_OPEN)
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise SourceError(f"the database's catalog: {_explained(str(error))}") from error

    def expect(self, queries: Sequence[Query]) -> None:
        """Do nothing: SQLite works only while somebody waits for it."""

    def batches(self, query: Query, findings: Findings) -> Iterator[DataFrame]:
        """Run a query; yield at least one frame of text columns."""
        if self._connection is None:
            raise RuntimeError(_NOT_OPEN)
        try:
            cursor = self._connection.execute(query.sql, [_value(v) for v in query.values])
            found = [column[0] for column in cursor.description]
            refuse_other_columns(query, found)
            yield from as_batches(cursor, query, self._time_zone, findings)
        except sqlite3.Error as error:
            raise SourceError(f"query {query.name}: {_explained(str(error))}") from error


def _value(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _explained(message: str) -> str:
    if message.startswith("no such table"):
        return f"{message}; is sis.connection the database of the right school year?"
    if message.startswith("no such column"):
        return f"{message}; this SIS lacks a column that the query reads: see `oneroster sql`"
    if "locked" in message or "busy" in message:
        return f"{message}; another program is writing to it: try again"
    return message
