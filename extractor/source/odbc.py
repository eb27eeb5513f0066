"""Read a database over ODBC with pyodbc: SQL Server first, PostgreSQL and SQLite too."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pandas import DataFrame

from extractor.errors import SourceError
from extractor.findings import Findings
from extractor.queries import Query
from extractor.source.batches import as_batches, refuse_other_columns
from extractor.source.remedies import failure
from extractor.source.sessions import POSTGRESQL, SQLITE, Conduct, begin

if TYPE_CHECKING:
    import pyodbc

_NOT_OPEN = "the source is not open; use it in a with statement"
# What SQL Server and PostgreSQL show here are the columns that the login has a right to.
_CATALOG = (
    "SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS "
    "WHERE LOWER(TABLE_NAME) = ? AND (LOWER(TABLE_SCHEMA) = ? OR ? = '')"
)


class OdbcSource:
    """One read-only transaction over one ODBC connection."""

    def __init__(self, connection: str, time_zone: str, timeout: int) -> None:
        self._text = _completed(connection)
        self._time_zone = time_zone
        self._timeout = timeout
        self._connection: pyodbc.Connection | None = None
        self.engine = ""
        self.one_moment = False

    def __enter__(self) -> "OdbcSource":
        """
        Log in and begin a read-only transaction.

        Raises:
            SourceError: if the driver is missing, the server away, or the login refused.
        """
        import pyodbc

        pyodbc.pooling = False
        try:
            connection = pyodbc.connect(
                self._text, timeout=self._timeout, autocommit=False, readonly=True
            )
            self.engine = str(connection.getinfo(pyodbc.SQL_DBMS_NAME))
            self._connection = connection
            if self.engine == POSTGRESQL:
                connection.setdecoding(pyodbc.SQL_CHAR, encoding="utf-8")
                connection.setencoding(encoding="utf-8")
            run = partial(_run, connection)
            self.one_moment = begin(run, connection.rollback, self.engine, Conduct())
        except pyodbc.Error as error:
            raise _failure("sis.connection", error) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the transaction and the connection; nothing was changed."""
        import pyodbc

        if self._connection is None:
            return
        try:
            self._connection.rollback()
            self._connection.close()
        except pyodbc.Error:
            return  # the connection is gone already, and with it the transaction

    def columns(self, table: str, schema: str | None) -> list[str]:
        """Return the columns of a table that the login may see; none when there are none."""
        import pyodbc

        if self._connection is None:
            raise RuntimeError(_NOT_OPEN)
        sql, values = _CATALOG, [table.lower(), (schema or "").lower(), (schema or "").lower()]
        if self.engine == SQLITE:
            sql, values = "SELECT name FROM pragma_table_info(?)", [table]
        try:
            with self._connection.cursor() as cursor:
                return sorted(str(name) for (name,) in cursor.execute(sql, *values).fetchall())
        except pyodbc.Error as error:
            raise _failure("the database's catalog", error) from None

    def batches(self, query: Query, findings: Findings) -> Iterator[DataFrame]:
        """Run a query; yield at least one frame of text columns."""
        import pyodbc

        if self._connection is None:
            raise RuntimeError(_NOT_OPEN)
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(query.sql, *query.values)
                found = [column[0] for column in cursor.description]
                refuse_other_columns(query, found)
                yield from as_batches(cursor, query, self._time_zone, findings)
        except pyodbc.Error as error:
            raise _failure(f"query {query.name}", error) from None


def _completed(connection: str) -> str:
    """Have PostgreSQL's driver fetch in pieces; by default it holds a whole result in memory."""
    if re.search(r"(?i)driver=\{?[^;}]*(postgres|psqlodbc)", connection) and not re.search(
        r"(?i)usedeclarefetch", connection
    ):
        return f"{connection.rstrip(';')};UseDeclareFetch=1;Fetch=10000"
    return connection


def _run(connection: "pyodbc.Connection", sql: str) -> Sequence[Sequence[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def _failure(doing: str, error: "pyodbc.Error") -> SourceError:
    import pyodbc

    state, message = (str(part) for part in (*error.args, "", "")[:2])
    return failure(doing, state, message, pyodbc.drivers())
