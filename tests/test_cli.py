"""The command line: what it prints, where, and with which exit code."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import AS_OF, edit

import extractor.cli  # noqa: F401 - brings the commands together
from extractor.commands.shared import app

COMMANDS = [
    one.name or one.callback.__name__.replace("_", "-")
    for one in app.registered_commands
    if one.callback
]


def oneroster(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "extractor", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        cwd=cwd,
    )


def test_version() -> None:
    done = oneroster("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("oneroster ")
    # Twice is the parser's way to it.
    assert oneroster("--version", "--version").stdout == done.stdout


def test_the_version_is_told_without_importing_the_command_line() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "extractor", "--version"]
    told = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stderr
    assert "extractor" in told
    assert not {"typer", "pydantic", "pandas"} & {line.split()[-1] for line in told.splitlines()}


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = oneroster(command, "--help")
    assert done.returncode == 0
    assert f"Example: oneroster {command}" in done.stdout


def test_demo_ends_with_counts_and_the_path_of_the_zip(tmp_path: Path) -> None:
    done = oneroster("demo", "here", "--students", 60, "--as-of", AS_OF, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "enrollments.csv" in done.stdout
    bundle = tmp_path / "here" / "out" / "roster" / "OneRoster.zip"
    assert f"bundle: {bundle.relative_to(tmp_path)}" in done.stdout
    assert bundle.exists()
    assert "make the demo district" in done.stderr


def test_progress_and_findings_name_no_person(tmp_path: Path) -> None:
    done = oneroster("demo", "here", "--students", 60, "--as-of", AS_OF, cwd=tmp_path)
    report = (tmp_path / "here" / "out" / "report.json").read_text("utf-8")
    said = done.stdout + done.stderr + report
    database = tmp_path / "here" / "district.sqlite"
    for value in personal_values(database):
        assert value not in said, value


def personal_values(database: Path) -> set[str]:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(
            "SELECT SEM FROM STU UNION SELECT LN FROM STU UNION SELECT EM FROM STF "
            "UNION SELECT FN FROM STU UNION SELECT TLN FROM TCH UNION SELECT BD FROM STU"
        ).fetchall()
    words = {value.strip() for (value,) in rows if value}
    # Surnames on purpose like words of the program are no leak: Null, NA, and single letters.
    return {word for word in words if len(word) > 4}


def test_a_demo_can_be_made_again_and_keeps_the_settings(own_demo: Path) -> None:
    config = own_demo / "oneroster.toml"
    changed = config.read_text("utf-8").replace('name = "roster"', 'name = "mine"')
    config.write_text(changed, "utf-8")
    done = oneroster("demo", own_demo, "--students", 60, "--as-of", AS_OF)
    assert done.returncode == 0, done.stderr
    assert config.read_text("utf-8") == changed
    assert (own_demo / "out" / "mine" / "OneRoster.zip").exists()


def test_a_real_database_is_not_replaced_by_a_demo(own_demo: Path) -> None:
    database = own_demo / "district.sqlite"
    edit(database, "UPDATE LOC SET NM = 'Real Unified' WHERE CD = 0")
    before = database.read_bytes()
    done = oneroster("demo", own_demo, "--students", 60)
    assert done.returncode == 2
    assert "was not written by the demo" in done.stderr
    assert database.read_bytes() == before


@pytest.mark.parametrize("students", [0, 10, 10**7])
def test_a_demo_of_an_impossible_size_is_refused(students: int, tmp_path: Path) -> None:
    done = oneroster("demo", tmp_path / "demo", "--students", students)
    assert done.returncode == 2
    assert f"--students {students}" in done.stderr
    assert not (tmp_path / "demo").exists()


def test_extract_of_one_vendor_leaves_the_other(own_demo: Path) -> None:
    done = oneroster(
        "extract", "--vendor", "roster", "--as-of", AS_OF, "--config", own_demo / "oneroster.toml"
    )
    assert done.returncode == 0, done.stderr
    assert (own_demo / "out" / "roster" / "OneRoster.zip").exists()
    assert not (own_demo / "out" / "everything").exists()


def test_a_vendor_that_settings_do_not_have(own_demo: Path) -> None:
    done = oneroster("extract", "--vendor", "acme", "--config", own_demo / "oneroster.toml")
    assert done.returncode == 2
    assert "acme" in done.stderr
    assert "roster, everything" in done.stderr


def test_no_settings_file(tmp_path: Path) -> None:
    done = oneroster("extract", cwd=tmp_path)
    assert done.returncode == 2
    assert "oneroster.toml" in done.stderr
    assert "oneroster init" in done.stderr
    assert done.stdout == ""


def test_all_mistakes_of_a_settings_file_at_once(tmp_path: Path) -> None:
    (tmp_path / "oneroster.toml").write_text(
        '[district]\nname = "X"\ntime_zone = "America/LosAngeles"\n\n'
        '[sis]\nkind = "aeries"\nconection = "sqlite:///x"\n\n'
        '[[vendor]]\nname = "a"\ngrants = ["classes", "student"]\n',
        "utf-8",
    )
    done = oneroster("extract", cwd=tmp_path)
    assert done.returncode == 2
    assert "line 3: district.time_zone" in done.stderr
    assert "line 7: sis.conection" in done.stderr
    assert "did you mean 'connection'" in done.stderr
    assert "sis.connection: is missing" in done.stderr
    assert "line 11: vendor.0.grants.1: 'student' is no grant; did you mean 'students'" in (
        done.stderr
    )


def test_init_writes_settings_once(tmp_path: Path) -> None:
    assert oneroster("init", cwd=tmp_path).returncode == 0
    written = (tmp_path / "oneroster.toml").read_bytes()
    again = oneroster("init", cwd=tmp_path)
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert (tmp_path / "oneroster.toml").read_bytes() == written
    assert oneroster("init", "--stdout").stdout.encode() == written


def test_what_init_writes_runs_up_to_the_missing_secret(tmp_path: Path) -> None:
    oneroster("init", cwd=tmp_path)
    done = oneroster("extract", cwd=tmp_path)
    assert done.returncode == 2
    assert "SIS_CONNECTION is not set" in done.stderr


def test_sql_prints_the_statement_and_its_values(own_demo: Path) -> None:
    done = oneroster(
        "sql", "students_in_sections", "--as-of", AS_OF, "--config", own_demo / "oneroster.toml"
    )
    assert done.returncode == 0
    assert "FROM SEC AS sec" in done.stdout
    assert f"-- value 1: {'2026-10-02'}" in done.stdout


def test_sql_of_an_unknown_query_lists_those_there_are(own_demo: Path) -> None:
    done = oneroster("sql", "students_in_space", "--config", own_demo / "oneroster.toml")
    assert done.returncode == 2
    assert "students_in_sections" in done.stderr


@pytest.mark.parametrize(
    ("statement", "code"),
    [("DROP TABLE STU", 3), ("DELETE FROM STU", 1)],
    ids=["missing table", "no students"],
)
def test_exit_codes_of_the_database_and_of_the_data(
    statement: str, code: int, own_demo: Path
) -> None:
    edit(own_demo / "district.sqlite", statement)
    done = oneroster("extract", "--config", own_demo / "oneroster.toml", "--as-of", AS_OF)
    assert done.returncode == code
    assert any(line.startswith("oneroster: ") for line in done.stderr.splitlines())
    assert "Traceback" not in done.stderr


def test_a_date_that_is_none(own_demo: Path) -> None:
    done = oneroster("extract", "--as-of", "8/17/2026", "--config", own_demo / "oneroster.toml")
    assert done.returncode == 2
    assert "8/17/2026" in done.stderr


def test_grants_name_only_what_granted_vendors_need(own_demo: Path) -> None:
    config = own_demo / "oneroster.toml"
    everything = oneroster("sql", "--grants", "reader", "--config", config).stdout
    assert "ON dbo.LOC TO reader;" in everything
    assert "RC1" in everything
    config.write_text(config.read_text("utf-8").replace('"demographics", ', ""), "utf-8")
    roster = oneroster("sql", "--grants", "reader", "--config", config).stdout
    assert "RC1" not in roster
    assert "BD" not in next(line for line in roster.splitlines() if "dbo.STU" in line)


def test_a_login_that_is_more_than_a_name_is_refused(own_demo: Path) -> None:
    done = oneroster("sql", "--grants", "x]; DROP", "--config", own_demo / "oneroster.toml")
    assert done.returncode == 2


def test_a_summary_that_cannot_be_printed_is_no_failure(own_demo: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "extractor", "extract", "--config", own_demo / "oneroster.toml"],
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    assert done.returncode == 0
    assert "report.json" in done.stderr
    assert (own_demo / "out" / "roster" / "OneRoster.zip").exists()


def test_a_folder_in_a_bundles_place_stops_all_of_them(own_demo: Path) -> None:
    (own_demo / "out" / "everything" / "OneRoster.zip").mkdir(parents=True)
    done = oneroster("extract", "--config", own_demo / "oneroster.toml", "--as-of", AS_OF)
    assert done.returncode == 3
    assert "is a folder" in done.stderr
    assert not (own_demo / "out" / "roster" / "OneRoster.zip").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_run_that_is_asked_to_stop_cleans_up(number: signal.Signals, own_demo: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "extractor", "extract", "--config", own_demo / "oneroster.toml"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        assert running.stderr is not None
        running.stderr.readline()  # the first stage is done
        running.send_signal(number)
        said = running.stderr.read()
        assert running.wait() == 130
    assert "stopped on request" in said
    assert not (own_demo / "out" / ".oneroster-work").exists()


def test_what_was_found_before_the_data_stopped_a_run_is_told(own_demo: Path) -> None:
    edit(
        own_demo / "district.sqlite",
        "UPDATE TCH SET TF = '', TLN = ''",
        "UPDATE STF SET FN = '', LN = '', FNP = ''",
    )
    done = oneroster("extract", "--config", own_demo / "oneroster.toml", "--as-of", AS_OF)
    assert done.returncode == 1
    report = json.loads((own_demo / "out" / "report.json").read_text("utf-8"))
    assert "name_blank" in {finding["name"] for finding in report["findings"]}
    assert report["bundles"] == []
    assert "report.json" in done.stderr


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_out_of_all_bounds_is_refused(day: str, own_demo: Path) -> None:
    done = oneroster("extract", "--as-of", day, "--config", own_demo / "oneroster.toml")
    assert done.returncode == 2
    assert "between 1990 and 2100" in done.stderr
