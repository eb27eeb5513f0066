"""Did last night go out? One word per vendor, for monitoring."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from extractor.record.folder import Record, moment

State = Literal["ok", "held", "refused", "failed", "late"]
_GOOD = ("delivered", "unchanged", "written")
_WAITING = {"held": "held by the gate", "refused": "not fit to send"}
_WORST: tuple[State, ...] = ("failed", "late", "refused", "held", "ok")


@dataclass(frozen=True, slots=True)
class Status:
    """
    How one vendor stands; `text` says why, without a person's data.

    `good` is when it last went out, or had nothing new to be sent.
    """

    vendor: str
    state: State
    text: str
    good: str | None


def last_night(
    record: Record, vendors: Iterable[str], max_age: timedelta, now: datetime | None = None
) -> list[Status]:
    """
    Return how each vendor stands.

    `failed` is what the last run said of it, as are `held` and `refused` while it is younger
    than `max_age`. `late`: nothing ended for so long, or ever: the scheduler does not run, or
    every run is killed. Dry runs do not count, those that failed neither.
    """
    late = moment((now or datetime.now(UTC)) - max_age)
    return [_status(record, vendor, late) for vendor in vendors]


def worst(statuses: Iterable[Status]) -> State:
    """Return the worst of all; `ok` when there is none."""
    found = {one.state for one in statuses}
    return next((state for state in _WORST if state in found), "ok")


def _status(record: Record, vendor: str, late: str) -> Status:
    last = _last(record, vendor, ())
    good = _last(record, vendor, _GOOD)
    at = good["at"] if good else None
    if last is None:
        return Status(vendor, "late", "nothing was ever run for it", None)
    if last["outcome"] in _WAITING:
        if last["at"] < late:
            said = f"no run since it was {last['outcome']} at {last['at']}"
            return Status(vendor, "late", said, at)
        return Status(vendor, last["outcome"], last["message"] or _WAITING[last["outcome"]], at)
    if last["outcome"] not in _GOOD:
        return Status(vendor, "failed", last["message"] or last["outcome"], at)
    if last["at"] < late:
        return Status(vendor, "late", f"it last went out at {last['at']}", at)
    return Status(vendor, "ok", f"{last['outcome']} at {last['at']}", at)


def _last(record: Record, vendor: str, outcomes: tuple[str, ...]) -> dict[str, Any] | None:
    wanted = f"o.outcome IN ({', '.join('?' * len(outcomes))})" if outcomes else "1"
    return record.db.row(
        "SELECT o.* FROM outcomes AS o JOIN runs AS r ON r.id = o.run "
        f"WHERE o.vendor = ? AND r.command != 'run --dry-run' AND {wanted} "
        "ORDER BY o.run DESC LIMIT 1",
        *(vendor, *outcomes),
    )
