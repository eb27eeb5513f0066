"""Rules on what has to be there once: ids, people's accounts, results."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from extractor.validate.bundle import Bundle, Hit
from extractor.validate.hashes import Hashes, both, mix
from extractor.validate.registry import Scope, rule
from extractor.validate.table import Table
from extractor.validate.verdict import Severity

TABLE = Scope.TABLE
_NO_ROWS = np.zeros(0, np.int64)


def repeated(hashes: Hashes) -> NDArray[np.int64]:
    """Return the rows whose hash an earlier row has."""
    ordered = np.sort(hashes)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(twice):
        return _NO_ROWS
    rows = np.flatnonzero(np.isin(hashes, np.unique(twice)))
    order = np.argsort(hashes[rows], kind="stable")
    grouped = rows[order]
    later = np.concatenate([[False], hashes[grouped][1:] == hashes[grouped][:-1]])
    return np.sort(grouped[later])


def _certain(table: Table, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Leave out rows that only share a hash: two ids of 64 bits can collide."""
    if len(rows) > 10_000:  # no accident
        return rows
    same = np.flatnonzero(np.isin(table.hashes[: table.own], table.hashes[rows]))
    first: dict[str, int] = {}
    for row in same:
        first.setdefault(table.key(int(row)), int(row))
    return np.array([row for row in rows if first[table.key(int(row))] != row], np.int64)


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
    for name, table in bundle.tables.items():
        if "sourcedId" in table.file.header and len(table.hashes):
            blank = hash_of_blank()
            rows = repeated(table.hashes[: table.own])
            rows = rows[(table.hashes[rows] != blank) & (table.hashes[rows] != 0)]
            if len(rows):
                yield Hit(_certain(table, rows), file=name, column="sourcedId")


def hash_of_blank() -> np.uint64:
    """Return the hash of an empty id, which is another rule's finding."""
    return np.uint64(mix(np.zeros(1, np.uint64))[0])


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
    own = slice(0, results.own)
    items, students = results.rows("lineItemSourcedId")[own], results.rows("studentSourcedId")[own]
    known = np.flatnonzero((items >= 0) & (students >= 0) & ~results.deleted[own])
    rows = known[repeated(both(items[known], students[known]))]
    if len(rows):
        yield Hit(rows, file="results", column="studentSourcedId")
