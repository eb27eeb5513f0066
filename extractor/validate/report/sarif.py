"""A verdict as SARIF 2.1.0, for code scanning and editors."""

from collections.abc import Mapping
from json import dumps
from urllib.parse import quote

from extractor import __version__
from extractor.validate.report.groups import Described, Group, Page, groups, inert
from extractor.validate.verdict import Finding, Severity

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
Json = Mapping[str, object]


def sarif(page: Page) -> str:
    """Return a log of one run; a rule's id is its name, its code a property."""
    found = {group.rule: group for group in groups(page)}
    names = list({**page.catalogue, **found})
    rules = [_rule(name, page.catalogue.get(name), found.get(name)) for name in names]
    index = {name: number for number, name in enumerate(names)}
    run: Json = {
        "tool": {"driver": {"name": "oneroster", "version": __version__, "rules": rules}},
        "invocations": [_invocation(page)],
        "columnKind": "utf16CodeUnits",
        "results": [_result(page, each, index[each.rule]) for each in page.verdict.findings],
        "properties": {"counts": page.verdict.rules, "regraded": page.verdict.regraded},
    }
    return dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _invocation(page: Page) -> Json:
    notes = [{"level": "error", "message": _text(why)} for why in page.verdict.stopped]
    return {
        "executionSuccessful": not page.verdict.stopped,
        "toolExecutionNotifications": notes,
    }


def _rule(name: str, known: Described | None, group: Group | None) -> Json:
    code = known.code if known else group.code if group else ""
    severity = known.severity if known else group.severity if group else Severity.INFO
    defect = (known and known.defect) or name.replace("_", " ")
    explanation = (known and known.explanation) or defect
    remedy = (known and known.remedy) or (group and group.remedy) or ""
    return {
        "id": name,
        "shortDescription": _text(defect),
        "fullDescription": _text(explanation),
        "help": _text(f"{defect} {explanation} Remedy: {remedy}"),
        "defaultConfiguration": {"level": _LEVEL[severity]},
        "properties": {"code": code},
    }


def _result(page: Page, finding: Finding, rule_index: int) -> Json:
    artifact = quote(inert(finding.file or page.verdict.bundle)) or "bundle"
    place: dict[str, object] = {"artifactLocation": {"uri": artifact}}
    if finding.line is not None and finding.line > 0:
        place["region"] = {"startLine": finding.line}
    properties = {"column": finding.column, "sourcedId": finding.sourced_id}
    if page.show_values:
        properties["value"] = finding.value
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVEL[finding.severity],
        "message": _text(f"{finding.message}. Remedy: {finding.remedy}"),
        "locations": [{"physicalLocation": place}],
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def _text(words: str) -> Json:
    return {"text": words}
