"""Read over ODBC in columns with arrow-odbc: the bulk reads, where it is installed.

pyodbc logs in first, tells the engine and reads the catalog; then one arrow-odbc connection holds
the transaction in which all queries run, so the promise of one moment is the same.
"""

import os
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, nullcontext, suppress
from datetime import date
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

import pyarrow as pa
from pandas import DataFrame

from extractor.errors import FastReaderError
from extractor.findings import Findings
from extractor.queries import Query
from extractor.source import batches
from extractor.source.ahead import ahead
from extractor.source.batches import refuse_other_columns
from extractor.source.odbc import OdbcSource, _pyodbc
from extractor.source.remedies import failure, out_of_time
from extractor.source.sessions import POSTGRESQL, SQL_SERVER, begin
from extractor.source.text import as_frame
from extractor.source.waiting import Waiting

if TYPE_CHECKING:
    from arrow_odbc import BatchReader, Connection, TextEncoding

ENGINES = (SQL_SERVER, POSTGRESQL)  # SQLite's driver gives no types that can be trusted
FETCHED_ROWS, FETCHED_BYTES = 10_000, 2**25  # of one fetch; two are in memory at a time
# Of one value of a column without a length of its own (varchar(max), text). A longer one is an
# error of the read, never cut.
LONGEST_TEXT = 8_000
_ERROR = re.compile(r"State: (\w{5}), Native error: -?\d+, Message: (.*)", re.DOTALL)
_TOO_LONG = "too large to be written into the allocated buffer"


class ArrowSource(OdbcSource):
    """One read-only transaction over one arrow-odbc connection."""

    _arrow: "Connection | None" = None
    _arrow_process = 0  # PostgreSQL's number for that session
    _series: "Series | None" = None

    def __enter__(self) -> "ArrowSource":
        """
        Log in and begin a read-only transaction.

        Raises:
            SourceError: as pyodbc's way does.
        """
        super().__enter__()
        if self.engine in ENGINES:
            try:
                self._open()
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
        """Cancel what still runs, end the transaction and both connections."""
        import arrow_odbc

        arrow, self._arrow = self._arrow, None
        series, self._series = self._series, None
        if series is not None:
            series.close()
        idle = self._waiting is None or self._waiting.stop()
        if arrow is not None and idle:
            with suppress(arrow_odbc.Error):  # it is gone already, and with it the transaction
                arrow.rollback()
        super().__exit__(kind, error, trace)

    def expect(self, queries: Sequence[Query]) -> None:
        """Have the database go from query to query, while rows of those before are worked on."""
        if self._arrow is not None:
            self._series = self._begun(self._arrow, queries)

    def batches(self, query: Query, findings: Findings) -> Iterator[DataFrame]:
        """Run a query; yield at least one frame of text columns."""
        if self._arrow is None:
            yield from super().batches(query, findings)
            return
        series = self._series or self._begun(self._arrow, [query])
        with nullcontext() if series is self._series else closing(series):
            for table in series.of(query):
                columns = [column.combine_chunks() for column in table.columns]
                yield as_frame(columns, query, self._time_zone, findings)

    def _begun(self, arrow: "Connection", queries: Sequence[Query]) -> "Series":
        waiting = Waiting(self._stop_query, self._conduct.query_timeout)
        self._waiting = waiting

        def tables(query: Query) -> Generator[pa.Table, None, None]:
            waiting.anew()
            return self._tables(arrow, query, waiting)

        return Series(queries, tables, waiting.stop)

    def _open(self) -> None:
        import arrow_odbc

        if self._connection is not None:
            self._connection.rollback()  # only the catalog is read there
            self._connection.autocommit = True
        try:
            opened = arrow_odbc.connect(
                self._text, login_timeout_sec=self._conduct.login_timeout, autocommit=False
            )
            run = partial(_run, opened)
            self.one_moment = begin(run, opened.rollback, self.engine, self._conduct)
            if self.engine == POSTGRESQL:
                self._arrow_process = int(run("SELECT pg_backend_pid()")[0][0])
        except arrow_odbc.Error as error:
            self._fail("sis.connection", error)
        self._arrow = opened

    def _tables(
        self, arrow: "Connection", query: Query, waiting: Waiting
    ) -> Generator[pa.Table, None, None]:
        """Run a query; yield tables of about `BATCH_ROWS` rows; at least one, even if empty."""
        import arrow_odbc

        doing = f"query {query.name}"
        reader: BatchReader | None = None
        try:
            reader = waiting.on(lambda: self._run_query(arrow, query))
            refuse_other_columns(query, reader.schema.names)
            yield from _gathered(reader, waiting)
        except TimeoutError:
            raise out_of_time(doing, self._conduct) from None
        except arrow_odbc.Error as error:
            self._fail(doing, error)
        finally:
            if waiting.is_idle():
                del reader  # frees it, and ends its thread

    def _run_query(self, arrow: "Connection", query: Query) -> "BatchReader":
        return arrow.read_arrow_batches(
            query.sql,
            batch_size=FETCHED_ROWS,
            parameters=[_bound(value) for value in query.values],
            max_bytes_per_batch=FETCHED_BYTES,
            max_text_size=LONGEST_TEXT,
            falliable_allocations=True,
            map_schema=_exact,
            payload_text_encoding=_encoding(self.engine),
        )

    def _stop_query(self) -> None:
        """Cancel the statement on the server; SQL Server ends it when the connection is gone."""
        pyodbc = _pyodbc()
        if self._arrow_process:
            with suppress(pyodbc.Error), closing(self._log_in()) as other:
                other.execute("SELECT pg_cancel_backend(?)", self._arrow_process).fetchall()

    def _fail(self, doing: str, error: Exception) -> NoReturn:
        """Raise what pyodbc's way raises for the same error of the driver."""
        said = str(error)
        found = _ERROR.search(said)
        if found:
            raise failure(doing, found[1], found[2], self._asked) from None
        if _TOO_LONG in said:
            raise FastReaderError(
                f"{doing}: a value is longer than its column says, or than {LONGEST_TEXT:,} "
                'characters; write sis.reader = "pyodbc", which reads text of any length'
            ) from None
        raise FastReaderError(
            f'{doing}: the fast reader cannot read the result; write sis.reader = "pyodbc"'
        ) from None


class Series:
    """The results of queries, one after the other; the later are read while one is worked on."""

    def __init__(
        self,
        queries: Sequence[Query],
        read: Callable[[Query], Generator[pa.Table, None, None]],
        cancel: Callable[[], object],
    ) -> None:
        """Take the queries in their order, what reads one, and what cancels that."""

        def every() -> Generator[tuple[str, pa.Table | None], None, None]:
            for query in queries:
                with closing(read(query)) as tables:
                    for table in tables:
                        yield query.name, table
                yield query.name, None

        self._items = ahead(every(), cancel, _size)

    def of(self, query: Query) -> Iterator[pa.Table]:
        """Yield the tables of a query; each query of the series is asked for in its turn."""
        while True:
            name, table = next(self._items)
            if name != query.name:
                message = f"query {query.name} was wanted, and {name} was expected"
                raise RuntimeError(message)
            if table is None:
                return
            yield table

    def close(self) -> None:
        """Cancel what still runs."""
        self._items.close()


def _size(item: tuple[str, pa.Table | None]) -> int:
    return 0 if item[1] is None else int(item[1].nbytes)


def _gathered(reader: "BatchReader", waiting: Waiting) -> Iterator[pa.Table]:
    first = True
    while (table := waiting.on(partial(_fetched, reader))).num_rows or first:
        yield table
        first = False


def _fetched(reader: "BatchReader") -> pa.Table:
    """Fetch some `BATCH_ROWS` in one call, for every hand-over between threads takes its time."""
    held: list[pa.RecordBatch] = []
    rows = 0
    while rows < batches.BATCH_ROWS and (batch := next(reader, None)):
        held.append(batch)
        rows += batch.num_rows
    return pa.Table.from_batches(held, schema=reader.schema)


def _bound(value: object) -> str | None:
    """
    Return a value as the text that arrow-odbc binds; the server turns it into its column's type.

    SQL Server reads `2026-10-01` as a datetime by the login's language, `20261001` always alike.
    """
    if isinstance(value, date):
        return f"{value:%Y%m%d}"
    return None if value is None else str(value)


def _exact(schema: pa.Schema) -> pa.Schema:
    """Ask for types that hold every value that the database's do, as pyodbc gives them."""
    return pa.schema([field.with_type(_wider(field.type)) for field in schema])


def _wider(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_decimal(kind):
        return pa.string()  # as the database writes it: a number without a scale keeps its digits
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")  # nanoseconds end in the year 2262
    if pa.types.is_floating(kind):
        return pa.float64()
    if pa.types.is_int8(kind) or pa.types.is_uint8(kind):
        return pa.int16()  # SQL Server's tinyint has no sign, others' have
    return kind


def _encoding(engine: str) -> "TextEncoding":
    """
    Return how text crosses the driver.

    PostgreSQL's driver gives UTF-8 as it is, whatever the locale; on Windows, and for SQL Server,
    narrow text would be in the code page of the machine.
    """
    from arrow_odbc import TextEncoding

    narrow = engine == POSTGRESQL and os.name != "nt"
    return TextEncoding.UTF8 if narrow else TextEncoding.UTF16


def _run(connection: "Connection", sql: str) -> Sequence[Sequence[Any]]:
    if not sql.startswith("SELECT"):
        connection.execute(sql)
        return []
    columns = pa.Table.from_batches(connection.read_arrow_batches(sql)).to_pydict().values()
    return list(zip(*columns, strict=True))
