"""Fit a frame to its file's header, clean its text, and refuse what the standard forbids."""

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas import DataFrame, Series

from extractor.errors import DataError
from extractor.findings import Findings
from extractor.frames import METADATA, TEXT, among, distinct, text
from extractor.spec import GUID_PATTERN, USER_ID_PATTERN, Column, File, Kind, Required

# Everything that ends a line in some reader, and the other control characters but the tab.
_LINE_BREAKS = r"[\r\n\x{0b}\x{0c}\x{1c}-\x{1e}\x{85}\x{2028}\x{2029}]+"
_CONTROLS = r"[\x{00}-\x{08}\x{0e}-\x{1b}\x{1f}\x{7f}-\x{84}\x{86}-\x{9f}]"
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
        again = ids.duplicated() | (ids == last).fillna(value=False).astype(bool)
        _stop(rows[again], file, file["sourcedId"], "stands for two records")
        last = ids.iloc[-1] if len(ids) else last
        yield rows


def _clean(rows: DataFrame, file: File, name: str, findings: Findings) -> Series:
    values = rows[name]
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
    items = filled.str.split(",").explode() if column.many else filled
    bad = ~_matches(items.astype(TEXT), pattern)
    if not bad.any() and column.kind in _CALENDAR:
        bad = ~_real(items, _CALENDAR[column.kind])
    if bad.any():
        _stop(rows.loc[items[bad].index.unique()], file, column, f"is no {column.kind.value}")


def _matches(values: Series, pattern: str) -> Series:
    """Search with RE2, whose end is the end and whose digits are ASCII; Python's are not."""
    array = pa.array(values.array, pa.large_string())
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
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
