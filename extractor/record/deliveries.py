"""Disclosures: entered before a bundle leaves and again when it arrived, so none is forgotten."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from extractor.errors import OutputError, SettingsError
from extractor.gate.decision import Decision
from extractor.gate.identity import people
from extractor.gate.reading import Contents
from extractor.record.folder import Record, moment
from extractor.record.holds import Approval, refuse_used
from extractor.record.ledger import enter
from extractor.record.store import BUNDLES, SHOWN, Kept, kept, stamp, strangers


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A delivery that a killed run began: the far side may have it, or not."""

    id: int
    bundle: Kept
    destination: str
    began: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """
    The bundle that a vendor was sent last.

    `path` is None if there is none, or if `problem` says why it cannot be used.
    """

    path: Path | None = None
    sha256: str | None = None
    delivered: str | None = None
    problem: str | None = None


def sending(
    record: Record,
    run: int | None,
    bundle: Kept,
    destination: str,
    decision: Decision,
    contents: Mapping[str, Contents],
    approval: Approval | None = None,
    now: datetime | None = None,
) -> int:
    """
    Enter that a bundle is about to leave; return the id of the disclosure.

    Args:
        destination: where to, without a password: `sftp://eagle@sftp.example.org/incoming`.
        contents: files with their rows and filled columns, from `Changes.contents`.

    Raises:
        SettingsError: the approval was used already, or was given to another bundle.
        OutputError: the bundle in the store is no longer what it was.
    """
    if not bundle.whole:
        raise OutputError(
            f"{bundle.path}: has changed since it was stored; nothing was sent. Run again"
        )
    files = {
        f"{name}.csv": {"rows": one.rows, "columns": list(one.columns)}
        for name, one in contents.items()
    }
    with record.db.transaction():
        if approval:
            refuse_used(record, approval, bundle)
        # Whether it arrives or not: what was held before it is out of date.
        record.db.change(
            "UPDATE holds SET state = 'superseded', ended = ? WHERE vendor = ? AND sha256 != ? "
            "AND state IN ('waiting', 'approved')",
            *(moment(now), bundle.vendor, bundle.sha256),
        )
        return record.db.change(
            "INSERT INTO disclosures (run, vendor, sha256, bytes, files, destination, decision, "
            "approval, approved_by, approved_why, state, began) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'sending', ?)",
            *(run, bundle.vendor, bundle.sha256, bundle.bytes, json.dumps(files), destination),
            decision.text(),
            *((approval.id, approval.by, approval.why) if approval else (None, None, None)),
            moment(now),
        )


def delivered(record: Record, disclosure: int, now: datetime | None = None) -> None:
    """
    Enter that a bundle arrived: the disclosure, the ledger, the approval and holds, all at once.

    Entering it again changes nothing.

    Raises:
        OutputError: the bundle is no longer in the store.
    """
    row = _row(record, disclosure)
    if row["state"] == "delivered":
        return
    vendor, at = row["vendor"], moment(now)
    bundle = kept(record, vendor, row["sha256"])
    if bundle is None or not bundle.whole:
        raise OutputError(
            f"the bundle {row['sha256'][:SHOWN]} of vendor {vendor} is not in the store, or has "
            "changed; restore the record folder from a backup"
        )
    who = people(bundle.path, vendor, record.key())
    with record.db.transaction():
        record.db.change(
            "UPDATE disclosures SET state = 'delivered', ended = ?, message = NULL WHERE id = ?",
            *(at, disclosure),
        )
        enter(record, vendor, disclosure, who)
        record.db.change("UPDATE approvals SET used = ? WHERE id = ?", at, row["approval"])
        record.db.change(
            "UPDATE holds SET state = CASE WHEN sha256 = ? THEN 'sent' ELSE 'superseded' END, "
            "ended = ? WHERE vendor = ? AND state IN ('waiting', 'approved')",
            *(row["sha256"], at, vendor),
        )
        if row["run"] is not None:
            record.db.change(
                "INSERT OR REPLACE INTO outcomes (run, vendor, outcome, at, sha256) "
                "SELECT id, ?, 'delivered', ?, ? FROM runs WHERE id = ?",
                *(vendor, at, row["sha256"], row["run"]),
            )


def unneeded(record: Record, disclosure: int, now: datetime | None = None) -> None:
    """Enter that the vendor had the very bundle already: nothing was disclosed anew."""
    row = _row(record, disclosure)
    with record.db.transaction():
        record.db.change("DELETE FROM disclosures WHERE id = ? AND state = 'sending'", disclosure)
        record.db.change(
            "UPDATE holds SET state = 'superseded', ended = ? WHERE vendor = ? "
            "AND state IN ('waiting', 'approved')",
            *(moment(now), row["vendor"]),
        )
        if row["run"] is not None:
            record.db.change(
                "INSERT OR REPLACE INTO outcomes (run, vendor, outcome, at, sha256) "
                "SELECT id, ?, 'unchanged', ?, ? FROM runs WHERE id = ?",
                *(row["vendor"], moment(now), row["sha256"], row["run"]),
            )


def failed(record: Record, disclosure: int, message: str, now: datetime | None = None) -> None:
    """Enter that a bundle did not arrive, and why; an approval stays good for another try."""
    row = _row(record, disclosure)
    with record.db.transaction():
        record.db.change(
            "UPDATE disclosures SET state = 'failed', ended = ?, message = ? "
            "WHERE id = ? AND state = 'sending'",
            *(moment(now), message, disclosure),
        )
        if row["run"] is not None:
            record.db.change(
                "INSERT OR REPLACE INTO outcomes (run, vendor, outcome, at, sha256, message) "
                "SELECT id, ?, 'failed', ?, ?, ? FROM runs WHERE id = ?",
                *(row["vendor"], moment(now), row["sha256"], message, row["run"]),
            )


def unfinished(record: Record) -> list[Unfinished]:
    """Return the deliveries that a killed run began, the oldest first."""
    rows = record.db.rows("SELECT * FROM disclosures WHERE state = 'sending' ORDER BY id")
    found = []
    for row in rows:
        bundle = kept(record, row["vendor"], row["sha256"])
        lost = Kept(row["vendor"], row["sha256"], record.folder, row["bytes"])
        found.append(Unfinished(row["id"], bundle or lost, row["destination"], row["began"]))
    return found


def last_delivered(record: Record, vendor: str) -> Baseline:
    """
    Return the bundle that a vendor was sent last, its hash checked.

    The last is the one entered last: a clock may go back.
    """
    row = record.db.row(
        "SELECT sha256, ended FROM disclosures WHERE vendor = ? AND state = 'delivered' "
        "ORDER BY id DESC LIMIT 1",
        vendor,
    )
    if row is None:
        return Baseline(problem=_lost(record, vendor))
    bundle = kept(record, vendor, row["sha256"])
    if bundle is not None and bundle.whole:
        return Baseline(bundle.path, row["sha256"], row["ended"])
    what = "is not in the store" if bundle is None else "is missing or has changed"
    problem = f"the bundle {row['sha256'][:SHOWN]} of {row['ended']} {what}"
    return Baseline(None, row["sha256"], row["ended"], problem)


def last_there(record: Record, destination: str, vendors: Collection[str]) -> Baseline:
    """
    Return what was sent last to a place by a vendor that there is no more: under another name.

    `sha256` stays None: to the vendor of today's name, nothing was disclosed.

    Args:
        vendors: those that there are.
    """
    rows = record.db.rows(
        "SELECT vendor, sha256, ended FROM disclosures WHERE destination = ? "
        "AND state = 'delivered' ORDER BY id DESC",
        destination,
    )
    row = next((one for one in rows if one["vendor"] not in vendors), None)
    bundle = kept(record, row["vendor"], row["sha256"]) if row else None
    if row is None:
        return Baseline()
    if bundle is not None and bundle.whole:
        return Baseline(bundle.path, None, row["ended"])
    problem = f"the bundle that vendor {row['vendor']} was sent there is not in the store"
    return Baseline(None, None, row["ended"], problem)


def _lost(record: Record, vendor: str) -> str | None:
    """Say so when bundles in the store are older than the database: another one knew of them."""
    begun = record.db.row("SELECT MIN(started) AS at FROM runs")
    first = stamp(begun["at"]) if begun and begun["at"] else ""
    if not any(one.name[: len(first)] < first for one in strangers(record, vendor)):
        return None
    return (
        f"the record knows of no delivery, but bundles of before lie in "
        f"{record.folder / BUNDLES / vendor}"
    )


def _row(record: Record, disclosure: int) -> dict[str, Any]:
    row = record.db.row("SELECT * FROM disclosures WHERE id = ?", disclosure)
    if row is None:
        raise SettingsError(f"the record has no disclosure {disclosure}")
    return row
