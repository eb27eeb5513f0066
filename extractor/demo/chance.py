"""Repeatable chance: a counter-based hash that stays the same on every machine and version."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Objects = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Chance:
    """
    Values drawn from (seed, salt, index) alone.

    The salt names the question ("STU.FN"), the index the row it is asked for.
    The order of the questions does not matter. numpy's own generators are not
    used because their streams may change between versions.
    """

    seed: int

    def bits(self, salt: str, index: Ints) -> NDArray[np.uint64]:
        """Return 64 hashed bits per index (splitmix64)."""
        digest = blake2b(f"{self.seed}/{salt}".encode(), digest_size=8).digest()
        start = np.uint64(int.from_bytes(digest, "big"))
        value = np.atleast_1d(index).astype(np.uint64) * _GOLDEN + start
        value = (value ^ (value >> np.uint64(30))) * _FIRST
        value = (value ^ (value >> np.uint64(27))) * _SECOND
        return value ^ (value >> np.uint64(31))

    def below(self, bound: int | Ints, salt: str, index: Ints) -> Ints:
        """Return an integer in [0, bound) per index."""
        high = (self.bits(salt, index) >> np.uint64(16)).astype(np.int64)
        return np.asarray(high % bound, dtype=np.int64)

    def happens(self, share: float, salt: str, index: Ints) -> Flags:
        """Return True for about this share of the indexes."""
        return self.below(1_000_000, salt, index) < round(share * 1_000_000)

    def pick(self, values: Sequence[str | None], salt: str, index: Ints) -> Objects:
        """Return one of the values per index, each about equally often."""
        choices = np.array(values, dtype=object)
        return np.asarray(choices[self.below(len(values), salt, index)], dtype=object)
