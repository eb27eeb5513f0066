"""The far side of an SFTP connection: files there, each step bounded in time.

Paths are POSIX, as the protocol has them, whatever runs at the vendor's.
"""

import asyncio
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
)
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, Any, TypeVar

import asyncssh
from asyncssh.constants import (
    FILEXFER_TYPE_DIRECTORY,
    FXF_CREAT,
    FXF_EXCL,
    FXF_READ,
    FXF_WRITE,
)

from extractor.errors import DeliveryError

Result = TypeVar("Result")
Bytes = asyncssh.SFTPClientFile

# A block as large as servers take, and so many on the way that a long line stays full; the
# product bounds the memory: 4 MiB for each vendor that is being served.
_BLOCK = 128 * 1024
_ON_THE_WAY = 4 * 2**20
_REFUSED = (asyncssh.SFTPPermissionDenied, asyncssh.SFTPOpUnsupported)
_ABSENT = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)


@dataclass(slots=True)
class FarSide:
    """What can be done there; `doing` names the step that is under way, for complaints."""

    sftp: asyncssh.SFTPClient
    timeout: float
    place: str
    doing: str = field(default="", init=False)

    async def step(self, doing: str, what: Awaitable[Result]) -> Result:
        """
        Wait for one answer.

        Raises:
            TimeoutError: if it does not come in time.
        """
        self.doing = doing
        async with asyncio.timeout(self.timeout):
            return await what

    async def size(self, path: str) -> int | None:
        """
        Return the size of a file; None if it is not there, or the server does not tell.

        Raises:
            DeliveryError: if it is a directory.
        """
        try:
            seen = await self.step(f"looking at {path}", self.sftp.stat(path))
        except (*_ABSENT, *_REFUSED):
            return None
        if seen.type == FILEXFER_TYPE_DIRECTORY:
            raise DeliveryError(
                f"{self.place}: {path} is a directory where a file belongs; have the vendor remove "
                "it, or deliver elsewhere. Nothing there was changed"
            )
        return seen.size

    async def directory(self, path: str, *, create: bool) -> None:
        """
        Have a directory there, made only when told.

        Raises:
            DeliveryError: if it is not there, or no directory.
        """
        if create:
            await self.step(f"making {path}", self.sftp.makedirs(path, exist_ok=True))
        try:
            seen = await self.step(f"looking at {path}", self.sftp.stat(path))
        except _ABSENT as error:
            raise DeliveryError(
                f"{self.place}: the directory {path} is not there; correct directory, have the "
                "vendor make it, or set create_directory = true"
            ) from error
        except _REFUSED:
            return  # writing will show
        if seen.type != FILEXFER_TYPE_DIRECTORY:
            raise DeliveryError(f"{self.place}: {path} is no directory; correct directory")

    async def remove(self, path: str) -> None:
        """Remove a file, if it is there."""
        try:
            await self.step(f"removing {path}", self.sftp.remove(path))
        except _ABSENT:
            return

    async def rename(self, old: str, new: str) -> None:
        """Rename a file as the protocol has it: most servers refuse when `new` is there."""
        await self.step(f"renaming {old} to {new}", self.sftp.rename(old, new))

    async def replace(self, old: str, new: str) -> bool:
        """Rename in one move, over what is there; False if the server has no such move."""
        try:
            await self.step(f"renaming {old} to {new}", self.sftp.posix_rename(old, new))
        except asyncssh.SFTPOpUnsupported:
            return False
        return True

    async def free(self, path: str) -> int | None:
        """Return the bytes that are free where a path is; None if the server does not tell."""
        try:
            told = await self.step(f"looking at {path}", self.sftp.statvfs(path))
        except asyncssh.SFTPError:
            return None
        return told.bavail * told.frsize if told.blocks else None

    async def blocks(self, path: str, size: int) -> AsyncGenerator[bytes, None]:
        """Yield the first `size` bytes of a file in order; less if it has less."""
        doing = f"reading {path} back"
        async with self._opened(doing, path, FXF_READ) as file:
            block = min(_BLOCK, file.read_len)
            spans = ((at, min(block, size - at)) for at in range(0, size, block))
            reads = (_read(file, at, length) for at, length in spans)
            async with aclosing(self._many(doing, reads, block)) as answers:
                async for data in answers:
                    yield data

    async def write(
        self, path: str, source: IO[bytes], start: int, advance: Callable[[int], None]
    ) -> None:
        """
        Write a file from an offset on: a new one at 0, else one that is there.

        It is on the vendor's disk afterwards, where the server can promise that.
        """
        doing = f"writing {path}"
        flags = FXF_WRITE if start else FXF_WRITE | FXF_CREAT | FXF_EXCL
        async with self._opened(doing, path, flags) as file:
            block = min(_BLOCK, file.write_len)
            source.seek(start)
            writes = _writes(file, source, start, block)
            async with aclosing(self._many(doing, writes, block)) as answers:
                async for written in answers:
                    advance(written)
            with suppress(asyncssh.SFTPOpUnsupported):  # few promise it; what counts is read back
                await self.step(doing, file.fsync())

    async def _many(
        self, doing: str, requests: Iterable[Coroutine[Any, Any, Result]], block: int
    ) -> AsyncGenerator[Result, None]:
        """Keep many requests on the way; yield their answers in order."""
        waiting: deque[asyncio.Task[Result]] = deque()
        try:
            for request in requests:
                waiting.append(asyncio.ensure_future(request))
                if len(waiting) * block >= _ON_THE_WAY:
                    yield await self.step(doing, waiting.popleft())
            while waiting:
                yield await self.step(doing, waiting.popleft())
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    @asynccontextmanager
    async def _opened(self, doing: str, path: str, flags: int) -> AsyncIterator[Bytes]:
        """Open a file; on a connection that is broken, it is not waited for its closing."""
        file: Bytes = await self.step(doing, self.sftp.open(path, flags, encoding=None))
        try:
            yield file
        except (asyncssh.SFTPError, GeneratorExit):
            with suppress(OSError, asyncssh.Error):
                await self.step(doing, file.close())
            raise
        await self.step(doing, file.close())


async def _read(file: Bytes, at: int, length: int) -> bytes:
    data = await file.read(length, at)
    return data.encode() if isinstance(data, str) else data


async def _write(file: Bytes, data: bytes, at: int) -> int:
    await file.write(data, at)
    return len(data)


def _writes(
    file: Bytes, source: IO[bytes], start: int, block: int
) -> Iterator[Coroutine[Any, Any, int]]:
    at = start
    while data := source.read(block):
        yield _write(file, data, at)
        at += len(data)
