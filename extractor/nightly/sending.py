"""Bundles that may go, on their way: what is entered before and after, and what a kill left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from extractor.deliver import Job, Outcome, deliver
from extractor.deliver.jobs import THERE
from extractor.errors import OneRosterError
from extractor.gate.compare import Changes, changes
from extractor.gate.decision import Decision
from extractor.gate.reading import Contents
from extractor.nightly.granted import refuse_beyond
from extractor.nightly.results import NO_PLACE, VendorResult, in_one_line
from extractor.nightly.session import Session
from extractor.record import deliveries
from extractor.record.holds import Approval
from extractor.record.runs import vendor_done
from extractor.record.store import Kept
from extractor.settings import Settings, Vendor
from extractor.shape import zip_name_of


@dataclass(frozen=True, slots=True)
class Parcel:
    """A bundle that may go, and why."""

    vendor: Vendor
    bundle: Kept
    changes: Changes
    decision: Decision
    approval: Approval | None = None
    unchanged: bool = False  # the same bytes as those delivered last


def send(session: Session, parcels: Sequence[Parcel]) -> None:
    """
    Deliver bundles side by side, and enter what became of each.

    Each is entered before the first leaves, so that a run killed at any moment is known to have
    been sending; the next one settles it.
    """
    leaving = []
    for parcel in parcels:
        job = job_of(session.settings, parcel.vendor, parcel.bundle)
        if job is None:
            _stays(session, parcel)
            continue
        disclosure = deliveries.sending(
            session.record,
            session.night.run,
            parcel.bundle,
            job.where,
            parcel.decision,
            parcel.changes.contents,
            parcel.approval,
        )
        leaving.append((parcel, job, disclosure))
    outcomes = deliver([job for _, job, _ in leaving], session.progress) if leaving else []
    for (parcel, _, disclosure), outcome in zip(leaving, outcomes, strict=True):
        _arrived(session, parcel, disclosure, outcome)


def settle(session: Session, overtaken: str | None = None) -> None:
    """
    Finish what a killed run was sending: the vendor may have it, or not.

    The very bundle is delivered again, which is harmless where it arrived; where that is not
    possible any more, or settings grant less by now, the delivery counts as failed.

    Args:
        overtaken: the vendor whose bundle is left as it is: another one goes now.
    """
    for one in deliveries.unfinished(session.record):
        job, why = None, "another bundle was sent by hand"
        if one.bundle.vendor != overtaken:
            job, why = _again(session.settings, one)
        if job is None:
            told = (
                f"the run was stopped or killed while it sent this, so it may have arrived; {why}"
            )
            deliveries.failed(session.record, one.id, told)
            continue
        (outcome,) = deliver([job], session.progress)
        session.log.event(
            "killed delivery settled",
            vendor=one.bundle.vendor,
            outcome="failed" if outcome.error else "delivered",
            sha256=outcome.sha256,
        )
        if outcome.error:
            deliveries.failed(session.record, one.id, str(outcome.error))
        else:
            deliveries.delivered(session.record, one.id)


def _again(settings: Settings, one: deliveries.Unfinished) -> tuple[Job | None, str]:
    """Return the way of a bundle that a killed run was sending; None, and why it has none."""
    vendor = next((each for each in settings.vendor if each.name == one.bundle.vendor), None)
    job = job_of(settings, vendor, one.bundle) if vendor else None
    if vendor is None or job is None or job.where != one.destination:
        return None, "settings name another place by now, or none"
    if not one.bundle.whole:
        return None, "the bundle in the store is missing or has changed"
    try:
        refuse_beyond(settings, vendor, changes(None, one.bundle.path))
    except OneRosterError as error:
        return None, str(error)
    return job, ""


def job_of(settings: Settings, vendor: Vendor, bundle: Kept) -> Job | None:
    """Return the way of a bundle; None when settings name no place for it."""
    if vendor.delivery is None:
        return None
    name = zip_name_of(settings, vendor)
    return Job(
        vendor.name, bundle.path, name, vendor.delivery, settings.folder, unpacked=vendor.unpacked
    )


def rows_of(contents: Mapping[str, Contents]) -> dict[str, int]:
    """Return the number of records per file."""
    return {name: one.rows for name, one in contents.items() if one.rows}


def _arrived(session: Session, parcel: Parcel, disclosure: int, outcome: Outcome) -> None:
    """Enter the end of a delivery."""
    why = str(outcome.error) if outcome.error else None
    there = parcel.unchanged and outcome.verified.startswith(THERE)
    if why is not None:
        deliveries.failed(session.record, disclosure, why)
    elif there:
        deliveries.unneeded(session.record, disclosure)
    else:
        deliveries.delivered(session.record, disclosure)
    result = VendorResult(
        parcel.vendor.name,
        "failed" if why is not None else "unchanged" if there else "delivered",
        outcome.where,
        parcel.bundle.sha256,
        rows_of(parcel.changes.contents),
        in_one_line(parcel.changes),
        parcel.decision,
        why,
    )
    session.night.vendors.append(result)


def _stays(session: Session, parcel: Parcel) -> None:
    """Enter that a bundle may go, and that nobody said where to."""
    vendor, digest = parcel.vendor.name, parcel.bundle.sha256
    run = session.night.run
    vendor_done(session.record, run, vendor, "written", sha256=digest, message=NO_PLACE)
    session.night.vendors.append(
        VendorResult(
            vendor,
            "written",
            str(parcel.bundle.path),
            digest,
            rows_of(parcel.changes.contents),
            in_one_line(parcel.changes),
            parcel.decision,
            NO_PLACE,
        )
    )
