"""Rules on the text of a file: encoding, RFC 4180, one record per line."""

from extractor.validate.bundle import Bundle
from extractor.validate.registry import Scope, rule
from extractor.validate.tokens import Flaw, Spot
from extractor.validate.verdict import Severity

TEXT = Scope.TEXT


def _spots(bundle: Bundle, flaw: Flaw) -> list[Spot]:
    return [spot for flaws in bundle.flaws.values() for spot in flaws.spots.get(flaw, ())]


@rule(
    "P01",
    Severity.ERROR,
    TEXT,
    on=Flaw.DAMAGED,
    says="the file cannot be read to its end",
    remedy="Write and send the bundle again.",
)
def unreadable_entry(bundle: Bundle) -> list[Spot]:
    """
    A file of the bundle cannot be read to its end.

    What stands behind the damage is lost. The usual causes are a full disk while the zip was
    written, and a method of compression other than deflate.
    """
    return _spots(bundle, Flaw.DAMAGED)


@rule(
    "P06",
    Severity.ERROR,
    TEXT,
    on=Flaw.ENCODING,
    says="the file is not UTF-8",
    remedy="Write the file as UTF-8; in Excel that is the type `CSV UTF-8`.",
)
def not_utf8(bundle: Bundle) -> list[Spot]:
    """
    A file is not encoded in UTF-8.

    Names with accents arrive broken, or the file is refused. The usual cause is an export in the
    code page of Windows.
    """
    return _spots(bundle, Flaw.ENCODING)


@rule(
    "P06",
    Severity.INFO,
    TEXT,
    on=Flaw.MARK,
    says="the file starts with a byte order mark",
    remedy="Write UTF-8 without a byte order mark.",
)
def byte_order_mark(bundle: Bundle) -> list[Spot]:
    """
    A file starts with a byte order mark.

    The standard allows it; some receivers take it for a part of the first column's name. The
    usual cause is Excel's `CSV UTF-8`.
    """
    return _spots(bundle, Flaw.MARK)


@rule(
    "C01",
    Severity.ERROR,
    TEXT,
    on=Flaw.QUOTING,
    says="a quote stands where RFC 4180 has none",
    remedy="Put a field that holds a quote in quotes, and double the quote inside it.",
)
def broken_quoting(bundle: Bundle) -> list[Spot]:
    """
    A quote is not closed, not doubled, or stands inside a field without quotes.

    Receivers read the following fields, or all lines up to the next quote, as one. The usual cause
    is a program that writes commas between values and knows nothing of CSV.
    """
    return _spots(bundle, Flaw.QUOTING)


@rule(
    "C02",
    Severity.ERROR,
    TEXT,
    on=Flaw.BREAK,
    says="a line break stands inside a field",
    remedy="Replace line breaks in values by spaces when exporting.",
)
def line_break_in_field(bundle: Bundle) -> list[Spot]:
    """
    A field holds a line break.

    Receivers that read line by line break the record in two. The usual cause is a free text field
    of the student information system.
    """
    return _spots(bundle, Flaw.BREAK)


@rule(
    "C03",
    Severity.ERROR,
    TEXT,
    on=Flaw.RAGGED,
    says="the row has another number of fields than the header",
    remedy="Put values that hold a comma in quotes; write a comma for each empty value too.",
)
def ragged_row(bundle: Bundle) -> list[Spot]:
    """
    A row has more or fewer fields than the header.

    Values stand in the wrong columns, or the row is dropped. The usual cause is a comma in a value
    that is not in quotes. The row is not judged any further.
    """
    return _spots(bundle, Flaw.RAGGED)


@rule(
    "X06",
    Severity.ERROR,
    TEXT,
    on=Flaw.EMPTY,
    says="the row is empty",
    remedy="Delete the row.",
)
def empty_row(bundle: Bundle) -> list[Spot]:
    """
    A row has no value at all.

    Receivers report a missing sourcedId or stop reading. The usual cause is a spreadsheet in which
    rows were cleared and not deleted.
    """
    return _spots(bundle, Flaw.EMPTY)


@rule(
    "X07",
    Severity.ERROR,
    TEXT,
    on=Flaw.CARRIAGE,
    says="the line ends in a bare carriage return",
    remedy="End lines with CRLF or LF.",
)
def bare_carriage_return(bundle: Bundle) -> list[Spot]:
    """
    A line ends in a carriage return without a line feed.

    Many readers take the whole file for one line. The usual cause is `CSV (Macintosh)` in Excel.
    """
    return _spots(bundle, Flaw.CARRIAGE)
