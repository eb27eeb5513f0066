"""A district's list of resources: a CSV kept by hand, because no SIS holds them.

Columns: those of resources.csv (reference, section 3.11), and courseSourcedIds and
classSourcedIds, comma separated lists of what each resource belongs to. Bad rows are left out
and named by their line; a file that is no such list stops the run.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from pandas import DataFrame

from extractor.errors import SettingsError
from extractor.findings import Findings
from extractor.frames import TEXT
from extractor.spec import GUID_PATTERN, RESOURCES

REQUIRED = ("sourcedId", "vendorResourceId")
LINKS = ("courseSourcedIds", "classSourcedIds")
COLUMNS = (
    *(name for name in RESOURCES.header if name not in ("status", "dateLastModified")),
    *LINKS,
)
_GUID = re.compile(GUID_PATTERN)


def load(path: Path, findings: Findings) -> DataFrame:
    """
    Read the list.

    Returns:
        Every column of `COLUMNS`, blank as NA, and `line`, on which the row begins.

    Raises:
        SettingsError: if the file cannot be read, or its header is not one of such a list.
    """
    rows: list[dict[str, str]] = []
    seen: set[str] = set()
    for line, row, wrong in _rows(path):
        problem = wrong or _problem(row, seen)
        if problem:
            findings.add("resource_row_unusable", [f"line {line}: {problem}"])
        else:
            seen.add(row["sourcedId"])
            rows.append({**row, "line": str(line)})
    made = DataFrame(rows, columns=[*COLUMNS, "line"], dtype=TEXT)
    return made.replace("", None).astype(TEXT)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str], str]]:
    """Yield the line, the fields and what is wrong with their number, row by row."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            _refuse(path, header)
            line = reader.line_num + 1
            for fields in reader:
                wrong = "" if len(fields) == len(header) else f"{len(fields)} fields"
                row = dict(zip(header, (_plain(field) for field in fields), strict=False))
                if any(row.values()):
                    yield line, row, wrong
                line = reader.line_num + 1
    except OSError as error:
        raise SettingsError(
            f"resources.file: {path}: cannot be read ({error.strerror}); correct the path, which "
            "starts from the folder of the settings file"
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"resources.file: {path}: is not UTF-8; save it as 'CSV UTF-8'"
        ) from error
    except csv.Error as error:
        raise SettingsError(
            f"resources.file: {path}, line {reader.line_num}: is no CSV ({error})"
        ) from error


def _plain(field: str) -> str:
    """Return a field without control characters; a line break is left to `conform`."""
    return re.sub(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", "", field).strip()


def _refuse(path: Path, header: list[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    missing = [name for name in REQUIRED if name not in header]
    twice = sorted({name for name in header if header.count(name) > 1})
    problems = [
        f"{what} {', '.join(names) or '(blank)'}"
        for what, names in (("unknown", unknown), ("missing", missing), ("twice", twice))
        if names
    ]
    if problems:
        raise SettingsError(
            f"resources.file: {path}, line 1: columns {'; '.join(problems)}; there may be "
            f"{', '.join(COLUMNS)}"
        )


def _problem(row: dict[str, str], seen: set[str]) -> str:
    """Say what is wrong with a row; nothing for a good one."""
    for name in REQUIRED:
        if not row[name]:
            return f"{name} is blank"
    if not _GUID.fullmatch(row["sourcedId"]):
        return "sourcedId holds characters that an id may not have"
    if row["sourcedId"] in seen:
        return "sourcedId stands for two resources"
    for column in RESOURCES.columns:
        held = row.get(column.name, "")
        items = [item.strip() for item in held.split(",")] if column.many else [held]
        if held and column.values and not set(items) <= set(column.values):
            return f"{column.name} may hold {', '.join(column.values)}"
    return ""
