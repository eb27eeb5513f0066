"""Rules on what has to be there once: ids, people's accounts, results."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.validate.again import contents
from extractor.validate.bundle import Bundle, Hit
from extractor.validate.hashes import Hashes, both, mix
from extractor.validate.registry import Scope, rule
from extractor.validate.rules.enrolled import once
from extractor.validate.verdict import Severity

TABLE = Scope.TABLE
_SORTED, _AT_ONCE = 2**20, 2**18  # numbers that are sorted at a time; rows looked at
FEW = 10_000  # repeated ids that are looked at again; more are no accident
_NO_ROWS = np.zeros(0, np.int64)


def repeated(hashes: Hashes) -> NDArray[np.int64]:
    """Return the rows whose hash an earlier row has."""
    if not any_twice(lambda rows: hashes[rows], len(hashes)):
        return _NO_ROWS
    ordered = np.sort(hashes)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    rows = np.flatnonzero(np.isin(hashes, np.unique(twice)))
    order = np.argsort(hashes[rows], kind="stable")
    grouped = rows[order]
    later = np.concatenate([[False], hashes[grouped][1:] == hashes[grouped][:-1]])
    return np.sort(grouped[later])


def any_twice(numbers: Callable[[slice], Hashes], rows: int) -> bool:
    """
    Tell whether a number stands in two rows, without a copy of all that could be sorted.

    Args:
        numbers: gives those of some rows; a row may have none.
    """
    shares = np.uint64(1)
    while rows > _SORTED * int(shares):
        shares *= np.uint64(2)
    starts = range(0, rows, _AT_ONCE)
    for share in range(int(shares)):
        parts = (numbers(slice(start, min(start + _AT_ONCE, rows))) for start in starts)
        mine = [part[part & (shares - np.uint64(1)) == share] for part in parts]
        ordered = np.concatenate(mine) if mine else np.zeros(0, np.uint64)
        ordered.sort()
        if (ordered[1:] == ordered[:-1]).any():
            return True
    return False


@dataclass(frozen=True, slots=True)
class Repeats:
    """Rows of a file whose id an earlier row has: with the same content, and with another."""

    same: NDArray[np.int64]
    other: NDArray[np.int64]


def _repeats(bundle: Bundle, name: str) -> Repeats:
    return once(bundle, f"repeats of {name}", lambda: _find_repeats(bundle, name))


def _find_repeats(bundle: Bundle, name: str) -> Repeats:
    table = bundle.table(name)
    rows = repeated(table.hashes[: table.own])
    held = table.hashes[rows]
    rows = rows[(held != _blank()) & (held != 0)]
    if not len(rows) or len(rows) > FEW:
        return Repeats(_NO_ROWS, rows)
    return _told_apart(bundle, name, rows)


def _told_apart(bundle: Bundle, name: str, rows: NDArray[np.int64]) -> Repeats:
    """Look at the rows again: ids of 64 bits can collide, and a whole record can be repeated."""
    table = bundle.table(name)
    alike = np.flatnonzero(np.isin(table.hashes[: table.own], table.hashes[rows]))
    texts = contents(bundle, name, alike)
    firsts: dict[str, int] = {}
    for row in alike.tolist():
        firsts.setdefault(table.key(row), row)
    later = [(row, firsts[table.key(row)]) for row in rows.tolist()]
    later = [(row, first) for row, first in later if first != row]
    return Repeats(
        np.array([row for row, first in later if texts[row] == texts[first]], np.int64),
        np.array([row for row, first in later if texts[row] != texts[first]], np.int64),
    )


def _blank() -> np.uint64:
    """Return the hash of an empty id, which is another rule's finding."""
    return np.uint64(mix(np.zeros(1, np.uint64))[0])


@rule(
    "R01",
    Severity.ERROR,
    TABLE,
    says="an earlier row has the same sourcedId",
    remedy="Send each record once; several schools of one user go into orgSourcedIds.",
)
def duplicate_id(bundle: Bundle) -> Iterator[Hit]:
    """
    Two rows of a file have the same sourcedId.

    Receivers keep the last, or refuse the file. The usual cause is a join that repeats a record,
    such as a teacher at two schools.
    """
    for name in bundle.sources:
        rows = _repeats(bundle, name).other
        if len(rows):
            yield Hit(rows, file=name, column="sourcedId")


@rule(
    "X12",
    Severity.ERROR,
    TABLE,
    says="an earlier row is the same in every column",
    remedy="Send each record once; add DISTINCT to the query, or mend its join.",
)
def duplicate_record(bundle: Bundle) -> Iterator[Hit]:
    """
    A record stands in a file twice, the same in every column.

    Its sourcedId is not unique, so receivers refuse the file. The usual cause is a join that
    repeats rows. (Of more than 10,000 repeated ids in a file, duplicate_id tells.)
    """
    for name in bundle.sources:
        rows = _repeats(bundle, name).same
        if len(rows):
            yield Hit(rows, file=name, column="sourcedId")


def _twice(bundle: Bundle, column: str) -> Iterator[Hit]:
    users = bundle.table("users")
    values = users[column][: users.own].astype(np.uint64)
    filled = np.flatnonzero(values != 0)
    rows = filled[repeated(values[filled])]
    if len(rows):
        yield Hit(rows, file="users", column=column)


@rule(
    "S21",
    Severity.WARNING,
    TABLE,
    says="an earlier user has the same username",
    remedy="Give each account its own username; one person's two roles may share it.",
)
def duplicate_username(bundle: Bundle) -> Iterator[Hit]:
    """
    Two users have the same username.

    One of them cannot sign in. The usual cause is a username made from initials.
    """
    yield from _twice(bundle, "username")


@rule(
    "S21",
    Severity.WARNING,
    TABLE,
    says="an earlier user has the same email",
    remedy="Leave the email empty where it belongs to somebody else.",
)
def duplicate_email(bundle: Bundle) -> Iterator[Hit]:
    """
    Two users have the same email.

    Receivers that know accounts by email merge two people. The usual cause is the parents' address
    on both children.
    """
    yield from _twice(bundle, "email")


@rule(
    "S18",
    Severity.WARNING,
    TABLE,
    says="an earlier row has the same line item and student",
    remedy="Send the last result only.",
)
def duplicate_result(bundle: Bundle) -> Iterator[Hit]:
    """
    A student has two results for one line item.

    Receivers keep one of them, and nobody knows which. The usual cause is a retake that is kept
    beside the first try.
    """
    results = bundle.table("results")
    items, students = (
        results.packed.get(name) for name in ("lineItemSourcedId", "studentSourcedId")
    )
    if items is None or students is None:
        return

    def known(at: slice) -> tuple[NDArray[np.int64], Hashes]:
        item, student = items[at], students[at]
        places = np.flatnonzero((item >= 0) & (student >= 0) & ~results.deleted[at])
        return places, both(item[places], student[places])

    if not any_twice(lambda at: known(at)[1], results.own):
        return
    places, pairs = known(slice(0, results.own))
    rows = places[repeated(pairs)]
    if len(rows):
        yield Hit(rows, file="results", column="studentSourcedId")
