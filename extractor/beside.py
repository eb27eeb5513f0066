"""Jobs done in threads beside whoever begins them, a few at a time; none outlives its run."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")
AT_ONCE = 2  # each holds a vendor's people and classes in memory
_TICK = 0.5  # seconds; on Windows a waiting thread notices Ctrl-C only in between


class Beside:
    """
    The jobs of one run.

    Leaving the block waits for those that are running, and drops those that are not.
    """

    def __init__(self, stop: Callable[[], object]) -> None:
        """Take what makes a running job end soon; it is called when the block is left early."""
        self._stop = stop
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="oneroster-beside")
        self._jobs: list[Future[Any]] = []

    def __enter__(self) -> "Beside":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def begin(self, job: Callable[[], T]) -> Future[T]:
        """Begin a job, behind those that were begun before."""
        begun = self._pool.submit(job)
        self._jobs.append(begun)
        return begun

    def refuse_failed(self) -> None:
        """Raise what a job has raised, if one has: there is no use in going on."""
        for job in self._jobs:
            if job.done():
                job.result()

    def result(self, made: Future[T]) -> T:
        """Wait for what a job returns, or makes on its way; raise what any job has raised."""
        while not made.done():
            wait([made], timeout=_TICK)
            self.refuse_failed()
        return made.result()
