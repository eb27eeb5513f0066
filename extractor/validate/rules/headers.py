"""Rules on header rows: all columns, in order, spelled as the standard spells them."""

from collections.abc import Iterator

from extractor.validate.bundle import Bundle, Hit
from extractor.validate.header import EXTENSION, Header
from extractor.validate.registry import Scope, rule
from extractor.validate.rules.package import printable
from extractor.validate.verdict import Severity

SCOPE = Scope.MANIFEST


@rule("C04", Severity.ERROR, SCOPE, remedy="Write the header of the standard, letter for letter.")
def wrong_header(bundle: Bundle) -> Iterator[Hit]:
    """
    A header lacks a column, misspells one, or has them in another order.

    Receivers that read by position put values in the wrong place; others refuse the file. The usual
    causes are termSourcedId for termSourcedIds, and leaving out columns that are always empty.
    """
    for header in bundle.headers.values():
        for message, column in _wrong(header):
            yield Hit(file=header.file.csv, line=1, column=column, message=message)
    for name, flaws in bundle.flaws.items():
        file = name.removesuffix(".csv")
        unread = file not in bundle.headers and name not in bundle.unread
        if file in bundle.tables and unread and not flaws.counts:
            yield Hit(file=name, message="the file is empty: it has no header")


def _wrong(header: Header) -> Iterator[tuple[str, str | None]]:
    if header.separator:
        yield f"the columns are separated by {header.separator}, not commas", None
        return
    if header.absent:
        yield "the file has no header: none of its columns is named in the first row", None
        return
    for found, meant in header.misspelt.items():
        yield f"{printable(found)!r} is no column; did you mean {meant}?", meant
    for name in header.missing:
        yield f"the column {name} is missing", name
    if header.disordered:
        yield f"the columns are out of order, from {header.disordered} on", header.disordered


@rule("C05", Severity.ERROR, SCOPE, remedy="Leave one of the columns out.")
def repeated_header(bundle: Bundle) -> Iterator[Hit]:
    """
    Two columns of a file have one name.

    Which of them is read depends on the receiver. The usual cause is a join of two tables that
    both have the column.
    """
    for header in bundle.headers.values():
        for name in () if header.absent else header.repeated:
            yield Hit(
                file=header.file.csv,
                line=1,
                message=f"the column {printable(name)} stands there twice",
            )


@rule(
    "C06",
    Severity.ERROR,
    SCOPE,
    remedy=f"Name the column {EXTENSION}.. and put it behind the standard's, or leave it out.",
)
def foreign_column(bundle: Bundle) -> Iterator[Hit]:
    """
    A column is neither the standard's nor an extension at the right end.

    Receivers refuse the file. The usual cause is a column of OneRoster 1.0 or 1.2, or of the
    source system, that came along.
    """
    for header in bundle.headers.values():
        if header.separator or header.absent:
            continue  # the cells of line 1 are no names: C04 has told it
        for name in header.foreign:
            yield Hit(
                file=header.file.csv,
                line=1,
                message=f"{printable(name)!r} is no column of the file",
            )
        for name in header.early:
            yield Hit(
                file=header.file.csv,
                line=1,
                message=f"{printable(name)} stands before a column of the standard",
            )


@rule("C07", Severity.ERROR, SCOPE, remedy="Leave the file out, and list it as absent.")
def no_rows(bundle: Bundle) -> Iterator[Hit]:
    """
    A file has a header and no rows.

    In bulk that means: delete everything. Receivers refuse it. The usual cause is a query that
    returned nothing.
    """
    for header in bundle.headers.values():
        table = bundle.tables[header.file.name]
        if not table.own and not table.broken and not table.opaque:
            yield Hit(file=header.file.csv, line=1)
