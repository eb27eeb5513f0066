"""The exceptions that stop a run, each with its exit code; only `cli` catches them.

A message names the thing, its value and the remedy, and never a person or a secret.
"""

import traceback
from collections.abc import Iterable
from pathlib import Path


class OneRosterError(Exception):
    """Base of everything that stops a run on purpose."""

    exit_code = 3


class DataError(OneRosterError):
    """The data cannot become a conformant bundle; the data owner acts."""

    exit_code = 1


class SettingsError(OneRosterError):
    """Arguments, settings or overlays are wrong; retrying is useless."""

    exit_code = 2

    @classmethod
    def of(cls, problems: Iterable[str]) -> "SettingsError":
        """Build one error that lists every problem on a line of its own."""
        return cls("\n".join(problems))


class SourceError(OneRosterError):
    """The database could not be reached, read or understood; the scheduler retries."""


class FastReaderError(SourceError):
    """The reader of whole columns cannot take a value; the one that reads rows can."""


class LostReadError(SourceError):
    """The database broke a read off, by no fault of the settings; reading anew may succeed."""


class UnreachableError(SourceError):
    """The server does not answer: a wrong address, or, after a lost read, a server that starts."""


class StoppedError(OneRosterError):
    """Somebody asked the run to stop: Ctrl-C, or the system is going down."""

    exit_code = 130


class OutputError(OneRosterError):
    """A file could not be written: disk, rights, or another run in the same folder."""


class DeliveryError(OneRosterError):
    """A bundle did not reach its vendor; what stood at its place before still stands there."""

    def __init__(self, message: str, *, transient: bool = False) -> None:
        """Take `transient` for what may be gone a moment later: trying again makes sense."""
        super().__init__(message)
        self.transient = transient


def internal(error: BaseException) -> str:
    """Say where the program broke, without the values that an exception's text may hold."""
    trace = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(trace[-1].filename).name}, line {trace[-1].lineno}" if trace else ""
    return f"internal error: {type(error).__name__}{place}. Please report it"
