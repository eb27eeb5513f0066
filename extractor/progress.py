"""How far a run is: bars on a terminal, a line or JSON per stage elsewhere, always on stderr."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from extractor.logs import EventLog, Fields, chosen, stderr_log

Advance = Callable[[int], None]


class Progress(Protocol):
    """Told of every stage of a run, and of the rows that went through it."""

    def stage(self, name: str, unit: str = "rows") -> AbstractContextManager[Advance]:
        """Enter a stage; call what it yields with numbers of rows, or of another unit."""
        ...

    def tell(self, what: str) -> None:
        """Say one thing, between stages."""
        ...


class Quiet:
    """Says nothing."""

    @contextmanager
    def stage(self, name: str, unit: str = "rows") -> Iterator[Advance]:
        """Enter a stage."""
        yield lambda _: None

    def tell(self, what: str) -> None:
        """Say nothing."""


class Lines:
    """A line when a stage ends: for logs and schedulers."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def stage(self, name: str, unit: str = "rows") -> Iterator[Advance]:
        """Enter a stage; the line comes only when it succeeds."""
        rows = [0]

        def advance(count: int) -> None:
            rows[0] += count

        yield advance
        self.tell(f"{name}: {rows[0]:,} {unit}")

    def tell(self, what: str) -> None:
        """Print a line."""
        self._console.print(what, highlight=False, soft_wrap=True, markup=False)


class Bars:
    """A moving bar per stage; the number of rows is not known beforehand, so it pulses."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def stage(self, name: str, unit: str = "rows") -> Iterator[Advance]:
        """Enter a stage."""
        columns = (
            TextColumn("{task.description:<28}"),
            BarColumn(24),
            TextColumn(f"{{task.completed:>11,}} {unit}"),
            TimeElapsedColumn(),
        )
        with RichProgress(*columns, console=self._console) as bars:
            task = bars.add_task(name, total=None)
            yield lambda count: bars.update(task, advance=count)
            done = bars.tasks[0].completed
            bars.update(task, total=done or 1, completed=done or 1)

    def tell(self, what: str) -> None:
        """Print a line below the bars."""
        self._console.print(what, highlight=False, soft_wrap=True, markup=False)


class Events:
    """Events of a log: when a stage begins and when it ends, well or not."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    @contextmanager
    def stage(self, name: str, unit: str = "rows") -> Iterator[Advance]:
        """Enter a stage."""
        done, start = [0], time.monotonic()

        def advance(count: int) -> None:
            done[0] += count

        def told() -> Fields:
            counted: Fields = {"rows": done[0]} if unit == "rows" else {"counts": {unit: done[0]}}
            return {"stage": name, "seconds": round(time.monotonic() - start, 3), **counted}

        self._log.event("stage started", stage=name)
        try:
            yield advance
        except BaseException:
            self._log.event("stage failed", "error", **told())
            raise
        self._log.event("stage done", **told())

    def tell(self, what: str) -> None:
        """Make an event of it; like any event it holds no person."""
        self._log.event("note", text=what)


class Both:
    """Tells several of every stage."""

    def __init__(self, *told: Progress) -> None:
        self._told = told

    @contextmanager
    def stage(self, name: str, unit: str = "rows") -> Iterator[Advance]:
        """Enter a stage."""
        with ExitStack() as stack:
            each = [stack.enter_context(one.stage(name, unit)) for one in self._told]

            def advance(count: int) -> None:
                for one in each:
                    one(count)

            yield advance

    def tell(self, what: str) -> None:
        """Say it to each."""
        for one in self._told:
            one.tell(what)


def to_stderr(log: EventLog | None = None) -> Progress:
    """
    Return what fits the place that stderr goes to, and the format that is asked for.

    Args:
        log: gets an event of each stage, wherever it goes to.

    Raises:
        SettingsError: if the environment asks for a format that there is not.
    """
    if chosen(None, by_default="text") == "json":
        return Events(log or stderr_log("json"))
    console = Console(stderr=True)
    shown: Progress = Bars(console) if console.is_terminal else Lines(console)
    return Both(shown, Events(log)) if log else shown
