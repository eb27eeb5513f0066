"""What a night came to: one result per vendor, an exit code, and the words for people."""

import socket
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from extractor import __version__
from extractor.errors import OneRosterError
from extractor.gate.compare import Changes
from extractor.gate.decision import Decision
from extractor.gate.words import FILES as WORDS
from extractor.notify import News, NotifyOutcome, VendorNews
from extractor.notify.news import VendorOutcome
from extractor.notify.settings import Outcome as Ending
from extractor.record.runs import Outcome
from extractor.record.store import SHOWN
from extractor.spec import FILES

NO_PLACE = "settings name no place to deliver it to (vendor.sftp or vendor.folder)"
_TOLD: dict[Outcome, VendorOutcome] = {
    "delivered": "delivered",
    "unchanged": "unchanged",
    "written": "written",
    "dry run": "written",
    "held": "held",
    "refused": "refused",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True)
class VendorResult:
    """
    What became of one vendor's bundle.

    `where` is the place at the vendor without user and secrets, or the path here; `changes` is
    one line of counts; `message` says why, of a failure.
    """

    vendor: str
    outcome: Outcome
    where: str
    sha256: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    changes: str | None = None
    decision: Decision | None = None
    message: str | None = None

    @property
    def held(self) -> bool:
        """Whether somebody has to decide; what the calendar holds, goes by itself."""
        return self.outcome == "held" and not (self.decision and self.decision.expected)


@dataclass(slots=True)
class Night:
    """One run, as far as it came; `error` is what stopped it."""

    run: int
    district: str
    as_of: date
    started: datetime
    ended: datetime | None = None
    vendors: list[VendorResult] = field(default_factory=list)
    findings: dict[str, int] = field(default_factory=dict)
    report: Path | None = None
    error: str | None = None
    stopped_with: int = 0  # the exit code of `error`
    told: list[NotifyOutcome] = field(default_factory=list)

    def stop(self, error: OneRosterError) -> None:
        """Keep what ended the run before its end."""
        self.error = "\n".join([str(error), *getattr(error, "__notes__", ())])
        self.stopped_with = error.exit_code

    @property
    def exit_code(self) -> int:
        """Return the worst of all; what a scheduler may try again comes before what waits."""
        if self.error:
            return self.stopped_with
        if any(one.outcome == "failed" for one in self.vendors):
            return 3
        if any(one.held for one in self.vendors):
            return 4
        return 3 if any(not one.sent for one in self.told) else 0

    @property
    def ending(self) -> Ending:
        """Return how it ended, as notifications know it."""
        if self.error or any(one.outcome in {"failed", "refused"} for one in self.vendors):
            return "failure"
        return "hold" if any(one.held for one in self.vendors) else "success"

    def next_step(self) -> str | None:
        """Return the command that lets held bundles go, for whoever decides so."""
        held = [one for one in self.vendors if one.outcome == "held"]
        if not held:
            return None
        words = ["oneroster run --approve", *(f"--vendor {one.vendor}" for one in held)]
        if len(held) == 1:  # by the time it is typed, another bundle may be held
            words.append(f"--sha256 {held[0].sha256[:SHOWN]}")
        return " ".join([*words, '--reason "..."'])  # quotes that every shell knows

    def news(self) -> News:
        """Return it for the people that settings name."""
        return News(
            self.district,
            self.ending,
            self.as_of,
            self.started,
            self.ended or self.started,
            socket.gethostname(),
            __version__,
            str(self.run),
            tuple(_news(one) for one in self.vendors),
            self.findings,
            self.error,
            self.next_step(),
        )


def _news(result: VendorResult) -> VendorNews:
    reasons = result.decision.reasons if result.decision else ()
    message = (result.message,) if result.message and not reasons else ()
    return VendorNews(
        result.vendor,
        _TOLD[result.outcome],
        result.rows,
        result.changes,
        tuple(one.text for one in reasons) or message,
        tuple(dict.fromkeys(one.remedy for one in reasons)),
        result.where,
        result.sha256 or None,
    )


def in_one_line(changes: Changes) -> str:
    """Say what is new since the last delivery: `Users +12 -3 ~40; Enrollments +7`."""
    if changes.first:
        return "first delivery"
    parts = []
    for file in FILES:
        tally = changes.of(file.name)
        numbers = [
            f"{sign}{number:,}"
            for sign, number in (("+", tally.added), ("-", tally.removed), ("~", tally.changed))
            if number
        ]
        if numbers:
            parts.append(f"{WORDS[file.name]} {' '.join(numbers)}")
    return "; ".join(parts) or "no change"
