"""To which school each record belongs: by its own column, or by the class it is about."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from extractor.gate.reading import NOWHERE, Codes, Gathered, Rows, live, row_hashes
from extractor.spec import ENROLLMENT_ROLE, USER_ROLE
from extractor.validate.batch import KEY, Batch, Values
from extractor.validate.hashes import UNKNOWN, Hashes, Index, hash_texts

# The column that tells a record's school, and the file it names where that is not orgs.
BY: dict[str, tuple[str, str]] = {
    "orgs": (KEY, "orgs"),
    "courses": ("orgSourcedId", "orgs"),
    "classes": ("schoolSourcedId", "orgs"),
    "users": ("orgSourcedIds", "orgs"),
    "enrollments": ("schoolSourcedId", "orgs"),
    "lineItems": ("classSourcedId", "classes"),
    "results": ("lineItemSourcedId", "lineItems"),
    "classResources": ("classSourcedId", "classes"),
    "courseResources": ("courseSourcedId", "courses"),
    "demographics": (KEY, "users"),
}
ROLES: dict[str, tuple[str, ...]] = {"users": USER_ROLE, "enrollments": ENROLLMENT_ROLE}
_LINKS = frozenset(("courses", "classes", "users", "lineItems"))
MANY = frozenset(("users", "demographics"))  # a record may be of many schools


@dataclass(frozen=True, slots=True)
class Known:
    """The orgs of both bundles: codes from 1 on, in the order of their ids."""

    ids: tuple[str, ...]
    index: Index | None

    @classmethod
    def of(cls, ids: Iterable[str]) -> "Known":
        """Number some ids."""
        from extractor.validate.hashes import strings

        ordered = tuple(sorted(set(ids)))
        return cls(ordered, Index(hash_texts(strings(ordered))) if ordered else None)

    def codes(self, hashes: Hashes) -> Codes:
        """Return the code of each id; NOWHERE for one that is no org."""
        if self.index is None:
            return np.full(len(hashes), NOWHERE, np.int32)
        return self.index.rows(hashes) - np.int32(UNKNOWN)

    @property
    def kind(self) -> type[np.signedinteger]:
        """The shortest whole number that holds every code."""
        return np.int16 if len(self.ids) < np.iinfo(np.int16).max else np.int32


@dataclass(slots=True)
class _Link:
    """Where the rows of a file are found, and of which schools they are."""

    index: Index
    rows: Rows

    def one(self, hashes: Hashes) -> Codes:
        """Return the school of each row named."""
        at = self.index.rows(hashes)
        schools = self.rows.schools
        if schools is None:
            return np.full(len(hashes), NOWHERE, np.int32)
        found = schools[np.maximum(at, 0)].astype(np.int32)
        return np.where(at < 0, np.int32(NOWHERE), found)

    def many(self, hashes: Hashes) -> tuple[NDArray[np.int64], Codes]:
        """Return the schools of each row named: which was asked, and one school of it."""
        at = self.index.rows(hashes)
        if self.rows.schools is None or self.rows.owners is None:
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        counts = np.bincount(self.rows.owners, minlength=len(self.rows))
        starts = np.cumsum(counts) - counts
        each = np.where(at < 0, 0, counts[np.maximum(at, 0)])
        asked = np.repeat(np.arange(len(at)), each)
        before = np.repeat(np.cumsum(each) - each - starts[np.maximum(at, 0)], each)
        places = np.arange(len(asked)) - before
        return asked, self.rows.schools[places].astype(np.int32)


@dataclass(slots=True)
class Side:
    """One of the two bundles, as far as it was read; files are read in the order of `ORDER`."""

    known: Known
    links: dict[str, _Link] = field(default_factory=dict)

    def read(self, name: str, batches: Iterable[Batch]) -> Rows:
        """Return a file's live rows, each id once."""
        gathered = Gathered()
        for batch in batches:
            self._gather(name, batch, gathered)
        rows = gathered.close()
        if name in MANY:
            rows = _once(rows)
        if name in _LINKS and len(rows):
            self.links[name] = _Link(Index(rows.keys), rows)
        return rows

    def done_with(self, name: str) -> None:
        """Let go what no later file names."""
        self.links.pop(name, None)

    def _gather(self, name: str, batch: Batch, into: Gathered) -> None:
        kept = live(batch)
        whole = len(kept) == len(batch)
        keys, contents = batch[KEY].hashes, row_hashes(batch)
        into.keys.append(keys if whole else keys[kept])
        into.contents.append(contents if whole else contents[kept])
        if name in ROLES:
            roles = (
                batch["role"].codes_in(ROLES[name])
                if "role" in batch
                else np.full(len(batch), -1, np.int8)
            )
            into.roles.append(roles[kept])
        if name in BY:
            self._add_schools(name, batch, kept, into)
        into.rows += len(kept)

    def _add_schools(
        self, name: str, batch: Batch, kept: NDArray[np.int64], into: Gathered
    ) -> None:
        kind = self.known.kind
        if name not in MANY:
            into.schools.append(self._single(name, batch)[kept].astype(kind))
            return
        owners, codes = self._many(name, batch)
        place = np.full(len(batch), -1, np.int64)
        place[kept] = np.arange(len(kept)) + into.rows
        there = place[owners] >= 0
        into.owners.append(place[owners][there])
        into.schools.append(codes[there].astype(kind))

    def _single(self, name: str, batch: Batch) -> Codes:
        column, target = BY[name]
        if column not in batch:
            return np.full(len(batch), NOWHERE, np.int32)
        values = batch[column]
        hashes = hash_texts(values.distinct)
        return np.asarray(values.spread(self._found(target, hashes)))

    def _found(self, target: str, hashes: Hashes) -> Codes:
        if target == "orgs":
            return self.known.codes(hashes)
        link = self.links.get(target)
        return link.one(hashes) if link else np.full(len(hashes), NOWHERE, np.int32)

    def _many(self, name: str, batch: Batch) -> tuple[NDArray[np.int64], Codes]:
        column, target = BY[name]
        if target != "orgs":
            link = self.links.get(target)
            return link.many(batch[column].hashes) if link else _none()
        if column not in batch:
            return _none()
        values: Values = batch[column]
        owners, places = values.flat()
        return owners, self.known.codes(hash_texts(values.items.texts))[places]


def _none() -> tuple[NDArray[np.int64], Codes]:
    return np.zeros(0, np.int64), np.zeros(0, np.int32)


def _once(rows: Rows) -> Rows:
    """Drop rows whose id stood before, with their schools."""
    _, first = np.unique(rows.keys, return_index=True)
    if len(first) == len(rows):
        return rows
    keep = np.zeros(len(rows), np.bool_)
    keep[first] = True
    roles = rows.roles if rows.roles is None else rows.roles[keep]
    schools, owners = rows.schools, rows.owners
    if schools is not None and owners is not None:
        there = keep[owners]
        schools, owners = schools[there], (np.cumsum(keep) - 1)[owners[there]]
    return Rows(rows.keys[keep], rows.contents[keep], roles, schools, owners)
