"""Rows are fetched in a thread of their own, while those before them are worked on.

So the database goes on, to the next query too, as far as there is room for what waits.
"""

from collections.abc import Callable, Generator
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any, TypeVar

T = TypeVar("T")
ROOM = 2**27  # bytes that wait; one item more is worked on, and one is being made
_TICK = 0.5  # seconds; on Windows a waiting thread notices Ctrl-C only in between
_GRACE = 15.0  # seconds for a call into the driver that was cancelled; then it is left alone


def ahead(
    items: Generator[T, None, None], cancel: Callable[[], object], weigh: Callable[[T], int]
) -> Generator[T, None, None]:
    """
    Yield what a generator yields, and have it make the next items meanwhile, in a thread.

    The generator begins and ends in that thread, which is over when this one is left: at the
    end, with an error of either side, or because nobody wants the rest.

    Args:
        cancel: ends the call that the generator may be waiting in.
        weigh: tells how many bytes an item holds.
    """
    made = _Weighed(lambda put: weigh(put[0]) if put[0] is not None else 0)
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
            yield item
    finally:
        unwanted.set()
        if thread.is_alive():
            cancel()
        _drain(made)  # room for what it is just about to put; it puts no more
        thread.join(_GRACE)


class _Weighed(Queue[Any]):
    """Has room for so many bytes; an item that is larger waits until all others are gone."""

    def __init__(self, weigh: Callable[[Any], int]) -> None:
        super().__init__(ROOM)
        self._weigh = weigh
        self._held = 0

    def _qsize(self) -> int:
        return self._held

    def _put(self, item: Any) -> None:
        self._held += 1 + self._weigh(item)
        super()._put(item)

    def _get(self) -> Any:
        item = super()._get()
        self._held -= 1 + self._weigh(item)
        return item


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
