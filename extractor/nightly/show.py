"""A night on the terminal: each vendor, what became of it, why, and what to do."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from extractor.nightly.results import NO_PLACE, Night, VendorResult
from extractor.terminal import inert, tell

_COLORS = {"delivered": "green", "unchanged": "green", "held": "yellow", "failed": "red"}


def show(night: Night, console: Console) -> None:
    """Print it; nothing personal stands in it, so a log may keep it."""
    table = Table("vendor", "outcome", title=f"run {night.run}", title_justify="left")
    table.add_column("records", justify="right")
    table.add_column("since the last delivery", overflow="fold")
    for one in night.vendors:
        outcome = Text(_outcome(one), _COLORS.get(one.outcome, ""))
        changes = "is not delivered" if one.message == NO_PLACE else one.changes or ""
        table.add_row(one.vendor, outcome, f"{sum(one.rows.values()):,}", changes)
    if night.vendors:
        console.print(table)
    for one in night.vendors:
        if not (night.error and one.message and night.error.startswith(one.message)):
            _details(one, console)  # else it is what ended the run, and is told once
    step = night.next_step()
    if step:
        _whole(console, f"to send what is held: {step}")
    for told in night.told:
        if told.error:
            tell(console, f"{told.channel}: nobody was told: {told.error}")


def _outcome(one: VendorResult) -> str:
    if one.outcome == "dry run" and one.decision:
        if not one.decision.send:
            return "would be held"
        return "would be written" if one.message == NO_PLACE else "would be sent"
    return one.outcome


def _details(one: VendorResult, console: Console) -> None:
    _whole(console, f"{one.vendor}: {one.where}")
    if one.sha256:
        _whole(console, f"  sha256: {one.sha256}")
    if one.message:
        tell(console, one.message, 2)
    if not one.decision:
        return
    stays = one.outcome == "held" or (not one.decision.send and one.outcome == "dry run")
    for reason in one.decision.reasons:
        tell(console, f"{'held' if stays else 'held until approved'}: {reason.text}", 2)
    if stays:
        for remedy in dict.fromkeys(reason.remedy for reason in one.decision.reasons):
            tell(console, remedy, 4)
    for note in one.decision.notes:
        tell(console, note, 2)


def _whole(console: Console, text: str) -> None:
    """Print what people copy, unbroken."""
    console.print(Text(inert(text)), soft_wrap=True)
