"""Rules on the archive: can it be opened, and does it hold what it should and nothing else."""

from collections import Counter
from collections.abc import Iterator

from extractor.spec import MANIFEST
from extractor.validate.archive import KNOWN
from extractor.validate.bundle import Bundle, Hit
from extractor.validate.header import alike
from extractor.validate.registry import Level, Scope, rule
from extractor.validate.verdict import Severity

PACKAGE = Scope.PACKAGE


@rule(
    "P01",
    Severity.ERROR,
    PACKAGE,
    remedy="Send the zip again; compare its size with the one that was written.",
)
def unreadable_archive(bundle: Bundle) -> Iterator[Hit]:
    """
    The bundle is no readable zip.

    Nothing can be imported. The usual cause is an upload that was cut short, or a name ending in
    .zip on something else.
    """
    if bundle.package.broken:
        yield Hit(message=f"the bundle cannot be opened: {bundle.package.broken}")


@rule("P01", Severity.ERROR, PACKAGE, remedy="Give the archive a name that ends in .zip.")
def wrong_extension(bundle: Bundle) -> Iterator[Hit]:
    """
    The name of the archive does not end in .zip.

    Receivers choose files by that ending. The usual cause is a temporary name that was never
    changed.
    """
    package = bundle.package
    if package.archive and not package.broken and not package.name.lower().endswith(".zip"):
        yield Hit(message="the archive is a zip, and its name does not end in .zip")


@rule("P01", Severity.ERROR, PACKAGE, remedy="Write the zip without a password.")
def encrypted_entry(bundle: Bundle) -> Iterator[Hit]:
    """
    A file in the zip is encrypted.

    The standard knows no passwords, so no receiver can read it. The usual cause is a zip tool
    that was told to protect student data; SFTP does that on the way.
    """
    for entry in bundle.package.entries:
        if entry.encrypted:
            yield Hit(file=entry.base)


@rule(
    "P02",
    Severity.ERROR,
    PACKAGE,
    remedy="Zip the files themselves and not the folder that holds them.",
)
def nested_entry(bundle: Bundle) -> Iterator[Hit]:
    """
    A folder stands inside the bundle.

    Receivers look for files at the root and find none. The usual cause is that the folder was
    zipped, and not its files.
    """
    package = bundle.package
    names = {entry.folder for entry in package.entries if not entry.junk and not entry.unsafe}
    names |= {name for name in package.folders if not name.startswith("__MACOSX")}
    for name in sorted({name.partition("/")[0] for name in names if name}):
        yield Hit(message=f"the bundle has a folder: {printable(name)}")


@rule(
    "P03",
    Severity.ERROR,
    PACKAGE,
    remedy="Add manifest.csv; `oneroster rules` and the standard say what stands in it.",
)
def missing_manifest(bundle: Bundle) -> Iterator[Hit]:
    """
    There is no manifest.csv.

    Without it a bundle counts as OneRoster 1.0, and receivers of 1.1 refuse it. The usual cause
    is a hand-made zip.
    """
    package = bundle.package
    stopped = package.broken or package.exceeded or bundle.foreign_version
    if not stopped and bundle.manifest is None and MANIFEST not in bundle.unread:
        yield Hit(message="manifest.csv is missing")


@rule("P04", Severity.ERROR, PACKAGE, remedy="Leave one of the files out.")
def duplicate_entry(bundle: Bundle) -> Iterator[Hit]:
    """
    Two files in the zip have one name.

    Which of them is read depends on the receiver's zip library. The usual cause is a tool that
    adds to yesterday's zip.
    """
    counted = Counter(entry.name for entry in bundle.package.entries)
    for name, times in counted.items():
        if times > 1:
            yield Hit(file=printable(name), message=f"the name stands in the zip {times} times")


@rule("P05", Severity.ERROR, PACKAGE, remedy="Use the standard's names, letter for letter.")
def unknown_file(bundle: Bundle) -> Iterator[Hit]:
    """
    The bundle holds a file that the standard does not know.

    Receivers report an import error, and take a misspelt file for a missing one. The usual causes
    are a wrong case (Users.csv) and a slip such as courseResourses.csv.
    """
    if bundle.foreign_version:
        return
    for entry in bundle.package.inside:
        if entry.base not in KNOWN and not entry.link and not entry.unsafe:
            meant = alike(entry.base, sorted(KNOWN))
            hint = f"; did you mean {meant}?" if meant else ""
            yield Hit(
                file=printable(entry.base), message=f"no file of OneRoster 1.1 has this name{hint}"
            )


@rule(
    "X01",
    Severity.WARNING,
    PACKAGE,
    level=Level.SHOULD,
    remedy="Zip with a tool that adds nothing, such as `zip -X`, or delete the entry.",
)
def archive_junk(bundle: Bundle) -> Iterator[Hit]:
    """
    The zip holds what a file manager left there.

    Strict receivers refuse every file that they do not know. The usual cause is the zip function
    of macOS (__MACOSX, .DS_Store) or Windows (Thumbs.db).
    """
    junk = sorted({printable(entry.name) for entry in bundle.package.entries if entry.junk})
    for name in junk:
        yield Hit(file=name)


@rule("X02", Severity.ERROR, PACKAGE, remedy="Rename the entry; do not unpack this zip.")
def unsafe_entry_name(bundle: Bundle) -> Iterator[Hit]:
    """
    The name of an entry points outside the folder in which it would be unpacked.

    A receiver that unpacks it overwrites files of its own. No honest tool writes such names.
    """
    for entry in bundle.package.entries:
        if entry.unsafe:
            yield Hit(file=printable(entry.name))


@rule("X03", Severity.ERROR, PACKAGE, remedy="Put the file itself there, and not a link to it.")
def link_in_folder(bundle: Bundle) -> Iterator[Hit]:
    """
    An entry of the folder is a link, a pipe or a device.

    It was not followed: what it leads to is not part of the bundle. The usual cause is a folder
    of links to last night's files.
    """
    for entry in bundle.package.entries:
        if entry.link:
            yield Hit(file=printable(entry.name))


@rule(
    "X04",
    Severity.ERROR,
    PACKAGE,
    remedy="If the bundle is honest, raise the limit with --max-size or --max-entries.",
)
def too_big(bundle: Bundle) -> Iterator[Hit]:
    """
    The bundle is bigger than the limits that were set.

    It was not read. A small zip that expands to a huge file is an attack on whoever reads it.
    """
    if bundle.package.exceeded:
        yield Hit(message=f"the bundle was not read: {bundle.package.exceeded}")


@rule(
    "X05",
    Severity.ERROR,
    PACKAGE,
    remedy="Ask the producer for the OneRoster 1.1 export.",
)
def other_version(bundle: Bundle) -> Iterator[Hit]:
    """
    The bundle is OneRoster 1.0 or 1.2, and was not judged by the rules of 1.1.

    Files and columns differ, so a receiver of 1.1 cannot import it. The usual cause is the wrong
    export in the producing system.
    """
    if bundle.foreign_version:
        yield Hit(message=f"this is a OneRoster {bundle.foreign_version} bundle")


def printable(name: str) -> str:
    """Return a name from an archive so that a terminal or a report can show it."""
    shown = "".join(sign if sign.isprintable() else "?" for sign in name)
    return shown if len(shown) <= 120 else f"{shown[:117]}..."
