"""The one shape of data between the stages: frames whose columns all are nullable text.

Every column has the dtype `TEXT` (pandas `string`, Arrow memory); a missing value is `pd.NA`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pandas import DataFrame, Series

TEXT = pd.StringDtype("pyarrow")
METADATA = "metadata."
_TEXT_TYPES = {pa.string(): TEXT, pa.large_string(): TEXT}


def text(values: object, index: pd.Index | None = None) -> Series:
    """Return values (a scalar with `index`, or a sequence) as one `TEXT` column."""
    return Series(values, index=index, dtype=TEXT)


def empty(columns: Iterable[str]) -> DataFrame:
    """Return a frame of those columns and no rows."""
    return DataFrame({name: text([]) for name in columns})


def columns_of(rows: DataFrame, values: Mapping[str, object]) -> DataFrame:
    """
    Return a frame as long as `rows`; scalars are repeated, everything becomes `TEXT`.

    A district's own columns, `metadata.*`, come along.
    """
    own = {str(name): rows[name] for name in rows.columns if str(name).startswith(METADATA)}
    made = DataFrame({**own, **values}, index=rows.index)
    return made.astype(TEXT).reset_index(drop=True)


def from_arrow(table: pa.Table) -> DataFrame:
    """Return an Arrow table of strings as a frame, without copying the text."""
    frame: DataFrame = table.to_pandas(types_mapper=_TEXT_TYPES.get)
    return frame


def to_arrow(frame: DataFrame) -> pa.Table:
    """Return a frame as an Arrow table of `large_string` columns, without copying the text."""
    columns = [pa.array(frame[name].array, pa.large_string()) for name in frame.columns]
    return pa.table(columns, names=[str(name) for name in frame.columns])


def stack(frames: Sequence[DataFrame], columns: Iterable[str]) -> DataFrame:
    """Return the frames one below the other; an empty frame of `columns` when there are none."""
    kept = [frame for frame in frames if len(frame)]
    return pd.concat(kept, ignore_index=True) if kept else empty(columns)


def number(column: Series) -> Series:
    """Return a column of whole numbers as `Int64`; missing stays missing."""
    return pd.to_numeric(column).astype("Int64")


def by_number(rows: DataFrame, *names: str) -> DataFrame:
    """Sort rows by columns of whole numbers, and by nothing else; ties keep their order."""
    keys = DataFrame({name: number(rows[name]) for name in names})
    return rows.loc[keys.sort_values(list(names), kind="stable").index].reset_index(drop=True)


def settled(rows: DataFrame, *names: str) -> DataFrame:
    """Sort as `by_number`; rows that tie stand in the order of all their values, not of chance."""
    if rows.duplicated(list(names)).any():
        rows = rows.sort_values(list(rows.columns), kind="stable")
    return by_number(rows, *names)


def among(column: Series, known: Iterable[str] | pa.Array) -> Series:
    """
    Tell which values of a `TEXT` column are known; a missing one is not.

    `Series.isin` turns every value of Arrow text into a Python object; a look-up inside Arrow
    takes a hundredth of the time.
    """
    if isinstance(known, pa.Array):
        value_set = known
    else:
        wanted = known.array if isinstance(known, Series | pd.Index) else list(known)
        value_set = pa.array(wanted, pa.large_string())
    found = pc.is_in(pa.array(column.array, pa.large_string()), value_set, skip_nulls=True)
    return Series(found.to_numpy(zero_copy_only=False), index=column.index, dtype=bool)


def distinct(column: Series) -> list[str]:
    """Return the distinct values of a `TEXT` column as Python text, in order of appearance."""
    found: list[str] = pc.drop_null(pc.unique(pa.array(column.array))).to_pylist()
    return found


def firsts(rows: DataFrame, *names: str) -> tuple[DataFrame, NDArray[np.intp]]:
    """
    Return the first row of each run of rows that agree in some columns, and each row's run.

    What is made of these columns alone is made for the first rows, and taken by the runs.
    """
    begins = np.zeros(len(rows), dtype=bool)
    begins[:1] = True
    for name in names:
        array = one_array(rows[name])
        alike = pc.fill_null(pc.equal(array[1:], array[:-1]), fill_value=False)
        begins[1:] |= ~alike.to_numpy(zero_copy_only=False)
    return rows[begins], np.cumsum(begins) - 1


def look_up(keys: Series, table: Series | Mapping[str, str | None]) -> Series:
    """Return the value of each key, as `TEXT` even where the table is empty; NA for none."""
    return keys.map(table).astype(TEXT)


def one_array(column: Series) -> pa.Array:
    """Return a `TEXT` column as one Arrow array."""
    whole = pa.array(column.array, pa.large_string())
    return whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole


def text_bytes(array: pa.Array) -> bytes:
    """Return the text of an array of `large_string`, one value right behind the other."""
    _, offsets, data = array.buffers()
    if not len(array) or data is None:
        return b""
    ends = pa.Array.from_buffers(pa.int64(), len(array) + 1, [None, offsets], offset=array.offset)
    return bytes(data[ends[0].as_py() : ends[-1].as_py()])


def as_text(array: pa.Array, index: pd.Index | None = None) -> Series:
    """Return an Arrow array of `large_string` as a `TEXT` column."""
    return Series(pd.arrays.ArrowStringArray(array), index=index, dtype=TEXT)


def changed(column: Series, change: Callable[[str], str | None]) -> Series:
    """Return a `TEXT` column with each distinct value changed once; a missing one stays missing."""
    coded = one_array(column).dictionary_encode()
    values = pa.array([change(one) for one in coded.dictionary.to_pylist()], pa.large_string())
    return as_text(values.take(coded.indices), column.index)
