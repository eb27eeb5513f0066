"""A verdict for a person at a terminal: by rule, worst first, and the result in the last line."""

from collections.abc import Iterator
from io import StringIO

from rich.console import Console
from rich.text import Text

from extractor.validate.profiles import Forecast
from extractor.validate.report.groups import Group, Page, conclusion, groups, inert, place
from extractor.validate.verdict import Finding, Severity, Verdict

_EXAMPLES = 5
_OUTCOME = {"accept": "green", "drop": "yellow", "hold": "yellow", "reject": "red"}
_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def text(page: Page) -> str:
    """Return the report; `page.color` asks for the colours of a terminal."""
    out = StringIO()
    console = Console(
        file=out,
        force_terminal=page.color,
        color_system="standard" if page.color else None,
        legacy_windows=False,
        emoji=False,
        highlight=False,
    )
    for line in _lines(page):
        console.print(line, soft_wrap=True)
    return out.getvalue()


def _lines(page: Page) -> Iterator[Text]:
    verdict = page.verdict
    yield Text(_title(verdict), "bold")
    for group in groups(page):
        yield Text()
        yield from _group(group, show_values=page.show_values)
    yield from _forecasts(page.forecasts)
    if verdict.regraded:
        yield Text("\nSwitched off or re-graded", "bold")
        yield from (Text(f"  {rule}: {inert(why)}") for rule, why in verdict.regraded.items())
    if verdict.stopped:
        yield Text("\nNot looked at", "bold")
        yield from (Text(f"  {inert(why)}") for why in verdict.stopped)
    yield Text()
    yield Text(conclusion(verdict), "bold green" if verdict.valid else "bold red")


def _forecasts(forecasts: tuple[Forecast, ...]) -> Iterator[Text]:
    if forecasts:
        yield Text("\nWhat each consumer would do", "bold")
    for each in forecasts:
        dropped = ", ".join(f"{file} -{rows:,}" for file, rows in each.dropped.items() if rows)
        line = f"  {each.outcome:<7} {each.name:<21} {dropped}".rstrip()
        yield Text(line, _OUTCOME[each.outcome])
        yield from (Text(f"            {why}") for why in each.reasons)


def _title(verdict: Verdict) -> str:
    rows, files = sum(verdict.rows.values()), len(verdict.rows)
    parts = [
        f"OneRoster {inert(verdict.version)}" if verdict.version else "no version told",
        verdict.mode or "no mode told",
        f"{rows:,} rows in {files} files",
        *([f"profile {verdict.profile}"] if verdict.profile else []),
    ]
    return f"{inert(verdict.bundle)}: {', '.join(parts)}"


def _group(group: Group, *, show_values: bool) -> Iterator[Text]:
    head = f"{group.severity.value} {group.code} {group.rule}: {group.count:,}"
    yield Text(head, _STYLE[group.severity])
    if group.defect:
        yield Text(f"  {group.defect}")
    messages = {finding.message for finding in group.findings}
    alone = len(messages) == 1 < len(group.findings)  # said once, not with every example
    if alone and not group.defect.startswith(messages.pop()):
        yield Text(f"  {inert(group.findings[0].message)}")
    for finding in group.findings[:_EXAMPLES]:
        yield Text(f"    {_example(finding, show_values=show_values, told=alone)}")
    more = group.count - min(_EXAMPLES, len(group.findings))
    if more:
        yield Text(f"    and {more:,} more", "dim")
    if group.remedy:
        yield Text(f"  Remedy: {group.remedy}")


def _example(finding: Finding, *, show_values: bool, told: bool) -> str:
    named = f"[{inert(finding.sourced_id)}]" if finding.sourced_id else ""
    where = " ".join(part for part in (place(finding), inert(finding.column), named) if part)
    value = f" ({inert(finding.value)})" if show_values and finding.value is not None else ""
    message = "" if told and where else inert(finding.message)
    return ": ".join(part for part in (where, message) if part) + value
