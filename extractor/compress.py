"""The compressor of bundles: ISA-L where it is installed, else zlib at the level nearest to it.

Measured in docs/performance.md. The bytes are the same wherever the compressor is the same; where
it is another one, a night whose files are the same still counts as unchanged (`nightly.night`).
"""

import zlib
from importlib.util import find_spec
from typing import IO, Any

LEVEL = 1  # of either
_BLOCK = 2**20


def quick(entry: IO[bytes]) -> IO[bytes]:
    """
    Have a new, empty entry of a zip (`ZipFile.open(..., "w")`) compressed by ISA-L.

    zipfile has no way to be given a compressor; where it keeps its own elsewhere than in the
    Pythons known today, that one is left in place, and the zip is as good.
    """
    if find_spec("isal") and hasattr(entry, "_compressor"):
        from isal import isal_zlib

        entry._compressor = _InBlocks(isal_zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS))
    return entry


class _InBlocks:
    """
    Feeds a compressor in blocks of one size.

    What ISA-L writes depends on where its input is cut, and batches are cut anywhere.
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._held = bytearray()

    def compress(self, data: Any) -> bytes:
        """Take bytes; return those that are ready."""
        self._held += memoryview(data)
        whole = len(self._held) // _BLOCK * _BLOCK
        if not whole:
            return b""
        with memoryview(self._held) as held:
            made = b"".join(
                self._inner.compress(held[at : at + _BLOCK]) for at in range(0, whole, _BLOCK)
            )
        del self._held[:whole]
        return made

    def flush(self) -> bytes:
        """Return what is left."""
        made = self._inner.compress(bytes(self._held)) + self._inner.flush()
        self._held.clear()
        return bytes(made)
