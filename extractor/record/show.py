"""The history on a terminal: one entry per run, hold and disclosure; each fits 80 columns."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from extractor.record.history import History
from extractor.record.store import SHOWN
from extractor.terminal import inert, moment, tell

_LISTED = 30  # of each kind; `--format json` has all
_STYLES = {
    "delivered": "green",
    "done": "green",
    "sent": "green",
    "held": "yellow",
    "waiting": "yellow",
    "failed": "red",
}

Entry = tuple[Sequence[str], str, Iterable[str]]  # the head's parts, the state, lines below


def show(history: History, console: Console) -> None:
    """Print runs, holds and disclosures, the newest first."""
    if not (history.runs or history.holds or history.disclosures):
        console.print("nothing is recorded yet; `oneroster run` does", highlight=False)
        return
    _list(console, "runs, times in UTC", history.runs, _run)
    _list(console, "held by the gate", history.holds, _hold)
    _list(console, "disclosed", history.disclosures, _disclosure)


def _list(
    console: Console,
    title: str,
    rows: Sequence[dict[str, Any]],
    entry: Callable[[dict[str, Any]], Entry],
) -> None:
    if not rows:
        return
    console.print(Text(title, "bold"))
    for row in rows[:_LISTED]:
        parts, state, below = entry(row)
        head = Text("  ".join(map(inert, parts)) + "  ")
        tell(console, head.append(inert(state), _STYLES.get(state, "")), 2)
        for line in below:
            tell(console, line, 6)
    if len(rows) > _LISTED:
        console.print(f"and {len(rows) - _LISTED} older; --format json has all", highlight=False)


def _run(run: dict[str, Any]) -> Entry:
    outcomes: dict[str, list[str]] = {}
    for name, one in run["vendors"].items():
        outcomes.setdefault(one["outcome"], []).append(name)
    below = [f"{outcome}: {', '.join(names)}" for outcome, names in outcomes.items()]
    if run["message"]:
        below += run["message"].splitlines()
    day = f"as of {run['as_of']}" if run["as_of"] else ""
    head = (moment(run["started"]), run["command"], day)
    return head, run["outcome"] or "running, or killed", below


def _hold(hold: dict[str, Any]) -> Entry:
    below = [one["text"] for one in hold["decision"]["reasons"]]
    below += [f"approved by {one['by']}: {one['why']}" for one in hold["approvals"]]
    head = (moment(hold["held"]), hold["vendor"], hold["sha256"][:SHOWN])
    return head, hold["state"], below


def _disclosure(one: dict[str, Any]) -> Entry:
    files = (f"{name.removesuffix('.csv')} {of['rows']:,}" for name, of in one["files"].items())
    below = [f"to {one['destination']}", f"sha256 {one['sha256']}", ", ".join(files)]
    if one["approved_by"]:
        below.append(f"approved by {one['approved_by']}: {one['approved_why']}")
    return (moment(one["ended"] or one["began"]), one["vendor"]), one["state"], below
