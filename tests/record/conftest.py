"""What the tests of the record share."""

from datetime import UTC, datetime

import pytest
from gate.districts import district, drop, write

from extractor.gate.compare import changes
from extractor.gate.decision import Decision, Reason
from extractor.record.deliveries import delivered, sending
from extractor.record.folder import open_record
from extractor.record.store import keep

HOLD = Decision(
    send=False, reasons=(Reason("removed", "Students: 9 of 9 would be removed", "Look."),)
)


def night(day, hour=2):
    """Return a moment."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    """Return where the record is."""
    return tmp_path / "record"


@pytest.fixture
def record(folder):
    """Open a record that is new."""
    with open_record(folder) as opened:
        yield opened


@pytest.fixture
def bundle(tmp_path):
    """Write a bundle of which another number is another bundle."""

    def make(number=0):
        files = district()
        drop(files["users"], lambda _: True, 1000)
        files["results"].clear()
        files["users"][0]["middleName"] = f"Number{number}"
        return write(tmp_path / f"bundle-{number}.zip", files)

    return make


@pytest.fixture
def deliver(record):
    """Deliver a bundle to a vendor; return it as it is kept."""

    def send(path, vendor="acme", *, now=None, approval=None, run=None, arrive=True):
        kept = keep(record, vendor, path, now)
        contents = changes(None, path).contents
        where = "sftp://eagle@sftp.example.org/in"
        began = sending(
            *(record, run, kept, where, Decision(send=True), contents, approval), now=now
        )
        if arrive:
            delivered(record, began, now)
        return kept

    return send
