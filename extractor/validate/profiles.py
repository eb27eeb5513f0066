"""Judge a bundle by what its consumer asks beyond the standard.

    profile = load("clever")                          # SettingsError, with a suggestion
    facts = gather(package, [profile], limits)        # look.py; the only look at the bundle
    add(verdict, check(profile, facts, today))        # after the engine's own findings

A requirement is a rule: `clever_line_end`, code `CLEVER-02`. What a consumer refuses is an
error, what it drops or holds a warning, what merely surprises an info. `forecast` tells for
each of several consumers what it would do with the bundle.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from extractor.profiles import Profile, Requirement, load, names
from extractor.profiles.keys import Effect, Evidence
from extractor.validate.asked import JUDGES, Hit
from extractor.validate.facts import Facts
from extractor.validate.verdict import LISTED, Finding, Severity, Verdict

__all__ = [
    "ALL",
    "Asked",
    "Breach",
    "Forecast",
    "add",
    "check",
    "described",
    "forecast",
    "load",
    "names",
]

ALL = "all"
_NO_ROWS = "C07"  # one finding per file, so all of them are listed
_SEVERITY = {
    Effect.REJECT: Severity.ERROR,
    Effect.DROP: Severity.WARNING,
    Effect.HOLD: Severity.WARNING,
    Effect.WARN: Severity.INFO,
}
_ORDER = tuple(Severity)
_OUTCOME = {
    Effect.REJECT: "reject",
    Effect.HOLD: "hold",
    Effect.DROP: "drop",
    Effect.WARN: "accept",
}


@dataclass(frozen=True, slots=True)
class Breach:
    """One requirement broken in one file: how often, the first findings, and rows that go."""

    requirement: Requirement
    count: int
    findings: tuple[Finding, ...]
    lost: dict[str, int]


@dataclass(frozen=True, slots=True)
class Forecast:
    """
    What a consumer would do with a bundle: `accept`, `drop`, `hold` or `reject`.

    `rows` are those taken over by file, `dropped` those left out. A row that breaks two
    requirements counts once per file at most as often as the file has rows; what a consumer
    drops because of a dropped row (the enrollments of a user) is not counted.
    """

    name: str
    title: str
    outcome: str
    rows: dict[str, int]
    dropped: dict[str, int]
    breaches: tuple[Breach, ...] = field(repr=False)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The requirements that the bundle breaks, each once: its code, effect and note."""
        broken = {each.requirement.code: each.requirement for each in self.breaches}
        return tuple(f"{code} ({each.effect.value}): {each.note}" for code, each in broken.items())


def check(profile: Profile, facts: Facts, today: date) -> Iterator[Breach]:
    """Yield what of the profile the bundle breaks; `today` tells which terms lie ahead."""
    for requirement in profile.requirement:
        for hit in JUDGES[requirement.key](requirement, facts, today):
            yield _breach(requirement, hit)


def rule_name(requirement: Requirement) -> str:
    """Return the name under which a requirement is counted: `clever_04_line_end`."""
    return f"{requirement.code.replace('-', '_').lower()}_{requirement.key}"


def add(verdict: Verdict, breaches: Iterable[Breach]) -> None:
    """Count breaches in a verdict, list their first findings, pardon what its consumer takes."""
    if verdict.profile:
        _pardon(verdict, load(verdict.profile))
    for breach in breaches:
        first = breach.findings[0]
        _count(verdict.counts, first.severity, breach.count)
        if first.file:
            _count(verdict.by_file.setdefault(first.file, {}), first.severity, breach.count)
        so_far = verdict.rules.get(first.rule, 0)
        verdict.rules[first.rule] = so_far + breach.count
        verdict.findings.extend(breach.findings[: max(0, LISTED - so_far)])
    verdict.findings.sort(key=lambda each: _ORDER.index(each.severity))  # stable


def _pardon(verdict: Verdict, profile: Profile) -> None:
    """Grade files with a header alone down to INFO where the consumer wants even these."""
    allowed = profile.first("header_only")
    pardoned = [
        each
        for each in verdict.findings
        if allowed and each.code == _NO_ROWS and (each.file or "")[:-4] in allowed.items
    ]
    for finding in pardoned:
        place = verdict.findings.index(finding)
        verdict.findings[place] = replace(finding, severity=Severity.INFO)
        for counts in (verdict.counts, verdict.by_file.get(finding.file or "", {})):
            _count(counts, finding.severity, -1)
            _count(counts, Severity.INFO, 1)
        verdict.regraded[finding.rule] = f"info: {profile.title} takes files with a header alone"


def _count(counts: dict[Severity, int], severity: Severity, more: int) -> None:
    counts[severity] = counts.get(severity, 0) + more


def forecast(profiles: Iterable[Profile], facts: Facts, today: date) -> Iterator[Forecast]:
    """Tell for each consumer what it would accept, drop, hold or reject."""
    for profile in profiles:
        breaches = tuple(check(profile, facts, today))
        effects = {each.requirement.effect for each in breaches}
        outcome = next((word for effect, word in _OUTCOME.items() if effect in effects), "accept")
        lost = _lost(breaches, facts)
        held = {file: each.rows for file, each in facts.files.items() if file != "manifest"}
        taken = {file: rows - lost.get(file, 0) for file, rows in held.items()}
        if outcome == "reject":
            taken, lost = {}, {}
        yield Forecast(profile.name, profile.title, outcome, taken, lost, breaches)


def _lost(breaches: Iterable[Breach], facts: Facts) -> dict[str, int]:
    lost: dict[str, int] = {}
    for breach in breaches:
        if breach.requirement.effect is Effect.DROP:
            for file, rows in breach.lost.items():
                lost[file] = min(facts.rows(file), lost.get(file, 0) + rows)
    return lost


def _breach(requirement: Requirement, hit: Hit) -> Breach:
    seen = "" if requirement.evidence is Evidence.DOCUMENTED else " (observed, not documented)"
    findings = tuple(
        Finding(
            rule=rule_name(requirement),
            code=requirement.code,
            severity=_SEVERITY[requirement.effect],
            message=f"{hit.what}{seen}",
            remedy=f"{hit.remedy[0].upper()}{hit.remedy[1:]}.",
            file=hit.file and f"{hit.file}.csv",
            line=place.line,
            column=hit.column,
            sourced_id=place.sourced_id,
        )
        for place in hit.places[:LISTED]
    )
    return Breach(requirement, hit.count, findings, hit.lost)


@dataclass(frozen=True, slots=True)
class Asked:
    """A requirement as an entry of the catalogue of rules."""

    name: str
    code: str
    severity: Severity
    defect: str
    explanation: str
    remedy: str


def described(name: str) -> dict[str, Asked]:
    """Return the rules of one profile, or with `all` of every profile, by name."""
    profiles = [load(each) for each in (names() if name == ALL else (name,))]
    return {
        rule_name(each): Asked(
            name=rule_name(each),
            code=each.code,
            severity=_SEVERITY[each.effect],
            defect=f"{profile.title}: {each.note}.",
            explanation=f"{each.evidence.value.capitalize()}: {each.source}.",
            remedy="",
        )
        for profile in profiles
        for each in profile.requirement
    }
