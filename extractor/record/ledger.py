"""The ledger of issued sourcedIds: for each vendor the digests of who stood behind each."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from extractor.gate.identity import KINDS, People
from extractor.gate.rekeying import Ledger
from extractor.record.folder import Record

_COLUMNS = ("id", "role", "derived", *KINDS)
_ENTER = f"""INSERT INTO ledger (vendor, first, last, {", ".join(_COLUMNS)})
  VALUES ({", ".join("?" * (len(_COLUMNS) + 3))})
  ON CONFLICT (vendor, id) DO UPDATE SET last = excluded.last,
  {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "id")}"""


def ledger(record: Record, vendor: str) -> Ledger:
    """Return all that a vendor was ever sent."""
    rows = record.db.tuples(
        f"SELECT last, {', '.join(_COLUMNS)} FROM ledger WHERE vendor = ? ORDER BY id", vendor
    )
    table = np.array(rows, np.int64).reshape(len(rows), len(_COLUMNS) + 1)
    marks = {name: table[:, at] for at, name in enumerate(KINDS, len(_COLUMNS) + 1 - len(KINDS))}
    last = table[:, 0]
    people = People(table[:, 1], table[:, 2].astype(np.int8), marks, table[:, 3])
    return Ledger(people, last == (last.max() if len(last) else 0))


def enter(record: Record, vendor: str, disclosure: int, people: People) -> None:
    """Enter whom a delivered bundle holds, inside the transaction that says it was delivered."""
    record.db.change_many(_ENTER, _rows(vendor, disclosure, people))


def _rows(vendor: str, disclosure: int, people: People) -> Iterator[tuple[object, ...]]:
    columns: list[NDArray[np.signedinteger]] = [
        people.ids,
        people.roles,
        people.derived,
        *(people.marks[kind] for kind in KINDS),
    ]
    for row in zip(*(column.tolist() for column in columns), strict=True):
        yield (vendor, disclosure, disclosure, *row)
