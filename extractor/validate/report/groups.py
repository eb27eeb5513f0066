"""What all formats share: findings by rule, worst first, and text that cannot act."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from extractor.validate.profiles import Forecast
from extractor.validate.verdict import Finding, Severity, Verdict

ORDER = tuple(Severity)  # as declared: error, warning, info
_SHOWN = 200  # characters of a text that came from a bundle; JSON has all of them


class Described(Protocol):
    """What a report tells of a rule; the catalogue's entries and a profile's have it."""

    @property
    def name(self) -> str:
        """The name under which findings are counted."""

    @property
    def code(self) -> str:
        """The id in the reference, or in a profile."""

    @property
    def severity(self) -> Severity:
        """How much it matters before anybody re-grades it."""

    @property
    def defect(self) -> str:
        """What is found, in one sentence."""

    @property
    def explanation(self) -> str:
        """What it breaks, and the usual cause."""

    @property
    def remedy(self) -> str:
        """What mends it."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a format is to render, and how."""

    verdict: Verdict
    catalogue: Mapping[str, Described]
    show_values: bool
    color: bool = False
    forecasts: tuple[Forecast, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """All findings of one rule; `count` is not capped, `findings` are."""

    rule: str
    code: str
    severity: Severity
    count: int
    defect: str
    explanation: str
    remedy: str
    findings: tuple[Finding, ...]

    @property
    def unlisted(self) -> int:
        """How many findings are counted and not listed."""
        return max(0, self.count - len(self.findings))


def groups(page: Page) -> list[Group]:
    """Return the findings by rule: errors first, then the most frequent."""
    by_rule: dict[str, list[Finding]] = {rule: [] for rule in page.verdict.rules}
    for finding in page.verdict.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    found = [_group(page, rule, tuple(each)) for rule, each in by_rule.items()]
    return sorted(found, key=lambda each: (ORDER.index(each.severity), -each.count, each.rule))


def _group(page: Page, rule: str, findings: tuple[Finding, ...]) -> Group:
    known = page.catalogue.get(rule)
    first = findings[0] if findings else None
    worst = [each.severity for each in findings] or [known.severity if known else Severity.INFO]
    return Group(
        rule=rule,
        code=known.code if known else first.code if first else "",
        severity=min(worst, key=ORDER.index),
        count=max(page.verdict.rules.get(rule, 0), len(findings)),
        defect=known.defect if known else "",
        explanation=known.explanation if known else "",
        remedy=(known and known.remedy) or (first.remedy if first else ""),
        findings=findings,
    )


def counted(verdict: Verdict) -> dict[Severity, int]:
    """Return the counts of all severities, nought included."""
    return {severity: verdict.counts.get(severity, 0) for severity in ORDER}


def conclusion(verdict: Verdict) -> str:
    """Return the verdict in one line."""
    counts = counted(verdict)
    said = ", ".join(_number(count, severity.value) for severity, count in counts.items())
    whole = "; not all of it was looked at" if verdict.stopped else ""
    return f"{'Valid' if verdict.valid else 'Not valid'}: {said}{whole}."


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 or what == 'info' else 's'}"


def place(finding: Finding) -> str:
    """Return `file:line`, as far as known."""
    line = f":{finding.line}" if finding.line is not None else ""
    return f"{inert(finding.file)}{line}" if finding.file else ""


def inert(text: str | None) -> str:
    r"""
    Return text of a bundle so that it can be shown: short, and without power over a screen.

    Control characters, marks of writing direction and halves of surrogate pairs are written
    as `\u202e`; nothing else changes.
    """
    shown = text or ""
    if len(shown) > _SHOWN:
        shown = f"{shown[:_SHOWN]}… ({len(shown):,} characters)"
    if shown.isascii() and shown.isprintable():
        return shown
    return "".join(_visible(letter) for letter in shown)


def _visible(letter: str) -> str:
    acts = unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co")
    return f"\\u{ord(letter):04x}" if acts else letter
