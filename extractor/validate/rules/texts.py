"""Rules on texts that the standard allows and somebody will regret."""

import numpy as np
import pyarrow.compute as pc

from extractor.spec import Column, File, Kind
from extractor.validate.batch import Mask, Values, to_mask
from extractor.validate.hashes import strings
from extractor.validate.parsing import matches
from extractor.validate.registry import Scope, rule
from extractor.validate.rules.values import LONGEST, mismatched, named, outside
from extractor.validate.verdict import Severity

VALUE = Scope.VALUE
_TEXTS = {Kind.STRING, Kind.ID, Kind.USER_ID}
_EMAIL = r"^[^@\s,;]+@[^@\s,;.]+(\.[^@\s,;.]+)+$"


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
    return outside(values, column)


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
    return mismatched(values, column, _EMAIL)


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
    return to_mask(pc.is_in(values.distinct, strings(["NULL"])))


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
