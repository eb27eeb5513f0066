"""Load the demo district into a real SQL Server or PostgreSQL, over ODBC.

Everything happens in one transaction: whoever looks meanwhile sees what was there before or
waits, and a load that is killed leaves it.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pandas import DataFrame

from extractor.demo.load import OnRows, load
from extractor.demo.schema import TABLES, Dialect, qualified
from extractor.errors import SettingsError, SourceError
from extractor.source import SQLITE_PREFIX
from extractor.source.catalog import POSTGRESQL, SQL_SERVER, Catalog
from extractor.source.connection_strings import completed, parts

if TYPE_CHECKING:
    import pyodbc

_DIALECTS: dict[str, Dialect] = {SQL_SERVER: "sqlserver", POSTGRESQL: "postgresql"}
# Where tables stand when nobody says; it is written out, as settings should be.
_SCHEMAS = {SQL_SERVER: "dbo", POSTGRESQL: "public"}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FREETDS = "tdsodbc"
_READ_ONLY = ";ApplicationIntent=ReadOnly"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded: where, and how many rows of each table."""

    engine: str
    database: str
    schema: str
    rows: dict[str, int]


def load_demo(
    connection: str,
    rows: Iterable[tuple[str, DataFrame]],
    *,
    schema: str | None = None,
    replace: bool = False,
    on_rows: OnRows | None = None,
    timeout: int = 30,
) -> Loaded:
    """
    Create the demo's tables in a database, and fill them.

    Args:
        connection: an ODBC connection string of a login that may create tables.
        rows: the district, table by table; nothing is drawn from it before the database agreed.
        schema: made if it is not there; `dbo` or `public` when left out.
        replace: whether the tables of an earlier demo may go. Other tables never do.
        timeout: seconds to wait for the login.

    Raises:
        SettingsError: if the tables are there, or are not the demo's, or a name is wrong.
        SourceError: if the database cannot be reached, or refuses.
    """
    import pyodbc

    if connection.startswith(SQLITE_PREFIX):
        raise SettingsError(
            "--connection: is a SQLite file; `oneroster demo` writes one. Give an ODBC string"
        )
    if schema is not None and not _PLAIN.fullmatch(schema):
        raise SettingsError(f"--schema {schema!r}: is no plain name; write one like demo")
    pyodbc.pooling = False
    try:
        text = _for_writing(connection, pyodbc.dataSources())
        with closing(pyodbc.connect(text, timeout=timeout, autocommit=False)) as opened:
            return _load(opened, rows, schema, replace=replace, on_rows=on_rows)
    except pyodbc.Error as error:
        raise SourceError(f"--connection: {_told(error)}") from None


def _for_writing(connection: str, sources: Mapping[str, str]) -> str:
    """Return the string with the safe values that reading has, but for a server one may write."""
    text = completed(connection, sources)
    return text if "applicationintent" in parts(connection) else text.replace(_READ_ONLY, "")


def _load(
    connection: "pyodbc.Connection",
    rows: Iterable[tuple[str, DataFrame]],
    schema: str | None,
    *,
    replace: bool,
    on_rows: OnRows | None,
) -> Loaded:
    import pyodbc

    engine = str(connection.getinfo(pyodbc.SQL_DBMS_NAME))
    if engine not in _DIALECTS:
        raise SettingsError(
            f"--connection: leads to {engine}; the demo is made for {' and '.join(_DIALECTS)}"
        )
    cursor = connection.cursor()
    catalog = Catalog(engine, lambda sql, *values: cursor.execute(sql, list(values)).fetchall())
    into = schema or _SCHEMAS[engine]
    there = _refuse_others(catalog, into, replace=replace)
    if not catalog.has_schema(into):
        cursor.execute(f"CREATE SCHEMA {into}")
    for table in there:
        cursor.execute(f"DROP TABLE {qualified(table, into)}")
    bulk = _FREETDS not in str(connection.getinfo(pyodbc.SQL_DRIVER_NAME)).casefold()
    counts = load(connection, rows, _DIALECTS[engine], schema=into, on_rows=on_rows, bulk=bulk)
    return Loaded(engine, catalog.where().database, into, counts)


def _refuse_others(catalog: Catalog, schema: str, *, replace: bool) -> list[str]:
    """
    Return which of the demo's tables are there already and may be replaced.

    A real SIS has tables of the same names with far more columns; those are never touched.
    """
    found = {name: set(catalog.columns(name, schema)) for name in TABLES}
    there = [name for name, columns in found.items() if columns]
    if there and not replace:
        raise SettingsError(
            f"{_listed(there)} in schema {schema} are there already; name another database or "
            "another --schema, or replace an earlier demo with --replace"
        )
    foreign = [name for name in there if found[name] != set(TABLES[name].names)]
    if foreign:
        raise SettingsError(
            f"{_listed(foreign)} in schema {schema} have other columns than the demo's: they may "
            "be a real SIS's, and are not replaced; name another database or another --schema"
        )
    return there


def _listed(tables: list[str]) -> str:
    return f"the tables {', '.join(tables[:5])}{' ...' if tables[5:] else ''}"


def _told(error: "pyodbc.Error") -> str:
    """
    Return the database's own words: all rows here are made up, so that they hold nobody's data.

    The connection string is not among them.
    """
    import pyodbc

    state, message = (str(part) for part in (*error.args, "", "")[:2])
    words = " ".join(re.sub(r"^(\[[^\]]*\])+", "", message.split(";\n")[0]).split())
    if state in ("IM002", "01000", "IM003", "IM004"):
        there = ", ".join(sorted(pyodbc.drivers())) or "none"
        return f"{words}; installed ODBC drivers: {there}. `oneroster check` tells how to get one"
    return f"{words[:400]} (SQLSTATE {state}); nothing was changed"
