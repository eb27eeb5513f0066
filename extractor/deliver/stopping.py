"""Stopping deliveries that are under way: Ctrl-C, or the system is going down."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import TypeVar

from extractor.errors import StoppedError

Result = TypeVar("Result")


class Stop:
    """Shared by the threads of all deliveries; once set, each ends at its next step."""

    def __init__(self) -> None:
        self._set = False
        self._lock = threading.Lock()
        self._running: dict[asyncio.Task[object], asyncio.AbstractEventLoop] = {}

    def now(self) -> None:
        """End what is under way."""
        with self._lock:
            self._set = True
            for task, loop in self._running.items():
                loop.call_soon_threadsafe(task.cancel)

    def check(self) -> None:
        """
        End here, if stopping was asked for.

        Raises:
            StoppedError: then.
        """
        if self._set:
            raise StoppedError("stopped on request; the delivery was not finished")

    def run(self, work: Coroutine[object, object, Result]) -> Result:
        """
        Run one connection's work to its end, in a loop of this thread.

        Raises:
            StoppedError: if stopping was asked for meanwhile.
        """
        try:
            return asyncio.run(self._watched(work))
        except asyncio.CancelledError:
            self.check()
            raise

    async def _watched(self, work: Coroutine[object, object, Result]) -> Result:
        task: asyncio.Task[Result] = asyncio.ensure_future(work)
        with self._lock:
            self._running[task] = asyncio.get_running_loop()
            if self._set:
                task.cancel()
        try:
            return await task
        finally:
            with self._lock:
                del self._running[task]

    def pause(self, seconds: float, sleep: Callable[[float], object]) -> None:
        """
        Wait before another try, in short slices, so that stopping needs no patience.

        Raises:
            StoppedError: if stopping was asked for meanwhile.
        """
        while seconds > 0:
            self.check()
            sleep(min(seconds, 1.0))
            seconds -= 1.0
        self.check()
