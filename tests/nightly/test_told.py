"""Who is told, of a night that goes wrong at its edges; and what is told holds nobody's data."""

import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from conftest import AS_OF
from nightly.conftest import Place
from notify_servers import Endpoint, Mailbox

from extractor.errors import OutputError
from extractor.lock import one_run_at_a_time
from extractor.nightly import night as one_night

ROSTER = ("roster",)
FEWER = "DELETE FROM STU WHERE SC = 994 AND SN % 2 = 0"


def tell(place: Place, hook: Endpoint, more: str = "") -> None:
    place.say(
        f'[notify]\non = ["success", "hold", "failure"]\nattempts = 1\n{more}'
        f'[[notify.webhook]]\nurl = "{hook.url}"'
    )


def test_people_are_told_when_the_record_cannot_be_written_at_the_end(
    place: Place, http: Callable[..., Endpoint]
) -> None:
    place.night(only=ROSTER)
    hook = http()
    tell(place, hook)
    with closing(sqlite3.connect(place.record / "record.sqlite")) as raw:
        raw.execute(
            "CREATE TRIGGER full BEFORE UPDATE OF outcome ON runs "
            "BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
    night = place.night(only=ROSTER)
    assert night.exit_code == 3
    (told,) = [hook.json(at) for at in range(len(hook.got))]
    assert told["outcome"] == "failure"
    assert "disk is full" in told["error"]


def test_people_are_told_when_a_night_cannot_begin(
    place: Place, http: Callable[..., Endpoint]
) -> None:
    hook = http()
    tell(place, hook)
    place.record.mkdir(mode=0o700)
    (place.record / "record.sqlite").write_bytes(b"no database at all, whatever its name is" * 99)
    with pytest.raises(OutputError, match="restore the record folder"):
        place.night(only=ROSTER)
    with pytest.raises(OutputError, match="restore the record folder"):
        place.approve("not a night: somebody is looking")
    (told,) = [hook.json(at) for at in range(len(hook.got))]
    assert (told["outcome"], told["vendors"]) == ("failure", [])
    assert "restore the record folder" in told["error"]
    assert re.fullmatch(r"none-\d{8}T\d{6}Z", told["run"])


def test_people_are_told_of_a_night_that_finds_another_at_work(
    place: Place, http: Callable[..., Endpoint]
) -> None:
    hook = http()
    tell(place, hook)
    place.record.mkdir(mode=0o700)
    with one_run_at_a_time(place.record):
        run = [sys.executable, "-m", "extractor", "run", "--config", str(place.config)]
        done = subprocess.run(run, capture_output=True, encoding="utf-8")
    assert done.returncode == 3
    assert "another run is writing there" in hook.json()["error"]


def test_what_people_are_told_holds_nobodys_data(
    place: Place,
    http: Callable[..., Endpoint],
    smtp: Callable[..., Mailbox],
    nobody: re.Pattern[bytes],
) -> None:
    hook, box = http(), smtp(login=False)
    mail = (
        f'[[notify.mail]]\nhost = "127.0.0.1"\nport = {box.port}\ntls = "none"\n'
        'from = "oneroster@district.example"\nto = ["data@district.example"]\n'
    )
    tell(place, hook, mail)
    place.night()
    place.edit(FEWER)
    place.night()
    shutil.rmtree(place.vendors / "roster")
    place.approve("half of them moved away")
    place.edit("DELETE FROM STU")
    place.night()
    told = [hook.json(at)["outcome"] for at in range(len(hook.got))]
    assert told == ["success", "hold", "failure", "failure"]
    assert len(box.taken) == len(told)
    for _, _, data in hook.got:
        assert not nobody.search(data)
    for _, message in box.taken:
        for part in message.walk():
            if not part.is_multipart():
                assert not nobody.search(part.get_content().encode("utf-8"))


@pytest.mark.parametrize("where", ["cp1252", "full", "pipe"])
def test_what_cannot_be_printed_changes_no_exit_code(place: Place, where: str) -> None:
    place.edit("UPDATE LOC SET NM = 'Kaʻū Łódź High' WHERE CD = 994")
    place.night(only=ROSTER)
    place.edit("UPDATE STU SET FN = FN || 'x' WHERE SC = 994", FEWER)
    run = [sys.executable, "-m", "extractor", "run", "--config", str(place.config)]
    run += ["--vendor", "roster", "--as-of", AS_OF.isoformat()]
    read, write = None, subprocess.PIPE
    if where == "full":
        read = Path("/dev/full").open("wb")  # noqa: SIM115 - closed below
        write = read.fileno()
    process = subprocess.Popen(
        run, stdout=write, stderr=subprocess.PIPE, env={"PATH": "", "PYTHONIOENCODING": "cp1252"}
    )
    if where == "pipe" and process.stdout:
        process.stdout.close()
        process.stdout = None
    _, said = process.communicate()
    if read:
        read.close()
    assert process.returncode == 4
    assert ("cannot be printed" in said.decode()) == (where != "cp1252")


def test_only_what_the_gate_looked_at_is_sent(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = one_night.decide

    def meanwhile(*given: object, **named: object) -> object:
        path = place.demo / "out" / "roster" / "OneRoster.zip"
        other = path.read_bytes()
        path.unlink()
        path.write_bytes(other + b"\0")
        return really(*given, **named)

    monkeypatch.setattr(one_night, "decide", meanwhile)
    night = place.night(only=ROSTER)
    assert [one.outcome for one in night.vendors] == ["failed"]
    assert night.exit_code == 3
    assert "was replaced" in str(night.vendors[0].message)
    assert place.sent() is None
