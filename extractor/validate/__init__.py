"""Judge any OneRoster 1.1 bundle, from any producer, offline."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from extractor.validate import rules
from extractor.validate.archive import Package, open_package
from extractor.validate.bundle import Bundle
from extractor.validate.collector import Collector, Regrade
from extractor.validate.engine import Engine
from extractor.validate.limits import Limits
from extractor.validate.summary import summarise
from extractor.validate.verdict import Verdict

__all__ = ["Limits", "Regrade", "Verdict", "rules", "validate"]

_NO_LIMITS = Limits()


def validate(
    path: Path,
    *,
    as_of: date,
    baseline: Path | None = None,
    strict: bool = False,
    regrade: Mapping[str, Regrade] | None = None,
    profile: str | None = None,
    limits: Limits = _NO_LIMITS,
    name: str | None = None,
    between: Callable[[], None] = lambda: None,
) -> Verdict:
    """
    Judge a zip or a folder.

    Args:
        as_of: the day against which the future is told from the past.
        baseline: the bundle that was sent before; the references of a delta may name its rows.
        strict: take what the standard says softly (SHOULD) for an error.
        regrade: severities of our own by rule name; see `regrading.read_regrades`.
        profile: the consumer whose requirements are judged too.
        name: what the bundle will be called, if it has another name now.
        between: called after each block of rows; what it raises ends the validation.

    Raises:
        SettingsError: a path cannot be read, or there is no such profile. Whatever is wrong with
            the bundle itself is a finding.
    """
    judges = _judges_of(profile, limits) if profile else None
    with open_package(path, limits, name) as package:
        verdict = Verdict(package.name, profile=profile)
        collector = Collector(verdict, strict=strict, regrade=regrade or {})
        bundle = Bundle(package, as_of, limits=limits)
        if baseline:
            bundle.baseline = _read(baseline, as_of, limits)
        Engine(bundle, collector, between).run()
        summarise(bundle, verdict)
        collector.close()
        if judges and bundle.readable:
            judges(verdict, package, as_of)
    return verdict


def _judges_of(name: str, limits: Limits) -> Callable[[Verdict, Package, date], None]:
    """Return what adds a consumer's findings; imported late, for few ask."""
    from extractor.validate.look import gather
    from extractor.validate.profiles import add, check, load

    profile = load(name)

    def judge(verdict: Verdict, package: Package, today: date) -> None:
        add(verdict, check(profile, gather(package, [profile], limits), today))

    return judge


def _read(path: Path, as_of: date, limits: Limits) -> Bundle:
    """Read a bundle only for what it holds; what is wrong with it was told when it was sent."""
    with open_package(path, limits) as package:
        bundle = Bundle(package, as_of, limits=limits)
        Engine(bundle, Collector(Verdict(path.name))).run()
    return bundle
