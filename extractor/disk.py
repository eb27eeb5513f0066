"""Files that are the owner's alone, and that a power cut leaves whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PARTIAL = ".partial"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, for its owner only."""
    partial = path.with_name(f".{path.name}{PARTIAL}")
    with owner_only(partial) as out:
        out.write(content)
    partial.replace(path)
    sync_folder(path.parent)


@contextmanager
def owner_only(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file that only its owner can read; it is on the disk when the block ends."""
    path.unlink(missing_ok=True)
    descriptor = os.open(
        path, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0), 0o600
    )
    with os.fdopen(descriptor, "w+b") as raw:
        yield raw
        raw.flush()
        os.fsync(raw.fileno())


def sync_folder(folder: Path) -> None:
    """Have a rename survive a power cut, where the system can do that."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
