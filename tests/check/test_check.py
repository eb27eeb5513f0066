"""`oneroster check` on settings and files: each matter has its line, and hides no other."""

import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import AS_OF, edit
from rich.console import Console

from extractor.check import PROBES, Line, Probe, State, exit_code, machine
from extractor.check.report import show
from extractor.errors import StoppedError

from .conftest import Check, of, states


def oneroster(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "extractor", "check", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **environment},
    )


def test_the_demo_has_no_cross(check: Check) -> None:
    lines = check()
    assert [line for line in lines if line.state in (State.FAILED, State.SKIPPED)] == []
    assert exit_code(lines) == 0
    assert {line.name for line in lines} == {probe.name for probe in PROBES}
    assert all((line.remedy is not None) == (line.state is State.WARNING) for line in lines)


def test_json_has_every_line_and_says_whether_all_is_well(own_demo: Path) -> None:
    done = oneroster("--config", own_demo / "oneroster.toml", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert list(said) == ["ok", "checks"]
    assert said["ok"] is True
    for one in said["checks"]:
        assert list(one) == ["name", "area", "state", "what", "remedy"]
        assert one["state"] in {"ok", "warning", "failed", "skipped"}


def test_text_has_a_tick_or_a_remedy_per_line(own_demo: Path) -> None:
    done = oneroster("--config", own_demo / "oneroster.toml", "--as-of", AS_OF, PYTHONUTF8="1")
    assert done.returncode == 0
    assert "✓ SQLite is read without a driver" in done.stdout
    assert re.search(r"  ! .*unknown codes in use.*\n      add them", done.stdout)
    assert re.search(r"\d+ in order, \d+ warnings?\n$", done.stdout)


def test_what_repeats_is_said_once() -> None:
    told = [
        Line(State.FAILED, "LOC: closed", "grant it", "rights", "rights"),
        Line(State.FAILED, "STU: closed", "grant it", "rights", "rights"),
        Line(State.SKIPPED, "terms: not checked, because rights is not in order", None, "t", "x"),
        Line(State.SKIPPED, "codes: not checked, because rights is not in order", None, "c", "x"),
        Line(State.SKIPPED, "disk: not checked, because out is not in order", None, "d", "x"),
    ]
    shown = io.StringIO()
    assert show(told, Console(file=shown, width=80)) == told
    assert shown.getvalue().splitlines() == [
        "rights",
        "  ✗ LOC: closed",
        "  ✗ STU: closed",
        "      grant it",
        "x",
        "  - terms, codes: not checked, because rights is not in order",
        "  - disk: not checked, because out is not in order",
        "",
        "0 in order, 2 failed, 3 not checked",
    ]


def test_a_terminal_gets_lines_that_begin_under_each_other() -> None:
    shown = io.StringIO()
    long = Line(State.OK, "of a table " * 9, None, "n", "area")
    show([long], Console(file=shown, width=80, force_terminal=True, color_system=None))
    area, first, second = shown.getvalue().splitlines()[:3]
    assert (area, first[:6], second[:6]) == ("area", "  ✓ of", "    of")
    assert max(map(len, shown.getvalue().splitlines())) <= 80


def test_a_terminal_without_ticks_gets_words(own_demo: Path) -> None:
    config = own_demo / "oneroster.toml"
    config.write_text(config.read_text("utf-8").replace('"roster"', '"b", "é"'), "utf-8")
    done = oneroster("--config", config, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.stdout.isascii()
    assert "FAILED" in done.stdout
    done = oneroster("--config", config, "--format", "json", PYTHONIOENCODING="ascii")
    assert json.loads(done.stdout)["ok"] is False


def test_it_writes_nothing(own_demo: Path) -> None:
    def held() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in own_demo.rglob("*") if path.is_file()}

    before = held()
    assert oneroster("--config", own_demo / "oneroster.toml").returncode == 0
    assert held() == before
    assert not (own_demo / "out").exists()


def test_all_mistakes_of_the_settings_are_lines_and_the_rest_is_told_to_be_unchecked(
    check: Check,
) -> None:
    lines = check(('kind = "aeries"', 'kind = "other"'), ('time_zone = "America/', 'time_zone = "'))
    crosses = [line for line in lines if line.state is State.FAILED]
    assert len(crosses) == 2
    assert {line.name for line in crosses} == {"settings"}
    assert any("district.time_zone" in line.what and line.remedy for line in crosses)
    rest = [line for line in lines if line.name != "settings"]
    assert {line.state for line in rest} == {State.SKIPPED}
    assert all("because" in line.what for line in rest)
    assert exit_code(lines) == 2


def test_no_settings_file_is_a_cross(tmp_path: Path) -> None:
    done = oneroster("--config", tmp_path / "none.toml")
    assert done.returncode == 2
    assert "oneroster init" in done.stdout


def test_a_vendor_that_is_not_there_is_a_cross_with_those_there_are(check: Check) -> None:
    lines = check(vendors=("acme", "roster"))
    (cross,) = of(lines, "settings")[:1]
    assert (cross.state, cross.exit_code) == (State.FAILED, 2)
    assert "roster, everything" in (cross.remedy or "")


def test_one_vendor_is_checked_for_what_it_needs(check: Check) -> None:
    every, one = check(), check(vendors=("roster",))
    assert [line for line in of(every, "codes") if line.what.startswith("races")]
    assert [line for line in of(one, "codes") if line.what.startswith("races")] == []


SECRET = ('connection = "sqlite:///district.sqlite"', 'connection = {file = "secret"}')


def test_a_secret_that_is_not_there_leaves_what_needs_no_database(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOWHERE", raising=False)
    lines = check((SECRET[0], 'connection = {env = "NOWHERE"}'))
    (cross,) = of(lines, "secrets")
    assert cross.what.endswith("the environment variable NOWHERE is not set")
    assert exit_code(lines) == 2
    left = states(lines)
    assert left["login"] == left["rights"] == left["codes"] == "skipped"
    assert left["queries"] == left["output folder"] == "ok"


@pytest.mark.parametrize(
    ("mode", "said"),
    [(0o600, None), (0o640, "its group"), (0o644, "everybody on this machine")],
)
def test_a_secret_that_others_may_read_is_warned_of(
    mode: int, said: str | None, check: Check, own_demo: Path
) -> None:
    (own_demo / "secret").write_text(f"sqlite:///{own_demo / 'district.sqlite'}\n", "utf-8")
    (own_demo / "secret").chmod(mode)
    (line,) = of(check(SECRET), "secrets")
    assert (line.state is State.WARNING) == (said is not None)
    assert said is None or (said in line.what and line.remedy == "run: chmod 600 secret")


def test_what_a_secret_holds_is_never_told(check: Check, own_demo: Path) -> None:
    (own_demo / "secret").write_text("Driver=Nothing;UID=a;PWD=open-sesame", "utf-8")
    lines = check(SECRET)
    assert "open-sesame" not in repr(lines)
    assert states(lines)["driver"] == "failed"


@pytest.mark.parametrize(
    ("connection", "what", "remedy", "code"),
    [
        ("Driver={ODBC Driver 18 for SQL Server}", "is not installed", "msodbcsql18", 3),
        ("Driver={PostgreSQL Unicode 99}", "is not installed", "Driver={PostgreSQL", 2),
        ("DRIVER = nothing ;Server=x", "driver nothing is not", "correct its name", 3),
        ("DSN=nothing", "no data source nothing", "set it up", 3),
        ("Server=x", "names neither Driver nor DSN", "Driver={", 2),
        ("Driver=/nowhere/libx.so", "is not installed", "installed are", 3),
    ],
)
def test_a_driver_that_is_missing_comes_with_how_to_get_it(
    connection: str, what: str, remedy: str, code: int, check: Check, odbc_drivers: list[str]
) -> None:
    lines = check((SECRET[0], f"connection = '{connection}'"))
    (cross,) = of(lines, "driver")
    assert (cross.state, cross.exit_code) == (State.FAILED, code)
    assert what in cross.what
    assert remedy in (cross.remedy or "")
    assert states(lines)["login"] == "skipped"


def test_what_leaves_the_network_open_is_warned_of(
    check: Check, odbc_drivers: list[str], tmp_path: Path
) -> None:
    text = f"Driver=SQLite3;Database={tmp_path}/x;Encrypt={'no'};TrustServerCertificate=Yes"
    said = " ".join(
        line.what for line in of(check((SECRET[0], f"connection = '{text}'")), "driver")
    )
    assert "Encrypt is off" in said
    assert "TrustServerCertificate is on" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("-- grain", "lacks grain"),
        ("stu.ID  AS student_id", "stu.ID  AS student_id"),
        ("home_language text,", "metadata"),
    ],
)
def test_an_own_query_that_does_not_hold_is_a_cross(
    change: str, said: str, check: Check, own_demo: Path
) -> None:
    own = own_demo / "queries" / "students.sql.j2"
    text = own.read_text("utf-8")
    assert change in text
    replaced = {"-- grain": "-- grown", "home_language text,": ""}.get(change, "{{ nothing }}")
    own.write_text(text.replace(change, replaced), "utf-8")
    lines = check()
    assert exit_code(lines) == 2
    assert states(lines)["queries"] == "failed"
    assert states(lines)["login"] == "ok"


def test_an_own_query_that_the_server_refuses_is_a_cross_and_the_rest_goes_on(
    check: Check, own_demo: Path
) -> None:
    own = own_demo / "queries" / "students.sql.j2"
    own.write_text(own.read_text("utf-8").replace("stu.HL", "stu.NOTHING"), "utf-8")
    lines = check()
    assert states(lines)["own queries"] == "failed"
    assert states(lines)["terms"] == "ok"
    assert exit_code(lines) == 3


def test_own_lists_that_do_not_hold_are_crosses(check: Check, own_demo: Path) -> None:
    (own_demo / "grades.csv").write_text("code,grade\n21,XX\n", "utf-8")
    lines = check(("[resources]", '[codes]\ngrades = "grades.csv"\n\n[resources]'))
    assert states(lines)["lists"] == "failed"
    assert exit_code(lines) == 2


def test_codes_that_no_table_has_are_counted_until_the_district_adds_them(
    check: Check, own_demo: Path
) -> None:
    edit(own_demo / "district.sqlite", "UPDATE STU SET GR = 33 WHERE SC = 994 AND SN <= 5")
    (before,) = [line for line in of(check(), "codes") if line.what.startswith("grades")]
    assert re.search(r"STU\.GR '33' \([1-5]\)", before.what)
    assert "codes.grades" in (before.remedy or "")
    (own_demo / "grades.csv").write_text("code,grade\n33,Other\n21,UG\n", "utf-8")
    lines = check(("[resources]", '[codes]\ngrades = "grades.csv"\n\n[resources]'))
    (after,) = [line for line in of(lines, "codes") if line.what.startswith("grades")]
    assert "33" not in after.what


def test_terms_and_courses_that_settings_misspell_are_warned_of(check: Check) -> None:
    excluded = 'exclude_terms = ["s", "Q"]\nexclude_courses = ["0001"]\nhomeroom_courses'
    terms, excluded_courses, homerooms = of(check(("homeroom_courses", excluded)), "named codes")
    assert (terms.state, terms.what) == (
        State.WARNING,
        "options.exclude_terms: the SIS has no Q",
    )
    assert excluded_courses.what == "options.exclude_courses: all 1 are in the SIS"
    assert homerooms.state is State.OK


def test_no_code_that_may_be_a_person_is_shown(check: Check, own_demo: Path) -> None:
    edit(
        own_demo / "district.sqlite",
        "UPDATE STU SET RC1 = 'Doe, Jane Marie' WHERE SC = 994 AND SN = 3 AND DEL = 0",
        "UPDATE STU SET ETH = 'q', TG = '', DEL = 0 WHERE SC = 994 AND SN = 3",
    )
    said = repr(of(check(), "codes"))
    assert "Jane" not in said
    assert "<15 characters>" in said
    assert "STU.ETH 'q' (1)" in said


def test_no_person_is_named(check: Check, own_demo: Path) -> None:
    import sqlite3
    from contextlib import closing

    said = repr(check())
    with closing(sqlite3.connect(own_demo / "district.sqlite")) as opened:
        rows = opened.execute(
            "SELECT SEM FROM STU UNION SELECT LN FROM STU UNION SELECT EM FROM STF "
            "UNION SELECT FN FROM STU UNION SELECT TLN FROM TCH"
        )
        names = {value.strip() for (value,) in rows if value and len(value.strip()) > 4}
    assert [name for name in names if name in said] == []


def test_a_missing_table_and_column_are_named_with_the_queries_that_need_them(
    check: Check, own_demo: Path
) -> None:
    edit(
        own_demo / "district.sqlite",
        "DROP TABLE FTF",
        "DROP INDEX IX_MST_CN",
        "ALTER TABLE MST RENAME COLUMN CN TO XX",
    )
    lines = check()
    missing, column = of(lines, "rights")
    assert missing.what == (
        "FTF: there is no such table, or the login may not see it (for sections)"
    )
    assert column.what == "MST: there is no CN, or the login may not see it (for sections)"
    assert exit_code(lines) == 3
    left = states(lines)
    assert left["clock"] == left["disk space"] == "ok"
    (grades,) = [line for line in of(lines, "codes") if line.what.startswith("grades")]
    assert grades.state is State.SKIPPED
    assert left["terms"] == "ok"


def test_a_day_outside_the_terms_is_warned_of(check: Check) -> None:
    from datetime import date

    lines = check(day=date(2028, 1, 15))
    assert states(lines)["terms"] == "warning"


def test_another_school_year_than_settings_say_is_a_cross(check: Check) -> None:
    lines = check(("[sis]", "school_year = 2026\n\n[sis]"))
    (cross,) = of(lines, "terms")
    assert (cross.state, cross.exit_code) == (State.FAILED, 2)


def test_a_school_that_the_sis_does_not_have_is_a_cross(check: Check) -> None:
    lines = check(('name = "roster"', 'name = "roster"\nschools = [994, 7777]'))
    (cross,) = of(lines, "schools")
    assert "7777" in cross.what
    assert exit_code(lines) == 2


@pytest.mark.parametrize(
    ("directory", "said", "code"),
    [("/proc/nowhere", "cannot be written", 3), ("oneroster.toml", "is no folder", 2)],
)
def test_an_output_folder_that_cannot_be_written_is_a_cross(
    directory: str, said: str, code: int, check: Check
) -> None:
    lines = check(("[sis]", f'[output]\ndirectory = "{directory}"\n\n[sis]'))
    (cross,) = of(lines, "output folder")
    assert said in cross.what
    assert exit_code(lines) == code
    assert states(lines)["disk space"] == "skipped"


@pytest.mark.parametrize(
    ("line", "said", "code"),
    [
        ('[record]\ndirectory = "/proc/nowhere"', "record.directory: /proc cannot be written", 3),
        ('[record]\ndirectory = "oneroster.toml"', "is no folder", 2),
        ('[log]\nfile = "/proc/nowhere/log.jsonl"', "log.file: /proc cannot be written", 3),
    ],
)
def test_a_record_or_log_that_cannot_be_written_is_a_cross(
    line: str, said: str, code: int, check: Check
) -> None:
    lines = check(("[sis]", f"{line}\n\n[sis]"))
    (cross,) = [one for one in of(lines, "record folder") if one.state is State.FAILED]
    assert said in cross.what
    assert exit_code(lines) == code


@pytest.mark.parametrize(("free", "state"), [(2**20, "failed"), (90 * 2**20, "warning")])
def test_little_disk_is_told_with_what_a_run_needs(
    free: int, state: str, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = machine.shutil.disk_usage("/")._replace(free=free)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: usage)
    lines = check()
    assert states(lines)["disk space"] == state
    assert "a run needs about 5" in of(lines, "disk space")[0].what


def test_a_probe_that_breaks_or_that_others_add_hides_nothing(check: Check) -> None:
    def breaks(context: object) -> list:
        raise ValueError("Doe, Jane")

    broken = Probe("sftp", "delivery", breaks, needs=("settings",))
    after = Probe("after", "delivery", breaks, needs=("sftp",))
    lines = check(probes=(*PROBES[:1], broken, after, *PROBES[1:]))
    (line,) = of(lines, "sftp")
    assert line.state is State.FAILED
    assert "ValueError in test_check.py" in line.what
    assert "Jane" not in repr(lines)
    assert of(lines, "after")[0].what == "after: not checked, because sftp is not in order"
    assert states(lines)["disk space"] == "ok"


def test_being_asked_to_stop_is_no_cross(check: Check) -> None:
    def stop(context: object) -> list:
        raise StoppedError("stopped")

    with pytest.raises(StoppedError):
        check(probes=(Probe("stop", "x", stop),))


def test_exit_code_puts_settings_before_the_database_before_the_data(check: Check) -> None:
    line = check()[0]
    crosses = [replace(line, state=State.FAILED, exit_code=code) for code in (1, 3, 2)]
    assert exit_code(crosses) == 2
    assert exit_code(crosses[:2]) == 3
    assert exit_code(crosses[:1]) == 1
    assert exit_code([replace(line, state=State.WARNING, exit_code=3)]) == 0


def test_names_that_steer_a_terminal_are_made_harmless(own_demo: Path) -> None:
    done = oneroster("--config", own_demo / "none\x1b[31m.toml")
    assert "\x1b" not in done.stdout
