"""The store of bundles: by vendor and time, each with its hash, and what retention leaves."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from extractor.errors import OutputError
from extractor.record.folder import Record, moment, place, sha256

BUNDLES = "bundles"
HELD = "held"
SHOWN = 12  # signs of a hash in names of files
_STAMPED = re.compile(r"[0-9]{8}T[0-9]{6}Z-")


@dataclass(frozen=True, slots=True)
class Kept:
    """A bundle in the store."""

    vendor: str
    sha256: str
    path: Path
    bytes: int

    @property
    def whole(self) -> bool:
        """Whether the file still is what it was; reads it."""
        return sha256(self.path) == self.sha256


def keep(record: Record, vendor: str, bundle: Path, now: datetime | None = None) -> Kept:
    """
    Put a bundle into the store; one that is there already only becomes the newest.

    Raises:
        OutputError: it cannot be read, or the disk does not let us.
    """
    digest = sha256(bundle)
    if not digest:
        raise OutputError(f"{bundle}: cannot be read; look at the disk and its rights")
    with record.db.transaction():  # nobody sweeps the file away before its row stands
        known = kept(record, vendor, digest)
        path = known.path if known else _path(record, vendor, digest, now)
        if known is None or not known.whole:
            place(bundle, path)
        size = path.stat().st_size
        record.db.change(
            "INSERT INTO bundles VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (vendor, sha256) DO UPDATE SET stored = excluded.stored",
            *(vendor, digest, path.relative_to(record.folder).as_posix(), size, moment(now)),
        )
    return Kept(vendor, digest, path, size)


def kept(record: Record, vendor: str, digest: str) -> Kept | None:
    """Return a bundle of the store by its hash."""
    row = record.db.row("SELECT * FROM bundles WHERE vendor = ? AND sha256 = ?", vendor, digest)
    if row is None:
        return None
    return Kept(vendor, digest, record.folder / row["path"], row["bytes"])


def _path(record: Record, vendor: str, digest: str, now: datetime | None) -> Path:
    return record.folder / BUNDLES / vendor / f"{stamp(moment(now))}-{digest[:SHOWN]}.zip"


def stamp(moment: str) -> str:
    """Return a moment as it stands in names of bundles, which sort by it."""
    return moment.replace("-", "").replace(":", "")


def strangers(record: Record, vendor: str = "*") -> list[Path]:
    """Return the bundles in the store that the database does not know."""
    known = {record.folder / row["path"] for row in record.db.rows("SELECT path FROM bundles")}
    found = (record.folder / BUNDLES).glob(f"{vendor}/*.zip")
    return [path for path in found if path not in known and _STAMPED.match(path.name)]


def held_path(record: Record, vendor: str, digest: str) -> Path:
    """Return where a held bundle lies; its reasons lie beside it, as .json."""
    return record.folder / HELD / vendor / f"{digest[:SHOWN]}.zip"


def prune(
    record: Record,
    bundles: int,
    bundle_days: int,
    history_days: int | None = None,
    now: datetime | None = None,
) -> None:
    """
    Remove what nobody has to keep, and what a killed run left.

    Args:
        bundles: how many of the newest of each vendor stay, whatever their age.
        bundle_days: younger ones stay too. What is held, on its way, or was delivered last
            stays always.
        history_days: runs, holds and disclosures older than this go; None: they stay for ever.
    """
    now = now or datetime.now(UTC)
    with record.db.transaction():
        if history_days is not None:
            _forget(record, moment(now - timedelta(days=history_days)))
        old = moment(now - timedelta(days=bundle_days))
        for row in record.db.rows(_OUTLIVED, bundles, old):
            record.db.change(
                "DELETE FROM bundles WHERE vendor = ? AND sha256 = ?", row["vendor"], row["sha256"]
            )
    with record.db.transaction():  # of its own: no row may come back to a file that is gone
        _sweep(record, stamp(old))


_LATEST = """SELECT id FROM (SELECT id, ROW_NUMBER() OVER (
  PARTITION BY vendor ORDER BY id DESC) AS place
  FROM disclosures WHERE state = 'delivered') WHERE place = 1"""
_OUTLIVED = f"""SELECT vendor, sha256 FROM (SELECT vendor, sha256, stored, ROW_NUMBER() OVER (
  PARTITION BY vendor ORDER BY stored DESC, path DESC) AS place FROM bundles) AS b
  WHERE place > ? AND stored < ?
  AND NOT EXISTS (SELECT 1 FROM holds AS h WHERE h.vendor = b.vendor AND h.sha256 = b.sha256
    AND h.state IN ('waiting', 'approved'))
  AND NOT EXISTS (SELECT 1 FROM disclosures AS d WHERE d.vendor = b.vendor
    AND d.sha256 = b.sha256 AND (d.state = 'sending' OR d.id IN ({_LATEST})))"""


def _forget(record: Record, before: str) -> None:
    change = record.db.change
    change(
        f"DELETE FROM disclosures WHERE state != 'sending' AND began < ? AND id NOT IN ({_LATEST})",
        before,
    )
    change("DELETE FROM holds WHERE state IN ('sent', 'superseded') AND held < ?", before)
    change(
        "DELETE FROM runs WHERE started < ? AND ended IS NOT NULL "
        "AND id NOT IN (SELECT run FROM disclosures WHERE run IS NOT NULL)",
        before,
    )


def _sweep(record: Record, old: str) -> None:
    """
    Remove files of which the database knows nothing: a kill or a removal left them.

    Bundles stay until they are old: the database may be the one that is not right, restored
    from a backup or begun anew, and they are the way back.
    """
    young = {path for path in strangers(record) if path.name[: len(old)] >= old}
    known = {record.folder / row["path"] for row in record.db.rows("SELECT path FROM bundles")}
    for row in record.db.rows(
        "SELECT vendor, sha256 FROM holds WHERE state IN ('waiting', 'approved')"
    ):
        path = held_path(record, row["vendor"], row["sha256"])
        known |= {path, path.with_suffix(".json")}
    for path in _files(record):
        if path not in known | young:
            with suppress(OSError):  # Windows: somebody has it open; the next run removes it
                path.unlink(missing_ok=True)


def _files(record: Record) -> Iterator[Path]:
    for name in (BUNDLES, HELD):
        yield from (path for path in (record.folder / name).glob("*/*") if path.is_file())
