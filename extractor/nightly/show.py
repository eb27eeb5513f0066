"""A night on the terminal: each vendor, what became of it, why, and what to do."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from extractor.nightly.results import Night, VendorResult

_COLORS = {"delivered": "green", "unchanged": "green", "held": "yellow", "failed": "red"}


def show(night: Night, console: Console) -> None:
    """Print it; nothing personal stands in it, so a log may keep it."""
    table = Table("vendor", "outcome", title=f"run {night.run}", title_justify="left")
    table.add_column("records", justify="right")
    table.add_column("since the last delivery", overflow="fold")
    for one in night.vendors:
        outcome = Text(_outcome(one), _COLORS.get(one.outcome, ""))
        table.add_row(one.vendor, outcome, f"{sum(one.rows.values()):,}", one.changes or "")
    if night.vendors:
        console.print(table)
    for one in night.vendors:
        _details(one, console)
    step = night.next_step()
    if step:
        console.print(f"to send what is held: {escape(step)}", soft_wrap=True, highlight=False)
    for told in night.told:
        if told.error:
            line = f"{told.channel}: nobody was told: {told.error}"
            console.print(escape(line), soft_wrap=True, highlight=False)


def _outcome(one: VendorResult) -> str:
    if one.outcome == "dry run" and one.decision:
        return "would be sent" if one.decision.send else "would be held"
    return one.outcome


def _details(one: VendorResult, console: Console) -> None:
    def line(text: str) -> None:
        console.print(escape(text), soft_wrap=True, highlight=False)

    line(f"{one.vendor}: {one.where}")
    if one.sha256:
        line(f"  sha256: {one.sha256}")
    if one.message:
        line(f"  {one.message}")
    if one.decision:
        for reason in one.decision.reasons:
            line(f"  held: {reason.text}")
            line(f"    {reason.remedy}")
        for note in one.decision.notes:
            line(f"  {note}")
