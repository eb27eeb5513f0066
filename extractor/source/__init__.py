"""The student information system's database: connect, run a query, yield batches of text."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Protocol

from pandas import DataFrame

from extractor.errors import SettingsError
from extractor.findings import Findings
from extractor.queries import Query
from extractor.source.catalog import Catalog
from extractor.source.sessions import Conduct

SQLITE_PREFIX = "sqlite:///"
Reader = Literal["auto", "pyodbc", "arrow"]


class Source(Protocol):
    """One read-only transaction on one database."""

    engine: str  # "SQLite", "PostgreSQL", "Microsoft SQL Server"
    one_moment: bool  # whether all queries see the database as it was at one moment

    def columns(self, table: str, schema: str | None) -> list[str]:
        """Return the columns of a table that the login may see, from the database's catalog."""
        ...

    def catalog(self) -> Catalog:
        """Return what the database tells about itself, asked over this connection."""
        ...

    def expect(self, queries: Sequence[Query]) -> None:
        """Hear once what will be asked, all of it and in this order; some sources read ahead."""
        ...

    def batches(self, query: Query, findings: Findings) -> Iterator[DataFrame]:
        """Run a query; yield at least one frame, each of `query.header.returns` as text."""
        ...


def connect(
    connection: str, *, time_zone: str, beside: Path, conduct: Conduct, reader: Reader = "auto"
) -> AbstractContextManager[Source]:
    """
    Open a database for reading, inside one transaction that is rolled back at the end.

    Args:
        connection: `sqlite:///FILE` or an ODBC connection string.
        time_zone: IANA name; in which the database's datetimes are local times.
        beside: the folder that a relative SQLite path starts from.
        conduct: isolation, and how long to wait for the login, locks and queries.
        reader: what reads the rows over ODBC; "auto" takes arrow-odbc where it is installed.

    Raises:
        SettingsError: if the connection string cannot work, or a reader that was asked for by
            name cannot be used here.
        SourceError: on entering, if the database cannot be opened; in `batches`, if a query
            cannot be run. Never repeats a password.
    """
    if connection.startswith(SQLITE_PREFIX):
        from extractor.source.sqlite import SqliteSource

        return SqliteSource(beside / connection.removeprefix(SQLITE_PREFIX), time_zone)
    if reader != "pyodbc" and _has_arrow(needed=reader == "arrow"):
        from extractor.source.arrow import ArrowSource

        return ArrowSource(connection, time_zone, conduct)
    from extractor.source.odbc import OdbcSource

    return OdbcSource(connection, time_zone, conduct)


def _has_arrow(*, needed: bool) -> bool:
    try:
        import arrow_odbc  # noqa: F401 - only whether it can be
    except (ImportError, OSError) as error:  # not installed, or no driver manager to bind to
        if needed:
            raise SettingsError(
                f'sis.reader = "arrow": arrow-odbc cannot be used here ({type(error).__name__}); '
                'pip install arrow-odbc, or write "auto"'
            ) from None
        return False
    return True
