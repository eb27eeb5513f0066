"""A run killed at any moment: the record, the ledger and the vendor's place agree."""

import hashlib
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from conftest import AS_OF
from nightly.conftest import Place, with_folders

from extractor.gate.identity import people
from extractor.record.deliveries import last_delivered, unfinished
from extractor.record.folder import open_record
from extractor.record.ledger import ledger

KILLS = 50
SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(
    ["extractor.nightly", "extractor.settings", "extractor.source.sqlite", "pandas", "pyarrow"]
)


def _night(folder: Path) -> None:
    """One run, in a process of its own."""
    from extractor import nightly
    from extractor.settings import load

    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    settings = load(folder / "oneroster.toml")
    vendors = [one for one in settings.vendor if one.name == "roster"]
    night = nightly.run(settings, vendors, AS_OF, folder / "out")
    os._exit(night.exit_code)


def started(place: Place) -> BaseProcess:
    process = SPAWN.Process(target=_night, args=(place.demo,), daemon=True)
    process.start()
    return process


def whole_night(place: Place) -> float:
    begun = time.monotonic()
    process = started(place)
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - begun


@pytest.fixture
def place(demo: Path, tmp_path: Path) -> Place:
    folder = Path(shutil.copytree(demo, tmp_path / "demo"))
    return with_folders(folder, tmp_path / "vendors")


def agree(place: Place) -> None:
    """Hold what a kill left against itself."""
    with closing(sqlite3.connect(place.record / "record.sqlite")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with open_record(place.record) as record:
        baseline = last_delivered(record, "roster")
        pending = {one.bundle.sha256 for one in unfinished(record)}
        assert baseline.problem is None
        content = place.sent()
        there = hashlib.sha256(content).hexdigest() if content else None
        # The vendor has what the record says, or what it says is on its way.
        assert there in {baseline.sha256} | pending
        known = ledger(record, "roster")
        if baseline.path:
            sent = people(baseline.path, "roster", record.key())
            assert set(sent.ids.tolist()) == set(known.people.ids[known.last].tolist())
        else:
            assert not len(known.people.ids)
    # Nothing of another run's stands half under the names that somebody reads.
    for path in place.demo.joinpath("out").glob("*/*.zip"):
        if not path.name.startswith("."):
            assert path.read_bytes()[-22:-18] == b"PK\x05\x06"


def change(place: Place, number: int) -> None:
    place.edit(f"UPDATE STU SET FN = 'Given{number}' WHERE SC = 990 AND SN = 1")


def delivered(place: Place) -> list[tuple[str, str]]:
    return [
        (one["sha256"], one["state"])
        for one in place.history().disclosures
        if one["vendor"] == "roster"
    ]


def test_kill_at_fifty_moments(place: Place) -> None:
    draw = random.Random(20261124)
    took = whole_night(place)
    for number in range(KILLS):
        change(place, number)
        before = len([one for one in delivered(place) if one[1] == "delivered"])
        process = started(place)
        time.sleep(draw.uniform(0, took * 1.1))
        if process.pid and process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
        process.join()
        agree(place)
        if number % 5 == 4 or number == KILLS - 1:
            took = min(took, whole_night(place))
            agree(place)
            told = delivered(place)
            assert [state for _, state in told if state == "sending"] == []
            digest = hashlib.sha256(place.sent() or b"").hexdigest()
            # Tonight's bundle went out once, whether the killed run or the next one sent it.
            assert [one for one, _ in told].count(digest) == 1
            assert len([one for one in told if one[1] == "delivered"]) <= before + 1
    ended = [run["outcome"] for run in place.history().runs]
    assert "killed" in ended
    assert ended[0] == "done"
