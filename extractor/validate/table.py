"""What stays of a file once its rows are judged: keys, and the few columns that joins need."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from extractor.spec import Column, File, Kind
from extractor.validate.batch import KEY, Batch, Mask, Named, Values
from extractor.validate.growing import Growing
from extractor.validate.hashes import UNKNOWN, Hashes, Index, Rows, hash_texts, strings
from extractor.validate.packed import Packed, PackedColumn
from extractor.validate.parsing import days, numbers

NONE: Final = -2  # nothing is named, or it cannot be known whether it is there
SHORTENED: Final = -3  # there is no such row, yet one with zeros in front of the id
NEVER: Final = np.iinfo(np.int32).min  # no date

# Beside the references, which all stay.
KEPT: dict[str, tuple[str, ...]] = {
    "academicSessions": ("type", "startDate", "endDate", "schoolYear"),
    "enrollments": ("role", "primary", "beginDate", "endDate"),
    "lineItems": ("resultValueMin", "resultValueMax", "assignDate", "dueDate"),
    "orgs": ("type",),
    "users": ("role", "username", "email"),
}
# Files of millions of rows that nobody names: what they name is asked for once more, in the end.
_LONG: Final = frozenset({"results"})


@dataclass(slots=True)
class Part:
    """What stays of one batch."""

    rows: int
    lines: NDArray[np.int64] | range
    keys: Packed
    hashes: Hashes
    loose: Hashes
    deleted: Mask
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    named: dict[str, Named] = field(default_factory=dict)


def keep(batch: Batch) -> Part:
    """Take from a batch what later files and the end need."""
    size = len(batch)
    key = batch.columns.get(KEY)
    blank = strings([""] * size) if key is None else key.distinct
    part = Part(
        rows=size,
        lines=batch.lines,
        keys=Packed(blank),
        hashes=np.zeros(size, np.uint64) if key is None else key.hashes,
        loose=hash_texts(strings(batch.loose)),
        deleted=batch["status"].equals("tobedeleted")
        if "status" in batch
        else np.zeros(size, np.bool_),
        named=batch.named,
    )
    part.columns.update(batch.references)
    for name in KEPT.get(batch.file.name, ()):
        column = batch.file[name]
        part.columns[name] = kept(column, batch[name]) if name in batch else absent(column, size)
    return part


def kept(column: Column, values: Values) -> np.ndarray:
    """Return a column in the shortest form that a join can use."""
    match column.kind:
        case Kind.ENUM:
            return values.codes_in(column.values)
        case Kind.DATE:
            return values.spread(days(values.distinct))
        case Kind.FLOAT | Kind.YEAR:
            return values.spread(numbers(values.distinct))
        case _:
            return np.where(values.filled, values.hashes, np.uint64(0))


def absent(column: Column, size: int) -> np.ndarray:
    """Return the same for a column that the file lacks."""
    match column.kind:
        case Kind.ENUM:
            return np.full(size, UNKNOWN, np.int8)
        case Kind.DATE:
            return np.full(size, NEVER, np.int32)
        case Kind.FLOAT | Kind.YEAR:
            return np.full(size, np.nan)
        case _:
            return np.zeros(size, np.uint64)


@dataclass(slots=True)
class Table:
    """
    One file of the bundle, after it was read.

    Rows from `own` on are the baseline's: they can be named, and are not judged. `opaque`: the
    file could not be read in full, so nobody can be blamed for naming a row that is not here.
    `mode` is what its rows look like, whatever the manifest says. `packed` holds the columns of a
    file of millions of rows instead of `columns`, and only our own rows of them.
    """

    file: File
    mode: str | None = None
    present: bool = False
    opaque: bool = False
    own: int = 0
    broken: int = 0
    hashes: Hashes = field(default_factory=lambda: np.zeros(0, np.uint64))
    deleted: Mask = field(default_factory=lambda: np.zeros(0, np.bool_))
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    named: dict[str, Named] = field(default_factory=dict)
    packed: dict[str, PackedColumn] = field(default_factory=dict)
    # What `hashes`, `deleted`, `columns` and `named` are taken from when the file is closed.
    _hashes: Growing = field(default_factory=lambda: Growing(np.uint64))
    _deleted: Growing = field(default_factory=lambda: Growing(np.bool_))
    _columns: dict[str, Growing] = field(default_factory=dict)
    _named: dict[str, tuple[Growing, Growing]] = field(default_factory=dict)
    _index: Index | None = None
    _loose: Index | None = None
    _keys: list[Packed] = field(default_factory=list)
    _open: tuple[int, pa.StringArray] | None = None  # the batch whose keys were asked for last
    _lines: list[NDArray[np.int64] | range] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _loose_ids: list[Hashes] = field(default_factory=list)

    def __getitem__(self, column: str) -> np.ndarray:
        """Return a kept column, the baseline's rows behind our own."""
        found = self.columns.get(column)
        return absent(self.file[column], 0) if found is None else found

    def rows(self, column: str) -> Rows:
        """Return which rows of its target a reference names."""
        found = self.columns.get(column)
        if found is None:
            return np.full(len(self.hashes), NONE, np.int32)
        return found.astype(np.int32, copy=False)

    def add(self, part: Part) -> None:
        """Take up what stays of the next batch."""
        self._hashes.add(part.hashes)
        self._deleted.add(part.deleted)
        for name, column in part.columns.items():
            if self.file.name in _LONG:
                self.packed.setdefault(name, PackedColumn(column.dtype)).add(column)
            else:
                self._columns.setdefault(name, Growing(column.dtype)).add(column)
        for name, named in part.named.items():
            new = Growing(np.int64), Growing(named.targets.dtype)
            owners, targets = self._named.setdefault(name, new)
            owners.add(named.owners + self.own)
            targets.add(named.targets)
        if len(part.loose):
            self._loose_ids.append(part.loose)
        self._keys.append(part.keys)
        self._lines.append(part.lines)
        self._starts.append(self.own)
        self.own += part.rows

    def close(self) -> None:
        """Hand the columns over, make what is loose findable; nothing can be added any more."""
        self.hashes, self.deleted = self._hashes.values, self._deleted.values
        self.columns = {name: column.values for name, column in self._columns.items()}
        self.named = {
            name: Named(owners.values, targets.values)
            for name, (owners, targets) in self._named.items()
        }
        loose, self._loose_ids = self._loose_ids, []
        self._loose = Index(np.concatenate(loose)) if loose else None

    def index(self) -> None:
        """Make its rows findable; only files that somebody names need it."""
        self._index = Index(self.hashes) if len(self.hashes) else None

    def find(self, hashes: Hashes) -> Rows:
        """Return the rows with these ids: UNKNOWN where there is none, NONE where none can tell."""
        unknown = NONE if self.opaque else UNKNOWN
        if self._index is None:
            found: Rows = np.full(len(hashes), UNKNOWN, np.int32)
        else:
            found = self._index.rows(hashes)
        lost = np.flatnonzero(found == UNKNOWN)
        if len(lost):
            found[lost] = unknown
            if self._loose is not None:
                found[lost[self._loose.has(hashes[lost])]] = NONE
        return found

    def line(self, row: int) -> int:
        """Return the physical line of one of our own rows."""
        place = int(np.searchsorted(self._starts, row, "right")) - 1
        return int(self._lines[place][row - self._starts[place]])

    def key(self, row: int) -> str:
        """Return the id of one of our own rows."""
        place = int(np.searchsorted(self._starts, row, "right")) - 1
        held = self._open  # another thread may put another one there
        if held is None or held[0] != place:
            self._open = held = place, self._keys[place].texts()
        return str(held[1][row - self._starts[place]].as_py())
