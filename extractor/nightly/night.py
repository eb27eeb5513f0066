"""`oneroster run`: what a scheduler starts every night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from extractor import pipeline
from extractor.errors import DataError, OneRosterError
from extractor.gate.compare import Changes, changes
from extractor.gate.decide import decide
from extractor.gate.decision import Decision
from extractor.gate.identity import people
from extractor.gate.rekeying import look
from extractor.nightly.results import NO_PLACE, Night, VendorResult, in_one_line
from extractor.nightly.sending import Parcel, job_of, rows_of, send, settle
from extractor.nightly.session import NIGHT, Session, session
from extractor.package import same_files
from extractor.record import holds
from extractor.record.deliveries import Baseline, last_delivered, last_there
from extractor.record.ledger import ledger
from extractor.record.runs import Outcome, vendor_done
from extractor.record.store import Kept, keep
from extractor.report import Bundle
from extractor.settings import Settings, Vendor
from extractor.workspace import REPORT


@dataclass(frozen=True, slots=True)
class _Judged:
    """A new bundle against the one that was delivered last."""

    vendor: Vendor
    bundle: Bundle
    changes: Changes
    decision: Decision
    baseline: Baseline


def run(
    settings: Settings,
    vendors: Sequence[Vendor],
    as_of: date,
    out: Path,
    *,
    dry_run: bool = False,
) -> Night:
    """
    Extract, ask the gate, deliver, record and tell people.

    Args:
        as_of: the day for which the SIS is read.
        out: where bundles appear, as in `extract`.
        dry_run: stop before anything leaves or is held, and say what would happen.

    Returns:
        how it ended; errors of ours too.

    Raises:
        StoppedError: somebody asked the run to stop.
        OutputError: another run is at work, or the record cannot be written.
    """
    command = "run --dry-run" if dry_run else NIGHT
    with session(settings, command, as_of, quiet=dry_run) as this:
        if not dry_run:
            settle(this)
        judged = _extracted(this, vendors, out, dry_run=dry_run)
        if dry_run:
            for one in judged:
                _foretold(this, one)
            return this.night
        parcels = [parcel for one in judged if (parcel := _parcel(this, one))]
        send(this, parcels)
        order = [vendor.name for vendor in vendors]
        this.night.vendors.sort(key=lambda one: order.index(one.vendor))
    return this.night


def _extracted(
    this: Session, vendors: Sequence[Vendor], out: Path, *, dry_run: bool
) -> list[_Judged]:
    """Make the bundles, and let the gate look at each."""
    this.night.report = out / REPORT
    try:
        report = pipeline.extract(this.settings, vendors, this.night.as_of, out, this.progress)
    except OneRosterError as error:
        outcome: Outcome = "refused" if isinstance(error, DataError) else "failed"
        for vendor in vendors:
            result = VendorResult(vendor.name, outcome, str(out / vendor.name), message=str(error))
            this.night.vendors.append(result)
            entered: Outcome = "dry run" if dry_run else outcome
            vendor_done(this.record, this.night.run, vendor.name, entered, message=str(error))
        raise
    this.night.findings = {one.name: one.count for one in report.findings}
    judged = []
    for vendor, bundle in zip(vendors, report.bundles, strict=True):
        with this.progress.stage(f"compare {vendor.name}") as advance:
            judged.append(_judged(this, vendor, bundle))
            advance(sum(bundle.rows.values()))
    return judged


def _judged(this: Session, vendor: Vendor, bundle: Bundle) -> _Judged:
    baseline = _baseline(this, vendor)
    new = changes(baseline.path, bundle.path)
    now = people(bundle.path, vendor.name, this.record.key())
    decision = decide(
        new,
        this.settings.gate_of(vendor),
        this.night.as_of,
        rekeying=look(now, ledger(this.record, vendor.name)),
        baseline_problem=baseline.problem,
    )
    return _Judged(vendor, bundle, new, decision, baseline)


def _baseline(this: Session, vendor: Vendor) -> Baseline:
    """Return what was delivered last; under a new name too, the vendor has what the old one got."""
    baseline = last_delivered(this.record, vendor.name)
    job = job_of(this.settings, vendor, Kept(vendor.name, "", Path(), 0))
    if baseline != Baseline() or job is None:
        return baseline
    return last_there(this.record, job.where, [one.name for one in this.settings.vendor])


def _parcel(this: Session, one: _Judged) -> Parcel | None:
    """Return what may go; hold what may not, unless just that was approved before."""
    path, digest = _what_goes(one)
    bundle = keep(this.record, one.vendor.name, path)
    if bundle.sha256 != digest:  # not what the gate looked at
        _replaced(this, one.vendor.name, path, digest)
        return None
    approval = None
    if not one.decision.send:
        held = holds.hold(this.record, this.night.run, bundle, one.decision, one.baseline.sha256)
        approval = holds.approved(this.record, one.vendor.name)
        if approval is None:
            _held(this, one, bundle, held)
            return None
    same = bundle.sha256 == one.baseline.sha256
    return Parcel(one.vendor, bundle, one.changes, one.decision, approval, unchanged=same)


def _what_goes(one: _Judged) -> tuple[Path, str]:
    """Return the zip and its hash: last night's for the same files, however they are compressed."""
    new, last = one.bundle, one.baseline
    if one.decision.unchanged and last.path and last.sha256 and same_files(last.path, new.path):
        return last.path, last.sha256
    return new.path, new.sha256


def _replaced(this: Session, vendor: str, path: Path, digest: str) -> None:
    """Enter that somebody else wrote into the output folder, or the store, meanwhile."""
    why = (
        f"{path}: was replaced by another run before it could be kept; nothing was sent. Run again"
    )
    vendor_done(this.record, this.night.run, vendor, "failed", sha256=digest, message=why)
    this.night.vendors.append(VendorResult(vendor, "failed", str(path), digest, message=why))


def _held(this: Session, one: _Judged, bundle: Kept, held: holds.Held) -> None:
    this.night.vendors.append(
        VendorResult(
            one.vendor.name,
            "held",
            str(held.path),
            bundle.sha256,
            rows_of(one.changes.contents),
            in_one_line(one.changes),
            one.decision,
        )
    )


def _foretold(this: Session, one: _Judged) -> None:
    """Say what would happen to a bundle; nothing is kept of it."""
    digest = one.bundle.sha256
    job = job_of(this.settings, one.vendor, Kept(one.vendor.name, digest, one.bundle.path, 0))
    vendor_done(this.record, this.night.run, one.vendor.name, "dry run", sha256=digest)
    this.night.vendors.append(
        VendorResult(
            one.vendor.name,
            "dry run",
            job.where if job else str(one.bundle.path),
            digest,
            rows_of(one.changes.contents),
            in_one_line(one.changes),
            one.decision,
            None if job else NO_PLACE,
        )
    )
