"""`oneroster check` against a real PostgreSQL: login, rights, school year, broken connections."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from conftest import AS_OF, Postgres

from extractor.check import PROBES, Context, Line, Probe, State, exit_code, machine
from extractor.demo.district import SMALLEST, district
from extractor.demo.server import load_demo

from .conftest import Check, at, of, states

Run = Callable[..., None]


@pytest.fixture
def sql(server: str) -> Run:
    """Run statements in the demo's database as its owner."""

    def run(*statements: str) -> None:
        import pyodbc

        with closing(pyodbc.connect(server, autocommit=True)) as opened:
            for statement in statements:
                opened.execute(statement)

    return run


@pytest.fixture
def reader(server: str, sql: Run, own_demo: Path) -> Iterator[str]:
    """Make a login with what `oneroster sql --grants` prints, and nothing else."""
    config = own_demo / "oneroster.toml"
    config.write_text(config.read_text("utf-8").replace(*at(server)), "utf-8")
    printed = subprocess.run(
        [sys.executable, "-m", "extractor", "sql", "--grants", "reader", "--config", str(config)],
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    config.write_text(config.read_text("utf-8").replace(*reversed(at(server))), "utf-8")
    sql("CREATE ROLE reader LOGIN", "GRANT USAGE ON SCHEMA dbo TO reader", *printed.splitlines())
    yield server.replace("UID=postgres", "UID=reader")
    sql("DROP OWNED BY reader", "DROP ROLE reader")


def test_the_rights_that_are_printed_are_enough_and_not_too_many(check: Check, reader: str) -> None:
    lines = check(at(reader))
    wrong = [line for line in lines if line.state in (State.FAILED, State.SKIPPED)]
    assert {line.name for line in wrong} <= {"delivery"}  # the demo's vendors have no place
    assert not [line for line in wrong if line.state is State.FAILED]
    assert states(lines)["least privilege"] == "ok"
    assert of(lines, "login")[0].what == "logged in as reader"
    assert of(lines, "server")[0].what.startswith("PostgreSQL 1")
    assert states(lines)["one moment"] == states(lines)["clock"] == "ok"


def test_a_right_that_was_taken_away_is_named_and_the_rest_is_checked(
    check: Check, reader: str, sql: Run
) -> None:
    sql("REVOKE SELECT (rc1, bd) ON dbo.stu FROM reader", "REVOKE ALL ON dbo.trm FROM reader")
    lines = check(at(reader))
    student, term = of(lines, "rights")
    assert student.what == "STU: the login may not read BD, RC1 (for student_demographics)"
    assert term.what.startswith("TRM: the login may not read D1, D2, DEL, DTS, SC, TM")
    assert "--grants" in (student.remedy or "")
    assert exit_code(lines) == 3
    (terms,) = of(lines, "terms")
    assert terms.what == "terms: not checked, because the login may not read all it needs of TRM"
    assert states(lines)["schools"] == states(lines)["disk space"] == "ok"


def test_a_schema_that_may_not_be_used_is_told(check: Check, reader: str, sql: Run) -> None:
    sql("REVOKE USAGE ON SCHEMA dbo FROM reader")
    lines = check(at(reader))
    assert {line.state for line in of(lines, "rights")} == {State.FAILED}
    assert states(lines)["schools"] == "skipped"
    assert states(lines)["clock"] == "ok"


def test_a_dropped_column_of_settings_choice_is_told(check: Check, server: str) -> None:
    lines = check(at(server), ('"Badge:SUP.BADGE"', '"Badge:SUP.NOTHING"'))
    (cross,) = of(lines, "rights")
    assert cross.what.startswith("SUP: there is no NOTHING, or the login may not see it")


def test_a_read_of_more_than_one_moment_is_told(check: Check, server: str) -> None:
    lines = check(at(server), ('kind = "aeries"', 'kind = "aeries"\nisolation = "read_committed"'))
    (line,) = of(lines, "one moment")
    assert (line.state, exit_code(lines)) == (State.WARNING, 0)


def test_a_wrong_schema_is_told_of_every_table(check: Check, server: str) -> None:
    lines = check(at(server), ('schema = "dbo"', 'schema = "other"'))
    said = [line.what for line in of(lines, "rights")]
    assert len(said) > 15
    assert all("there is no such table" in one for one in said)


def test_a_login_that_may_do_too_much_is_warned_of(
    check: Check, reader: str, server: str, sql: Run
) -> None:
    sql("GRANT UPDATE ON dbo.stu TO reader")
    (line,) = of(check(at(reader)), "least privilege")
    assert (line.state, line.what) == (State.WARNING, "the login may change STU")
    owner = of(check((reader, server)), "least privilege")
    assert owner[0].what == "the login is a superuser, owns this database"


@pytest.mark.parametrize(
    ("day", "declared", "state", "code"),
    [
        (AS_OF, None, "ok", 0),
        (date(2027, 6, 1), None, "ok", 0),
        (date(2027, 8, 20), None, "warning", 0),
        (date(2027, 9, 1), None, "failed", 2),
        (date(2026, 5, 1), None, "failed", 2),
        (date(2027, 9, 1), 2027, "ok", 0),
        (AS_OF, 2028, "failed", 2),
    ],
)
def test_the_school_year_in_the_databases_name(
    day: date, declared: int | None, state: str, code: int, check: Check, server: str
) -> None:
    more = (("[sis]", f"school_year = {declared}\n\n[sis]"),) if declared else ()
    lines = check(at(server), *more, day=day)
    (line,) = of(lines, "database name")
    assert line.state == state
    assert exit_code([line]) == code
    if state == "failed":
        wanted = {2028: "DST27000EagleUSD"}.get(declared or 0)
        assert f"Database={wanted or 'DST'}" in (line.remedy or "")


def test_a_server_that_is_not_there_is_asked_once(check: Check, postgres: Postgres) -> None:
    nowhere = postgres.connection().replace(str(postgres.port), "9")
    lines = check(at(nowhere))
    (cross,) = of(lines, "login")
    assert cross.state is State.FAILED
    assert exit_code(lines) == 3
    left = states(lines)
    assert left["rights"] == left["clock"] == left["disk space"] == "skipped"
    assert left["output folder"] == left["driver"] == "ok"


def test_a_database_that_is_not_there_is_a_cross(check: Check, postgres: Postgres) -> None:
    lines = check(at(postgres.connection("nothing")))
    assert states(lines)["login"] == "failed"


def test_a_connection_that_breaks_is_opened_again_for_the_next_probe(
    check: Check, server: str, sql: Run
) -> None:
    def cut(context: Context) -> Iterator[Line]:
        [[pid]] = context.source().catalog().ask("SELECT pg_backend_pid()")
        sql(f"SELECT pg_terminate_backend({pid})")
        context.source().catalog().where()
        yield from ()

    lines = check(at(server), probes=(*PROBES[:8], Probe("cut", "x", cut), *PROBES[8:]))
    (cross,) = of(lines, "cut")
    assert cross.state is State.FAILED
    assert {line.state for line in lines if line.name not in ("cut", "delivery")} <= {
        State.OK,
        State.WARNING,
    }


def test_an_own_query_that_the_server_refuses_spoils_no_other_probe(
    check: Check, server: str, own_demo: Path
) -> None:
    own = own_demo / "queries" / "students.sql.j2"
    own.write_text(own.read_text("utf-8").replace("stu.HL", "stu.NOTHING"), "utf-8")
    lines = check(at(server))
    assert states(lines)["own queries"] == "failed"
    assert states(lines)["terms"] == states(lines)["codes"].replace("warning", "ok") == "ok"


@pytest.mark.parametrize(
    ("off", "state", "said"),
    [
        (0, "ok", "agree"),
        (600, "warning", "10 minutes ahead of"),
        (-600, "warning", "10 minutes behind"),
        (7200 * 2, "failed", "4 hours ahead of"),
    ],
)
def test_a_clock_that_is_off_is_told(
    off: int, state: str, said: str, check: Check, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine.time, "time", lambda now=time.time: now() + off)
    (line,) = of(check(at(server)), "clock")
    assert line.state == state
    assert said in line.what


def test_the_loaded_demo_runs_from_check_to_bundles(server: str, tmp_path: Path) -> None:
    """What load-demo prints is all that a newcomer needs."""
    load_demo(server, district(SMALLEST, 1, AS_OF), schema="newcomer")
    (tmp_path / "oneroster.toml").write_text(
        '[district]\nname = "Eagle"\ntime_zone = "America/Los_Angeles"\n\n[sis]\nkind = "aeries"\n'
        'connection = {env = "SIS_CONNECTION"}\nschema = "newcomer"\n\n[[vendor]]\nname = "a"\n',
        "utf-8",
    )
    for command in ("check", "extract"):
        done = subprocess.run(
            [sys.executable, "-m", "extractor", command, "--as-of", AS_OF.isoformat()],
            capture_output=True,
            encoding="utf-8",
            cwd=tmp_path,
            env={**os.environ, "SIS_CONNECTION": server},
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out" / "a" / "OneRoster.zip").exists()
