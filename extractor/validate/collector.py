"""Counts every finding and keeps the first of each rule; grades them as asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from extractor.validate.registry import CATALOGUE, Rule
from extractor.validate.verdict import LISTED, Finding, Severity, Verdict


@dataclass(frozen=True, slots=True)
class Regrade:
    """What somebody wants of a rule: another severity, or None for off; and why."""

    severity: Severity | None
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """What one rule found in one place of work: all of it in number, the first in full."""

    rule: Rule
    file: str | None
    count: int
    findings: list[Finding]


@dataclass(slots=True)
class Collector:
    """Takes what the rules find and fills a verdict."""

    verdict: Verdict
    strict: bool = False
    regrade: Mapping[str, Regrade] = field(default_factory=dict)
    _listed: dict[str, list[Finding]] = field(default_factory=dict)

    def severity(self, rule: Rule) -> Severity | None:
        """Return what a finding of this rule counts as; None: nobody wants to know."""
        wanted = self.regrade.get(rule.name)
        return wanted.severity if wanted else rule.graded(strict=self.strict)

    def room(self, rule: Rule) -> int:
        """Return how many more findings of a rule are kept."""
        return LISTED - len(self._listed.get(rule.name, ()))

    def add(self, found: Found) -> None:
        """Count what a rule found; what is kept is the first of it."""
        severity = self.severity(found.rule)
        if severity is None or not found.count:
            return
        verdict = self.verdict
        verdict.rules[found.rule.name] = verdict.rules.get(found.rule.name, 0) + found.count
        verdict.counts[severity] = verdict.counts.get(severity, 0) + found.count
        if found.file:
            per_file = verdict.by_file.setdefault(found.file, {})
            per_file[severity] = per_file.get(severity, 0) + found.count
        kept = self._listed.setdefault(found.rule.name, [])
        kept.extend(found.findings[: self.room(found.rule)])

    def close(self) -> Verdict:
        """Put the findings in order: worst first, then by rule, file and line."""
        order = {severity: place for place, severity in enumerate(Severity)}
        codes = {name: (rule.code, place) for place, (name, rule) in enumerate(CATALOGUE.items())}
        self.verdict.findings = sorted(
            (finding for kept in self._listed.values() for finding in kept),
            key=lambda one: (
                order[one.severity],
                codes[one.rule],
                one.file or "",
                one.line or 0,
                one.column or "",
            ),
        )
        for name, wanted in self.regrade.items():
            done = wanted.severity.value if wanted.severity else "off"
            self.verdict.regraded[name] = f"{done}: {wanted.reason}"
        return self.verdict
