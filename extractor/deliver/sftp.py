"""One delivery over SFTP: send beside the old bundle, prove it, and put it in its place."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass

import asyncssh

from extractor.deliver.connection import Login, connected
from extractor.deliver.far_side import FarSide
from extractor.deliver.jobs import THERE
from extractor.deliver.mishaps import lasting
from extractor.deliver.payload import STANDARD, Payload
from extractor.deliver.tables import SftpSettings
from extractor.errors import DeliveryError
from extractor.spec import MANIFEST

HASH = "hash read back"
SIZE = "size read back"
NOTHING = "accepted by the server, which lets nothing be read back"
_REFUSED = (asyncssh.SFTPPermissionDenied, asyncssh.SFTPOpUnsupported)


async def send(
    settings: SftpSettings,
    who: Login,
    files: Sequence[Payload],
    advance: Callable[[int], None],
    *,
    unpacked: bool,
) -> str:
    """
    Deliver in one connection; whatever an earlier one left there is used or removed.

    Returns:
        how it is known that the files arrived.

    Raises:
        DeliveryError: transient if another connection may do better.
    """
    async with connected(settings, who) as far:
        delivery = _Delivery(far, settings, advance)
        await far.directory(settings.directory, create=settings.create_directory)
        for one in files:
            await delivery.recover(one)
        stale = await delivery.stale(files) if unpacked else []
        if not stale and await delivery.there(files):
            await delivery.tidy(files)
            return THERE + HASH
        proofs = [await delivery.upload(one) for one in files]
        if unpacked:
            await delivery.put_set(files, stale)
        else:
            await delivery.put(files[0])
        for one in files:
            await delivery.look_again(one)
        return max(proofs, key=(HASH, SIZE, NOTHING).index)


@dataclass(frozen=True, slots=True)
class _Delivery:
    far: FarSide
    settings: SftpSettings
    advance: Callable[[int], None]

    def path(self, name: str) -> str:
        directory = self.settings.directory
        return name if directory == "." else f"{directory.rstrip('/')}/{name}"

    async def recover(self, one: Payload) -> None:
        """Finish a replacement that was cut short between its two renames."""
        final, previous = self.path(one.name), self.path(one.previous)
        there = await self.far.size(final) is not None
        if await self.far.size(previous) is None:
            return
        if there:
            await self.far.remove(previous)
        else:
            await self.far.rename(previous, final)

    async def stale(self, files: Sequence[Payload]) -> list[str]:
        """Return the standard's files there that the new bundle lacks."""
        lacking = sorted(set(STANDARD) - {one.name for one in files})
        return [name for name in lacking if await self.far.size(self.path(name)) is not None]

    async def there(self, files: Sequence[Payload]) -> bool:
        """Tell whether all that is to be sent is there already, byte for byte."""
        if self.settings.verify != "hash":
            return False
        for one in files:
            if await self.far.size(self.path(one.name)) != one.size:
                return False
        for one in files:
            if await self._hash(self.path(one.name), one.size) != one.sha256:
                return False
        return True

    async def tidy(self, files: Sequence[Payload]) -> None:
        """Remove what an upload that was cut short left beside the file."""
        for one in files:
            if await self.far.size(self.path(one.temporary)) is not None:
                await self.far.remove(self.path(one.temporary))

    async def upload(self, one: Payload) -> str:
        """Write a file under its temporary name, whole and proven."""
        path = self.path(one.temporary)
        size = await self.far.size(path)
        start = size if size and await self._begins(one, path, size) else 0
        if size is not None and not start:
            # A new file, not the old one cut to nothing: a connection that is not quite dead
            # may still write into that.
            await self.far.remove(path)
        try:
            with one.open() as source:
                await self.far.write(path, source, start, self.advance)
        except asyncssh.SFTPError as error:
            await self._full(one, path, error)
            raise
        return await self._proof(one, path)

    async def put(self, one: Payload) -> None:
        """Put an uploaded file at its name, in one move where the server has such a move."""
        temporary, final = self.path(one.temporary), self.path(one.name)
        if not await self.far.replace(temporary, final):
            await self._put_in_two_moves(one)

    async def put_set(self, files: Sequence[Payload], stale: Sequence[str]) -> None:
        """
        Put an uploaded set at its names.

        A set cannot appear in one move. The old manifest goes first and the new one comes last,
        so whenever a manifest stands there, the files beside it are its own.
        """
        if await self.far.size(self.path(MANIFEST)) is not None:
            await self.far.remove(self.path(MANIFEST))
        for name in stale:
            await self.far.remove(self.path(name))
        for one in files:
            await self.put(one)

    async def look_again(self, one: Payload) -> None:
        """See what stands at the name now; a receiver may have taken it away already."""
        size = await self.far.size(self.path(one.name))
        if size not in (None, one.size):
            raise DeliveryError(
                f"{self.far.place}: {self.path(one.name)} was replaced by something else at once; "
                "make sure that nobody else delivers there",
                transient=True,
            )

    async def _put_in_two_moves(self, one: Payload) -> None:
        """For a server without the one move: the old file steps aside for a moment."""
        temporary, final = self.path(one.temporary), self.path(one.name)
        aside = self.path(one.previous)
        if await self.far.size(final) is None:
            await self.far.rename(temporary, final)
            return
        await self.far.rename(final, aside)
        try:
            await self.far.rename(temporary, final)
        except asyncssh.SFTPError:
            with suppress(asyncssh.SFTPError):
                await self.far.rename(aside, final)
            raise
        await self.far.remove(aside)

    async def _begins(self, one: Payload, path: str, size: int) -> bool:
        """Tell whether all that is there already is the beginning of the file."""
        if size > one.size:
            return False
        read = 0
        try:
            with one.open() as source:
                async with aclosing(self.far.blocks(path, size)) as blocks:
                    async for block in blocks:
                        if block != source.read(len(block)):
                            return False
                        read += len(block)
        except _REFUSED:
            return False
        return read == size

    async def _proof(self, one: Payload, path: str) -> str:
        size = await self.far.size(path)
        if size is None:
            return NOTHING
        hashed = await self._hash(path, size) if self.settings.verify == "hash" else None
        if size != one.size or hashed not in (None, one.sha256):
            await self.far.remove(path)
            raise DeliveryError(
                f"{self.far.place}: what arrived as {path} is not what was sent; it was removed",
                transient=True,
            )
        return HASH if hashed else SIZE

    async def _hash(self, path: str, size: int) -> str | None:
        """Return the SHA-256 of a file there; None if the server does not let it be read."""
        digest = hashlib.sha256()
        try:
            async with aclosing(self.far.blocks(path, size)) as blocks:
                async for block in blocks:
                    digest.update(block)
        except _REFUSED:
            return None
        return digest.hexdigest()

    async def _full(self, one: Payload, path: str, error: asyncssh.SFTPError) -> None:
        """Say that the disk is full, if it is: the answer itself is often just `failure`."""
        if lasting(error) and not isinstance(error, asyncssh.SFTPNoSpaceOnFilesystem):
            return
        written = await self.far.size(path) or 0
        free = await self.far.free(self.settings.directory)
        if isinstance(error, asyncssh.SFTPNoSpaceOnFilesystem) or (
            free is not None and free < one.size - written
        ):
            await self.far.remove(path)
            raise DeliveryError(
                f"{self.far.place}: the disk there is full; the bundle needs {one.size:,} bytes "
                "beside the old one. Ask the vendor to make room. What stood there still does"
            ) from error
