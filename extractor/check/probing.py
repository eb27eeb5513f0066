"""How probes are run: each on its own, connecting once, and only when what it needs holds."""

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from pandas import DataFrame

from extractor.check.line import Line, State, failed, skipped
from extractor.errors import OneRosterError, SourceError, StoppedError
from extractor.findings import Findings
from extractor.frames import stack
from extractor.plan import queries_used, render
from extractor.queries import Query
from extractor.settings import Settings, reveal
from extractor.source import Source, connect


class UncheckedError(Exception):
    """Something cannot be looked at, for a reason that another line tells."""


@dataclass(slots=True)
class Context:
    """What probes look at; the database is connected to when the first one asks."""

    config: Path
    vendors: Sequence[str]  # names; all when empty
    day: date | None  # the as-of date, where one was given
    chosen: Settings | None = None  # with the chosen vendors only; set when the file is read
    closed: set[str] = field(default_factory=set)  # tables of which the login may not read all
    _open: ExitStack = field(default_factory=ExitStack)
    _source: Source | None = None

    @property
    def settings(self) -> Settings:
        """The settings; only for probes that need the probe `settings`."""
        if self.chosen is None:
            raise RuntimeError("the settings were not read; let the probe need 'settings'")
        return self.chosen

    @property
    def as_of(self) -> date:
        """The day for which a run would read."""
        return self.day or self.settings.today()

    @property
    def connection(self) -> str:
        """The connection string, with its secrets: never for a line."""
        sis = self.settings.sis
        return reveal(sis.connection, "sis.connection", self.settings.folder)

    def source(self) -> Source:
        """
        Return the database, connected.

        Raises:
            SourceError: if it cannot be opened.
        """
        if self._source is None:
            settings = self.settings
            opened = connect(
                self.connection,
                time_zone=settings.district.time_zone,
                beside=settings.folder,
                conduct=settings.sis.conduct(),
            )
            self._source = self._open.enter_context(opened)
        return self._source

    def queries(self) -> list[Query]:
        """Return what a run would send, rendered."""
        return [render(self.settings, name, self.as_of) for name in queries_used(self.settings)]

    def rows(self, query: str) -> DataFrame:
        """
        Run a query whose result is small.

        Raises:
            UncheckedError: if the login may not read what it needs; nothing is tried.
            SourceError: if it fails.
        """
        rendered = render(self.settings, query, self.as_of)
        closed = sorted(self.closed & rendered.reads.keys())
        if closed:
            raise UncheckedError(f"the login may not read all it needs of {', '.join(closed)}")
        batches = list(self.source().batches(rendered, Findings()))
        return stack(batches, batches[0].columns)

    def hang_up(self) -> None:
        """Close the database, if it is open; the next one to ask connects again."""
        self._source = None
        self._open.close()


Look = Callable[[Context], Iterable[Line]]


@dataclass(frozen=True, slots=True)
class Probe:
    """One matter to look at."""

    name: str
    area: str
    look: Look
    needs: tuple[str, ...] = ()  # names of probes that must have no cross


def look(probes: Iterable[Probe], context: Context) -> Iterator[Line]:
    """Run the probes in order, and yield their lines as they come; nothing hides another."""
    unfit: set[str] = set()
    try:
        for probe in probes:
            for line in _lines(probe, context, unfit):
                if line.state in (State.FAILED, State.SKIPPED):
                    unfit.add(probe.name)
                yield replace(line, name=probe.name, area=probe.area)
    finally:
        context.hang_up()


def _lines(probe: Probe, context: Context, unfit: set[str]) -> Iterator[Line]:
    missing = [need for need in probe.needs if need in unfit]
    if missing:
        yield skipped(f"{probe.name}: not checked, because {missing[0]} is not in order")
        return
    try:
        yield from probe.look(context)
    except StoppedError:
        raise
    except UncheckedError as error:
        yield skipped(f"{probe.name}: not checked, because {error}")
    except OneRosterError as error:
        if isinstance(error, SourceError):
            context.hang_up()  # a failed statement may have spoilt the transaction
        yield from (told(line, error.exit_code) for line in str(error).splitlines())
    except Exception as error:
        yield _broken(probe, error)


def told(message: str, exit_code: int) -> Line:
    """Turn an error's line, which says what is wrong and then what to do, into a cross."""
    what, _, remedy = message.partition("; ")
    return failed(what, remedy or None, exit_code)


def _broken(probe: Probe, error: Exception) -> Line:
    """Say where the program broke, without the values that an exception's text may hold."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
    return failed(f"{probe.name}: could not be checked: {where}", "please report it")
