"""Jobs done in threads beside whoever begins them, a few at a time; none outlives its run."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")
AT_ONCE = 2  # each holds a vendor's people and classes in memory
_TICK = 0.5  # seconds; on Windows a waiting thread notices Ctrl-C only in between


class Beside(Generic[T]):
    """
    The jobs of one run.

    Leaving the block waits for those that are running, and drops those that are not.
    """

    def __init__(self, stop: Callable[[], object]) -> None:
        """Take what makes a running job end soon; it is called when the block is left early."""
        self._stop = stop
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="oneroster-beside")
        self._jobs: list[Future[T]] = []

    def __enter__(self) -> "Beside[T]":
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

    def begin(self, jobs: Iterable[Callable[[], T]]) -> None:
        """Begin jobs, in their order."""
        self._jobs += [self._pool.submit(job) for job in jobs]

    def refuse_failed(self) -> None:
        """Raise what a job has raised, if one has: there is no use in going on."""
        for job in self._jobs:
            if job.done():
                job.result()

    def results(self) -> Iterator[Callable[[], T]]:
        """Yield, for each job in order, what waits for it and returns or raises its result."""
        return (partial(self._result, job) for job in self._jobs)

    def _result(self, job: Future[T]) -> T:
        while not job.done():
            wait([job], timeout=_TICK)
            self.refuse_failed()
        return job.result()
