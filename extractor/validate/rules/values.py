"""Rules on single values, for every column of every file alike; what a column is says the spec."""

import numpy as np
import pyarrow.compute as pc

from extractor.spec import GUID_PATTERN, USER_ID_PATTERN, Column, File, Kind, Required
from extractor.validate.batch import Mask, Values, item_mask, to_mask
from extractor.validate.hashes import offsets_and_bytes
from extractor.validate.parsing import DATE, DATETIME, FLOAT, NO_DAY, days, matches
from extractor.validate.registry import Scope, rule
from extractor.validate.verdict import Severity

VALUE = Scope.VALUE
LONGEST = 255
_IDS = {Kind.GUID, Kind.REF}
_TEXTS = {Kind.STRING, Kind.ID, Kind.USER_ID}
_SPREADSHEET_DATE = r"^[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{2,4}( [0-9:APM ]+)?$"
_EMAIL = r"^[^@\s,;]+@[^@\s,;.]+(\.[^@\s,;.]+)+$"

_GUID_BYTES = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_/@"


def kinds(*wanted: Kind) -> object:
    """Look at columns of these kinds."""
    return lambda _file, column: column.kind in wanted


def named(*names: str) -> object:
    """Look at columns of these names."""
    return lambda _file, column: column.name in names


def _life(column: Column) -> bool:
    return column.required is Required.DELTA


def _judged(values: Values, column: Column, pattern: str) -> Mask:
    """Tell which filled values (items of lists) do not match."""
    if column.many:
        return item_mask(values, lambda texts: ~matches(texts, pattern) & (_sizes(texts) > 0))
    return ~matches(values.distinct, pattern) & (values.lengths > 0)


def _sizes(texts: object) -> np.ndarray:
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
    return _judged(values, column, GUID_PATTERN.replace("{1,255}", "+"))


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
    return _outside(values, column)


def _outside(values: Values, column: Column) -> Mask:
    tokens = _tokens(column)
    if column.many:
        return item_mask(
            values, lambda texts: ~to_mask(pc.is_in(texts, tokens)) & (_sizes(texts) > 0)
        )
    return ~to_mask(pc.is_in(values.distinct, tokens)) & (values.lengths > 0)


def _tokens(column: Column) -> object:
    import pyarrow as pa

    return pa.array(column.values or column.suggested, pa.string())


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
    return _judged(values, column, r"^[0-9]{4}$")


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
    return _judged(values, column, FLOAT)


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
    return item_mask(values, lambda texts: _sizes(texts) == 0)


@rule(
    "V10",
    Severity.ERROR,
    VALUE,
    on=kinds(Kind.USER_ID),
    says="{column} has an item that is not {{type:id}}",
    remedy="Write each as {{type:id}}, both filled in, no comma, colon or brace inside.",
)
def bad_user_id(values: Values, column: Column) -> Mask:
    """
    An item of userIds is not written {type:id}.

    Receivers cannot match the account. The usual cause is the bare id without braces and type.
    """
    return _judged(values, column, USER_ID_PATTERN)


@rule(
    "V12",
    Severity.WARNING,
    VALUE,
    on=lambda _file, column: column.kind in _TEXTS and not column.many,
    says="{column} has more than 255 characters",
    remedy="Shorten it; receivers may cut it off.",
)
def long_text(values: Values, column: Column) -> Mask:
    """
    A text has more than 255 characters.

    Receivers have to support no more and may cut it off. The usual cause is a comment or a
    description.
    """
    if not len(values.lengths) or values.lengths.max() <= LONGEST:
        return np.zeros(len(values.lengths), np.bool_)
    return to_mask(pc.greater(pc.utf8_length(values.distinct), LONGEST))


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
    return _outside(values, column)


@rule(
    "V15",
    Severity.WARNING,
    VALUE,
    on=named("grades"),
    says="{column} holds a code that is not in the CEDS list",
    remedy="Write grades as KG, 01 to 12, and so on: two digits.",
)
def unknown_grade(values: Values, column: Column) -> Mask:
    """
    A grade is not one of the CEDS codes.

    Receivers show the student without a grade. The usual causes are K for KG, and 9 for 09, which
    spreadsheets make of it.
    """
    return _outside(values, column)


@rule(
    "V16",
    Severity.WARNING,
    VALUE,
    on=named("email"),
    says="{column} does not look like an address",
    remedy="Mend it at the source, or leave it empty.",
)
def bad_email(values: Values, column: Column) -> Mask:
    """
    An email does not look like an address.

    The person cannot sign in or be invited. The usual causes are two addresses in one field and a
    note instead of an address.
    """
    return _judged(values, column, _EMAIL)


def _padded_texts(file: File, column: Column) -> bool:
    return column.many or column.kind in _TEXTS


@rule(
    "V17",
    Severity.WARNING,
    VALUE,
    on=_padded_texts,
    says="{column} has a blank at its start or end, or around an item",
    remedy="Cut blanks at the source; blanks are data in CSV.",
)
def padded_value(values: Values, column: Column) -> Mask:
    """
    A value has blanks around it.

    Two values that look the same are not. A blank alone is not empty. The usual cause is a column
    of fixed length in the source.
    """
    around = r"^\s|\s$|\s,|,\s" if column.many else r"^\s|\s$"
    return to_mask(pc.match_substring_regex(values.distinct, around))


@rule(
    "V18",
    Severity.WARNING,
    VALUE,
    on=lambda _file, _column: True,
    says="{column} holds the word NULL",
    remedy="Leave it empty: nothing between the commas.",
)
def null_word(values: Values, column: Column) -> Mask:
    """
    A value is the word NULL.

    Receivers show it as a name. The usual cause is an export of a database tool. `Null` is left
    alone: it is a surname.
    """
    return to_mask(pc.equal(values.distinct, "NULL"))


@rule(
    "X08",
    Severity.WARNING,
    VALUE,
    on=lambda _file, column: column.kind in _TEXTS and column.name not in {"phone", "sms"},
    says="{column} would be run as a formula by a spreadsheet",
    remedy="Mend it at the source; nobody's name starts with an equals sign.",
)
def formula_value(values: Values, column: Column) -> Mask:
    """
    A value starts with = + @ or a tab, so that a spreadsheet runs it.

    Whoever opens the file runs what somebody typed into a form. The usual causes are mischief, and
    codes that start with a sign.
    """
    return matches(values.distinct, r"^([=+@\t][\s\S]*|-[A-Za-z(=@+][\s\S]*[(!|][\s\S]*)$")


@rule(
    "X09",
    Severity.WARNING,
    VALUE,
    on=lambda _file, column: (
        column.kind is Kind.ID or column.name in {"identifier", "classCode", "courseCode"}
    ),
    says="{column} is a number as spreadsheets shorten it",
    remedy="Export again without opening the file in a spreadsheet.",
)
def spreadsheet_number(values: Values, column: Column) -> Mask:
    """
    An identifier looks like 1.2E+05.

    Its last digits are lost for good. The usual cause is a file that was opened and saved in a
    spreadsheet.
    """
    return matches(values.distinct, r"^[0-9](\.[0-9]+)?E\+[0-9]{2,}$")


@rule(
    "X10",
    Severity.INFO,
    VALUE,
    on=lambda _file, column: column.kind is Kind.ID or column.name in {"identifier", "username"},
    says="{column} holds signs that are not ASCII",
    remedy="Use letters a to z, digits and plain signs in identifiers.",
)
def non_ascii_identifier(values: Values, column: Column) -> Mask:
    """
    An identifier holds signs that are not ASCII.

    Some receivers change them, and then do not find the account. The usual cause is a username made
    from a name with an accent.
    """
    return ~matches(values.distinct, r"^[\x00-\x7f]*$")


@rule(
    "X11",
    Severity.ERROR,
    VALUE,
    on=lambda _file, column: column.kind in _TEXTS and not column.many,
    says="{column} holds a control character",
    remedy="Remove control characters when exporting.",
)
def control_character(values: Values, column: Column) -> Mask:
    """
    A text holds a control character, such as NUL.

    Receivers cut the value off there or refuse the file. The usual cause is text pasted into a form
    from elsewhere.
    """
    return to_mask(pc.match_substring_regex(values.distinct, r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"))
