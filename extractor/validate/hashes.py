"""64-bit hashes of Arrow text, and a hash index over them: numpy only, a column at a time."""

import hashlib
from collections.abc import Iterable
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Rows = NDArray[np.int32]

UNKNOWN: Final = -1  # an index has no such hash

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
_HALF = np.uint64(32)
_TAIL = np.array([(1 << (8 * size)) - 1 for size in range(9)], np.uint64)
_LONG = 256  # bytes; no id is longer, so what is may be slow


def offsets_and_bytes(texts: pa.StringArray) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return where each text begins and ends in the bytes of all; without copying the bytes."""
    _, offsets, data = texts.buffers()
    begins = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    content = np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)
    return begins.astype(np.int64), content


def strings(texts: Iterable[str | bytes]) -> pa.StringArray:
    """Return an Arrow column of texts; `pa.array` would import pandas to ask it what they are."""
    raw = [text.encode("utf-8") if isinstance(text, str) else text for text in texts]
    offsets = np.zeros(len(raw) + 1, np.int32)
    np.cumsum([len(text) for text in raw], out=offsets[1:])
    return pa.StringArray.from_buffers(len(raw), pa.py_buffer(offsets), pa.py_buffer(b"".join(raw)))


def taken(texts: pa.StringArray, rows: NDArray[np.int64]) -> pa.StringArray:
    """Return the texts of some rows."""
    places = pa.py_buffer(np.ascontiguousarray(rows, np.int64))
    return texts.take(pa.Int64Array.from_buffers(pa.int64(), len(rows), [None, places]))


def mix(numbers: Hashes) -> Hashes:
    """Spread whole numbers over 64 bits, one to one; 0 is kept for empty slots."""
    mixed = numbers >> np.uint64(33)
    mixed ^= numbers
    for factor in _MIX:
        mixed *= factor
        mixed ^= mixed >> np.uint64(33)
    mixed[mixed == 0] = 1
    return mixed


def hash_texts(texts: pa.StringArray) -> Hashes:
    """Hash each text; the same text has the same hash in every batch and on every machine."""
    if len(texts) == 0:
        return np.zeros(0, np.uint64)
    offsets, content = offsets_and_bytes(texts)
    starts, lengths = offsets[:-1], np.diff(offsets)
    first, last = int(offsets[0]), int(offsets[-1])
    padded = np.zeros(last - first + 8, np.uint8)
    padded[: last - first] = content[first:last]
    hashes = _by_words(padded, starts - first, lengths)
    for row in np.flatnonzero(lengths > _LONG):
        hashes[row] = _long(padded[starts[row] - first : starts[row] - first + lengths[row]])
    return mix(hashes)


def _by_words(
    padded: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> Hashes:
    words = np.ndarray((len(padded) - 7,), np.dtype("<u8"), padded.data, 0, (1,))
    hashes: Hashes = lengths.astype(np.uint64) * _PRIME
    longest = min(int(lengths.max()), _LONG)
    for position in range(0, longest, 8):
        left = lengths - position
        if int(left.min()) > 0:
            hashes = _fold(hashes, words[starts + position], left)
        else:
            rows = np.flatnonzero(left > 0)
            hashes[rows] = _fold(hashes[rows], words[starts[rows] + position], left[rows])
    return hashes


def _fold(hashes: Hashes, words: Hashes, left: NDArray[np.int64]) -> Hashes:
    words = words & _TAIL[np.minimum(left, 8)]
    folded = (hashes ^ words) * _PRIME
    folded ^= folded >> _HALF
    return folded


def _long(content: NDArray[np.uint8]) -> np.uint64:
    digest = hashlib.blake2b(content.tobytes(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def both(left: NDArray[np.int32], right: NDArray[np.int32]) -> Hashes:
    """Return one number for each pair of row numbers."""
    joined = left.astype(np.uint64)
    joined <<= _HALF
    joined |= right.view(np.uint32)
    return joined


def pair(left: NDArray[np.int32], right: NDArray[np.int32]) -> Hashes:
    """Hash pairs of row numbers, one to one."""
    return mix(both(left, right))


class Index:
    """Where a hash first stands; open addressing, filled and asked a whole array at a time."""

    __slots__ = ("_hashes", "_mask", "_rows", "_shift")

    def __init__(self, hashes: Hashes) -> None:
        """Index an array by its positions; of equal hashes the first counts."""
        bits = max(4, int(len(hashes) * 2).bit_length())
        self._shift = np.uint64(64 - bits)
        self._mask = (1 << bits) - 1
        self._hashes: Hashes = np.zeros(1 << bits, np.uint64)
        self._rows: Rows = np.full(1 << bits, UNKNOWN, np.int32)
        self._fill(hashes)

    def _fill(self, hashes: Hashes) -> None:
        # From the end: of several writes to one slot numpy keeps the last, which is our first.
        rows = np.arange(len(hashes) - 1, -1, -1, dtype=np.int32)
        waiting = hashes[::-1]
        slots = (waiting >> self._shift).astype(np.int64)
        while len(rows):
            free = self._hashes[slots] == 0
            self._hashes[slots[free]] = waiting[free]
            mine = self._hashes[slots] == waiting
            self._rows[slots[mine]] = rows[mine]
            rows, waiting = rows[~mine], waiting[~mine]
            slots = (slots[~mine] + 1) & self._mask

    def rows(self, hashes: Hashes) -> Rows:
        """Return the position of each hash, or UNKNOWN."""
        slots = (hashes >> self._shift).astype(np.int64)
        held = self._hashes[slots]
        found = self._rows[slots]
        open_ = np.flatnonzero((held != hashes) & (held != 0))
        found[held == 0] = UNKNOWN
        while len(open_):
            slots[open_] = (slots[open_] + 1) & self._mask
            held = self._hashes[slots[open_]]
            same = held == hashes[open_]
            found[open_] = np.where(same, self._rows[slots[open_]], UNKNOWN)
            open_ = open_[~same & (held != 0)]
        return found

    def has(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Tell which hashes stand in it."""
        judged: NDArray[np.bool_] = self.rows(hashes) != UNKNOWN
        return judged
