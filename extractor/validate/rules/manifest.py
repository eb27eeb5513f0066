"""Rules on manifest.csv: is it complete, and does it tell the truth about the files."""

from collections.abc import Iterator

from extractor.spec import (
    FILES,
    MANIFEST,
    MANIFEST_HEADER,
    MANIFEST_VERSION,
    MODE,
    PROPERTIES,
    ROSTERING_CORE,
    VERSION,
)
from extractor.validate.bundle import Bundle, Hit
from extractor.validate.header import alike
from extractor.validate.manifest import Manifest
from extractor.validate.registry import Scope, rule
from extractor.validate.verdict import Severity

SCOPE = Scope.MANIFEST
_VERSIONS = {"manifest.version": MANIFEST_VERSION, "oneroster.version": VERSION}
_NAMES = tuple(known.name for known in PROPERTIES)


def _line(manifest: Manifest, name: str) -> int | None:
    return next(iter(manifest.lines.get(name, ())), None)


@rule("M01", Severity.ERROR, SCOPE, remedy="Write propertyName,value as the first line.")
def wrong_manifest_header(bundle: Bundle) -> Iterator[Hit]:
    """
    The header of the manifest is not propertyName,value.

    Receivers cannot tell names from values. The usual cause is a manifest without a header, or
    with spaces after the comma.
    """
    if bundle.manifest and tuple(bundle.manifest.header) != MANIFEST_HEADER:
        yield Hit(file=MANIFEST, line=1)


@rule("M02", Severity.ERROR, SCOPE, remedy="Give each property one row; absent files too.")
def missing_property(bundle: Bundle) -> Iterator[Hit]:
    """
    A required property has no row in the manifest.

    Receivers refuse the bundle. The usual causes are a slip in the name (fiel.demographics) and
    rows left out because the file is absent.
    """
    if not bundle.manifest:
        return
    for known in PROPERTIES:
        if known.required and known.name not in bundle.manifest.values:
            meant = [name for name in bundle.manifest.values if alike(name, (known.name,))]
            hint = f"; {_quoted(meant[0])} may mean it" if meant else ""
            yield Hit(file=MANIFEST, message=f"the property {known.name} is missing{hint}")


@rule("M02", Severity.ERROR, SCOPE, remedy="Leave one of the rows out.")
def repeated_property(bundle: Bundle) -> Iterator[Hit]:
    """
    A property stands in the manifest more than once.

    Which of the rows counts depends on the receiver. The usual cause is a manifest put together
    from two.
    """
    if bundle.manifest:
        for name, lines in bundle.manifest.lines.items():
            for line in lines[1:] if name in _NAMES else ():
                yield Hit(file=MANIFEST, line=line, message=f"the property {name} is repeated")


@rule(
    "M03",
    Severity.ERROR,
    SCOPE,
    remedy="Write 1.0 for manifest.version, 1.1 for oneroster.version.",
)
def wrong_version(bundle: Bundle) -> Iterator[Hit]:
    """
    A version in the manifest is not the one of OneRoster 1.1.

    Receivers choose how to read the bundle by it. The usual cause is 1.1.1 or v1p1: the value
    stays 1.1 under every re-issue.
    """
    for name, value in _versions(bundle):
        if not _damaged(name, value):
            due = _VERSIONS[name]
            yield Hit(
                file=MANIFEST,
                line=_line(bundle.manifest, name) if bundle.manifest else None,
                message=f"{name} is not {due}",
                value=value,
            )


@rule(
    "M03", Severity.ERROR, SCOPE, remedy="Write the manifest without opening it in a spreadsheet."
)
def spreadsheet_version(bundle: Bundle) -> Iterator[Hit]:
    """
    A version in the manifest lost its decimal: 1 instead of 1.0.

    Receivers refuse it. The usual cause is a spreadsheet, which takes 1.0 for the number 1.
    """
    for name, value in _versions(bundle):
        if _damaged(name, value):
            yield Hit(
                file=MANIFEST,
                line=_line(bundle.manifest, name) if bundle.manifest else None,
                message=f"{name} is {value}, where {_VERSIONS[name]} is meant",
                value=value,
            )


def _versions(bundle: Bundle) -> Iterator[tuple[str, str]]:
    if bundle.manifest:
        for name, due in _VERSIONS.items():
            value = bundle.manifest.values.get(name, due)
            if value != due:
                yield name, value


def _damaged(name: str, value: str) -> bool:
    try:
        return float(value) == float(_VERSIONS[name])
    except ValueError:
        return False


@rule("M04", Severity.ERROR, SCOPE, remedy="Write absent, bulk or delta.")
def unknown_mode(bundle: Bundle) -> Iterator[Hit]:
    """
    The mode of a file is none of absent, bulk and delta.

    Receivers do not know what to do with the file. The usual cause is a capital letter or a blank.
    """
    if not bundle.manifest:
        return
    for file in FILES:
        name = f"file.{file.name}"
        value = bundle.manifest.values.get(name, "absent")
        if value not in MODE:
            line = _line(bundle.manifest, name)
            yield Hit(
                file=MANIFEST, line=line, message=f"the mode in {name} is unknown", value=value
            )


@rule("M05", Severity.ERROR, SCOPE, remedy="Make the manifest say what is in the bundle.")
def file_against_manifest(bundle: Bundle) -> Iterator[Hit]:
    """
    A file is listed and missing, or there and listed as absent.

    Receivers report an import error or leave the file out. The usual cause is a manifest that was
    written by hand once and never again.
    """
    if not bundle.manifest or bundle.package.exceeded:
        return
    for file in FILES:
        listed, present = bundle.listed(file.name), bundle.tables[file.name].present
        line = _line(bundle.manifest, f"file.{file.name}")
        if listed == "absent" and present:
            yield Hit(
                file=MANIFEST, line=line, message=f"{file.csv} is absent here, yet in the bundle"
            )
        elif listed in {"bulk", "delta"} and not present:
            yield Hit(file=MANIFEST, line=line, message=f"{file.csv} is {listed} here, yet missing")


@rule("M06", Severity.ERROR, SCOPE, remedy="List the file as what its rows are.")
def content_against_manifest(bundle: Bundle) -> Iterator[Hit]:
    """
    A file holds bulk rows and is listed as delta, or the other way round.

    A receiver that trusts the manifest deletes everybody who is not in a delta. The usual cause is
    an export that always fills in status and dateLastModified.
    """
    if not bundle.manifest:
        return
    for file in FILES:
        listed, real = bundle.listed(file.name), bundle.tables[file.name].mode
        if listed in {"bulk", "delta"} and real and listed != real:
            line = _line(bundle.manifest, f"file.{file.name}")
            yield Hit(
                file=MANIFEST,
                line=line,
                message=f"{file.csv} is {listed} here; its rows are {real}",
            )


@rule("M07", Severity.WARNING, SCOPE, remedy="Leave the row out, or mend its name.")
def unknown_property(bundle: Bundle) -> Iterator[Hit]:
    """
    The manifest has a property that the standard does not know.

    Receivers pass over it. The usual cause is a slip in the name of a property that is then
    missing.
    """
    if not bundle.manifest:
        return
    for name, lines in bundle.manifest.lines.items():
        if name not in _NAMES:
            meant = alike(name, _NAMES)
            hint = f"; did you mean {meant}?" if meant else ""
            shown = _quoted(name)
            yield Hit(file=MANIFEST, line=lines[0], message=f"{shown} is no known property{hint}")


@rule("M08", Severity.WARNING, SCOPE, remedy="Send all six, or agree with the receiver.")
def missing_rostering_file(bundle: Bundle) -> Iterator[Hit]:
    """
    One of the six files that every rostering needs is not in a bulk bundle.

    Receivers that certify for rostering refuse it. The usual cause is a query that returned no
    rows, so that the file was left out.
    """
    if bundle.manifest and not bundle.partial:
        for file in ROSTERING_CORE:
            if bundle.listed(file.name) == "absent" and not bundle.tables[file.name].present:
                yield Hit(file=MANIFEST, message=f"{file.csv} is absent")


def _quoted(name: str) -> str:
    shown = "".join(sign if sign.isprintable() else "?" for sign in name)
    return f"'{shown[:60]}'"
