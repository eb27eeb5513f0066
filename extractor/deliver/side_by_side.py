"""All vendors at once: each in a thread of its own, tried again where that helps."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from extractor.deliver.jobs import Job, Outcome
from extractor.deliver.payload import Payload, payloads
from extractor.deliver.stopping import Stop
from extractor.deliver.tables import FolderSettings
from extractor.errors import DeliveryError, OneRosterError, internal

if TYPE_CHECKING:
    from extractor.progress import Progress

_AT_ONCE = 8  # vendors served side by side: bounds the memory and the load on a narrow line
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0  # seconds; each is drawn from half of it to the whole


def deliver(
    jobs: Sequence[Job],
    progress: "Progress",
    *,
    sleep: Callable[[float], object] = time.sleep,
) -> list[Outcome]:
    """
    Deliver bundles side by side; one vendor's failure stops no other.

    A bundle that is there already is not sent again, so delivering twice is harmless.

    Args:
        sleep: waits between two tries, called with at most a second at a time.

    Returns:
        one outcome per job, in their order.

    Raises:
        StoppedError: if the run is asked to stop; each vendor has the old or the new bundle.
    """
    stop, lock = Stop(), threading.Lock()
    with progress.stage("deliver", "bytes") as tell:

        def advance(count: int) -> None:
            with lock:
                tell(count)

        with ThreadPoolExecutor(min(len(jobs), _AT_ONCE) or 1, "deliver") as pool:
            futures = [
                pool.submit(_outcome, job, _collision(job, jobs[:at]), advance, stop, sleep)
                for at, job in enumerate(jobs)
            ]
            try:
                _wait(futures)
            except BaseException:
                stop.now()
                raise
    return [future.result() for future in futures]


def _wait(futures: Sequence["Future[Outcome]"]) -> None:
    """Wait in slices: on Windows, Ctrl-C reaches nobody who waits without an end."""
    pending = set(futures)
    while pending:
        pending = wait(pending, timeout=0.5).not_done


def _collision(job: Job, before: Sequence[Job]) -> OneRosterError | None:
    """Two bundles for one place would replace each other, night after night."""
    for other in before:
        if (other.where, _user(other)) == (job.where, _user(job)):
            return DeliveryError(
                f"vendor {job.vendor}: {job.where} is where the bundle of {other.vendor} goes; "
                "give one of them another directory or zip_name"
            )
    return None


def _user(job: Job) -> str:
    return "" if isinstance(job.delivery, FolderSettings) else job.delivery.username


def _outcome(
    job: Job,
    refused: OneRosterError | None,
    advance: Callable[[int], None],
    stop: Stop,
    sleep: Callable[[float], object],
) -> Outcome:
    begun = time.monotonic()
    delivery = _Tries(job, advance, stop, sleep)
    verified, error = "", refused
    if refused is None:
        try:
            verified = delivery.run()
        except Exception as problem:
            error = _said(problem, job)
    return Outcome(
        vendor=job.vendor,
        where=job.where,
        sha256=delivery.sha256,
        size=delivery.size,
        attempts=delivery.attempts,
        seconds=time.monotonic() - begun,
        verified=verified,
        error=error,
    )


def _said(problem: Exception, job: Job) -> OneRosterError:
    """Return an error as it is; of a broken program only the place, which holds nobody's data."""
    if isinstance(problem, OneRosterError):
        return problem
    error = DeliveryError(f"vendor {job.vendor}: {internal(problem)}")
    error.__cause__ = problem
    return error


class _Tries:
    """One job, tried until it succeeds, or fails for good."""

    def __init__(
        self,
        job: Job,
        advance: Callable[[int], None],
        stop: Stop,
        sleep: Callable[[float], object],
    ) -> None:
        self.sha256, self.size, self.attempts = "", 0, 0
        self._job, self._advance, self._stop, self._sleep = job, advance, stop, sleep

    def run(self) -> str:
        """Return how it is known that the bundle arrived."""
        job = self._job
        with payloads(job.bundle, job.remote_name, unpacked=False) as (whole,):
            self.sha256, self.size = whole.sha256, whole.size
            if not job.unpacked:
                return self._again_and_again([whole])
        with payloads(job.bundle, job.remote_name, unpacked=True) as files:
            return self._again_and_again(files)

    def _again_and_again(self, files: list[Payload]) -> str:
        from tenacity import (
            Retrying,
            retry_if_exception,
            stop_after_attempt,
            wait_exponential,
            wait_random,
        )

        half = wait_exponential(_FIRST_PAUSE / 2, max=_LONGEST_PAUSE / 2)
        tries = Retrying(
            stop=stop_after_attempt(self._job.delivery.attempts),
            wait=lambda state: half(state) * (1 + wait_random(0, 1)(state)),
            retry=retry_if_exception(lambda error: getattr(error, "transient", False)),
            sleep=lambda seconds: self._stop.pause(seconds, self._sleep),
            reraise=True,
        )
        return tries(self._once(files))

    def _once(self, files: list[Payload]) -> Callable[[], str]:
        job, stop = self._job, self._stop
        if isinstance(job.delivery, FolderSettings):
            from extractor.deliver.folder import place

            settings = job.delivery

            def attempt() -> str:
                self.attempts += 1
                return place(settings, job.base, files, self._advance, stop, unpacked=job.unpacked)
        else:
            from extractor.deliver.connection import login
            from extractor.deliver.sftp import send

            there = job.delivery
            who = login(there, job.vendor, job.base)

            def attempt() -> str:
                self.attempts += 1
                work = send(there, who, files, self._advance, unpacked=job.unpacked)
                return stop.run(work)

        return attempt
