"""Runs and what became of each vendor in them."""

from datetime import date, datetime
from typing import Literal, get_args

from extractor.record.folder import Record, moment

Outcome = Literal["delivered", "unchanged", "written", "held", "failed", "refused", "dry run"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
KILLED = "killed"


def begin(
    record: Record, version: str, command: str, as_of: date | None, now: datetime | None = None
) -> int:
    """
    Enter a run; return its id.

    Only one runs at a time (the caller holds the lock), so one that never ended was killed.
    """
    at = moment(now)
    with record.db.transaction():
        record.db.change("UPDATE runs SET ended = ?, outcome = ? WHERE ended IS NULL", at, KILLED)
        return record.db.change(
            "INSERT INTO runs (started, version, command, as_of) VALUES (?, ?, ?, ?)",
            *(at, version, command, as_of.isoformat() if as_of else None),
        )


def vendor_done(
    record: Record,
    run: int,
    vendor: str,
    outcome: Outcome,
    *,
    sha256: str | None = None,
    message: str | None = None,
    now: datetime | None = None,
) -> None:
    """
    Enter what became of a vendor; the last word counts.

    Args:
        outcome: `refused` when the data was not fit to send, `failed` when it did not arrive.
        message: why; without a person's data, as all texts of exceptions are.
    """
    with record.db.transaction():
        record.db.change(
            "INSERT OR REPLACE INTO outcomes (run, vendor, outcome, at, sha256, message) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            *(run, vendor, outcome, moment(now), sha256, message),
        )


def finish(
    record: Record,
    run: int,
    outcome: str,
    *,
    message: str | None = None,
    now: datetime | None = None,
) -> None:
    """Enter that a run ended, and how: `done`, `held`, `failed`, or as the caller says."""
    with record.db.transaction():
        record.db.change(
            "UPDATE runs SET ended = ?, outcome = ?, message = ? WHERE id = ?",
            *(moment(now), outcome, message, run),
        )
