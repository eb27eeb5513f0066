"""The spec as Table Schemas of the Frictionless standards, and what frictionless says by them."""

from dataclasses import dataclass
from pathlib import Path

import frictionless
from validate.golden import Sample

from extractor import spec
from extractor.spec import Column, File, Kind, Required

JSON = dict[str, object]
_TYPES: dict[Kind, JSON] = {
    Kind.DATE: {"type": "date"},
    Kind.DATETIME: {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S.%fZ"},
    Kind.YEAR: {"type": "year"},
    Kind.FLOAT: {"type": "number"},
}
_PATTERNS = {
    Kind.GUID: spec.GUID_PATTERN,
    Kind.REF: spec.GUID_PATTERN,
    Kind.USER_ID: spec.USER_ID_PATTERN,
}
_ITEM = "[^,]*[^, ][^,]*"  # of a list of texts: not empty


@dataclass(frozen=True, order=True)
class Told:
    """One thing wrong, in words that both validators have."""

    file: str
    line: int
    column: str
    kind: str


def field(column: Column) -> JSON:
    """Return the column as a field; a list is a text with a pattern, for it may hold no blanks."""
    kind = _TYPES.get(column.kind, {"type": "string"})
    constraints: JSON = {}
    if column.required is Required.ALWAYS:
        constraints["required"] = True
    if column.many:
        constraints["pattern"] = _list_of(column)
    elif column.values:
        constraints["enum"] = list(column.values)
    elif column.kind in _PATTERNS:
        constraints["pattern"] = _PATTERNS[column.kind]
    return {"name": column.name, **kind, "constraints": constraints}


def _list_of(column: Column) -> str:
    item = _PATTERNS.get(column.kind, "|".join(column.values) or _ITEM)
    item = f" *(?:{item.removeprefix('^').removesuffix('$')}) *"
    return f"^{item}(,{item})*$"


def schema(file: File, files: set[str]) -> JSON:
    """Return the schema of a file; the references to files that are not there are left out."""
    keys = [
        {
            "fields": [column.name],
            "reference": {
                "resource": "" if target.file == file.name else target.file.lower(),
                "fields": ["sourcedId"],
            },
        }
        for column in file.references
        if (target := column.target) and target.file in files and not column.many
    ]
    return {
        "fields": [field(column) for column in file.columns],
        "missingValues": [""],
        "primaryKey": ["sourcedId"],
        "foreignKeys": keys,
    }


def told(sample: Sample, folder: Path) -> set[Told]:
    """Validate the files of a bundle with frictionless."""
    files = {name for name in spec.BY_NAME if f"{name}.csv" in sample.files}
    for name in files:
        (folder / f"{name}.csv").write_bytes(sample.files[f"{name}.csv"])
    resources = [
        {"name": name.lower(), "path": f"{name}.csv", "schema": schema(spec.BY_NAME[name], files)}
        for name in sorted(files)
    ]
    package = frictionless.Package.from_descriptor({"resources": resources}, basepath=str(folder))
    report = package.validate(limit_errors=10_000)
    return {_told(Path(task.place).stem, error) for task in report.tasks for error in task.errors}


_KINDS = {
    "type-error": "type",
    "primary-key": "key",
    "foreign-key": "reference",
    "extra-cell": "ragged",
    "missing-cell": "ragged",
    "blank-row": "empty",
}


def _told(file: str, error: frictionless.Error) -> Told:
    kind, row = _KINDS.get(error.type, "header"), getattr(error, "row_number", 1)
    name = getattr(error, "field_name", "")
    if error.type == "constraint-error":
        kind = "required" if '"required"' in error.note else "value"
    if error.type == "primary-key":
        name = "sourcedId"
    if error.type == "foreign-key":
        (name,) = error.field_names
    return Told(file, row, name if kind not in {"ragged", "empty", "header"} else "", kind)
