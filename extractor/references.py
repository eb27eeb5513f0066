"""Columns of references: what they name, whether that is there, and cut to what is kept."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc
from pandas import DataFrame, Series

from extractor.frames import among, distinct, look_up
from extractor.spec import Column
from extractor.transform.orgs import DISTRICT

_PARTS = (r"_.*$", r"^[^_]*")  # all but the school of `994_STU_7`, and the school


def one_array(columns: Iterable[Series]) -> pa.Array:
    """Return columns of ids as one Arrow array, the smallest form they have."""
    parts = [pa.array(column.array, pa.large_string()) for column in columns]
    chunks = [
        c for one in parts for c in (one.chunks if isinstance(one, pa.ChunkedArray) else [one])
    ]
    return pa.chunked_array(chunks, pa.large_string()).combine_chunks()


def is_known(column: Series, known: pa.Array) -> Series:
    """
    Tell which values are known.

    Looks for the batch's own distinct values among the known: a table of all known line items
    would be built for every batch, and grow with the gradebook.
    """
    own = pc.unique(one_array([column]))
    return among(column, known.filter(pc.is_in(known, own)))


def named_by(rows: DataFrame, column: Column) -> set[str]:
    """Return the sourcedIds that a column names."""
    values = distinct(rows[column.name])
    return set(",".join(values).split(",")) if column.many and values else set(values)


def at_schools(users: DataFrame, schools: set[str]) -> DataFrame:
    """Return users with only these schools in orgSourcedIds, the first one in identifier."""
    kept = cut(users["orgSourcedIds"], schools)
    school, rest = (users["identifier"].str.replace(p, "", regex=True) for p in _PARTS)
    first = kept.str.replace(r",.*$", "", regex=True)
    moved = (school != DISTRICT) & first.notna()
    return users.assign(
        orgSourcedIds=kept, identifier=users["identifier"].mask(moved, first + rest)
    )


def cut(lists: Series, kept: set[str]) -> Series:
    """Return comma separated lists with only the kept items; each distinct list is cut once."""
    shorter = {
        whole: ",".join(item for item in whole.split(",") if item in kept) or None
        for whole in distinct(lists)
    }
    return look_up(lists, shorter)
