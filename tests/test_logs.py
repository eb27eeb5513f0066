"""JSON lines for machines: whole, of fixed fields, and without anybody in them."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from conftest import AS_OF, edit

from extractor.errors import SettingsError
from extractor.logs import VARIABLE, Fields, chosen, event_log, settle
from extractor.progress import to_stderr


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def extract(demo: Path, *more: str, env: dict[str, str] | None = None, vendor: str = "everything"):
    config = str(demo / "oneroster.toml")
    command = ["extract", "--config", config, "--as-of", AS_OF.isoformat(), "--vendor", vendor]
    return subprocess.run(
        [sys.executable, "-m", "extractor", *command, *more],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | (env or {}),
    )


# --- which format


@pytest.mark.parametrize(
    ("asked", "variable", "default", "format_"),
    [
        (None, None, "text", "text"),
        (None, None, "json", "json"),
        (None, "text", "json", "text"),
        ("json", "text", "text", "json"),
        (None, "", "json", "json"),
    ],
)
def test_option_goes_before_environment_before_default(
    asked, variable, default, format_, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if variable is not None:
        monkeypatch.setenv(VARIABLE, variable)
    assert chosen(asked, by_default=default) == format_


def test_format_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "yaml")
    with pytest.raises(SettingsError, match="ONEROSTER_LOG_FORMAT yaml: there are text, json"):
        chosen(None, by_default="text")
    with pytest.raises(SettingsError, match="--log-format xml: there are text, json"):
        chosen("xml", by_default="text")


@pytest.mark.parametrize(
    ("asked", "unattended", "format_"),
    [(None, True, "json"), (None, False, "text"), ("text", True, "text"), ("json", False, "json")],
)
def test_command_for_schedulers_tells_json_off_a_terminal(
    asked, unattended: bool, format_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "")
    assert settle(asked, unattended=unattended) == format_
    assert os.environ[VARIABLE] == format_
    assert chosen(None, by_default="text") == format_


def test_people_at_a_terminal_get_no_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")
    master, slave = os.openpty()
    with os.fdopen(master), os.fdopen(slave, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        assert settle(None, unattended=True) == "text"


# --- what a line is


def test_event_has_moment_level_name_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    with event_log("json", "r1") as log:
        log.bind(vendor="acme-math").event("delivered", rows=1310, seconds=1.5)
        log.event("held", "warning", counts={"users": 220})
    first, second = lines(capsys.readouterr().err)
    moment = datetime.fromisoformat(first.pop("ts"))
    assert moment.utcoffset() == timedelta(0)
    assert first == {
        "level": "info",
        "event": "delivered",
        "run": "r1",
        "vendor": "acme-math",
        "rows": 1310,
        "seconds": 1.5,
    }
    assert (second["level"], second["counts"]) == ("warning", {"users": 220})
    assert "vendor" not in second


@pytest.mark.parametrize("sign", ["\n", "\r", "\u2028", "\x85", "\x1b", '"', "\x00", "\ud800"])
def test_event_is_one_line_whatever_a_text_holds(
    sign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with event_log("json", "r1") as log:
        log.event("run ended", error=f"a{sign}b")
    (told,) = lines(capsys.readouterr().err)
    assert told["error"] == f"a{sign}b"


def test_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    with event_log("text", "r1") as log:
        log.event("delivered", vendor="acme-math", rows=1310, counts={"users": 1200})
        log.event("run ended", "error", error="the disk\nis full")
        log.event("stage done", stage="read users")
    assert capsys.readouterr().err == (
        "delivered: vendor acme-math, rows 1,310, counts users=1,200\n"
        "error: run ended: error the disk is full\n"
    )


def test_fields_are_counts_names_and_codes() -> None:
    assert set(get_type_hints(Fields)) == {
        "run", "vendor", "stage", "outcome", "channel", "rows", "files", "bytes", "attempts",
        "seconds", "exit_code", "counts", "sha256", "error", "version", "as_of", "text",
    }  # fmt: skip


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full"])
def test_closed_stderr_is_no_failure(closed: str, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from extractor.logs import event_log\n"
        "with event_log('json', 'r1', Path(sys.argv[1])) as log: log.event('run started')\n"
    )
    path = tmp_path / "log"
    shell = ["sh", "-c", f'exec "$0" -c "$1" "$2" {closed}', sys.executable, code, str(path)]
    done = subprocess.run(shell, stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (0, b"")
    assert len(lines(path.read_text())) == 1


# --- stages


def test_stage_is_told_when_it_begins_and_ends(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "json")
    progress = to_stderr()
    with progress.stage("read users") as advance:
        advance(1000)
        advance(310)
    begun, done = lines(capsys.readouterr().err)
    assert (begun["event"], begun["stage"]) == ("stage started", "read users")
    assert (done["event"], done["rows"]) == ("stage done", 1310)
    assert done["seconds"] >= 0


def test_stage_that_counts_something_else_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "json")
    with to_stderr().stage("deliver", "bytes") as advance:
        advance(4096)
    done = lines(capsys.readouterr().err)[-1]
    assert done["counts"] == {"bytes": 4096}
    assert "rows" not in done


def test_stage_that_fails_is_told_without_why(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "json")

    def failing() -> None:
        with to_stderr().stage("read users") as advance:
            advance(7)
            raise KeyError("Ada Lovelace")

    with pytest.raises(KeyError):
        failing()
    failed = lines(capsys.readouterr().err)[-1]
    assert (failed["event"], failed["level"], failed["rows"]) == ("stage failed", "error", 7)
    assert "Ada" not in str(failed)


def test_people_see_lines_while_the_file_gets_events(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with event_log("text", "r1", tmp_path / "log") as log:
        with to_stderr(log).stage("read users") as advance:
            advance(1310)
        to_stderr(log).tell("array reads are used [fast]")
        log.event("run ended", exit_code=0)
    assert capsys.readouterr().err == (
        "read users: 1,310 rows\narray reads are used [fast]\nrun ended: exit_code 0\n"
    )
    told = lines((tmp_path / "log").read_text())
    assert [one["event"] for one in told] == ["stage started", "stage done", "note", "run ended"]
    assert {one["run"] for one in told} == {"r1"}


# --- the file


def test_file_is_for_its_owner_and_goes_on_the_next_night(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "oneroster.jsonl"
    for run in ("a", "b"):
        with event_log("json", run, path) as log:
            log.event("run started")
    assert [one["run"] for one in lines(path.read_text())] == ["a", "b"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_old_days_go_into_files_of_their_own_and_the_oldest_vanish(tmp_path: Path) -> None:
    path = tmp_path / "oneroster.jsonl"
    for night in range(6):
        with event_log("json", f"run{night}", path, keep=3) as log:
            log.event("run started")
        for one in tmp_path.iterdir():  # a day goes by
            if one == path:
                past = time.time() - (6 - night) * 86400
                os.utime(one, (past, past))
    with event_log("json", "last", path, keep=3) as log:
        log.event("run started")
    kept = sorted(tmp_path.iterdir())
    assert len(kept) == 4
    assert all(re.fullmatch(r"oneroster\.jsonl(\.\d{4}-\d\d-\d\d)?", one.name) for one in kept)
    runs = {json.loads(line)["run"] for one in kept for line in one.read_text().splitlines()}
    assert runs == {"run3", "run4", "run5", "last"}


def test_line_that_a_killed_run_left_unfinished_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text('{"ts": "2026-11-2', "utf-8")
    with event_log("json", "r2", path) as log:
        log.event("run started")
    torn, whole = path.read_text("utf-8").splitlines()
    assert torn == '{"ts": "2026-11-2'
    assert json.loads(whole)["run"] == "r2"


@pytest.mark.parametrize("place", ["folder", "file/log"])
def test_file_that_cannot_be_opened_stops_nothing(
    tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with event_log("json", "r1", tmp_path / place) as log:
        log.event("run started")
    complaint, event = lines(capsys.readouterr().err)
    assert "the log cannot be written" in complaint["error"]
    assert event["event"] == "run started"


def test_full_disk_stops_nothing_and_is_told_once(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from extractor.logs import event_log\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "with event_log('text', 'r1', Path(sys.argv[1])) as log:\n"
        "    log.event('run started')\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "    for _ in range(3): log.event('delivered', vendor='acme')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "log")], capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the log cannot be written: File too large") == 1
    assert done.stderr.count("delivered: vendor acme") == 3


# --- the command


def test_command_tells_only_json_when_asked(own_demo: Path) -> None:
    for more, env in ((("--log-format", "json"), {}), ((), {VARIABLE: "json"})):
        done = extract(own_demo, *more, env=env)
        assert done.returncode == 0, done.stderr
        told = lines(done.stderr)
        assert {one["event"] for one in told} == {"stage started", "stage done"}
        assert any(one["stage"] == "write everything" and one.get("rows") for one in told)


def test_command_tells_its_failure_as_json_too(own_demo: Path) -> None:
    edit(own_demo / "district.sqlite", "DROP TABLE STU")
    done = extract(own_demo, "--log-format", "json")
    assert done.returncode == 3
    last = lines(done.stderr)[-1]
    assert (last["event"], last["level"]) == ("error", "error")
    assert "STU" in last["error"]


def test_format_that_the_command_does_not_know(own_demo: Path) -> None:
    done = extract(own_demo, "--log-format", "xml")
    assert done.returncode == 2
    assert "--log-format xml: there are text, json" in done.stderr


def test_nobody_is_in_the_log_of_a_run(own_demo: Path) -> None:
    with closing(sqlite3.connect(own_demo / "district.sqlite")) as database:
        people = database.execute("SELECT LN, FN, SEM, ID FROM STU").fetchall()
        people += database.execute("SELECT LN, FN, EM, ID FROM STF").fetchall()
    done = extract(own_demo, "--log-format", "json")
    assert done.returncode == 0
    words = set(re.findall(r"[\w@.'-]+", done.stderr))
    values = {str(value).strip() for row in people for value in row if value} - {""}
    assert len(values) > 100
    assert {value for value in values if not value.isdigit()} & words == set()
    assert {value for value in values if value.isdigit() and len(value) > 5} & words == set()
