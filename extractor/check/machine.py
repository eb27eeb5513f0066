"""The machine that runs this: clock, output folder, disk."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from extractor.check.line import Line, failed, ok, warning
from extractor.check.probing import Context
from extractor.workspace import REPORT

_LATE = 300  # seconds; what Kerberos bears, too
_WRONG = 3600
# Measured with the demo: 66 MB of working files and bundles for 408,000 rows of these tables,
# and rounded up; the bundles of each vendor lie beside the old ones for a moment.
_BIG = ("STU", "SEC", "CAR", "GBA", "GBS")
_ROW, _ROW_PER_VENDOR = 250, 60
_LEAST = 50 * 2**20


def clock(context: Context) -> Iterator[Line]:
    """Hold the server's clock against ours, and its time zone against the district's."""
    found = context.source().catalog().moment()
    if found is None:
        yield ok("no server, no second clock")
        return
    seconds, ahead = found
    off = round(time.time() - seconds)
    if abs(off) > _LATE:
        what = f"this machine's clock is {_span(abs(off))} {'ahead of' if off > 0 else 'behind'}"
        remedy = "set both clocks by a time server"
        what += " the database server's"
        yield failed(what, remedy) if abs(off) > _WRONG else warning(what, remedy)
    else:
        yield ok("this machine's clock and the database server's agree")
    zone = context.settings.district.time_zone
    offset = datetime.now(ZoneInfo(zone)).utcoffset()
    here = round(offset.total_seconds() / 60) if offset else 0
    if ahead is not None and ahead != here:
        yield warning(
            f"the server's time is {_offset(ahead)} from UTC, but district.time_zone {zone} is "
            f"{_offset(here)}: dateLastModified would be wrong by the difference",
            "set district.time_zone to the zone of the server's own clock, if the SIS uses that",
        )
    elif ahead is not None:
        yield ok(f"the server keeps the time of {zone}")


def output(context: Context) -> Iterator[Line]:
    """Write a file where bundles will be, or into the nearest folder that is there."""
    folder = _out(context)
    if (folder / REPORT).is_dir():
        yield failed(f"{folder / REPORT} is a folder", "remove it", 3)
        return
    yield _writable("output.directory", folder)


def record(context: Context) -> Iterator[Line]:
    """Write a file where the record will be: without it no night begins."""
    settings = context.settings
    yield _writable("record.directory", settings.folder / settings.record.directory)
    if settings.log.file:
        yield _writable("log.file", (settings.folder / settings.log.file).parent)


def _writable(key: str, folder: Path) -> Line:
    place = _nearest(folder)
    if not place.is_dir():
        return failed(f"{key}: {place} is no folder", "name another", 2)
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"oneroster check")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        what = f"{key}: {place} cannot be written ({error.strerror})"
        return failed(what, "let the account that runs this write there, or name another folder")
    return ok(f"{folder} can be written" if place == folder else f"{folder} can be made")


def disk(context: Context) -> Iterator[Line]:
    """Hold the free space against an estimate from the sizes of the biggest tables."""
    catalog, settings = context.source().catalog(), context.settings
    read = {table for query in context.queries() for table in query.reads}
    rows = sum(catalog.rows(table, settings.sis.schema_) for table in _BIG if table in read)
    need = _LEAST + rows * (_ROW + _ROW_PER_VENDOR * len(settings.vendor))
    free = shutil.disk_usage(_nearest(_out(context))).free
    said = f"{_size(free)} free; a run needs about {_size(need)}"
    if free < need:
        yield failed(said, "free some space, or name a folder on another disk: output.directory")
    elif free < 3 * need:
        yield warning(said, "free some space before the district grows")
    else:
        yield ok(said)


def _out(context: Context) -> Path:
    return context.settings.folder / context.settings.output.directory


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    whole = folder.absolute()
    return next(one for one in (whole, *whole.parents) if one.exists())


def _span(seconds: int) -> str:
    return f"{seconds // 60:,} minutes" if seconds < 7200 else f"{seconds // 3600:,} hours"


def _offset(minutes: int) -> str:
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _size(size: int) -> str:
    return f"{size / 2**30:,.1f} GiB" if size >= 2**30 else f"{size / 2**20:,.0f} MiB"
