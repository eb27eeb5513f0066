"""Rows are fetched in a thread of their own, while those before them are worked on."""

from collections.abc import Callable, Generator, Iterator
from queue import Empty, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")
_AHEAD = 1  # items that wait; one more is worked on, and one is being made
_TICK = 0.5  # seconds; on Windows a waiting thread notices Ctrl-C only in between
_GRACE = 15.0  # seconds for a call into the driver that was cancelled; then it is left alone


def ahead(items: Generator[T, None, None], cancel: Callable[[], object]) -> Iterator[T]:
    """
    Yield what a generator yields, and have it make the next item meanwhile, in a thread.

    The generator begins and ends in that thread, which is over when this one is left: at the
    end, with an error of either side, or because nobody wants the rest.

    Args:
        cancel: ends the call that the generator may be waiting in.
    """
    made: Queue[tuple[T | None, BaseException | bool]] = Queue(_AHEAD)
    unwanted = Event()

    def make() -> None:
        end: BaseException | bool = True
        try:
            for item in items:
                made.put((item, False))
                if unwanted.is_set():
                    break
        except BaseException as error:  # handed to whoever waits
            end = error
        finally:
            items.close()
        if not unwanted.is_set():
            made.put((None, end))

    thread = Thread(target=make, name="oneroster-ahead", daemon=True)
    thread.start()
    try:
        while True:
            item, end = _next(made)
            if isinstance(end, BaseException):
                raise end
            if end:
                break
            yield item  # type: ignore[misc]  # None only at the end
    finally:
        unwanted.set()
        if thread.is_alive():
            cancel()
        _drain(made)  # room for what it is just about to put; it puts no more
        thread.join(_GRACE)


def _next(made: "Queue[T]") -> T:
    while True:
        try:
            return made.get(timeout=_TICK)
        except Empty:
            continue


def _drain(made: "Queue[T]") -> None:
    try:
        while True:
            made.get_nowait()
    except Empty:
        pass
