"""How far a run is: bars on a terminal, a line per stage elsewhere, always on stderr."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

Advance = Callable[[int], None]


class Progress(Protocol):
    """Told of every stage of a run, and of the rows that went through it."""

    def stage(self, name: str) -> AbstractContextManager[Advance]:
        """Enter a stage; call what it yields with numbers of rows."""
        ...

    def tell(self, what: str) -> None:
        """Say one thing, between stages."""
        ...


class Quiet:
    """Says nothing."""

    @contextmanager
    def stage(self, name: str) -> Iterator[Advance]:
        """Enter a stage."""
        yield lambda _: None

    def tell(self, what: str) -> None:
        """Say nothing."""


class Lines:
    """A line when a stage ends: for logs and schedulers."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def stage(self, name: str) -> Iterator[Advance]:
        """Enter a stage; the line comes only when it succeeds."""
        rows = [0]

        def advance(count: int) -> None:
            rows[0] += count

        yield advance
        self.tell(f"{name}: {rows[0]:,} rows")

    def tell(self, what: str) -> None:
        """Print a line."""
        self._console.print(what, highlight=False, soft_wrap=True, markup=False)


class Bars:
    """A moving bar per stage; the number of rows is not known beforehand, so it pulses."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def stage(self, name: str) -> Iterator[Advance]:
        """Enter a stage."""
        columns = (
            TextColumn("{task.description:<28}"),
            BarColumn(24),
            TextColumn("{task.completed:>11,} rows"),
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


def to_stderr() -> Progress:
    """Return what fits the place that stderr goes to."""
    console = Console(stderr=True)
    return Bars(console) if console.is_terminal else Lines(console)
