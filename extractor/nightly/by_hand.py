"""What somebody decides: a held bundle goes, or an old one goes again."""

import hashlib
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from extractor.errors import DataError, SettingsError
from extractor.gate.compare import changes
from extractor.gate.decision import Decision
from extractor.nightly.granted import refuse_beyond
from extractor.nightly.results import Night
from extractor.nightly.sending import Parcel, send, settle
from extractor.nightly.session import session
from extractor.record import holds
from extractor.record.deliveries import last_delivered
from extractor.record.folder import Record
from extractor.record.store import SHOWN, keep
from extractor.settings import Settings, Vendor
from extractor.validate import validate


def approve(
    settings: Settings,
    vendors: Sequence[Vendor],
    as_of: date,
    *,
    why: str,
    digest: str | None = None,
) -> Night:
    """
    Send the very bundles that are held, and record who let them go, and why.

    All of them are approved, or none.

    Args:
        vendors: whose; those for whom nothing is held are passed over when there are several.
        digest: the first signs of the hash of the bundle that was looked at.

    Raises:
        SettingsError: nobody says why, or the hash is none. What is wrong with the bundle stands
            in the night.
    """
    _refuse_no_reason(why)
    if digest is not None and not re.fullmatch(rf"[0-9a-fA-F]{{{SHOWN},64}}", digest):
        raise SettingsError(
            f"--sha256 {digest}: write the first {SHOWN} signs of the bundle's SHA-256 at least"
        )
    with session(settings, "run --approve", as_of) as this:
        settle(this)
        held = {one.vendor for one in holds.waiting(this.record)}
        chosen = [one for one in vendors if one.name in held or len(vendors) == 1]
        if not chosen:
            raise SettingsError("nothing is held; there is nothing to approve")
        if digest and len(chosen) > 1:
            raise SettingsError("--sha256 is of one bundle; name its vendor with --vendor")
        parcels = []
        with this.record.db.transaction():
            for vendor in chosen:
                approval = holds.approve(this.record, vendor.name, why, digest=digest)
                before = last_delivered(this.record, vendor.name)
                new = changes(before.path, approval.bundle.path)
                refuse_beyond(settings, vendor, new)
                parcels.append(Parcel(vendor, approval.bundle, new, approval.decision, approval))
        send(this, parcels)
    return this.night


def send_again(settings: Settings, vendor: Vendor, bundle: Path, as_of: date, *, why: str) -> Night:
    """
    Send a bundle as it is, past the gate: the way back after a bad night.

    Args:
        why: stands in the record with who did it.

    Raises:
        SettingsError: nobody says why, or settings name no place. What is wrong with the bundle,
            or that it holds more than is granted, stands in the night.
    """
    _refuse_no_reason(why)
    if vendor.delivery is None:
        raise SettingsError(
            f"vendor {vendor.name}: settings name no place to deliver it to; write vendor.sftp or "
            "vendor.folder"
        )
    with session(settings, "deliver", as_of) as this:
        settle(this, overtaken=vendor.name)
        verdict = validate(bundle, as_of=as_of)
        if not verdict.valid:
            raise DataError(
                f"{bundle}: has errors, and is not sent; see `oneroster validate {bundle}`"
            )
        _refuse_anothers(this.record, vendor.name, bundle)
        before = last_delivered(this.record, vendor.name)
        new = changes(before.path, bundle)
        refuse_beyond(settings, vendor, new)
        kept = keep(this.record, vendor.name, bundle)
        note = f"Sent by hand, past the gate, by {holds.login()}: {why.strip()}"
        send(this, [Parcel(vendor, kept, new, Decision(send=True, notes=(note,)))])
    return this.night


def _refuse_no_reason(why: str) -> None:
    if not why.strip():
        raise SettingsError("say why, behind --reason; it stands in the record")


def _refuse_anothers(record: Record, vendor: str, bundle: Path) -> None:
    """Refuse a bundle that runs made for other vendors only: this one may be granted less."""
    if not bundle.is_file():
        return  # what is no zip is refused where bundles are kept
    with bundle.open("rb") as raw:
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
    made = record.db.rows("SELECT DISTINCT vendor FROM outcomes WHERE sha256 = ?", digest)
    names = sorted(str(row["vendor"]) for row in made)
    if names and vendor not in names:
        raise SettingsError(
            f"{bundle}: was made for {', '.join(names)}, and {vendor} may be granted less; "
            f"name the vendor whose bundle it is, or one of {vendor}'s own"
        )
