"""The command `oneroster history`: text and JSON, all vendors or one, and nothing personal."""

import io
import json
import subprocess
import sys

import pytest
from gate.districts import district
from record.conftest import HOLD, night
from rich.console import Console

from extractor.record import runs
from extractor.record.folder import open_record
from extractor.record.history import history
from extractor.record.holds import approve, hold
from extractor.record.show import show
from extractor.record.store import keep

CONFIG = """\
[district]
name = "Eagle Unified"
time_zone = "America/Los_Angeles"
[sis]
kind = "aeries"
connection = "sqlite:///x"
[[vendor]]
name = "acme"
"""


@pytest.fixture
def asked(folder):
    """Run the command beside the record."""

    def ask(*arguments):
        (folder.parent / "oneroster.toml").write_text(CONFIG, "utf-8")
        return subprocess.run(
            [sys.executable, "-m", "extractor", "history", *arguments],
            capture_output=True,
            encoding="utf-8",
            cwd=folder.parent,
            env={"PATH": "", "COLUMNS": "250"},
        )

    return ask


@pytest.fixture
def nights(record, bundle, deliver):
    """Record three nights: a delivery, a hold, and its approval; and one of another vendor."""
    run = runs.begin(record, "1.0", "run", night(1).date(), night(1))
    first = deliver(bundle(1), run=run, now=night(1))
    deliver(bundle(1), "beta", run=run, now=night(1))
    runs.finish(record, run, "done", now=night(1))
    run = runs.begin(record, "1.0", "run", night(2).date(), night(2))
    held = keep(record, "acme", bundle(2), night(2))
    hold(record, run, held, HOLD, first.sha256, night(2))
    runs.finish(record, run, "held", now=night(2))
    approval = approve(record, "acme", "they left", by="dana", now=night(2, 9))
    deliver(bundle(2), approval=approval, now=night(2, 9))
    return held


def test_text_tells_runs_holds_and_disclosures(asked, nights):
    done = asked()
    assert (done.returncode, done.stderr) == (0, "")
    for part in (
        "2026-11-01 02:00:00  run",
        "delivered: acme, beta",
        "Students: 9 of 9 would be removed",
        "approved by dana: they left",
        "sftp://eagle@sftp.example.org/in",
        nights.sha256,
        "users 107",
    ):
        assert part in done.stdout, part


def test_json_tells_all_of_it_and_of_one_vendor_on_request(asked, nights):
    said = json.loads(asked("--format", "json").stdout)
    assert [one["vendor"] for one in said["disclosures"]] == ["acme", "beta", "acme"]
    newest = said["disclosures"][0]
    assert (newest["sha256"], newest["approved_by"]) == (nights.sha256, "dana")
    assert newest["files"]["users.csv"]["rows"] == 107
    assert [one["outcome"] for one in said["runs"]] == ["held", "done"]
    assert said["holds"][0]["decision"]["reasons"][0]["code"] == "removed"
    beta = json.loads(asked("--format", "json", "--vendor", "beta").stdout)
    assert [one["vendor"] for one in beta["disclosures"]] == ["beta"]
    assert beta["holds"] == []
    assert len(beta["runs"]) == 1


def test_nothing_personal_is_printed(asked, nights):
    said = asked().stdout + asked("--format", "json").stdout
    for row in district()["users"]:
        for name in ("familyName", "email", "identifier", "sourcedId"):
            assert row[name] not in said


def test_a_terminal_of_80_columns_is_enough(record, nights):
    shown = io.StringIO()
    show(history(record), Console(file=shown, width=80, force_terminal=True, color_system=None))
    lines = [line.rstrip() for line in shown.getvalue().splitlines()]
    assert max(map(len, lines)) <= 80
    assert f"      sha256 {nights.sha256}" in lines


def test_asking_makes_no_record(asked, folder):
    done = asked()
    assert done.returncode == 0
    assert "nothing is recorded yet" in done.stdout
    assert json.loads(asked("--format", "json").stdout) == {
        "runs": [],
        "holds": [],
        "disclosures": [],
    }
    assert not folder.exists()


def test_unknown_format_is_refused(asked):
    done = asked("--format", "xml")
    assert done.returncode == 2
    assert "--format xml: there are text, json" in done.stderr


def test_damaged_record_is_told(asked, folder):
    with open_record(folder):
        pass
    (folder / "record.sqlite").write_bytes(b"x" * 5000)
    done = asked()
    assert done.returncode == 3
    assert "restore the record folder from a backup" in done.stderr
