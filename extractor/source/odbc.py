"""Read a database over ODBC with pyodbc: SQL Server first, PostgreSQL and SQLite too."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pandas import DataFrame

from extractor.errors import SourceError
from extractor.findings import Findings
from extractor.queries import Query
from extractor.source.batches import as_batches, refuse_other_columns
from extractor.source.catalog import Catalog
from extractor.source.connection_strings import completed, family, parts, trusted
from extractor.source.remedies import Asked, failure, no_manager, out_of_time
from extractor.source.sessions import POSTGRESQL, SQL_SERVER, SQLITE, Conduct, begin
from extractor.source.waiting import Waiting

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

    def __init__(self, connection: str, time_zone: str, conduct: Conduct) -> None:
        """
        Take the connection string, with safe values for what it leaves unsaid.

        Raises:
            SettingsError: if the string cannot work.
            SourceError: if there is no ODBC on this machine.
        """
        odbc = _pyodbc()
        said, sources = parts(connection), odbc.dataSources()
        self._text = completed(connection, sources)
        self._asked = Asked(odbc.drivers(), family(said, sources), trusted(said), conduct)
        self._time_zone = time_zone
        self._conduct = conduct
        self._connection: pyodbc.Connection | None = None
        self._process = 0  # PostgreSQL's number for this session
        self._waiting: Waiting | None = None
        self.engine = ""
        self.one_moment = False

    def __enter__(self) -> "OdbcSource":
        """
        Log in and begin a read-only transaction.

        Raises:
            SourceError: if the driver is missing, the server away, or the login refused.
        """
        pyodbc = _pyodbc()
        try:
            waiting = Waiting(lambda: None, float("inf"))  # the driver keeps this time
            self._connection = waiting.on(self._log_in)
            self.engine = str(self._connection.getinfo(pyodbc.SQL_DBMS_NAME))
            self._prepare(self._connection)
        except pyodbc.Error as error:
            self.__exit__(None, None, None)
            raise self._failure("sis.connection", error, connecting=True) from None
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cancel what still runs, end the transaction and the connection; nothing was changed."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if self._waiting and not self._waiting.stop():
            return  # a driver that does not come back; the server ends what nobody waits for
        with suppress(_pyodbc().Error):  # it is gone already, and with it the transaction
            connection.rollback()
            connection.close()

    def columns(self, table: str, schema: str | None) -> list[str]:
        """Return the columns of a table that the login may see; none when there are none."""
        sql, values = _CATALOG, [table.lower(), (schema or "").lower(), (schema or "").lower()]
        if self.engine == SQLITE:
            sql, values = "SELECT name FROM pragma_table_info(?)", [table]
        with self._asking("the database's catalog") as (cursor, waiting):
            waiting.on(lambda: cursor.execute(sql, *values))
            return sorted(str(name) for (name,) in waiting.on(cursor.fetchall))

    def catalog(self) -> Catalog:
        """Return what the database tells about itself."""
        return Catalog(self.engine, self._ask)

    def _ask(self, sql: str, /, *values: object) -> Sequence[Sequence[Any]]:
        with self._asking("the database's catalog") as (cursor, waiting):
            waiting.on(lambda: cursor.execute(sql, list(values)))
            return waiting.on(cursor.fetchall)

    def expect(self, queries: Sequence[Query]) -> None:
        """Do nothing: rows are made one by one, which takes longer than to fetch them."""

    def batches(self, query: Query, findings: Findings) -> Iterator[DataFrame]:
        """Run a query; yield at least one frame of text columns."""
        with self._asking(f"query {query.name}") as (cursor, waiting):
            waiting.on(lambda: cursor.execute(query.sql, *query.values))
            found = [column[0] for column in cursor.description]
            refuse_other_columns(query, found)
            yield from as_batches(_Patient(cursor, waiting), query, self._time_zone, findings)

    @contextmanager
    def _asking(self, doing: str) -> Iterator[tuple["pyodbc.Cursor", Waiting]]:
        """Open a cursor, and a clock for it; say what is wrong in our words."""
        pyodbc = _pyodbc()
        if self._connection is None:
            raise RuntimeError(_NOT_OPEN)
        cursor = self._connection.cursor()  # leaving pyodbc's `with` would commit: the moment ends
        waiting = Waiting(partial(self._cancel, cursor), self._conduct.query_timeout)
        self._waiting = waiting
        try:
            yield cursor, waiting
        except TimeoutError:
            raise out_of_time(doing, self._conduct) from None
        except pyodbc.Error as error:
            raise self._failure(doing, error) from None
        finally:
            if waiting.stop():
                with suppress(pyodbc.Error):
                    cursor.close()

    def _log_in(self) -> "pyodbc.Connection":
        return _pyodbc().connect(
            self._text, timeout=self._conduct.login_timeout, autocommit=False, readonly=True
        )

    def _prepare(self, connection: "pyodbc.Connection") -> None:
        """Begin the transaction, and set how text comes and when a query is over."""
        pyodbc = _pyodbc()
        run = partial(_run, connection)
        if self.engine == SQL_SERVER:
            # Text of any code page comes as UTF-16 (pyodbc's default), made by the driver: as
            # bytes it would depend on the locale of whoever runs this.
            with suppress(pyodbc.Error):  # not every driver has it; the clock here counts too
                connection.timeout = self._conduct.query_timeout
        if self.engine == POSTGRESQL:
            connection.setdecoding(pyodbc.SQL_CHAR, encoding="utf-8")
            connection.setencoding(encoding="utf-8")
        self.one_moment = begin(run, connection.rollback, self.engine, self._conduct)
        if self.engine == POSTGRESQL:
            self._process = int(run("SELECT pg_backend_pid()")[0][0])

    def _cancel(self, cursor: "pyodbc.Cursor") -> None:
        """
        Cancel a statement from another thread than the one that waits for it.

        PostgreSQL's driver ignores the standard call while rows are fetched, so a second
        session asks its server.
        """
        pyodbc = _pyodbc()
        with suppress(pyodbc.Error):
            if self._process:
                with closing(self._log_in()) as other:
                    other.execute("SELECT pg_cancel_backend(?)", self._process).fetchall()
            else:
                cursor.cancel()

    def _failure(
        self, doing: str, error: "pyodbc.Error", *, connecting: bool = False
    ) -> SourceError:
        state, message = (str(part) for part in (*error.args, "", "")[:2])
        return failure(doing, state, message, self._asked, connecting=connecting)


class _Patient:
    """A cursor as far as it is fetched from; waits so that it can be stopped."""

    def __init__(self, cursor: "pyodbc.Cursor", waiting: Waiting) -> None:
        self._cursor = cursor
        self._waiting = waiting

    def fetchmany(self, rows: int) -> Sequence[Sequence[Any]]:
        return self._waiting.on(lambda: self._cursor.fetchmany(rows))


def _run(connection: "pyodbc.Connection", sql: str) -> Sequence[Sequence[Any]]:
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def _pyodbc() -> Any:
    """
    Import pyodbc; a pool would hand out a session that is not as a new one is.

    Raises:
        SourceError: if unixODBC, which it needs, is missing.
    """
    try:
        import pyodbc
    except ImportError:
        raise no_manager() from None
    pyodbc.pooling = False
    return pyodbc
