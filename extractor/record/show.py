"""The history on a terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from extractor.record.history import History
from extractor.record.store import SHOWN

_LISTED = 30  # of each kind; `--format json` has all


def show(history: History, console: Console) -> None:
    """Print runs, holds and disclosures, the newest first."""
    if not (history.runs or history.holds or history.disclosures):
        console.print("nothing is recorded yet; `oneroster run` does", highlight=False)
        return
    _print(console, _runs(history.runs[:_LISTED]), len(history.runs))
    if history.holds:
        _print(console, _holds(history.holds[:_LISTED]), len(history.holds))
    if history.disclosures:
        _print(console, _disclosures(history.disclosures[:_LISTED]), len(history.disclosures))


def _print(console: Console, table: Table, there: int) -> None:
    console.print(table)
    if there > _LISTED:
        console.print(f"and {there - _LISTED} older; --format json has all", highlight=False)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def _row(table: Table, *cells: object) -> None:
    table.add_row(*(Text("" if cell is None else str(cell)) for cell in cells))


def _runs(runs: list[dict[str, Any]]) -> Table:
    table = _table("runs", "began (UTC)", "command", "as of", "ended how", "vendors")
    for run in runs:
        vendors = ", ".join(f"{name}: {one['outcome']}" for name, one in run["vendors"].items())
        ended = run["outcome"] or "running, or killed"
        _row(table, run["started"], run["command"], run["as_of"], ended, vendors)
    return table


def _holds(holds: list[dict[str, Any]]) -> Table:
    table = _table("held by the gate", "since (UTC)", "vendor", "sha256", "state", "why")
    for hold in holds:
        reasons = [one["text"] for one in hold["decision"]["reasons"]]
        reasons += [f"approved by {one['by']}: {one['why']}" for one in hold["approvals"]]
        digest, why = hold["sha256"][:SHOWN], "\n".join(reasons)
        _row(table, hold["held"], hold["vendor"], digest, hold["state"], why)
    return table


def _disclosures(disclosures: list[dict[str, Any]]) -> Table:
    columns = ("when (UTC)", "vendor", "state", "where", "records", "sha256", "approved by")
    table = _table("disclosed", *columns)
    for one in disclosures:
        files = (f"{name.removesuffix('.csv')} {of['rows']:,}" for name, of in one["files"].items())
        by = f"{one['approved_by']}: {one['approved_why']}" if one["approved_by"] else ""
        when, where = one["ended"] or one["began"], one["destination"]
        cells = (when, one["vendor"], one["state"], where, ", ".join(files), one["sha256"], by)
        _row(table, *cells)
    return table
