"""A program that is killed while it writes the record, at random moments: the record is whole."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from extractor.record.deliveries import last_delivered, unfinished
from extractor.record.folder import open_record
from extractor.record.history import history
from extractor.record.ledger import ledger
from extractor.record.store import keep, kept

KILLS = 15
TESTS = Path(__file__).parent.parent


def test_record_is_whole_after_kills_at_random_moments(folder, bundle):
    bundles = [bundle(number) for number in range(3)]
    command = [sys.executable, "-m", "record.writer", *map(str, (folder, *bundles))]
    moments = random.Random(1)
    for _ in range(KILLS):
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            cwd=TESTS,
            env={**os.environ, "PYTHONPATH": str(TESTS)},
        ) as running:
            running.stdout.readline()  # one night is over
            time.sleep(moments.uniform(0, 0.4))
            running.send_signal(signal.SIGKILL)
        whole(folder)
    with open_record(folder) as record:
        assert len(history(record).runs) > KILLS


def whole(folder: Path) -> None:
    """Check that database, ledger and bundles agree."""
    with closing(sqlite3.connect(folder / "record.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    with open_record(folder) as record:
        last = last_delivered(record, "acme")
        assert last.problem is None
        assert last.path is not None
        assert len(unfinished(record)) <= 1
        assert all(one.bundle.whole for one in unfinished(record))
        told = history(record)
        newest = max(one["id"] for one in told.disclosures if one["state"] == "delivered")
        rows = record.db.tuples("SELECT DISTINCT last FROM ledger")
        assert rows == [(newest,)]  # the same people each night
        assert len(ledger(record, "acme").people) == 111
        used = [one for hold in told.holds for one in hold["approvals"] if one["used"]]
        assert len([one for one in told.holds if one["state"] == "sent"]) == len(used)
        approved = [
            one for one in told.disclosures if one["approval"] and one["state"] == "delivered"
        ]
        assert len({one["approval"] for one in approved}) == len(approved) == len(used)
        for row in record.db.rows("SELECT vendor, sha256 FROM bundles"):
            one = kept(record, row["vendor"], row["sha256"])
            assert one
            assert one.whole
        assert keep(record, "acme", last.path).whole
