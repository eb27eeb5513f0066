"""The way to the database: driver, login, server, and whether it shows one moment."""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from extractor.check.line import Line, failed, ok, warning
from extractor.check.probing import Context
from extractor.source import SQLITE_PREFIX
from extractor.source.catalog import POSTGRESQL, SQL_SERVER, SQLITE
from extractor.source.connection_strings import completed, family, parts
from extractor.source.drivers import how_to_get

# The oldest version that the queries run on, and how it is called.
_OLDEST = {
    SQL_SERVER: ((13,), "SQL Server 2016 (13.0)"),
    POSTGRESQL: ((12,), "PostgreSQL 12"),
    SQLITE: ((3, 25), "SQLite 3.25"),
}
_OLDEST_LEVEL = 130  # compatibility of a database, as of SQL Server 2016


def driver(context: Context) -> Iterator[Line]:
    """Find the driver that the connection string names among those that are installed."""
    text = context.connection
    if text.startswith(SQLITE_PREFIX):
        yield ok("SQLite is read without a driver")
        return
    try:
        import pyodbc
    except ImportError:
        yield failed("the ODBC driver manager is missing", how_to_get("unixODBC"))
        return
    sources, said = pyodbc.dataSources(), parts(text)
    completed(text, sources)  # tells what cannot work
    name = said.get("driver")
    if name is not None:
        yield _driver(name, pyodbc.drivers())
    elif "dsn" in said:
        yield _data_source(said["dsn"], sources)
    else:
        yield ok("the driver stands in a file data source")
    yield from _unsafe(said)


def login(context: Context) -> Iterator[Line]:
    """Connect."""
    source = context.source()
    where = source.catalog().where()
    yield ok(f"logged in{f' as {where.login}' if where.login else ''}")


def server(context: Context) -> Iterator[Line]:
    """Hold the server's version against what the queries need."""
    source = context.source()
    where = source.catalog().where()
    oldest, called = _OLDEST.get(source.engine, ((), ""))
    named = f"{source.engine} {where.version}"
    if not oldest:
        what = f"{source.engine} is no database that the queries were tried on"
        yield warning(what, f"use one of {', '.join(_OLDEST)}")
    elif where.numbers < oldest:
        yield failed(f"{named} is too old", f"the queries need {called} or newer")
    else:
        yield ok(named)
    levels = source.catalog().snapshots()
    if levels and levels[0] < _OLDEST_LEVEL:
        yield warning(
            f"the database has compatibility level {levels[0]}, which is older than the server",
            f"ALTER DATABASE CURRENT SET COMPATIBILITY_LEVEL = {_OLDEST_LEVEL}, if the SIS allows",
        )


def one_moment(context: Context) -> Iterator[Line]:
    """Tell whether a run sees the database at one moment."""
    source = context.source()
    levels = source.catalog().snapshots()
    if source.one_moment:
        yield ok("a run reads the database as it is at one moment")
    elif context.settings.sis.isolation == "read_committed":
        yield warning(
            "settings want what is committed (sis.isolation): a change between two queries may "
            "show in one of them",
            'write isolation = "snapshot", or leave it out',
        )
    elif levels and levels[2]:
        yield warning(
            "each query reads one moment of its own (READ_COMMITTED_SNAPSHOT); a change between "
            "two queries may show in one of them",
            "let the administrator run: ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON",
        )
    else:
        yield warning(
            "queries read what is committed while they run, and wait for whoever writes",
            "let the administrator run: ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON",
        )


def _data_source(name: str, known: dict[str, str]) -> Line:
    there = {one.casefold(): driver for one, driver in known.items()}
    if name.casefold() in there:
        return ok(f"data source {name}, with the driver {there[name.casefold()]}")
    remedy = f"set it up for the account that runs this; there are {', '.join(known) or 'none'}"
    if sys.platform == "win32":
        remedy += " (a 64-bit program sees 64-bit System DSNs, and the User DSNs of its account)"
    return failed(f"there is no data source {name}", remedy)


def _driver(name: str, known: list[str]) -> Line:
    if name.casefold() in {one.casefold() for one in known}:
        return ok(f"driver {name} is installed")
    if re.search(r"[/\\]", name) and Path(name).is_file():
        return ok(f"driver {name} is a file")
    kind = family({"driver": name}, {})
    near = [one for one in known if kind != "other" and family({"driver": one}, {}) == kind]
    there = f"installed are {', '.join(sorted(known)) or 'none'}"
    if near:
        return failed(f"driver {name} is not installed", f"write Driver={{{near[-1]}}}; {there}", 2)
    how = how_to_get(kind) or "install it, or correct its name in the connection string"
    return failed(f"driver {name} is not installed", f"{how}; {there}")


def _unsafe(said: Mapping[str, str]) -> Iterator[Line]:
    """Warn of what leaves students' data open on the network."""
    if said.get("driver", "").casefold() == "sql server":
        yield warning(
            "the driver SQL Server is the old one of Windows, which lacks newer encryption",
            how_to_get("Microsoft"),
        )
    if said.get("encrypt", "").casefold() in ("no", "optional", "false", "0"):
        yield warning("Encrypt is off: student data crosses the network readable", "Encrypt=yes")
    if said.get("trustservercertificate", "").casefold() in ("yes", "true", "1"):
        yield warning(
            "TrustServerCertificate is on: nobody knows whether it is the right server",
            "give the server a certificate that this machine trusts, and leave it out",
        )
