"""A bundle as a list of entries: zip or folder, opened one by one, never unpacked to disk."""

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO

from extractor.errors import SettingsError
from extractor.spec import BY_NAME, MANIFEST
from extractor.validate.limits import Limits

KNOWN = frozenset({MANIFEST, *(file.csv for file in BY_NAME.values())})
JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", "._")
_RATIO_FROM = 2**26
# What a damaged entry may raise while it is read.
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
# What zipfile lets through where a name is no text, or an offset lies outside any file.
_NONSENSE = (ValueError, IndexError, OverflowError, struct.error)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a bundle. `name` is as the archive spells it; it is never used as a path."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]
    packed: int = 0
    encrypted: bool = False
    link: bool = False

    @property
    def base(self) -> str:
        """The name without folders."""
        return PurePosixPath(self.name.replace("\\", "/")).name

    @property
    def folder(self) -> str:
        """The folders before the name; empty at the root."""
        return self.name.replace("\\", "/").rpartition("/")[0]

    @property
    def junk(self) -> bool:
        """Whether a file manager left it there."""
        parts = self.name.replace("\\", "/").split("/")
        return any(part.startswith(JUNK) for part in parts)

    @property
    def unsafe(self) -> bool:
        """Whether unpacking it could write outside the folder it is unpacked in."""
        parts = self.name.replace("\\", "/").split("/")
        drive = len(self.name) > 1 and self.name[1] == ":"
        return ".." in parts or self.name.startswith(("/", "\\")) or drive or "\0" in self.name


@dataclass(slots=True)
class Package:
    """
    The entries of a bundle, and why it cannot be read, if so.

    `name` is what the bundle is called, without its folders. `root` is the folder that holds the
    files: empty, or the one folder somebody zipped whole.
    """

    name: str
    archive: bool
    entries: list[Entry] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    broken: str | None = None
    exceeded: str | None = None
    root: str = ""
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> "Package":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def open(self, entry: Entry) -> IO[bytes]:
        """Open an entry until the package is left."""
        return self._stack.enter_context(entry.open())

    @property
    def inside(self) -> list[Entry]:
        """The entries in the root folder that a file manager did not leave there."""
        return [entry for entry in self.entries if entry.folder == self.root and not entry.junk]


def open_package(path: Path, limits: Limits, name: str | None = None) -> Package:
    """
    Open a zip or a folder; `name` is what it is called if not as the path says.

    Raises:
        SettingsError: there is no such file, or no right to read it. All else is a finding.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            package = _folder(path, limits)
        elif stat.S_ISREG(mode):
            package = _zip(path, limits)
        else:
            raise SettingsError(f"{path} is neither a file nor a folder")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or 'no such file'}") from error
    package.exceeded = package.exceeded or _too_much(package.entries, limits)
    package.name = name or package.name
    package.root = _root(package.entries)
    return package


def _called(path: Path) -> str:
    return path.name or path.resolve().name


def _root(entries: list[Entry]) -> str:
    """Return the one folder that holds known files when none is at the top."""
    holders = {entry.folder for entry in entries if entry.base in KNOWN and not entry.junk}
    return holders.pop() if len(holders) == 1 else ""


def _too_much(entries: list[Entry], limits: Limits) -> str | None:
    if len(entries) > limits.entries:
        return f"it holds {len(entries)} entries; at most {limits.entries} are looked at"
    if sum(entry.size for entry in entries) > limits.size:
        return f"its files expand to more than {limits.size} bytes"
    for entry in entries:
        if entry.packed and entry.size > max(_RATIO_FROM, limits.ratio * entry.packed):
            return f"an entry expands more than {limits.ratio} times"
    return None


def _zip(path: Path, limits: Limits) -> Package:
    package = Package(_called(path), archive=True)
    try:
        archive = package._stack.enter_context(zipfile.ZipFile(path))
    except (*DAMAGE, *_NONSENSE) as error:
        if isinstance(error, PermissionError):
            raise
        package.broken = "it is damaged, cut short, or no zip at all"
        return package
    for info in archive.infolist():
        if info.filename.endswith("/"):  # `is_dir` fails when the name is empty
            package.folders.append(info.filename.rstrip("/"))
        else:
            package.entries.append(
                Entry(
                    name=info.filename,
                    size=info.file_size,
                    open=partial(_unpacked, archive, info),
                    packed=info.compress_size,
                    encrypted=bool(info.flag_bits & 1),
                )
            )
    return package


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """Open an entry; one that zipfile cannot make sense of is a damaged one."""
    if info.compress_type not in _METHODS:  # nobody sends others, and LZMA may ask for gigabytes
        raise NotImplementedError("it is packed in another way than deflate")
    try:
        return archive.open(info)
    except _NONSENSE as error:
        raise zipfile.BadZipFile("its header makes no sense") from error


def _folder(path: Path, limits: Limits) -> Package:
    package = Package(_called(path), archive=False)
    for entry in _walk(path, ""):
        package.entries.append(entry)
        if len(package.entries) > limits.entries:
            break
    return package


def _walk(folder: Path, prefix: str) -> Iterator[Entry]:
    with os.scandir(folder) as found:
        items = sorted(found, key=lambda item: item.name)
    for item in items:
        name = prefix + item.name
        if item.is_dir(follow_symlinks=False):
            yield from _walk(Path(item.path), f"{name}/")
        elif item.is_file(follow_symlinks=False):
            size = item.stat(follow_symlinks=False).st_size
            yield Entry(name, size, partial(_opened, item.path))
        else:  # a symlink is not followed; nor is a pipe or a device opened
            yield Entry(name, 0, _nothing, link=True)


def _opened(path: str) -> IO[bytes]:
    return Path(path).open("rb")


def _nothing() -> IO[bytes]:
    raise OSError("not followed")
