"""Waiting for a database so that a signal or the clock can end it, there too.

A driver's call returns when the database has answered, and until then Python runs no signal
handler: Ctrl-C would wait for the query. So the call runs beside whoever waits for it, and
whatever ends the waiting cancels the statement on the server.
"""

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Lock, Thread
from time import monotonic
from typing import Any, TypeVar

T = TypeVar("T")
_TICK = 0.5  # seconds; on Windows a waiting thread notices Ctrl-C only in between
_GRACE = 10.0  # seconds for the server to answer a cancellation; after that it is left alone


class StoppedWaitingError(Exception):
    """Nobody waits for this query any more."""


class Waiting:
    """The calls of a query into its driver; together they may take so many seconds."""

    def __init__(self, cancel: Callable[[], None], seconds: float) -> None:
        self._cancel = cancel
        self._seconds = self._left = seconds
        self._running: Future[Any] | None = None
        self._stopped = False
        self._lock = Lock()  # nothing begins while another thread stops it

    def on(self, call: Callable[[], T]) -> T:
        """
        Return what a call returns, or raise what it raises.

        Raises:
            TimeoutError: if the query's time is over; the statement is cancelled.
            StoppedWaitingError: if `stop` was called before.
        """
        with self._lock:
            if self._stopped:
                raise StoppedWaitingError
            future = _beside(call)
            self._running = future
        began = monotonic()
        try:
            while not future.done():
                left = self._left - (monotonic() - began)
                if left <= 0:
                    raise TimeoutError
                wait([future], timeout=min(left, _TICK))
        except BaseException:
            self.stop()
            raise
        self._left -= monotonic() - began
        return future.result()

    def anew(self) -> None:
        """Begin the time of another query; who was told to stop has stopped for good."""
        self._left = self._seconds

    def is_idle(self) -> bool:
        """Tell whether no call is running."""
        return self._running is None or self._running.done()

    def stop(self) -> bool:
        """Cancel the call that is running, if one is; tell whether none is running any more."""
        with self._lock:
            self._stopped = True
        if self._running is None or self.is_idle():
            return True
        _beside(self._cancel)  # which may itself wait for a network that is gone
        wait([self._running], timeout=_GRACE)
        return self._running.done()


def _beside(call: Callable[[], T]) -> Future[T]:
    """Begin a call in a thread that the end of the program does not wait for."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # handed to whoever waits
            future.set_exception(error)

    Thread(target=run, name="oneroster-odbc", daemon=True).start()
    return future
