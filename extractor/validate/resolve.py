"""From ids to rows: what each reference of a batch names, and a file's references to itself."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from extractor.spec import Column, File, Target
from extractor.validate.batch import Batch, Mask, Named, Values
from extractor.validate.bundle import Bundle
from extractor.validate.hashes import UNKNOWN, Rows, hash_texts, offsets_and_bytes, taken
from extractor.validate.parsing import matches
from extractor.validate.table import NONE, SHORTENED, Table

_ZEROS = 6  # how many zeros a spreadsheet may have taken


@dataclass(frozen=True, slots=True)
class Reference:
    """
    What one column names, one entry per id: `owners` are rows of the file, `targets` of the
    target (UNKNOWN: no such row; NONE: blank, or nobody can tell). `leaving` marks the entries
    whose own row is deleted.
    """

    file: File
    column: Column
    target: Target
    owners: NDArray[np.int64]
    targets: Rows
    leaving: Mask


def resolve(batch: Batch, bundle: Bundle) -> None:
    """Fill in what the batch's references name; those to its own file stay hashes for now."""
    for column in batch.file.references:
        if column.target is None or column.name not in batch:
            continue
        values = batch[column.name]
        own = column.target.file == batch.file.name
        table = bundle.table(column.target.file)
        if column.many:
            batch.named[column.name] = _many(values, None if own else table)
        else:
            batch.references[column.name] = _single(values, None if own else table)


def _single(values: Values, table: Table | None) -> np.ndarray:
    hashes = hash_texts(values.distinct)
    blank = values.lengths == 0
    if table is None:
        hashes[blank] = 0
        return values.spread(hashes)
    rows = table.find(hashes)
    rows[blank] = NONE
    lost = np.flatnonzero(rows == UNKNOWN)
    if len(lost):
        rows[lost[_with_zeros(taken(values.distinct, lost), table)]] = SHORTENED
    return values.spread(rows)


def _with_zeros(texts: pa.StringArray, table: Table) -> Mask:
    """Tell which ids are numbers that name a row once zeros are put in front of them."""
    digits = matches(texts, "^[0-9]+$")
    found = np.zeros(len(texts), np.bool_)
    for count in range(1, _ZEROS + 1) if digits.any() else ():
        padded = pc.binary_join_element_wise("0" * count, texts, "")
        found |= digits & (table.find(hash_texts(padded)) >= 0)
    return found


def _many(values: Values, table: Table | None) -> Named:
    owners, places = values.flat()
    hashes = hash_texts(values.items.texts)
    blank = np.diff(offsets_and_bytes(values.items.texts)[0]) == 0
    if table is None:
        hashes[blank] = 0
        return Named(owners, hashes[places])
    rows = table.find(hashes)
    rows[blank] = NONE
    return Named(owners, rows[places])


def resolve_own(table: Table) -> None:
    """Turn the hashes of a closed table's references to itself into rows."""
    for column in table.file.references:
        if column.target is None or column.target.file != table.file.name:
            continue
        if column.name in table.named:
            named = table.named[column.name]
            rows = _rows_of(table, named.targets.astype(np.uint64))
            table.named[column.name] = Named(named.owners, rows)
        elif column.name in table.columns:
            table.columns[column.name] = _rows_of(
                table, table.columns[column.name].astype(np.uint64)
            )


def _rows_of(table: Table, hashes: NDArray[np.uint64]) -> Rows:
    rows = table.find(hashes)
    rows[hashes == 0] = NONE
    return rows


def of_batch(batch: Batch) -> list[Reference]:
    """Return the references of a batch to other files."""
    leaving = (
        batch["status"].equals("tobedeleted") if "status" in batch else np.zeros(len(batch), bool)
    )
    return [
        _reference(batch.file, column, batch.references, batch.named, leaving)
        for column in batch.file.references
        if column.target and column.target.file != batch.file.name and column.name in batch
    ]


def of_table(table: Table) -> list[Reference]:
    """Return the references of a closed table to itself."""
    return [
        _reference(table.file, column, table.columns, table.named, table.deleted)
        for column in table.file.references
        if column.target
        and column.target.file == table.file.name
        and (column.name in table.columns or column.name in table.named)
    ]


def _reference(
    file: File,
    column: Column,
    single: dict[str, np.ndarray] | dict[str, Rows],
    many: dict[str, Named],
    leaving: Mask,
) -> Reference:
    assert column.target is not None  # noqa: S101 - references have one
    if column.many:
        named = many[column.name]
        owners, targets = named.owners, named.targets.astype(np.int32)
    else:
        targets = single[column.name].astype(np.int32, copy=False)
        owners = np.arange(len(targets), dtype=np.int64)
    return Reference(file, column, column.target, owners, targets, leaving[owners])
