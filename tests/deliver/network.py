"""A bad line to a vendor, and somebody who watches what stands at the vendor's."""

import hashlib
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from extractor.progress import Quiet


class Proxy:
    """
    Passes bytes on between us and a server, until it does not.

    Args:
        cut_after: bytes towards the server after which a connection breaks, one per connection;
            connections beyond the list are whole.
        stall_after: bytes after which nothing more is passed on, and nothing closed.
        rate: bytes per second towards the server.
        gather: connections that must be there before any gets a byte through.
    """

    def __init__(
        self,
        port: int,
        cut_after: tuple[int, ...] = (),
        stall_after: tuple[int, ...] = (),
        rate: int | None = None,
        gather: int = 1,
    ) -> None:
        self._port, self._rate, self._gather = port, rate, gather
        self._cut, self._stall = list(cut_after), list(stall_after)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.connections = 0
        self.passed: list[int] = []
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self.passed.append(0)
            thread = threading.Thread(target=self._serve, args=(near, self.connections - 1))
            self._threads.append(thread)
            thread.start()

    def _serve(self, near: socket.socket, number: int) -> None:
        cut = self._cut[number] if number < len(self._cut) else None
        stall = self._stall[number] if number < len(self._stall) else None
        while self.connections < self._gather and not self._ended.wait(0.01):
            pass
        far = socket.create_connection(("127.0.0.1", self._port))
        with near, far, selectors.DefaultSelector() as ready, suppress(OSError):
            ready.register(near, selectors.EVENT_READ, far)
            ready.register(far, selectors.EVENT_READ, near)
            while not self._ended.is_set():
                for key, _ in ready.select(0.1):
                    data = key.fileobj.recv(16384)
                    if not data:
                        return
                    if key.fileobj is near:
                        self.passed[number] += len(data)
                        if cut is not None and self.passed[number] > cut:
                            key.data.sendall(data[: cut - self.passed[number]])
                            return
                        if stall is not None and self.passed[number] > stall:
                            self._ended.wait()
                            return
                        if self._rate:
                            time.sleep(len(data) / self._rate)
                    key.data.sendall(data)


class Watcher:
    """Looks at a file over and over, as a receiver would, and notes what it saw."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.seen: Counter[str] = Counter()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._ended.wait(0.001):
            self._look()

    def _look(self) -> None:
        try:
            self.seen[hashlib.sha256(self._path.read_bytes()).hexdigest()] += 1
        except FileNotFoundError:
            self.seen["nothing"] += 1


class When(Quiet):
    """Does something once so many bytes of all deliveries together have been acknowledged."""

    def __init__(self, *marks: int, do: Callable[[], object]) -> None:
        self._marks, self._do, self._count = sorted(marks), do, 0

    @contextmanager
    def stage(self, name: str, unit: str = "rows") -> Iterator[Callable[[int], None]]:
        """Enter a stage."""

        def advance(count: int) -> None:
            self._count += count
            while self._marks and self._count >= self._marks[0]:
                del self._marks[0]
                self._do()

        yield advance
