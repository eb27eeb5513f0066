"""The files of a bundle as columns of hashes: what the comparison needs, and no text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from extractor.errors import DataError
from extractor.spec import BY_NAME, File
from extractor.validate.archive import DAMAGE, open_package
from extractor.validate.batch import KEY, Batch, Shape, build
from extractor.validate.blocks import Stream
from extractor.validate.hashes import Hashes, hash_texts, mix, strings
from extractor.validate.header import read_header
from extractor.validate.limits import Limits
from extractor.validate.tokens import Flaw, Flaws

Codes = NDArray[np.int32]
NOWHERE: Final = 0  # the code of a record that belongs to no known school
_LIMITS = Limits()


class Reader:
    """One bundle, zip or folder, that is read file by file."""

    def __init__(self, path: Path) -> None:
        """
        Open it.

        Raises:
            SettingsError: there is no such file.
            DataError: it is damaged.
        """
        self._package = open_package(path, _LIMITS)
        problem = self._package.broken or self._package.exceeded
        if problem:
            raise DataError(f"{path.name} cannot be compared: {problem}")
        self._path = path
        self.contents: dict[str, Contents] = {}
        self._held = {entry.base: entry for entry in self._package.inside}

    def __enter__(self) -> "Reader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._package.__exit__(kind, error, trace)

    def batches(self, name: str, only: tuple[str, ...] | None = None) -> Iterator[Batch]:
        """
        Yield the records of a file, or nothing if there is none; `only` some columns, or all.

        Records that are deleted, or have no sourcedId, are left out by `live`, not here. Of files
        that are read with all columns, `contents` tells afterwards what they hold.
        """
        file = BY_NAME[name]
        entry = self._held.get(file.csv)
        if entry is None:
            return
        flaws = Flaws()
        try:
            with entry.open() as raw:
                stream = Stream(raw, flaws, _LIMITS)
                shape = _shape(file, stream.header() or [], only)
                for block in stream.blocks():
                    if shape is None:  # not even ids: the validator says so
                        break
                    batch = build(block, shape)
                    if only is None:
                        self.contents.setdefault(name, Contents()).see(batch)
                    yield batch
                    shape = shape.learned(batch)
        except DAMAGE:
            flaws.add(Flaw.DAMAGED, None)
        if flaws.counts[Flaw.DAMAGED]:  # half a file would look like a mass removal
            raise DataError(f"{self._path.name} cannot be compared: {file.csv} is damaged")


def _shape(file: File, names: list[str], only: tuple[str, ...] | None) -> Shape | None:
    """Tell where columns stand: the standard's, near misses included, and all others."""
    places = dict(read_header(file, names).places)
    known = set(places.values())
    for place, name in enumerate(names):
        if place not in known:
            places.setdefault(name, place)
    if only is not None:
        places = {name: place for name, place in places.items() if name in only}
    return Shape(file, len(names), places) if KEY in places else None


def live(batch: Batch) -> NDArray[np.int64]:
    """Return the rows that have an id and are not deleted."""
    kept = batch[KEY].filled
    if "status" in batch:
        kept = kept & ~batch["status"].equals("tobedeleted")
    return np.flatnonzero(kept)


_UNTOLD = (KEY, "dateLastModified")


def row_hashes(batch: Batch) -> Hashes:
    """
    Hash what each row says, apart from its id and the moment it was touched.

    Cells are added up, each salted with the name of its column: the order of columns does not
    matter, and neither does a column that is blank.
    """
    total: Hashes = np.zeros(len(batch), np.uint64)
    for name, values in batch.columns.items():
        if name not in _UNTOLD:
            salt = hash_texts(strings([name]))[0]
            cells = mix(hash_texts(values.distinct) ^ salt)
            cells[values.lengths == 0] = 0
            total += values.spread(cells)
    return total


@dataclass(slots=True)
class Contents:
    """What a file of a bundle holds: how many rows, and the columns with any value, in order."""

    rows: int = 0
    columns: tuple[str, ...] = ()

    def see(self, batch: Batch) -> None:
        """Take up a batch."""
        self.rows += len(batch)
        for name, values in batch.columns.items():
            if name not in self.columns and bool(values.lengths.any()):
                self.columns += (name,)


@dataclass(slots=True)
class Rows:
    """
    One file: ids and contents of its live rows as hashes, a role each, and their schools.

    `owners` says to which row a school belongs, where a row may have many; None: one each.
    """

    keys: Hashes
    contents: Hashes
    roles: NDArray[np.int8] | None
    schools: NDArray[np.int16] | Codes | None
    owners: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(slots=True)
class Gathered:
    """Rows of a file while its batches come in."""

    keys: list[Hashes] = field(default_factory=list)
    contents: list[Hashes] = field(default_factory=list)
    roles: list[NDArray[np.int8]] = field(default_factory=list)
    schools: list[NDArray[np.int16] | Codes] = field(default_factory=list)
    owners: list[NDArray[np.int64]] = field(default_factory=list)
    rows: int = 0

    def close(self) -> Rows:
        """Join what came; each part is let go once it is joined."""
        return Rows(
            _joined(self.keys, np.uint64),
            _joined(self.contents, np.uint64),
            _joined(self.roles, np.int8) if self.roles else None,
            _joined(self.schools, np.int16) if self.schools else None,
            _joined(self.owners, np.int64) if self.owners else None,
        )


def _joined(parts: list[np.ndarray], kind: type) -> np.ndarray:
    joined = np.concatenate(parts) if parts else np.zeros(0, kind)
    parts.clear()
    return joined
