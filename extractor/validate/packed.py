"""What is kept small, for hardly any of it is asked for again: texts of a batch, long columns."""

from bisect import bisect_left, bisect_right

import numpy as np
import pyarrow as pa
from numpy.typing import DTypeLike, NDArray

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


class PackedColumn:
    """Numbers of a long file, compressed batch by batch; they come back some rows at a time."""

    __slots__ = ("_dtype", "_parts", "_starts")

    def __init__(self, dtype: DTypeLike) -> None:
        """Hold nothing yet."""
        self._dtype = np.dtype(dtype)
        self._parts: list[bytes] = []
        self._starts = [0]

    def __len__(self) -> int:
        return self._starts[-1]

    def add(self, more: np.ndarray) -> None:
        """Take the values of the next batch."""
        own = np.ascontiguousarray(more, self._dtype)
        self._parts.append(_compressed(own.view(np.uint8)))
        self._starts.append(len(self) + len(own))

    def __getitem__(self, rows: slice) -> np.ndarray:
        """Return the values of some rows that follow each other."""
        begin, end, _ = rows.indices(len(self))
        if begin >= end:
            return np.zeros(0, self._dtype)
        first = bisect_right(self._starts, begin) - 1
        last = bisect_left(self._starts, end)
        parts = [self._part(number) for number in range(first, last)]
        start = self._starts[first]
        return np.concatenate(parts)[begin - start : end - start]

    def _part(self, number: int) -> np.ndarray:
        size = (self._starts[number + 1] - self._starts[number]) * self._dtype.itemsize
        return np.frombuffer(_plain(self._parts[number], size), self._dtype)


def _compressed(content: NDArray[np.uint8]) -> bytes:
    return bytes(pa.compress(content.tobytes(), codec=_CODEC, asbytes=True))


def _plain(packed: bytes, size: int) -> bytes:
    return bytes(pa.decompress(packed, decompressed_size=size, codec=_CODEC, asbytes=True))
