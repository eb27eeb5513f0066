"""Columns of a file that grow while it is read, where they stand."""

import numpy as np


def extended(column: np.ndarray | None, more: np.ndarray) -> np.ndarray:
    """
    Return a column with more values behind its own, which nobody else may hold a view of.

    To keep the batches and join them in the end would hold every value twice. A large array is
    moved by the system's page tables, not copied (mremap(2) on Linux).
    """
    if column is None:
        return more.copy()  # which owns its memory, as only then it can grow
    wider = np.result_type(column, more)
    if column.dtype != wider:
        column = column.astype(wider)
    before = len(column)
    column.resize(before + len(more), refcheck=False)
    column[before:] = more
    return column
