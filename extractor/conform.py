"""Fit a frame to its file's header, clean its text, and refuse what the standard forbids."""

from collections.abc import Iterable, Iterator, Sequence
from string import ascii_letters, digits

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas import DataFrame, Series

from extractor.errors import DataError
from extractor.findings import Findings
from extractor.frames import METADATA, TEXT, among, as_text, distinct, one_array, text, text_bytes
from extractor.spec import GUID_PATTERN, LONGEST_GUID, USER_ID_PATTERN, Column, File, Kind, Required

# Everything that ends a line in some reader, and the other control characters but the tab.
_LINE_BREAKS = r"[\r\n\x{0b}\x{0c}\x{1c}-\x{1e}\x{85}\x{2028}\x{2029}]+"
_CONTROLS = r"[\x{00}-\x{08}\x{0e}-\x{1b}\x{1f}\x{7f}-\x{84}\x{86}-\x{9f}]"
# Bytes that no line break and no control character has, not even inside UTF-8.
_HARMLESS = bytes(b for b in range(256) if b == 9 or (b >= 32 and b not in (127, 0xC2, 0xE2)))
_OF_A_GUID = (ascii_letters + digits + ".-_/@").encode()
_PATTERNS = {
    Kind.GUID: GUID_PATTERN,
    Kind.REF: GUID_PATTERN,
    Kind.DATE: r"^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$",
    Kind.DATETIME: r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
    Kind.YEAR: r"^\d{4}$",
    Kind.FLOAT: r"^-?\d+(?:\.\d+)?$",
    Kind.USER_ID: USER_ID_PATTERN,
}
_CALENDAR = {Kind.DATE: pa.date32(), Kind.DATETIME: pa.timestamp("ms", "UTC")}
_SAMPLE = 1000  # rows
_FREE = (Kind.STRING, Kind.ID, Kind.USER_ID)


def conform(rows: DataFrame, file: File, findings: Findings, own: Sequence[str] = ()) -> DataFrame:
    """
    Return rows in the file's columns and order, ready to be written.

    Missing columns are added empty. In free text a run of line breaks becomes one blank
    (reference, section 1.2) and other control characters but the tab are removed.

    Args:
        own: the district's `metadata.*` columns; they stand right of the standard ones (1.4).

    Raises:
        DataError: if a required value is blank or a value breaks its column's type: naming
            file, column, count and the first sourcedIds. A cause in the SIS that is known has
            been repaired before; what is left must not be sent.
    """
    unknown = {name for name in set(rows.columns) - set(file.header) if METADATA not in str(name)}
    if unknown:
        message = f"{file.csv} has no column {', '.join(sorted(unknown))}"
        raise ValueError(message)
    names = [*file.header, *own]
    missing = {name: text(None, rows.index) for name in names if name not in rows}
    fitted = rows.assign(**missing)[names].astype(TEXT)
    free = [column.name for column in file.columns if column.kind in _FREE] + list(own)
    cleaned = fitted.assign(**{name: _clean(fitted, file, name, findings) for name in free})
    for column in file.columns:
        _refuse(cleaned, file, column)
    return cleaned


def refuse_repeats(frames: Iterable[DataFrame], file: File) -> Iterator[DataFrame]:
    """
    Pass frames of a file without bound through, and stop at a sourcedId that comes again.

    Rows come in the order of their keys, so a repeated id stands in the same batch or at the
    seam of two.

    Raises:
        DataError: naming the first sourcedIds.
    """
    last: str | None = None
    for rows in frames:
        ids = rows["sourcedId"]
        array = one_array(ids)
        repeated = pc.count_distinct(array, mode="all").as_py() < len(array)
        if repeated or (len(array) and array[0].as_py() == last):
            again = ids.duplicated() | (ids == last).fillna(value=False).astype(bool)
            _stop(rows[again], file, file["sourcedId"], "stands for two records")
        last = ids.iloc[-1] if len(ids) else last
        yield rows


def _clean(rows: DataFrame, file: File, name: str, findings: Findings) -> Series:
    values = rows[name]
    if _plain(one_array(values)):
        return values
    for pattern, instead, finding in (
        (_LINE_BREAKS, " ", "line_break_replaced"),
        (_CONTROLS, "", "control_character_removed"),
    ):
        odd = _matches(values, pattern)
        if odd.any():
            findings.add(finding, f"{file.csv} " + rows["sourcedId"][odd] + f" {name}")
            plain = text(
                pc.replace_substring_regex(pa.array(values[odd].array), pattern, instead),
                values.index[odd],
            ).str.strip()
            values = values.mask(odd, plain.mask(plain == "", pd.NA))
    return values


def _refuse(rows: DataFrame, file: File, column: Column) -> None:
    values = rows[column.name]
    if column.required is Required.ALWAYS:
        _stop(rows[values.isna()], file, column, "is required and blank")
    filled = values.dropna()
    if column.values:
        pattern = f"^(?:{'|'.join(column.values)})$"  # words and blanks only
    else:
        pattern = _PATTERNS.get(column.kind, "." if column.many else "")
    if not pattern or filled.empty:
        return
    if not column.many and _all_good(one_array(filled), pattern, column.kind):
        return
    items = filled.str.split(",").explode() if column.many else filled
    bad = ~_matches(items.astype(TEXT), pattern)
    if not bad.any() and column.kind in _CALENDAR:
        bad = ~_real(items, _CALENDAR[column.kind])
    if bad.any():
        _stop(rows.loc[items[bad].index.unique()], file, column, f"is no {column.kind.value}")


def _plain(array: pa.Array) -> bool:
    """
    Tell, by a look at the raw bytes, that no value holds what `_clean` looks for.

    It may be there where this says no: other characters begin with the same bytes.
    """
    return not text_bytes(array).translate(None, _HARMLESS)


def _all_good(array: pa.Array, pattern: str, kind: Kind) -> bool:
    """Tell whether all values match; each distinct one is looked at once where they repeat."""
    if pattern == GUID_PATTERN:
        longest = pc.max(pc.binary_length(array)).as_py()
        shortest = pc.min(pc.binary_length(array)).as_py()
        odd = text_bytes(array).translate(None, _OF_A_GUID)
        return not odd and shortest > 0 and longest <= LONGEST_GUID
    if _repeats(array):
        array = pc.unique(array)
    if not pc.all(pc.match_substring_regex(array, pattern)).as_py():
        return False
    return kind not in _CALENDAR or bool(_real(as_text(array), _CALENDAR[kind]).all())


def _matches(values: Series, pattern: str) -> Series:
    """Search with RE2, whose end is the end and whose digits are ASCII; Python's are not."""
    array = one_array(values)
    if _repeats(array):
        encoded = array.dictionary_encode()
        found = pc.match_substring_regex(encoded.dictionary, pattern).take(encoded.indices)
    else:
        found = pc.match_substring_regex(array, pattern)
    known = pc.fill_null(found, fill_value=False).to_numpy(zero_copy_only=False)
    return Series(known, index=values.index, dtype=bool)


def _repeats(array: pa.Array) -> bool:
    """Tell, by its first values, whether it pays to look at each distinct one once."""
    sample = array.slice(0, _SAMPLE)
    return len(array) >= _SAMPLE and pc.count_distinct(sample).as_py() < _SAMPLE // 2


def _real(values: Series, kind: pa.DataType) -> Series:
    """Tell which well-formed dates are in the calendar; each distinct one is looked up once."""
    array = pa.array(values.array).cast(pa.string())
    try:
        array.cast(kind)
    except pa.ArrowInvalid:
        good = {day for day in distinct(values) if _is_real(day, kind)}
        return among(values, good)
    return Series(data=True, index=values.index)


def _is_real(day: str, kind: pa.DataType) -> bool:
    try:
        pa.array([day]).cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


def _stop(bad: DataFrame, file: File, column: Column, what: str) -> None:
    if bad.empty:
        return
    named = ", ".join(bad["sourcedId"].fillna("(blank)").head(5).str.slice(0, 80))
    raise DataError(
        f"{file.csv}: {column.name} {what} in {len(bad)} row(s): {named}; correct the value in "
        "the SIS. Nothing was written."
    )
