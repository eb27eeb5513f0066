"""The lines of a check as text for a person, or as one JSON object."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rich.console import Console
from rich.table import Table
from rich.text import Text

from extractor.check.line import Line, State
from extractor.terminal import inert

_MARKS = {State.OK: "✓", State.WARNING: "!", State.FAILED: "✗", State.SKIPPED: "-"}
_PLAIN = {
    State.OK: "ok",
    State.WARNING: "warning",
    State.FAILED: "FAILED",
    State.SKIPPED: "skipped",
}
_UNCHECKED = re.compile(r"(.+): not checked, because (.+)")
_STYLES = {State.OK: "green", State.WARNING: "yellow", State.FAILED: "bold red"}


def show(lines: Iterable[Line], console: Console) -> list[Line]:
    """
    Print each line as it comes, under its area, and a summary; return them all.

    What repeats is said once: a remedy that several lines in a row share, and the reason for
    which several matters were not looked at.
    A terminal that knows no ticks gets words, and question marks for other signs.
    """
    encoding = console.encoding
    marks = _MARKS if _knows(encoding, "".join(_MARKS.values())) else _PLAIN
    looked: list[Line] = []
    area = None
    for line in _merged(lines, looked):
        if line.area != area:
            area = line.area
            _print(console, Text(""), Text(area, "bold"), encoding)
        for mark, text in _texts(line, marks):
            _print(console, mark, text, encoding)
    _print(console, Text(""), _summary(looked), encoding)
    return looked


def _merged(lines: Iterable[Line], looked: list[Line]) -> Iterator[Line]:
    """Yield what to print, one line late; every line goes into `looked` as it was."""
    held: Line | None = None
    for line in lines:
        looked.append(line)
        joined = _joined(held, line) if held else None
        if held and not joined:
            same = (held.area, held.state, held.remedy) == (line.area, line.state, line.remedy)
            yield replace(held, remedy=None) if same else held
        held = joined or line
    if held:
        yield held


def _joined(one: Line, other: Line) -> Line | None:
    """Return one line for two matters that were not looked at for the same reason."""
    first, second = _UNCHECKED.fullmatch(one.what), _UNCHECKED.fullmatch(other.what)
    if not first or not second or (one.area, first[2]) != (other.area, second[2]):
        return None
    return replace(one, what=f"{first[1]}, {second[1]}: not checked, because {first[2]}")


def as_json(lines: Sequence[Line]) -> str:
    """Return one object: whether all is well, and every line."""
    checks = [
        {
            "name": line.name,
            "area": line.area,
            "state": line.state.value,
            "what": line.what,
            "remedy": line.remedy,
        }
        for line in lines
    ]
    well = all(line.state is not State.FAILED for line in lines)
    return json.dumps({"ok": well, "checks": checks}, indent=2)


def _texts(line: Line, marks: dict[State, str]) -> Iterator[tuple[Text, Text]]:
    width = max(map(len, marks.values()))
    style = _STYLES.get(line.state, "dim")
    yield Text(f"  {marks[line.state]:<{width}} ", style), Text(inert(line.what))
    if line.remedy:
        yield Text(f"  {'':<{width}}   "), Text(inert(line.remedy))


def _summary(lines: Sequence[Line]) -> Text:
    count = {state: sum(line.state is state for line in lines) for state in State}
    parts = [f"{count[State.OK]} in order"]
    warnings = "warning" if count[State.WARNING] == 1 else "warnings"
    for state, word in ((State.WARNING, warnings), (State.FAILED, "failed")):
        parts += [f"{count[state]} {word}"] if count[state] else []
    parts += [f"{count[State.SKIPPED]} not checked"] if count[State.SKIPPED] else []
    return Text("\n" + ", ".join(parts), "bold red" if count[State.FAILED] else "bold green")


def _print(console: Console, mark: Text, text: Text, encoding: str) -> None:
    """Print a line; a terminal wraps it beside its mark, anything else gets it whole."""
    for part in (mark, text):
        part.plain = part.plain.encode(encoding, "replace").decode(encoding)
    if not console.is_terminal or not mark.plain:
        console.print(Text.assemble(mark, text), soft_wrap=True)
        return
    grid = Table.grid()
    grid.add_column(no_wrap=True, width=mark.cell_len)
    grid.add_column(overflow="fold")
    grid.add_row(mark, text)
    console.print(grid)


def _knows(encoding: str, signs: str) -> bool:
    try:
        signs.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
