"""The lines of a check as text for a person, or as one JSON object."""

import json
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from extractor.check.line import Line, State

_MARKS = {State.OK: "✓", State.WARNING: "!", State.FAILED: "✗", State.SKIPPED: "-"}
_PLAIN = {
    State.OK: "ok",
    State.WARNING: "warning",
    State.FAILED: "FAILED",
    State.SKIPPED: "skipped",
}
_STYLES = {State.OK: "green", State.WARNING: "yellow", State.FAILED: "bold red"}


def show(lines: Iterable[Line], console: Console) -> list[Line]:
    """
    Print each line as it comes, under its area, and a summary; return them all.

    A terminal that knows no ticks gets words, and question marks for other signs.
    """
    encoding = console.encoding
    marks = _MARKS if _knows(encoding, "".join(_MARKS.values())) else _PLAIN
    shown: list[Line] = []
    for line in lines:
        if not shown or shown[-1].area != line.area:
            _print(console, Text(line.area, "bold"), encoding)
        for text in _texts(line, marks):
            _print(console, text, encoding)
        shown.append(line)
    _print(console, _summary(shown), encoding)
    return shown


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


def _texts(line: Line, marks: dict[State, str]) -> Iterator[Text]:
    width = max(map(len, marks.values()))
    style = _STYLES.get(line.state, "dim")
    yield Text.assemble("  ", (f"{marks[line.state]:<{width}}", style), f" {_inert(line.what)}")
    if line.remedy:
        yield Text(f"  {'':<{width}}   {_inert(line.remedy)}")


def _summary(lines: Sequence[Line]) -> Text:
    count = {state: sum(line.state is state for line in lines) for state in State}
    parts = [f"{count[State.OK]} in order"]
    for state, word in ((State.WARNING, "warnings"), (State.FAILED, "failed")):
        parts += [f"{count[state]} {word}"] if count[state] else []
    parts += [f"{count[State.SKIPPED]} not checked"] if count[State.SKIPPED] else []
    return Text("\n" + ", ".join(parts), "bold red" if count[State.FAILED] else "bold green")


def _print(console: Console, text: Text, encoding: str) -> None:
    text.plain = text.plain.encode(encoding, "replace").decode(encoding)
    console.print(text, soft_wrap=True)


def _knows(encoding: str, signs: str) -> bool:
    try:
        signs.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _inert(text: str) -> str:
    """Keep what a database or a file name says from steering the terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
