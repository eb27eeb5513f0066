"""What the tests share: literal frames, the smallest demo district, and real databases."""

import gc
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pandas import DataFrame

from extractor.demo.district import SMALLEST, district
from extractor.demo.folder import make
from extractor.demo.server import load_demo
from extractor.frames import TEXT
from extractor.progress import Quiet
from extractor.settings import Options, Settings, Vendor

AS_OF = date(2026, 10, 1)
pytest_plugins = ["personal"]

settings.register_profile(
    "project", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")

Frame = Callable[[str], DataFrame]


def pytest_collection_finish() -> None:
    """Leave out of every later collection what was imported: a quarter of a night's time here."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def frame() -> Frame:
    """Read a literal table: `|` between columns, the first line names them, blank is NA."""

    def make_frame(table: str) -> DataFrame:
        lines = [line for line in table.strip("\n").splitlines() if line.strip()]
        header, *rows = [[cell.strip() or None for cell in line.split("|")] for line in lines]
        return DataFrame(rows, columns=header).astype(TEXT)

    return make_frame


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the smallest demo district, once; tests that change it copy it."""
    folder = tmp_path_factory.mktemp("demo")
    make(folder, SMALLEST, 1, AS_OF, Quiet())
    return folder


@pytest.fixture
def own_demo(demo: Path, tmp_path: Path) -> Path:
    """Return a copy of the smallest demo district that the test may break."""
    return Path(shutil.copytree(demo, tmp_path / "demo"))


@dataclass(frozen=True)
class Postgres:
    """A real server on loopback, ended with the session."""

    port: int
    run: Callable[[str], None]
    start: Callable[[], None]
    stop: Callable[[], None]  # at once, as a crash would

    def connection(self, database: str = "postgres", user: str = "postgres") -> str:
        """Return an ODBC string for it."""
        return (
            "Driver=PostgreSQL Unicode;Server=127.0.0.1;"
            f"Port={self.port};Database={database};UID={user}"
        )


def missing(what: str) -> None:
    """Skip for want of a system package; with CI set, fail instead."""
    message = f"{what} is missing; run tests/system-packages"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def odbc_drivers() -> list[str]:
    """Return the installed ODBC drivers; the tests need SQLite's and PostgreSQL's."""
    import pyodbc

    drivers: list[str] = pyodbc.drivers()
    for driver in ("SQLite3", "PostgreSQL Unicode"):
        if driver not in drivers:
            missing(f"the ODBC driver {driver}")
    return drivers


@pytest.fixture(scope="session")
def postgres(odbc_drivers: list[str]) -> Iterator[Postgres]:
    """Start a PostgreSQL server of our own: another user's where we are root."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
        Path(path) for path in [shutil.which("initdb")] if path
    ]
    if not found:
        missing("a PostgreSQL server")
    tools = found[-1].parent
    as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="oneroster-pg-", dir="/tmp"))
    if as_other:
        shutil.chown(folder, "postgres")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def tool(name: str, *arguments: str) -> None:
        subprocess.run(
            [*as_other, str(tools / name), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
        )

    data = str(folder / "data")
    tool("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"

    def start() -> None:
        tool("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")

    def stop() -> None:
        tool("pg_ctl", "-D", data, "-m", "immediate", "stop")

    start()
    try:
        yield Postgres(
            port,
            lambda sql: tool(
                "psql", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-qc", sql
            ),
            start,
            stop,
        )
    finally:
        stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_demo(postgres: Postgres) -> str:
    """Load the smallest demo district into PostgreSQL; return the connection string."""
    load_demo(postgres.connection(), district(SMALLEST, 1, AS_OF))
    return postgres.connection()


def some_settings(vendor: Vendor, options: Options | None = None, **more: object) -> Settings:
    """Return settings for one vendor, as far as no database is asked."""
    district = {"name": "Eagle", "time_zone": "America/Los_Angeles"}
    sis = {"kind": "aeries", "connection": "sqlite:///x"}
    given = {"options": options or Options(), **more}
    return Settings.model_validate({"district": district, "sis": sis, "vendor": (vendor,), **given})


def edit(database: Path, *statements: str) -> None:
    """Change a SQLite district."""
    with closing(sqlite3.connect(database)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
