"""Where memory comes from: an allocator that gives it back, though many threads come and go.

Measured in docs/performance.md: Arrow's own pool, and glibc's arena for each thread, kept hundreds
of megabytes that nobody used.
"""

import ctypes
import gc
import sys
from contextlib import suppress

import pyarrow as pa

_ARENA_MAX = -8  # glibc's M_ARENA_MAX, of mallopt(3)
_ARENAS = 2


def be_frugal() -> None:
    """Have Arrow and the C library hold little that is free; for the whole process."""
    pa.set_memory_pool(pa.system_memory_pool())
    _c_library("mallopt", _ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Give what is free back to the system, between two stages that need much."""
    gc.collect()
    _c_library("malloc_trim", 0)


def _c_library(name: str, *values: int) -> None:
    if sys.platform == "linux":
        with suppress(AttributeError, OSError):  # another C library
            getattr(ctypes.CDLL(None), name)(*values)
