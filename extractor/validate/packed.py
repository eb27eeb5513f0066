"""Texts of a batch, kept small: hardly any of them is asked for again."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from extractor.validate.hashes import offsets_and_bytes

_CODEC = "zstd"  # ids that follow each other take a byte or two


class Packed:
    """An Arrow column of texts, compressed."""

    __slots__ = ("_bytes", "_ends", "_rows", "_size")

    def __init__(self, texts: pa.StringArray) -> None:
        """Take a copy; the buffers behind the texts are not held."""
        offsets, content = offsets_and_bytes(texts)
        own = content[offsets[0] : offsets[-1]] if len(offsets) else content[:0]
        self._rows, self._size = len(texts), len(own)
        self._bytes = _compressed(own)
        self._ends = _compressed(np.diff(offsets).astype(np.int32).view(np.uint8))

    def texts(self) -> pa.StringArray:
        """Return them all."""
        lengths = np.frombuffer(_plain(self._ends, self._rows * 4), np.int32)
        offsets = np.zeros(self._rows + 1, np.int32)
        np.cumsum(lengths, out=offsets[1:])
        data = pa.py_buffer(_plain(self._bytes, self._size))
        return pa.StringArray.from_buffers(self._rows, pa.py_buffer(offsets), data)


def _compressed(content: NDArray[np.uint8]) -> bytes:
    return bytes(pa.compress(content.tobytes(), codec=_CODEC, asbytes=True))


def _plain(packed: bytes, size: int) -> bytes:
    return bytes(pa.decompress(packed, decompressed_size=size, codec=_CODEC, asbytes=True))
