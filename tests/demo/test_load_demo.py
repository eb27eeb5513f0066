"""The demo district in a real server: the same bytes, nothing lost, nothing of others touched."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlglot
from conftest import AS_OF, Postgres
from pandas import DataFrame
from sqlglot import exp

from extractor.demo import insert
from extractor.demo.district import SMALLEST, district
from extractor.demo.schema import TABLES, create
from extractor.demo.server import load_demo
from extractor.errors import SettingsError, SourceError
from extractor.pipeline import extract
from extractor.progress import Quiet
from extractor.settings import Settings, load

# Types that SQL Server has, as sqlglot names them.
TYPES = {"SMALLINT", "INT", "BIT", "CHAR", "VARCHAR", "NVARCHAR", "DATETIME", "SMALLDATETIME"}
TYPES |= {"DECIMAL"}


def asked(connection: str, sql: str) -> list[tuple[object, ...]]:
    import pyodbc

    with closing(pyodbc.connect(connection)) as opened:
        return [tuple(row) for row in opened.execute(sql).fetchall()]


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> str:
    """Return the connection of a database of our own: tests here replace tables."""
    postgres.run("CREATE DATABASE loading")
    return postgres.connection("loading")


def run(connection: str | None, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "SIS_CONNECTION"}
    if connection:
        environment["SIS_CONNECTION"] = connection
    return subprocess.run(
        [sys.executable, "-m", "extractor", "load-demo", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=environment,
    )


def bundles(settings: Settings, out: Path) -> dict[str, bytes]:
    report = extract(settings, settings.vendor, AS_OF, out, Quiet())
    return {bundle.vendor: bundle.path.read_bytes() for bundle in report.bundles}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_is_t_sql_with_types_of_sql_server(table) -> None:
    tree = sqlglot.parse_one(create(table, "sqlserver", "dbo"), read="tsql")
    kinds = {column.args["kind"].this.name for column in tree.find_all(exp.ColumnDef)}
    assert kinds <= TYPES, kinds - TYPES


def test_every_type_that_matters_is_used() -> None:
    used = {column.type.split("(")[0] for table in TABLES.values() for column in table.columns}
    assert used == {kind.lower() for kind in TYPES}


def test_what_is_loaded_gives_the_same_bytes_as_the_file(
    demo: Path, tmp_path: Path, database: str
) -> None:
    done = run(database, "--schema", "eagle", "--students", SMALLEST, "--as-of", AS_OF)
    assert done.returncode == 0, done.stderr
    assert "load the demo district" in done.stderr
    assert 'schema = "eagle"' in done.stdout
    settings = load(demo / "oneroster.toml")
    sis = settings.sis.model_copy(update={"connection": database, "schema_": "eagle"})
    loaded = settings.model_copy(update={"sis": sis})
    assert bundles(loaded, tmp_path / "server") == bundles(settings, tmp_path / "file")


@pytest.mark.parametrize(
    "way", [insert._by_buffer, insert._by_values], ids=lambda way: way.__name__
)
def test_the_ways_for_sql_server_put_the_same_rows_through_a_real_driver(
    way: insert.Insert, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    schemas = f"own{way.__name__}", f"sql{way.__name__}"
    load_demo(database, district(SMALLEST, 1, AS_OF), schema=schemas[0])
    monkeypatch.setitem(insert._WAYS, "postgresql", way)
    loaded = load_demo(database, district(SMALLEST, 1, AS_OF), schema=schemas[1])
    assert loaded.rows["GBS"] > 1000
    for table in TABLES.values():
        own, other = (
            asked(database, f"SELECT * FROM {one}.{table.name} ORDER BY {', '.join(table.key)}")
            for one in schemas
        )
        assert own == other, table.name
        assert len(own) == loaded.rows[table.name]


def test_text_that_is_too_long_is_refused_and_not_cut(database: str) -> None:
    def longer() -> Iterator[tuple[str, DataFrame]]:
        for name, frame in district(SMALLEST, 1, AS_OF):
            yield name, frame.assign(NM="x" * 51) if name == "LOC" else frame

    with pytest.raises(SourceError, match="too long"):
        load_demo(database, longer(), schema="longer")


def test_lines_that_are_printed_are_settings_that_load(database: str, tmp_path: Path) -> None:
    done = run(database, "--schema", "lines", "--students", SMALLEST)
    lines = done.stdout.split("oneroster.toml:")[1].split("Then run")[0]
    (tmp_path / "oneroster.toml").write_text(lines, "utf-8")
    settings = load(tmp_path / "oneroster.toml")
    assert (settings.sis.connection, settings.sis.schema_) == (database, "lines")


def test_a_password_is_not_printed(database: str) -> None:
    done = run(f"{database};PWD=open-sesame", "--schema", "secret", "--students", SMALLEST)
    assert done.returncode == 0, done.stderr
    assert "open-sesame" not in done.stdout + done.stderr
    assert '{env = "SIS_CONNECTION"}' in done.stdout


def test_tables_there_are_refused_and_replaced_only_when_told(database: str) -> None:
    load_demo(database, district(SMALLEST, 1, AS_OF), schema="twice")
    count = "SELECT COUNT(*) FROM twice.stu"
    before = asked(database, count)
    refused = run(database, "--schema", "twice", "--students", 300)
    assert refused.returncode == 2
    assert "--replace" in refused.stderr
    assert asked(database, count) == before
    done = run(database, "--schema", "twice", "--students", 300, "--replace")
    assert done.returncode == 0, done.stderr
    assert asked(database, count) != before


def test_tables_of_a_real_sis_are_never_replaced(database: str, postgres: Postgres) -> None:
    import pyodbc

    with closing(pyodbc.connect(database, autocommit=True)) as opened:
        opened.execute("CREATE SCHEMA real")
        opened.execute("CREATE TABLE real.stu (sc smallint, sn int, id int, ln varchar(100))")
        opened.execute("INSERT INTO real.stu VALUES (994, 1, 99400001, 'Somebody')")
    done = run(database, "--schema", "real", "--replace")
    assert done.returncode == 2
    assert "may be a real SIS's" in done.stderr
    assert asked(database, "SELECT id FROM real.stu") == [(99400001,)]
    assert asked(database, "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'real'") == [(1,)]


KILLED = """
import os, signal, sys
from datetime import date
from extractor.demo.district import district
from extractor.demo.server import load_demo

def die(name, count):
    if name == "SEC":
        os.kill(os.getpid(), signal.SIGKILL)

load_demo(sys.argv[1], district(60, 2, date(2026, 10, 1)), schema=sys.argv[2], replace=True,
          on_rows=die)
"""


@pytest.mark.parametrize("there", [True, False], ids=["replacing", "new"])
def test_a_load_that_is_killed_leaves_what_was_there(database: str, there: bool) -> None:
    schema = f"killed_{there}".lower()
    if there:
        load_demo(database, district(SMALLEST, 1, AS_OF), schema=schema)
    look = (
        "SELECT tablename FROM pg_tables WHERE schemaname = "  # the schema itself, too
        f"'{schema}' UNION SELECT nspname FROM pg_namespace WHERE nspname = '{schema}' ORDER BY 1"
    )
    before = asked(database, look)
    people = asked(database, f"SELECT * FROM {schema}.stu ORDER BY sc, sn") if there else []
    done = subprocess.run([sys.executable, "-c", KILLED, database, schema], check=False)
    assert done.returncode == -signal.SIGKILL
    assert asked(database, look) == before
    assert bool(before) == there
    if there:
        assert asked(database, f"SELECT * FROM {schema}.stu ORDER BY sc, sn") == people


def test_a_failure_in_the_middle_leaves_nothing(database: str) -> None:
    def fail(name: str, count: int) -> None:
        if name == "SEC":
            raise OSError(name)

    with pytest.raises(OSError, match="SEC"):
        load_demo(database, district(SMALLEST, 1, AS_OF), schema="failed", on_rows=fail)
    assert asked(database, "SELECT 1 FROM pg_namespace WHERE nspname = 'failed'") == []


def test_a_login_that_may_not_create_is_told_so(postgres: Postgres, database: str) -> None:
    postgres.run("CREATE ROLE looker LOGIN")
    with pytest.raises(SourceError, match=r"permission denied.*nothing was changed"):
        load_demo(
            postgres.connection("loading", "looker"), district(SMALLEST, 1, AS_OF), schema="mine"
        )


@pytest.mark.parametrize(
    ("connection", "schema", "said"),
    [
        ("sqlite:///demo.sqlite", None, "`oneroster demo` writes one"),
        ("Driver=SQLite3;Database=:memory:", None, "made for Microsoft SQL Server and PostgreSQL"),
        ("Driver=x", "a b", "no plain name"),
        ("Driver=x", "a;b", "no plain name"),
    ],
)
def test_what_it_cannot_be_loaded_into_is_refused(
    connection: str, schema: str | None, said: str, odbc_drivers: list[str]
) -> None:
    with pytest.raises(SettingsError, match=said):
        load_demo(connection, iter(()), schema=schema)


def test_a_missing_driver_names_those_there_are(odbc_drivers: list[str]) -> None:
    with pytest.raises(SourceError, match=r"installed ODBC drivers: .*SQLite3"):
        load_demo("Driver={ODBC Driver 99 for SQL Server};Server=x", iter(()))


def test_no_connection_is_a_matter_of_arguments() -> None:
    done = run(None)
    assert done.returncode == 2
    assert "--connection" in done.stderr
    assert "SIS_CONNECTION" in done.stderr


@pytest.mark.parametrize("students", [0, 10**7])
def test_an_impossible_size_is_refused_before_anything_is_asked(students: int) -> None:
    done = run("Driver=nothing", "--students", students)
    assert done.returncode == 2
    assert f"--students {students}" in done.stderr
