"""A verdict as JUnit XML: a test case for every rule, failed by its errors.

Keeps to the schema of the Ant task (windyroad/JUnit-Schema), the strictest of those in use.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from extractor.validate.report.groups import Group, Page, conclusion, groups, inert, place
from extractor.validate.verdict import Severity

_EXAMPLES = 20


def junit(page: Page) -> str:
    """Return one test suite."""
    found = {group.rule: group for group in groups(page)}
    cases = [_case(page, rule, found.get(rule)) for rule in {**page.catalogue, **found}]
    if page.verdict.stopped:
        cases.append(_stopped(page.verdict.stopped))
    suite = Element("testsuite", _attributes(page, cases))
    properties = SubElement(suite, "properties")
    for name in ("version", "mode", "profile"):
        value = inert(getattr(page.verdict, name))
        SubElement(properties, "property", {"name": name, "value": value})
    suite.extend(cases)
    SubElement(suite, "system-out").text = "\n".join(_said(page, found))
    SubElement(suite, "system-err")
    indent(suite)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{head}{tostring(suite, encoding='unicode')}\n"


def _attributes(page: Page, cases: list[Element]) -> dict[str, str]:
    def ended(how: str) -> str:
        return str(sum(1 for case in cases if case.find(how) is not None))

    return {
        "name": " ".join(inert(page.verdict.bundle).split()) or "bundle",
        "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}",
        "hostname": "localhost",
        "tests": str(len(cases)),
        "failures": ended("failure"),
        "errors": ended("error"),
        "skipped": ended("skipped"),
        "time": "0",
    }


def _case(page: Page, rule: str, group: Group | None) -> Element:
    known = page.catalogue.get(rule)
    code = known.code if known else group.code if group else ""
    case = _named(rule, f"oneroster.{code}")
    if group and group.severity is Severity.ERROR:
        message = f"{group.count} findings: {group.defect or group.findings[0].message}"
        failure = SubElement(case, "failure", {"type": group.code, "message": message})
        failure.text = "\n".join(_examples(group, show_values=page.show_values))
    elif page.verdict.regraded.get(rule, "").startswith("off"):
        SubElement(case, "skipped")
    return case


def _named(name: str, classname: str) -> Element:
    return Element("testcase", {"name": name, "classname": classname, "time": "0"})


def _stopped(reasons: list[str]) -> Element:
    case = _named("whole_bundle_looked_at", "oneroster")
    error = SubElement(case, "error", {"type": "stopped", "message": inert(reasons[0])})
    error.text = "\n".join(inert(reason) for reason in reasons)
    return case


def _examples(group: Group, *, show_values: bool) -> Iterator[str]:
    for finding in group.findings[:_EXAMPLES]:
        value = f" ({inert(finding.value)})" if show_values and finding.value is not None else ""
        named = inert(finding.sourced_id)
        parts = (place(finding), inert(finding.column), named, inert(finding.message))
        yield " ".join(part for part in parts if part) + value
    if group.count > _EXAMPLES:
        yield f"and {group.count - _EXAMPLES} more"
    yield f"Remedy: {group.remedy}"


def _said(page: Page, found: dict[str, Group]) -> Iterator[str]:
    """Tell what fails no test: warnings, infos and the result."""
    for group in found.values():
        if group.severity is not Severity.ERROR:
            yield f"{group.severity.value} {group.code} {group.rule}: {group.count}"
    yield conclusion(page.verdict)
