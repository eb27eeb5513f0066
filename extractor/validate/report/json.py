"""A verdict as one JSON object, for programs."""

from json import dumps

from extractor.validate.profiles import Forecast
from extractor.validate.report.groups import Page, counted
from extractor.validate.verdict import Finding


def json(page: Page) -> str:
    """Return the object that the design page describes; texts are whole, in ASCII."""
    verdict = page.verdict
    shape: dict[str, object] = {
        "bundle": verdict.bundle,
        "version": verdict.version,
        "mode": verdict.mode,
        "profile": verdict.profile,
        "counts": {severity.value: count for severity, count in counted(verdict).items()},
        "rows": verdict.rows,
        "rules": verdict.rules,
        "regraded": verdict.regraded,
        "stopped": verdict.stopped,
        "findings": [as_shape(each, show_values=page.show_values) for each in verdict.findings],
    }
    if page.forecasts:
        shape["forecast"] = [_forecast(each) for each in page.forecasts]
    return dumps(shape, indent=2) + "\n"


def as_shape(finding: Finding, *, show_values: bool) -> dict[str, str | int | None]:
    """Return one finding as the design page describes it; its value only when asked."""
    shape = {
        "rule": finding.rule,
        "code": finding.code,
        "severity": finding.severity.value,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "sourcedId": finding.sourced_id,
        "message": finding.message,
        "remedy": finding.remedy,
    }
    return {**shape, "value": finding.value} if show_values else shape


def _forecast(forecast: Forecast) -> dict[str, object]:
    return {
        "profile": forecast.name,
        "outcome": forecast.outcome,
        "rows": forecast.rows,
        "dropped": forecast.dropped,
        "requirements": [
            {
                "code": each.requirement.code,
                "effect": each.requirement.effect.value,
                "evidence": each.requirement.evidence.value,
                "file": each.findings[0].file,
                "count": each.count,
                "message": each.findings[0].message,
                "note": each.requirement.note,
            }
            for each in forecast.breaches
        ],
    }
