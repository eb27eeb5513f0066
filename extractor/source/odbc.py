"""Read a database over ODBC with pyodbc: SQL Server first, PostgreSQL and SQLite too."""

import re
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from pandas import DataFrame

from extractor.errors import SourceError
from extractor.findings import Findings
from extractor.queries import Query
from extractor.source.batches import as_batches, refuse_other_columns
from extractor.source.catalog import Catalog

if TYPE_CHECKING:
    import pyodbc

SQL_SERVER, POSTGRESQL, SQLITE = "Microsoft SQL Server", "PostgreSQL", "SQLite"

# How a read-only look at one moment is asked for. SQL Server's is in `_snapshot`.
_BEGIN = {
    POSTGRESQL: "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    SQLITE: "PRAGMA query_only = 1",
}

# SQLSTATE, what the driver's message must hold, and what to tell. The first that fits counts;
# the driver's own text is shown only where it names objects, never values.
_REMEDIES: tuple[tuple[str, str, str], ...] = (
    (
        r"IM002|IM003|IM004|01000",
        r"Data source name not found|[Cc]an't open lib|specified driver could not be loaded",
        "the ODBC driver is not installed, or its name in the connection string is wrong; "
        "installed drivers: {drivers}",
    ),
    (
        r"28000|28P01|42000|08001|HY000|08004",
        r"[Ll]ogin failed|[Pp]assword authentication failed|no password supplied|"
        r"Cannot open database|database \".*\" does not exist",
        "the server refused the login or the database; check UID, PWD and Database in the "
        "connection string, and that the login may use that database",
    ),
    (
        r"HYT00|42000",
        r"[Ll]ock request time out",
        "another session has locked a table for a minute; try again, or allow snapshots: "
        "ALTER DATABASE ... SET ALLOW_SNAPSHOT_ISOLATION ON",
    ),
    (
        r"08...|HYT00|HYT01|01000",
        r"",
        "the server cannot be reached, or the connection broke; check Server and port in the "
        "connection string, the network and the firewall",
    ),
    (
        r"42S02|42P01|42000|HY000",
        r"Invalid object name|relation .* does not exist|no such table",
        "a table is missing, or the login may not see it: {object}; check Database and "
        "sis.schema, and run the grant script",
    ),
    (
        r"42S22|42703|42000|HY000",
        r"Invalid column name|column .* does not exist|no such column",
        "a column is missing: {object}; this SIS lacks a column that the query reads: see "
        "`oneroster sql`",
    ),
    (
        r"42501|42000|HY000",
        r"permission was denied|permission denied",
        "the login lacks a right: {object}; run the grant script",
    ),
    (
        r"40001|40P01",
        r"",
        "the database ended the transaction because another one was in its way; try again",
    ),
)
_NOT_OPEN = "the source is not open; use it in a with statement"
# What SQL Server and PostgreSQL show here are the columns that the login has a right to.
_CATALOG = (
    "SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS "
    "WHERE LOWER(TABLE_NAME) = ? AND (LOWER(TABLE_SCHEMA) = ? OR ? = '')"
)
LOCK_MILLISECONDS = 60_000  # how long to wait for somebody who writes


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
            self.one_moment = _begin(connection, self.engine)
        except pyodbc.Error as error:
            raise SourceError(f"sis.connection: {_explained(error)}") from None
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
            raise SourceError(f"the database's catalog: {_explained(error)}") from None

    def catalog(self) -> Catalog:
        """Return what the database tells about itself."""
        return Catalog(self.engine, self._ask)

    def _ask(self, sql: str, /, *values: object) -> "list[pyodbc.Row]":
        import pyodbc

        if self._connection is None:
            raise RuntimeError(_NOT_OPEN)
        try:
            with self._connection.cursor() as cursor:
                return list(cursor.execute(sql, list(values)).fetchall())
        except pyodbc.Error as error:
            raise SourceError(f"the database's catalog: {_explained(error)}") from None

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
            raise SourceError(f"query {query.name}: {_explained(error)}") from None


def _completed(connection: str) -> str:
    """Have PostgreSQL's driver fetch in pieces; by default it holds a whole result in memory."""
    if re.search(r"(?i)driver=\{?[^;}]*(postgres|psqlodbc)", connection) and not re.search(
        r"(?i)usedeclarefetch", connection
    ):
        return f"{connection.rstrip(';')};UseDeclareFetch=1;Fetch=10000"
    return connection


def _begin(connection: "pyodbc.Connection", engine: str) -> bool:
    """Begin a read-only transaction; tell whether it sees the database at one moment."""
    import pyodbc

    if engine == SQL_SERVER:
        return _snapshot(connection)
    if engine == POSTGRESQL:
        connection.setdecoding(pyodbc.SQL_CHAR, encoding="utf-8")
        connection.setencoding(encoding="utf-8")
    if engine in _BEGIN:
        connection.execute(_BEGIN[engine])
    return engine in _BEGIN


def _snapshot(connection: "pyodbc.Connection") -> bool:
    """Read one moment where the database allows it, else what is committed; tell which."""
    connection.execute(f"SET LOCK_TIMEOUT {LOCK_MILLISECONDS}")
    row = connection.execute(
        "SELECT snapshot_isolation_state FROM sys.databases WHERE name = DB_NAME()"
    ).fetchone()
    connection.rollback()  # the level cannot change inside a transaction
    one_moment = bool(row and row[0] == 1)
    level = "SNAPSHOT" if one_moment else "READ COMMITTED"
    connection.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
    return one_moment


def _explained(error: "pyodbc.Error") -> str:
    """Say what to do about a driver's error, without its values and secrets."""
    import pyodbc

    state, message = (str(part) for part in (*error.args, "", "")[:2])
    for states, words, remedy in _REMEDIES:
        if re.fullmatch(states, state) and re.search(words, message):
            return (
                remedy.format(
                    drivers=", ".join(sorted(pyodbc.drivers())) or "none", object=_named(message)
                )
                + f" (SQLSTATE {state})"
            )
    return f"the database reported SQLSTATE {state}; its administrator can look it up"


def _named(message: str) -> str:
    """Return the table or column that a driver's message names."""
    quoted = re.search(r"'([^']+)'(?:, database|\.)|\"([^\"]+)\"", message)
    plain = re.search(r"(?:relation|table|column|view):? ([\w.]+)", message)
    found = quoted or plain
    if not found:
        return "unnamed"
    return next(group for group in found.groups() if group)
