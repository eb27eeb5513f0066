"""Two sets of rows, matched by id: how many came, went and changed, in all and in each group."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.validate.hashes import Hashes

Groups = NDArray[np.int64]
_PARTS = 16


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records of one kind there were and are."""

    before: int
    after: int
    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True)
class Keyed:
    """Rows by id, what each says, and the group each is in (all in the first when None)."""

    keys: Hashes
    contents: Hashes
    groups: NDArray[np.integer] | None = None


@dataclass(slots=True)
class Counts:
    """What is counted of each group; a row that went over to another group left the first."""

    before: Groups
    after: Groups
    kept: Groups
    changed: Groups

    @classmethod
    def none(cls, size: int) -> "Counts":
        """Begin."""
        return cls(*(np.zeros(size, np.int64) for _ in range(4)))

    def of(self, group: int) -> Tally:
        """Return the numbers of one group."""
        before, after = int(self.before[group]), int(self.after[group])
        kept = int(self.kept[group])
        return Tally(before, after, after - kept, before - kept, int(self.changed[group]))


def count(old: Keyed, new: Keyed, *groupings: tuple[Groups, int]) -> list[Counts]:
    """
    Match rows and count, for each grouping.

    Args:
        groupings: a table that turns the rows' group into a coarser one, and how many of those
            there are.
    """
    found = [Counts.none(size) for _, size in groupings]
    for before, after in zip(_parts(old), _parts(new), strict=True):
        was, now = _distinct(before.keys), _distinct(after.keys)
        here, there = _met(before.keys[was], after.keys[now])
        differs = before.contents[was][here] != after.contents[now][there]
        for counts, (table, size) in zip(found, groupings, strict=True):
            left, right = _group(before, was, table), _group(after, now, table)
            counts.before += np.bincount(left, minlength=size)
            counts.after += np.bincount(right, minlength=size)
            same = left[here] == right[there]
            stayed = left[here][same]
            counts.kept += np.bincount(stayed, minlength=size)
            counts.changed += np.bincount(stayed[differs[same]], minlength=size)
    return found


def _group(rows: Keyed, places: NDArray[np.int64], table: Groups) -> Groups:
    if rows.groups is None:
        return np.broadcast_to(table[:1], places.shape)
    found: Groups = table[rows.groups[places]]
    return found


def _parts(rows: Keyed) -> Iterator[Keyed]:
    """Yield rows by the first bits of their hash: sorting takes memory for one part only."""
    part = (rows.keys >> np.uint64(60)).astype(np.uint8)
    for number in range(_PARTS):
        places = np.flatnonzero(part == number)
        groups = rows.groups if rows.groups is None else rows.groups[places]
        yield Keyed(rows.keys[places], rows.contents[places], groups)


def _distinct(keys: Hashes) -> NDArray[np.int64]:
    """Return where each key first stands, in the order of keys."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    first = np.ones(len(keys), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return order[first]


def _met(old: Hashes, new: Hashes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where equal keys stand in two ordered sets."""
    if not len(old):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    at = np.minimum(np.searchsorted(old, new), len(old) - 1)
    met = np.flatnonzero(old[at] == new)
    return at[met], met
