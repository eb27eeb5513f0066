"""The record folder: its database, its key, and the files in it, for their owner only."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from extractor.disk import PARTIAL, owner_only, sync_folder, write_whole
from extractor.errors import OutputError, SettingsError
from extractor.record.database import FILE, Database

KEY = "ledger.key"
_KEY_BYTES = 32
_KEY_CHECK = "ledger_key"


@dataclass(frozen=True, slots=True)
class Record:
    """The open record."""

    folder: Path
    db: Database

    def key(self) -> bytes:
        """
        Return the key of the ledger's digests, made at the first call.

        Raises:
            SettingsError: the key is lost while the ledger holds digests made with it.
        """
        with self.db.transaction():
            return _key(self)


@contextmanager
def open_record(folder: Path) -> Iterator[Record]:
    """
    Open the record in a folder, or begin one.

    Raises:
        OutputError: the folder cannot be written, or its database is damaged.
        SettingsError: a newer version of the program wrote it.
    """
    try:
        _make_folder(folder)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror})") from error
    with Database(folder / FILE) as database:
        yield Record(folder, database)


def exists(folder: Path) -> bool:
    """
    Tell whether there is a record in a folder.

    Raises:
        OutputError: this account may not look.
    """
    try:
        return (folder / FILE).exists()
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be read ({error.strerror}); ask as the account that runs the nights"
        ) from error


def moment(now: datetime | None = None) -> str:
    """Return a time, or this one, as it stands in the record: UTC, to the second."""
    return (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sha256(path: Path) -> str:
    """Return the hash of a file; empty if it cannot be read."""
    try:
        with path.open("rb") as raw:
            return hashlib.file_digest(raw, "sha256").hexdigest()
    except OSError:
        return ""


def place(source: Path, final: Path) -> None:
    """
    Let a file appear at another name, whole, for its owner only: linked, or copied.

    Raises:
        OutputError: the disk does not let us.
    """
    partial = final.with_name(f".{final.name}{PARTIAL}")
    with _told(final):
        _make_folder(final.parent)
        partial.unlink(missing_ok=True)
        if final.exists() and final.samefile(source):
            return
        if not _linked(source, partial):
            _copy(source, partial)
        partial.replace(final)
        sync_folder(final.parent)


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, for its owner only."""
    with _told(path):
        _make_folder(path.parent)
        write_whole(path, content)


def _make_folder(folder: Path) -> None:
    """Make a folder, and those above it, for the owner only."""
    if not folder.is_dir():
        if folder.parent != folder:
            _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _linked(source: Path, target: Path) -> bool:
    """Link a file, if its disk knows links and nobody else may read it."""
    if os.name == "posix" and source.stat().st_mode & 0o077:
        return False
    try:
        target.hardlink_to(source)
    except OSError:
        return False
    return True


def _copy(source: Path, target: Path) -> None:
    with owner_only(target) as out, source.open("rb") as raw:
        shutil.copyfileobj(raw, out, 2**20)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({error.strerror}); look at the disk and its rights"
        ) from error


def _key(record: Record) -> bytes:
    path, db = record.folder / KEY, record.db
    known = db.row("SELECT value FROM meta WHERE name = ?", _KEY_CHECK)
    key = _held(path)
    if key == b"" or (known is None and key is None):
        # An empty file is how somebody says that the key is lost for good.
        db.change("DELETE FROM ledger")
        key = secrets.token_bytes(_KEY_BYTES)
        write(path, key)
        known = None
    if key is None or len(key) != _KEY_BYTES or (known and known["value"] != _check(key)):
        raise SettingsError(
            f"{path} is {'missing' if key is None else 'another than the ledger was made with'}: "
            "restore it from a backup. If it is lost for good, put an empty file in its place: "
            "the ledger of issued sourcedIds then begins anew"
        )
    db.change("INSERT OR REPLACE INTO meta VALUES (?, ?)", _KEY_CHECK, _check(key))
    return key


def _held(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({error.strerror})") from error


def _check(key: bytes) -> str:
    return hashlib.blake2b(b"ledger", key=key, digest_size=8).hexdigest()
