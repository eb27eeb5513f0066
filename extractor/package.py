"""One bundle: CSV files and the manifest derived from them, in a reproducible zip.

Source: reference, sections 1.1 and 2.
"""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pandas import DataFrame

from extractor.compress import LEVEL, quick
from extractor.disk import PARTIAL, owner_only, sync_folder
from extractor.errors import OutputError
from extractor.frames import empty, to_arrow
from extractor.shape import BundleShape
from extractor.spec import FILES, MANIFEST, MANIFEST_HEADER, MANIFEST_VERSION, VERSION, File
from extractor.write import csv_bytes, header_bytes

STANDARD = BundleShape()
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can hold: no clock in the bytes


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle under its temporary name, and how many rows each of its files has."""

    partial: Path
    final: Path
    rows: dict[str, int]


def publish(bundles: Sequence[Written]) -> None:
    """
    Let bundles appear at their names, each whole, in place of those before.

    Raises:
        OutputError: before any appears, if something that is no file stands in the way.
    """
    for bundle in bundles:
        if bundle.final.is_dir():
            raise OutputError(f"{bundle.final}: is a folder; remove it. Nothing was written.")
    for bundle in bundles:
        bundle.partial.replace(bundle.final)
        sync_folder(bundle.final.parent)


def package(
    final: Path,
    files: Iterable[tuple[File, Iterator[DataFrame]]],
    source: tuple[str, ...] = (),
    shape: BundleShape = STANDARD,
) -> Written:
    """
    Write a bundle beside its final name; `publish` moves it there.

    Args:
        final: where the bundle is to appear.
        files: in the order they are written; a file without rows is left out, and `absent`,
            unless its consumer wants the header alone.
        source: the manifest's source.systemName and source.systemCode, as far as known.
        shape: how the consumer wants the files.
    """
    partial = final.with_name(f".{final.name}{PARTIAL}")
    rows: dict[str, int] = {}
    with (
        owner_only(partial) as raw,
        zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as bundle,
    ):
        for file, frames in files:
            count = _add(bundle, file, frames, shape)
            if count or file.name in shape.header_only:
                rows[file.name] = count
        with bundle.open(_entry(MANIFEST), "w") as out:
            out.write(manifest_bytes(rows, source, shape))
    return Written(partial, final, rows)


def same_files(one: Path, other: Path) -> bool:
    """
    Tell whether two bundles hold the same files, by name, size and CRC-32, in the same order.

    The bytes of the zips may differ all the same: another compressor, or another release of it,
    writes the same files otherwise. What is no zip, or cannot be read, is the same as nothing.
    """
    try:
        with zipfile.ZipFile(one) as first, zipfile.ZipFile(other) as second:
            held, also = (
                [(entry.filename, entry.file_size, entry.CRC) for entry in bundle.infolist()]
                for bundle in (first, second)
            )
    except (zipfile.BadZipFile, OSError):
        return False
    return held == also


def manifest_bytes(
    rows: dict[str, int], source: tuple[str, ...] = (), shape: BundleShape = STANDARD
) -> bytes:
    """Return manifest.csv for a bulk bundle of these files, whatever their number of rows."""
    modes = [(f"file.{file.name}", "bulk" if file.name in rows else "absent") for file in FILES]
    properties = [
        ("manifest.version", MANIFEST_VERSION),
        ("oneroster.version", VERSION),
        *modes,
        *zip(("source.systemName", "source.systemCode"), source, strict=False),
    ]
    names, values = zip(*properties, strict=True)
    table = pa.table({"propertyName": pa.array(names), "value": pa.array(values)})
    end, quotes = shape.line_end, shape.quote_all
    header = header_bytes(MANIFEST_HEADER, end, quote_all=quotes)
    return header + bytes(csv_bytes(table, end, quote_all=quotes))


def _add(
    bundle: zipfile.ZipFile, file: File, frames: Iterator[DataFrame], shape: BundleShape
) -> int:
    """Write one file's entry, from the first frame that has rows on."""
    filled = (frame for frame in frames if len(frame))
    first = next(filled, None)
    if first is None and file.name in shape.header_only:
        first = empty(file.header)
    if first is None:
        return 0
    count, end, quotes = len(first), shape.line_end, shape.quote_all
    # Whether a file passes 2 GiB is not known before it is written; only these can.
    with quick(
        bundle.open(_entry(file.csv), "w", force_zip64=file.name in ("lineItems", "results"))
    ) as out:
        out.write(header_bytes([str(name) for name in first.columns], end, quote_all=quotes))
        out.write(csv_bytes(to_arrow(first), end, quote_all=quotes))
        for frame in filled:
            out.write(csv_bytes(to_arrow(frame), end, quote_all=quotes))
            count += len(frame)
    return count


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry._compresslevel = LEVEL  # type: ignore[attr-defined]  # `compress_level` from 3.13 on
    entry.create_system = 3  # the same bytes on Windows
    entry.external_attr = 0o600 << 16
    return entry
