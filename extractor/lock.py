"""One run at a time in a folder; a second one is told who is there.

The lock is the operating system's, so a killed run never leaves it stuck. Network shares: SMB and
NFSv4 carry such locks; a share that has none refuses the run, rather than let two of them in.
"""

import errno
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from extractor.errors import OutputError

LOCK = ".oneroster.lock"
_NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}
HOLDER = ".oneroster.lock.json"  # beside it: Windows lets nobody read a locked file


@contextmanager
def one_run_at_a_time(folder: Path, remedy: str = "wait for it to end") -> Iterator[None]:
    """
    Hold a folder, which must be there; holding it twice in one thread counts as once.

    So `run` may hold the output folder from before it reads to after it delivers, while the
    stages within hold it too.

    Args:
        remedy: what to do while another run holds it.

    Raises:
        OutputError: if another run holds the folder, or its file system has no locks.
        OSError: if the folder cannot be written.
    """
    # A lock that is a file's mere presence would outlive a killed run: better none than that.
    place = str(folder.resolve() / LOCK)
    lock = FileLock(place, 0, mode=0o600, is_singleton=True, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise OutputError(f"{folder}: {_holder(folder)}; {remedy}") from error
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        raise OutputError(
            f"{folder}: this file system has no locks; choose a folder on a disk of this machine"
        ) from error
    try:
        if lock.lock_counter == 1:
            _sign(folder)
        yield
    finally:
        if lock.lock_counter == 1:
            with suppress(OSError):
                (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def _sign(folder: Path) -> None:
    """Write down who holds the folder; a courtesy to the next one, so it may fail."""
    held = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    part = folder / f"{HOLDER}.part"
    with suppress(OSError):
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(held, file)
        part.replace(folder / HOLDER)


def _holder(folder: Path) -> str:
    """
    Say who holds a folder.

    What a killed run wrote may be read in the instant before the next one signs: the words are
    for people, and decide nothing.
    """
    try:
        held = json.loads((folder / HOLDER).read_text("utf-8"))
        who = f"process {int(held['pid'])} on {held['host']!s}"
        since = datetime.fromisoformat(held["since"]).astimezone()
    except (OSError, ValueError, KeyError, TypeError):
        return "another run is writing there"
    return f"another run is writing there ({who}, since {since:%Y-%m-%d %H:%M:%S %z})"
