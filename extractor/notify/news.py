"""How a run ended, as far as people are told: counts, reasons and remedies, and no person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from extractor.notify.settings import Outcome

VendorOutcome = Literal["delivered", "unchanged", "held", "refused", "failed", "written"]


@dataclass(frozen=True, slots=True)
class VendorNews:
    """
    What happened to one vendor's bundle.

    Whoever fills it in keeps people out of it: `reasons`, `remedies` and `changes` hold counts,
    names of files, schools and rules.

    Args:
        outcome: `refused` when the data was not fit to send, `failed` when it did not arrive.
        rows: records per file.
        changes: what is new since the last delivery, in one line.
        where: the bundle: a path here, or the place at the vendor.
    """

    vendor: str
    outcome: VendorOutcome
    rows: Mapping[str, int] = field(default_factory=dict)
    changes: str | None = None
    reasons: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()
    where: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class News:
    """
    How one run ended.

    Args:
        started: aware; so is `ended`.
        findings: how many of each severity, or of each name.
        error: why the run stopped, in the words of its exception.
        run: the id by which history and logs know it.
        next_step: the command to type next, for example that which approves.
    """

    district: str
    outcome: Outcome
    as_of: date
    started: datetime
    ended: datetime
    host: str
    version: str
    run: str
    vendors: tuple[VendorNews, ...] = ()
    findings: Mapping[str, int] = field(default_factory=dict)
    error: str | None = None
    next_step: str | None = None
