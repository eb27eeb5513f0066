"""A read that the database breaks off is begun anew, whole: no bundle mixes two states."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from extractor.errors import FastReaderError, LostReadError, UnreachableError
from extractor.source import Reader

T = TypeVar("T")
# Seconds: a server that restarts needs some; the jitter parts runs that broke at one moment.
FIRST_PAUSE, LONGEST_PAUSE, JITTER = 5.0, 60.0, 3.0


def until_whole(read: Callable[[], T], attempts: int, tell: Callable[[str], None]) -> T:
    """
    Return what a read returns, begun anew when the database breaks it off.

    What settings or rights cause (a login refused, a table missing) is never tried again. A
    server that does not answer is, but only after a read was lost: it may be starting.

    Args:
        read: begins from nothing every time.
        attempts: how often it is begun, the first time counted.
        tell: hears why it is begun anew, and when.

    Raises:
        LostReadError, UnreachableError: what the last attempt raised, with how many there were.
    """

    def before_pause(state: RetryCallState) -> None:
        pause = state.upcoming_sleep
        again = f"attempt {state.attempt_number + 1} of {attempts}"
        tell(f"{_error(state)}; all is read anew in {pause:.0f} s, {again}")

    tries = Retrying(
        retry=_may_pass,
        stop=stop_after_attempt(attempts),
        wait=wait_exponential(FIRST_PAUSE, LONGEST_PAUSE) + wait_random(0, JITTER),
        before_sleep=before_pause,
        retry_error_callback=_give_up,
    )
    return tries(read)


def by_either_reader(read: Callable[[Reader], T], chosen: Reader, tell: Callable[[str], None]) -> T:
    """
    Read with the chosen reader; what "auto" tries first may not take every value.

    Then all is begun anew, so that one reader sees one state.

    Raises:
        FastReaderError: if settings ask for the fast reader by its name.
    """
    try:
        return read(chosen)
    except FastReaderError as error:
        if chosen != "auto":
            raise
        tell(f"{error}; all is read anew by the reader of rows")
    return read("pyodbc")


def _may_pass(state: RetryCallState) -> bool:
    error = _error(state)
    again = state.attempt_number > 1
    return isinstance(error, LostReadError) or (again and isinstance(error, UnreachableError))


def _give_up(state: RetryCallState) -> object:
    error = _error(state) or AssertionError("nothing was raised")
    if state.attempt_number > 1:
        error.add_note(f"The read was begun {state.attempt_number} times (sis.attempts).")
    raise error


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
