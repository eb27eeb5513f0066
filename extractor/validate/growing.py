"""A column of a file that grows while it is read, where it stands."""

from typing import Final

import numpy as np
from numpy.typing import DTypeLike

# glibc maps an allocation of more than 32 MiB by itself, whatever came before: what of it was
# never written takes no memory, and it grows by moving its pages (mremap(2)), without a copy.
_MAPPED: Final = 33 * 2**20
_STEP: Final = 2**21  # bytes by which that grows; numpy writes zeros there, so they take memory
_SMALL: Final = 2**20


class Growing:
    """
    Values of one type behind each other, held once.

    To keep the batches and join them in the end would hold every value twice; to grow among
    small allocations, as much again between them.
    """

    __slots__ = ("_held", "_lent", "_rows")

    def __init__(self, dtype: DTypeLike) -> None:
        """Hold nothing yet."""
        self._held = np.zeros(0, dtype)
        self._rows = 0
        self._lent = False

    def add(self, more: np.ndarray) -> None:
        """Take more values behind its own; the type becomes one that holds all of them."""
        wider = np.result_type(self._held, more)
        if self._held.dtype != wider:
            self._held, self._lent = self._held[: self._rows].astype(wider), False
        rows = self._rows + len(more)
        if rows > len(self._held):
            self._make_room(rows)
        self._held[self._rows : rows] = more
        self._rows = rows

    @property
    def values(self) -> np.ndarray:
        """All of them, without a copy; values that are added later do not stand in it."""
        self._lent = True
        return self._held[: self._rows]

    def _make_room(self, rows: int) -> None:
        size = self._held.itemsize
        if self._held.nbytes >= _MAPPED and not self._lent:
            self._held.resize(rows + _STEP // size, refcheck=False)
            return
        room = 2 * rows if rows * size < _SMALL else max(_MAPPED, rows * size + _STEP) // size
        before, self._held = self._held, np.empty(room + 1, self._held.dtype)
        self._held[: self._rows] = before[: self._rows]
        self._lent = False
