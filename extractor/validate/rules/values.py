"""Rules on single values, for every column of every file alike; what a column is says the spec."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extractor.spec import GUID_PATTERN, USER_ID_PATTERN, Column, Kind, Required
from extractor.validate.batch import Mask, Values, item_mask, to_mask
from extractor.validate.hashes import offsets_and_bytes, strings
from extractor.validate.parsing import DATE, DATETIME, FLOAT, NO_DAY, days, matches
from extractor.validate.registry import Scope, rule
from extractor.validate.verdict import Severity

VALUE = Scope.VALUE
LONGEST = 255
_IDS = {Kind.GUID, Kind.REF}
_SPREADSHEET_DATE = r"^[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{2,4}( [0-9:APM ]+)?$"
_GUID_BYTES = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_/@"


def kinds(*wanted: Kind) -> object:
    """Look at columns of these kinds."""
    return lambda _file, column: column.kind in wanted


def named(*names: str) -> object:
    """Look at columns of these names."""
    return lambda _file, column: column.name in names


def mismatched(values: Values, column: Column, pattern: str) -> Mask:
    """Tell which filled values (items of lists) do not match."""
    if column.many:
        return item_mask(values, lambda texts: ~matches(texts, pattern) & (sizes(texts) > 0))
    return ~matches(values.distinct, pattern) & (values.lengths > 0)


def sizes(texts: pa.StringArray) -> np.ndarray:
    """Return the bytes of each text."""
    return np.diff(offsets_and_bytes(texts)[0])


@rule(
    "V01",
    Severity.ERROR,
    VALUE,
    on=lambda _file, column: column.required is Required.ALWAYS,
    says="{column} is empty",
    remedy="Fill it in at the source; the standard has no default for it.",
)
def missing_value(values: Values, column: Column) -> Mask:
    """
    A required value is empty.

    Receivers drop the row or refuse the file. The usual cause is a record that is incomplete in the
    student information system.
    """
    judged: Mask = values.lengths == 0
    return judged


@rule(
    "V02",
    Severity.ERROR,
    VALUE,
    on=kinds(*_IDS),
    says="{column} holds an id of more than 255 characters",
    remedy="Shorten the id; it has to stay the same from night to night.",
)
def id_too_long(values: Values, column: Column) -> Mask:
    """
    An id has more than 255 characters.

    Receivers cut it off, and two ids may become one. The usual cause is an id put together from
    names.
    """
    if not len(values.lengths) or values.lengths.max() <= LONGEST:
        return np.zeros(len(values.lengths), np.bool_)
    if column.many:
        return item_mask(values, lambda texts: to_mask(pc.greater(pc.utf8_length(texts), LONGEST)))
    return to_mask(pc.greater(pc.utf8_length(values.distinct), LONGEST))


@rule(
    "V03",
    Severity.ERROR,
    VALUE,
    on=kinds(*_IDS),
    says="{column} holds an id with other signs than letters, digits and . - _ / @",
    remedy="Build ids from letters, digits, dot, hyphen and underscore.",
)
def bad_id_character(values: Values, column: Column) -> Mask:
    """
    An id holds a sign that the standard does not permit in ids.

    Receivers refuse the row or cannot find it again. The usual causes are blanks, accents and
    brackets, and numbers in a spreadsheet's notation (1.2E+05).
    """
    offsets, content = offsets_and_bytes(values.distinct)
    if not content[offsets[0] : offsets[-1]].tobytes().translate(None, _GUID_BYTES):
        return np.zeros(len(values.distinct), np.bool_)
    return mismatched(values, column, GUID_PATTERN.replace("{1,255}", "+"))


@rule(
    "V04",
    Severity.ERROR,
    VALUE,
    on=lambda _file, column: column.kind is Kind.ENUM and column.name != "status",
    says="{column} holds a word that is none of: {tokens}",
    remedy="Use the standard's words, letter for letter; 1.1 allows no others.",
)
def unknown_word(values: Values, column: Column) -> Mask:
    """
    A value is none of the words that the standard lists.

    Receivers refuse the row. The usual causes are capital letters (Student, TRUE), 1 for true, and
    words of OneRoster 1.2. Parents in enrollments.role are one too.
    """
    return outside(values, column)


def outside(values: Values, column: Column) -> Mask:
    """Tell which filled values (items of lists) are none of the column's words."""
    tokens = _tokens(column)
    if column.many:
        return item_mask(
            values, lambda texts: ~to_mask(pc.is_in(texts, tokens)) & (sizes(texts) > 0)
        )
    return ~to_mask(pc.is_in(values.distinct, tokens)) & (values.lengths > 0)


def _tokens(column: Column) -> pa.StringArray:
    return strings(column.values or column.suggested)


@rule(
    "V05",
    Severity.ERROR,
    VALUE,
    on=kinds(Kind.DATE),
    says="{column} is no real date written YYYY-MM-DD",
    remedy="Write dates as 2026-08-17.",
)
def bad_date(values: Values, column: Column) -> Mask:
    """
    A date is not written YYYY-MM-DD, or there is no such day.

    Receivers drop the row or the date. The usual cause is a time of day that came along.
    """
    return _no_day(values) & ~_as_spreadsheets_write(values)


def _no_day(values: Values) -> Mask:
    judged: Mask = (days(values.distinct, DATE) == NO_DAY) & (values.lengths > 0)
    return judged


def _as_spreadsheets_write(values: Values) -> Mask:
    return matches(values.distinct, _SPREADSHEET_DATE) & ~matches(values.distinct, DATE)


@rule(
    "V05",
    Severity.ERROR,
    VALUE,
    on=kinds(Kind.DATE),
    says="{column} is a date as spreadsheets write it",
    remedy="Export again without opening the file in a spreadsheet.",
)
def spreadsheet_date(values: Values, column: Column) -> Mask:
    """
    A date looks like 8/17/2026.

    Receivers drop the row or take the month for the day. The usual cause is a file that was opened
    and saved in a spreadsheet.
    """
    return _no_day(values) & _as_spreadsheets_write(values)


@rule(
    "V06",
    Severity.ERROR,
    VALUE,
    on=kinds(Kind.DATETIME),
    says="{column} is no real time written YYYY-MM-DDThh:mm:ss.sssZ",
    remedy="Write times in UTC, with three decimals, like 2026-08-17T04:05:09.000Z.",
)
def bad_datetime(values: Values, column: Column) -> Mask:
    """
    A time is not written YYYY-MM-DDThh:mm:ss.sssZ, or there is no such time.

    Receivers cannot tell which change is the latest. The usual causes are missing milliseconds and
    an offset instead of Z.
    """
    judged: Mask = (days(values.distinct, DATETIME) == NO_DAY) & (values.lengths > 0)
    return judged


@rule(
    "V07",
    Severity.ERROR,
    VALUE,
    on=kinds(Kind.YEAR),
    says="{column} is no year of four digits",
    remedy="Write the year in which the school year ends, like 2027.",
)
def bad_year(values: Values, column: Column) -> Mask:
    """
    A year is not four digits.

    Receivers cannot place the session. The usual cause is 2026-2027.
    """
    return mismatched(values, column, r"^[0-9]{4}$")


@rule(
    "V08",
    Severity.ERROR,
    VALUE,
    on=kinds(Kind.FLOAT),
    says="{column} is no decimal number",
    remedy="Write numbers with a point, like 88.5; no letters, signs of percent or spaces.",
)
def bad_number(values: Values, column: Column) -> Mask:
    """
    A number cannot be read.

    Receivers drop the result. The usual causes are letter grades, decimal commas and percent signs.
    """
    return mismatched(values, column, FLOAT)


@rule(
    "V09",
    Severity.ERROR,
    VALUE,
    on=lambda _file, column: column.many,
    says="{column} is a list with an empty item",
    remedy="Leave out empty items and the commas around them.",
)
def empty_item(values: Values, column: Column) -> Mask:
    """
    A list has an empty item, as in `a,,b` or `a,`.

    Receivers look for an id that is empty. The usual cause is joining texts of which one is
    missing.
    """
    return item_mask(values, lambda texts: sizes(texts) == 0)


@rule(
    "V10",
    Severity.ERROR,
    VALUE,
    on=kinds(Kind.USER_ID),
    says="{column} has an item that is not {{type:id}}",
    remedy="Write each as {type:id}, both filled in, no comma, colon or brace inside.",
)
def bad_user_id(values: Values, column: Column) -> Mask:
    """
    An item of userIds is not written {type:id}.

    Receivers cannot match the account. The usual cause is the bare id without braces and type.
    """
    return mismatched(values, column, USER_ID_PATTERN)


@rule(
    "V14",
    Severity.ERROR,
    VALUE,
    on=named("status"),
    says="{column} is neither active nor tobedeleted",
    remedy="Write active or tobedeleted; `inactive` of OneRoster 1.0 is tobedeleted now.",
)
def unknown_status(values: Values, column: Column) -> Mask:
    """
    A status is neither active nor tobedeleted.

    Receivers do not know whether to keep the record. The usual cause is inactive, a word of 1.0.
    """
    return outside(values, column)
