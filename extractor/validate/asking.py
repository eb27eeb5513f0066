"""What rules ask of the columns of one batch, whether the file has them or not."""

import numpy as np
from numpy.typing import NDArray

from extractor.validate.batch import Batch, Mask
from extractor.validate.parsing import DATE, NO_DAY, days, numbers
from extractor.validate.table import NONE


def days_of(batch: Batch, column: str) -> NDArray[np.int32]:
    """Return the days since 1970 of a column; NO_DAY where there is none."""
    if column not in batch:
        return np.full(len(batch), NO_DAY, np.int32)
    values = batch[column]
    return np.asarray(values.spread(days(values.distinct, DATE)))


def numbers_of(batch: Batch, column: str) -> NDArray[np.float64]:
    """Return the numbers of a column; NaN where there is none."""
    if column not in batch:
        return np.full(len(batch), np.nan)
    values = batch[column]
    return np.asarray(values.spread(numbers(values.distinct)))


def holds(batch: Batch, column: str, *texts: str) -> Mask:
    """Tell which rows hold one of these texts in a column."""
    return batch[column].equals(*texts) if column in batch else np.zeros(len(batch), np.bool_)


def filled(batch: Batch, column: str) -> Mask:
    """Tell which rows hold anything in a column."""
    return batch[column].filled if column in batch else np.zeros(len(batch), np.bool_)


def backwards(batch: Batch, first: str, last: str, *, same: bool) -> Mask:
    """Tell where the last day is before the first, or, if `same`, on it."""
    begin, end = days_of(batch, first), days_of(batch, last)
    wrong = begin >= end if same else begin > end
    judged: Mask = (begin != NO_DAY) & (end != NO_DAY) & wrong
    return judged


def rows_named(batch: Batch, column: str) -> NDArray[np.int32]:
    """Return the rows that a column names; NONE where the file lacks the column."""
    found = batch.references.get(column)
    return np.full(len(batch), NONE, np.int32) if found is None else found


def of_rows(table_column: np.ndarray, rows: NDArray[np.int32]) -> np.ndarray:
    """Return a column of the rows named; anything where no row is."""
    if not len(table_column):
        table_column = np.zeros(1, table_column.dtype)
    return table_column[np.where(rows >= 0, rows, 0)]
