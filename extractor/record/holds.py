"""Bundles that the gate holds, and who let them go, and why."""

import getpass
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from extractor.errors import SettingsError
from extractor.gate.decision import Decision
from extractor.record.folder import Record, moment, place, sha256, write
from extractor.record.store import SHOWN, Kept, held_path, kept


@dataclass(frozen=True, slots=True)
class Held:
    """A bundle that waits for somebody; `path` is the file, its reasons lie beside it."""

    id: int
    vendor: str
    sha256: str
    path: Path
    since: str
    baseline: str | None
    decision: Decision
    state: str


@dataclass(frozen=True, slots=True)
class Approval:
    """Who let which bundle go, and why; good for one delivery of that very bundle."""

    id: int
    vendor: str
    by: str
    why: str
    at: str
    bundle: Kept
    decision: Decision


def hold(
    record: Record,
    run: int | None,
    bundle: Kept,
    decision: Decision,
    baseline: str | None,
    now: datetime | None = None,
) -> Held:
    """
    Hold a bundle: it lies below `held/` with its reasons, and takes the place of older ones.

    The same bundle held again is one hold, as old as the first, and stays approved if it was.

    Args:
        baseline: the hash of the bundle that it was compared with; None for a first one.

    Raises:
        OutputError: the disk does not let us.
    """
    vendor, digest, at = bundle.vendor, bundle.sha256, moment(now)
    path = held_path(record, vendor, digest)
    with record.db.transaction():
        known = record.db.row(
            "SELECT id, held, state FROM holds WHERE vendor = ? AND sha256 = ? "
            "AND state IN ('waiting', 'approved')",
            *(vendor, digest),
        )
        since = known["held"] if known else at
        said = {"vendor": vendor, "sha256": digest, "held": since, **decision.as_json()}
        place(bundle.path, path)
        write(path.with_suffix(".json"), _lines(said))
        record.db.change(
            "UPDATE holds SET state = 'superseded', ended = ? WHERE vendor = ? "
            "AND state IN ('waiting', 'approved') AND id != ?",
            *(at, vendor, known["id"] if known else 0),
        )
        if known:
            record.db.change(
                "UPDATE holds SET run = ?, baseline = ?, decision = ? WHERE id = ?",
                *(run, baseline, decision.text(), known["id"]),
            )
        new = (
            known["id"]
            if known
            else record.db.change(
                "INSERT INTO holds (run, vendor, sha256, baseline, decision, held, state) "
                "VALUES (?, ?, ?, ?, ?, ?, 'waiting')",
                *(run, vendor, digest, baseline, decision.text(), at),
            )
        )
        if run is not None:
            reasons = "; ".join(one.text for one in decision.reasons)
            record.db.change(
                "INSERT OR REPLACE INTO outcomes (run, vendor, outcome, at, sha256, message) "
                "SELECT id, ?, 'held', ?, ?, ? FROM runs WHERE id = ?",
                *(vendor, at, digest, reasons, run),
            )
    return Held(
        new, vendor, digest, path, since, baseline, decision, known["state"] if known else "waiting"
    )


def waiting(record: Record, vendor: str | None = None) -> list[Held]:
    """Return what is held and was not sent, approved or not; the newest first."""
    rows = record.db.rows(
        "SELECT * FROM holds WHERE state IN ('waiting', 'approved') "
        "AND vendor = COALESCE(?, vendor) ORDER BY id DESC",
        vendor,
    )
    return [_held(record, row) for row in rows]


def approve(
    record: Record,
    vendor: str,
    why: str,
    *,
    digest: str | None = None,
    by: str | None = None,
    now: datetime | None = None,
) -> Approval:
    """
    Let the bundle that is held for a vendor go, once; `sending` takes the approval.

    Args:
        why: in the words of who approves; it stands in the record.
        digest: the hash of the bundle that was looked at, or its first signs; the one that is
            held when left out.
        by: who; the login when left out.

    Raises:
        SettingsError: nothing is held, or it is another bundle than was looked at, or it has
            changed since, or something else was delivered since.
    """
    if not why.strip():
        raise SettingsError("an approval needs a reason; write it behind --reason")
    with record.db.transaction():
        held = _chosen(record, vendor, digest)
        _refuse_changed(record, held)
        row = record.db.row(
            "SELECT * FROM approvals WHERE hold = ? AND used IS NULL ORDER BY id", held.id
        )
        if row is None:
            approved_by, at = by or login(), moment(now)
            new = record.db.change(
                "INSERT INTO approvals (hold, vendor, sha256, by, why, at) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                *(held.id, vendor, held.sha256, approved_by, why.strip(), at),
            )
            record.db.change("UPDATE holds SET state = 'approved' WHERE id = ?", held.id)
            row = {"id": new, "by": approved_by, "why": why.strip(), "at": at}
        return _approval(record, held, row)


def approved(record: Record, vendor: str) -> Approval | None:
    """
    Return an approval that was given and not used: its delivery failed, or was killed.

    Raises:
        SettingsError: the bundle has changed since.
    """
    for held in waiting(record, vendor):
        row = record.db.row("SELECT * FROM approvals WHERE hold = ? AND used IS NULL", held.id)
        if held.state == "approved" and row:
            _refuse_changed(record, held)
            return _approval(record, held, row)
    return None


def refuse_used(record: Record, approval: Approval, bundle: Kept) -> None:
    """Refuse an approval that was used, overtaken, or given to another bundle."""
    row = record.db.row(
        "SELECT a.used, a.vendor, a.sha256, h.state FROM approvals AS a "
        "JOIN holds AS h ON h.id = a.hold WHERE a.id = ?",
        approval.id,
    )
    if row is None or (row["vendor"], row["sha256"]) != (bundle.vendor, bundle.sha256):
        raise SettingsError("the approval was given to another bundle; nothing was sent")
    if row["used"] or row["state"] != "approved":
        raise SettingsError(
            f"the approval of {row['sha256'][:SHOWN]} was used, or overtaken by a newer bundle; "
            "nothing was sent"
        )


def login() -> str:
    """Return who is logged in: of `sudo`, who called it."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        name = f"user {os.getuid()}" if hasattr(os, "getuid") else "unknown"
    caller = os.environ.get("SUDO_USER")
    return f"{caller} (as {name})" if caller and caller != name else name


def _chosen(record: Record, vendor: str, digest: str | None) -> Held:
    held = waiting(record, vendor)
    if not held:
        raise SettingsError(f"vendor {vendor}: nothing is held; there is nothing to approve")
    if digest is None or held[0].sha256.startswith(digest.lower()):
        return held[0]
    raise SettingsError(
        f"vendor {vendor}: {digest[:SHOWN]} is not what is held; since {held[0].since} "
        f"{held[0].sha256[:SHOWN]} is. Look at its reasons, and approve that"
    )


def _refuse_changed(record: Record, held: Held) -> None:
    if sha256(held.path) != held.sha256:
        raise SettingsError(
            f"{held.path}: is missing or has changed since it was held; it is not sent. Run "
            "`oneroster run` again for a new one"
        )
    row = record.db.row(
        "SELECT sha256 FROM disclosures WHERE vendor = ? AND state = 'delivered' "
        "ORDER BY id DESC LIMIT 1",
        held.vendor,
    )
    if (row["sha256"] if row else None) != held.baseline:
        raise SettingsError(
            f"vendor {held.vendor}: another bundle was delivered since {held.sha256[:SHOWN]} was "
            "held; its reasons are out of date. Run `oneroster run` again"
        )


def _held(record: Record, row: dict[str, Any]) -> Held:
    path = held_path(record, row["vendor"], row["sha256"])
    decision = Decision.of(json.loads(row["decision"]))
    return Held(
        row["id"],
        row["vendor"],
        row["sha256"],
        path,
        row["held"],
        row["baseline"],
        decision,
        row["state"],
    )


def _approval(record: Record, held: Held, row: dict[str, Any]) -> Approval:
    # What is sent comes from the store: the same bytes, of which the hash was just checked.
    bundle = kept(record, held.vendor, held.sha256)
    if bundle is None or not bundle.whole:
        raise SettingsError(
            f"vendor {held.vendor}: the bundle {held.sha256[:SHOWN]} in the store is missing or "
            "has changed since it was held; it is not sent. Run `oneroster run` again"
        )
    return Approval(row["id"], held.vendor, row["by"], row["why"], row["at"], bundle, held.decision)


def _lines(said: dict[str, Any]) -> bytes:
    return json.dumps(said, indent=2, ensure_ascii=False).encode() + b"\n"
