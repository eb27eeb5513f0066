"""One delivery into a folder: a network share, or a place that another program sends from."""

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from extractor.deliver.jobs import THERE
from extractor.deliver.payload import BLOCK, STANDARD, Payload, digest
from extractor.deliver.stopping import Stop
from extractor.deliver.tables import FolderSettings
from extractor.disk import sync_folder
from extractor.errors import DeliveryError
from extractor.spec import MANIFEST

HASH = "hash read back"
# What stays the same a moment later; all else of a share may be the network's fault.
_LASTING = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENAMETOOLONG, errno.EINVAL}


def place(
    settings: FolderSettings,
    base: Path,
    files: Sequence[Payload],
    advance: Callable[[int], None],
    stop: Stop,
    *,
    unpacked: bool,
) -> str:
    """
    Copy files beside their names, read them back, and put them there.

    Returns:
        how it is known that they arrived.

    Raises:
        DeliveryError: transient if trying again may do better.
    """
    folder = settings.at(base)
    with _explained(folder):
        _ready(folder, files, create=settings.create)
        stale = _stale(folder, files) if unpacked else []
        if not stale and all(_same(folder / one.name, one) for one in files):
            for one in files:
                (folder / one.temporary).unlink(missing_ok=True)
            return THERE + HASH
        for one in files:
            _copy(one, folder / one.temporary, advance, stop)
        if unpacked:  # as over SFTP: whenever a manifest stands there, the rest is its own
            (folder / MANIFEST).unlink(missing_ok=True)
        for name in stale:
            (folder / name).unlink(missing_ok=True)
        for one in files:
            _put(folder, one)
    return HASH


def _ready(folder: Path, files: Sequence[Payload], *, create: bool) -> None:
    if create:
        folder.mkdir(parents=True, exist_ok=True)
    if not folder.is_dir():
        raise DeliveryError(
            f"{folder}: the folder is not there; see whether the share is mounted, correct "
            "path, or set create = true"
        )
    for one in files:
        if (folder / one.name).is_dir():
            raise DeliveryError(
                f"{folder / one.name}: is a folder where a file belongs; remove it. Nothing there "
                "was changed"
            )


def _stale(folder: Path, files: Sequence[Payload]) -> list[str]:
    lacking = sorted(set(STANDARD) - {one.name for one in files})
    return [name for name in lacking if (folder / name).exists()]


def _same(path: Path, one: Payload) -> bool:
    if not path.exists() or path.stat().st_size != one.size:
        return False
    with path.open("rb") as there:
        return digest(there) == one.sha256


def _copy(one: Payload, temporary: Path, advance: Callable[[int], None], stop: Stop) -> None:
    temporary.unlink(missing_ok=True)
    try:
        with one.open() as source, _new(temporary) as copy:
            while block := source.read(BLOCK):
                stop.check()
                copy.write(block)
                advance(len(block))
            copy.flush()
            os.fsync(copy.fileno())
    except OSError:
        with suppress(OSError):  # a full disk gets its room back
            temporary.unlink()
        raise
    if not _same(temporary, one):
        temporary.unlink()
        raise DeliveryError(
            f"{temporary}: what arrived is not what was sent; it was removed", transient=True
        )


def _new(path: Path) -> BinaryIO:
    """Open a new file that its owner and group may read, less what the umask forbids."""
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o660), "wb")


def _put(folder: Path, one: Payload) -> None:
    """Move a copy to its name; Windows refuses while somebody has the old file open."""
    try:
        (folder / one.temporary).replace(folder / one.name)
    except OSError as error:
        if error.errno in _LASTING:
            raise
        raise DeliveryError(
            f"{folder / one.name}: cannot be replaced ({error.strerror}); another program may have "
            "it open. The old file still stands there",
            transient=True,
        ) from error
    sync_folder(folder)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        lasting = error.errno in _LASTING or isinstance(
            error, PermissionError | FileExistsError | NotADirectoryError
        )
        raise DeliveryError(
            f"{folder}: {error.strerror or type(error).__name__}; check the folder, its free room, "
            "and the rights of the account that runs this. What stood there still does",
            transient=not lasting,
        ) from error
