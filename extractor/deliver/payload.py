"""The files that one delivery consists of: a bundle as it is, or what is in it."""

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from extractor.errors import DeliveryError
from extractor.spec import FILES, MANIFEST

BLOCK = 2**20
# Of these names, one that the new bundle lacks is a leftover of an older one.
STANDARD = (*(file.csv for file in FILES), MANIFEST)


@dataclass(frozen=True, slots=True)
class Payload:
    """One file to deliver; `open` yields its bytes from an offset on."""

    name: str
    size: int
    sha256: str
    open: Callable[[], IO[bytes]]

    @property
    def temporary(self) -> str:
        """Return the name under which it travels: always the same, so that nothing piles up."""
        return f".{self.name}.partial"

    @property
    def previous(self) -> str:
        """Return the name of the old file while a server that cannot replace it is helped."""
        return f".{self.name}.previous"


def digest(source: IO[bytes]) -> str:
    """Return the SHA-256 of what is left to read."""
    digest = hashlib.sha256()
    while block := source.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


@contextmanager
def payloads(bundle: Path, name: str, *, unpacked: bool) -> Iterator[list[Payload]]:
    """
    Yield the files to deliver, the manifest last; nothing is unpacked onto the disk.

    Raises:
        DeliveryError: if the bundle cannot be read.
    """
    if not unpacked:
        yield [_whole(bundle, name)]
    else:
        with _archive(bundle) as archive:
            try:
                files = _ordered([_member(archive, entry) for entry in archive.infolist()])
            except (zipfile.BadZipFile, zlib.error) as error:
                raise DeliveryError(f"{bundle}: is no whole zip; make the bundle again") from error
            yield files


def _archive(bundle: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(bundle)
    except zipfile.BadZipFile as error:
        raise DeliveryError(f"{bundle}: is no whole zip; make the bundle again") from error
    except OSError as error:
        raise _unreadable(bundle, error) from error


def _unreadable(path: Path, error: OSError) -> DeliveryError:
    return DeliveryError(f"{path}: cannot be read ({error.strerror}); make the bundle again")


def _whole(path: Path, name: str) -> Payload:
    try:
        with path.open("rb") as source:
            sha256 = digest(source)
            size = source.tell()
    except OSError as error:
        raise _unreadable(path, error) from error

    def again() -> BinaryIO:
        return path.open("rb")

    return Payload(name, size, sha256, again)


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Payload:
    name = entry.filename
    if "/" in name or "\\" in name or name.startswith(".") or ":" in name:
        raise DeliveryError(
            f"{archive.filename}: an entry is no plain file name; a bundle has files only, in no "
            "folder"
        )
    with archive.open(entry) as source:
        return Payload(name, entry.file_size, digest(source), lambda: archive.open(entry))


def _ordered(files: list[Payload]) -> list[Payload]:
    """Put the manifest last: what watches for it finds the others there already."""
    return sorted(files, key=lambda one: (one.name == MANIFEST, one.name))
