"""The bundle that was sent before: its rows can be named, and are not judged."""

import numpy as np

from extractor.validate.batch import Named
from extractor.validate.bundle import Bundle
from extractor.validate.hashes import Rows
from extractor.validate.table import NONE, Table


def lay_under(table: Table, bundle: Bundle) -> None:
    """Put the baseline's rows of a file behind its own; what its rows name is looked up anew."""
    if bundle.baseline is None:
        return
    before = bundle.baseline.tables[table.file.name]
    if not len(before.hashes):
        return
    own = len(table.hashes)
    for name, column in before.columns.items():
        moved = _moved(table, bundle, name, column)
        mine = table.columns.get(name, moved[:0])
        table.columns[name] = np.concatenate([mine, moved])
    for name, named in before.named.items():
        targets = _moved(table, bundle, name, named.targets)
        ours = table.named.get(name, Named(named.owners[:0], targets[:0]))
        table.named[name] = Named(
            np.concatenate([ours.owners, named.owners + own]),
            np.concatenate([ours.targets, targets]),
        )
    table.hashes = np.concatenate([table.hashes, before.hashes])
    table.deleted = np.concatenate([table.deleted, before.deleted])
    table.opaque = table.opaque and not table.present and before.opaque


def _moved(table: Table, bundle: Bundle, name: str, column: np.ndarray) -> np.ndarray:
    """Turn rows of the baseline's target into rows of ours; a file's own ids stay hashes."""
    target = table.file[name].target
    if target is None or bundle.baseline is None:
        return column
    before = bundle.baseline.tables[target.file]
    rows = column.astype(np.int64)
    if target.file == table.file.name:
        hashes = np.zeros(len(rows), np.uint64)
        hashes[rows >= 0] = before.hashes[rows[rows >= 0]]
        return hashes
    moved: Rows = np.full(len(rows), NONE, np.int32)
    moved[rows >= 0] = bundle.tables[target.file].find(before.hashes[rows[rows >= 0]])
    return moved
