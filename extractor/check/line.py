"""One line of a check: what was looked at, how it stands, and what mends it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a matter stands."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Line:
    """A tick, a warning, a cross, or what could not be looked at; `remedy` mends it."""

    state: State
    what: str
    remedy: str | None = None
    name: str = ""  # of the probe, and its area: `look` fills them in
    area: str = ""
    exit_code: int = 3  # what a cross ends with; of no meaning to the others


def ok(what: str) -> Line:
    """Say that a matter is in order."""
    return Line(State.OK, what)


def warning(what: str, remedy: str) -> Line:
    """Say what works, but should be otherwise."""
    return Line(State.WARNING, what, remedy)


def failed(what: str, remedy: str | None, exit_code: int = 3) -> Line:
    """
    Say what would stop a run.

    Args:
        exit_code: with which a run would end: 2 when settings have to change, 3 when the
            database or the machine has to, 1 when the data has to.
    """
    return Line(State.FAILED, what, remedy, exit_code=exit_code)


def skipped(why: str) -> Line:
    """Say what could not be looked at, and why."""
    return Line(State.SKIPPED, why)


def exit_code(lines: Iterable[Line]) -> int:
    """
    Return the exit code of a check: 0 without a cross; else settings before all else.

    Settings come first, since a scheduler must not try again while they are wrong; then the
    database and the machine; then the data.
    """
    codes = {line.exit_code for line in lines if line.state is State.FAILED}
    return next((code for code in (2, 3, 1) if code in codes), 0)
