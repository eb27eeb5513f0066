"""How a database value becomes text: the only place where types end.

| type | becomes | from |
| --- | --- | --- |
| int | `994` | whole numbers, also as text or `994.0` |
| text | itself, without white space at either end; blank is missing | char padding ends here |
| date | `2026-08-17` | date, datetime or ISO text; 1900-01-01 and 9999-12-31 are missing |
| datetime | `2026-08-17T14:05:09.123Z` | local time of the district, or ISO text |
| decimal | `8.5`, never an exponent | exact and floating numbers |
| bool | `true`, `false` | bit, 0 and 1, boolean |
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas import DataFrame

from extractor.errors import DataError
from extractor.findings import Findings
from extractor.frames import from_arrow
from extractor.queries import Query

# What SQL Server stores when an empty string is put into a date column, and what some write for
# "open". Both mean that there is no date.
_NO_DATES = pa.array(["1900-01-01", "9999-12-31"])
_FAR = pd.Timestamp("9999-12-30")
_NO_SUCH_VALUE = (
    pa.ArrowException,
    InvalidOperation,
    NotImplementedError,
    OverflowError,
    TypeError,
    ValueError,
)
_WORTH_IT = 1000  # rows
_BLANK = r"^[\x00-\x20\x7f-\x{a0}]*$"  # nothing but blanks and control characters
_DAY = r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?$"
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TRUE = pa.array(["1", "true", "t", "y"])
_FALSE = pa.array(["0", "false", "f", "n"])


def as_frame(
    columns: Sequence[Sequence[object] | pa.Array], query: Query, time_zone: str, findings: Findings
) -> DataFrame:
    """
    Turn one batch, column by column, into text; a column is a row's values, or Arrow's.

    Raises:
        DataError: naming query, column and type where a value cannot be of its type; the
            value itself is not repeated.
    """
    arrays = []
    for values, (name, kind) in zip(columns, query.header.returns.items(), strict=True):
        try:
            array = _array(values, f"{query.name}.{name}", findings)
            convert = partial(_datetime, time_zone=time_zone)
            arrays.append(_each_once(array, convert if kind == "datetime" else _CONVERT[kind]))
        except _NO_SUCH_VALUE as error:
            raise DataError(
                f"query {query.name}: column {name} holds a value that is no {kind}; "
                "correct the row in the SIS, or exclude it in the query"
            ) from error
    return from_arrow(pa.table(arrays, names=list(query.header.returns)))


def _each_once(array: pa.Array, convert: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Convert each distinct value once where values come again: dates, points, scores."""
    plain = convert is _int and pa.types.is_integer(array.type)
    if len(array) < _WORTH_IT or plain:  # cheaper than to look
        return convert(array)
    sample = array.slice(0, _WORTH_IT)
    if pc.count_distinct(sample, mode="all").as_py() > _WORTH_IT // 2:
        return convert(array)
    encoded = array.dictionary_encode(null_encoding="encode")
    return convert(encoded.dictionary).take(encoded.indices)


def _array(values: Sequence[object] | pa.Array, where: str, findings: Findings) -> pa.Array:
    """Let Arrow infer the type; values of mixed types (SQLite allows them) become text first."""
    if isinstance(values, pa.Array):
        return values
    try:
        array = pa.array(values, from_pandas=False)
    except UnicodeEncodeError:
        return pa.array(_repaired(values, where, findings))
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array(_repaired(values, where, findings))
    if pa.types.is_binary(array.type):
        try:
            return array.cast(pa.string())
        except pa.ArrowInvalid:
            return pa.array(_repaired(values, where, findings))
    return array


def _repaired(values: Sequence[object], where: str, findings: Findings) -> list[str | None]:
    made = [None if value is None else _readable(value) for value in values]
    findings.add("character_damaged", [where for value in made if value and "\ufffd" in value])
    return made


def _readable(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "replace")
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _text(array: pa.Array) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(array.cast(pa.string()))
    blank = pc.match_substring_regex(trimmed, _BLANK)
    return pc.if_else(blank, pa.scalar(None, pa.string()), trimmed)


def _int(array: pa.Array) -> pa.Array:
    if not pa.types.is_integer(array.type):
        plain = _decimal(array)
        array = plain.cast(pa.int64())
    return array.cast(pa.string())


def _decimal(array: pa.Array) -> pa.Array:
    """Write exactly what is stored, without trailing zeros."""
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.int8())
    plain = _text(array)
    numeric = pc.match_substring_regex(plain, r"^-?\d+(\.\d+)?$")
    if not pc.all(numeric, min_count=0).as_py():
        plain = pa.array([_plain(value) for value in plain.to_pylist()], pa.string())
    shorter = pc.replace_substring_regex(plain, r"(\.\d*?)0+$", r"\1")
    return pc.replace_substring_regex(shorter, r"\.$", "")


def _plain(value: str | None) -> str | None:
    if value is None:
        return None
    if not _NUMBER.fullmatch(value):
        raise InvalidOperation
    return f"{Decimal(value):f}"


def _date(array: pa.Array) -> pa.Array:
    if pa.types.is_string(array.type):
        array = pc.utf8_slice_codeunits(_only(_text(array), _DAY), 0, 10).cast(pa.date32())
    days = array.cast(pa.date32(), safe=False).cast(pa.string())
    return pc.if_else(pc.is_in(days, _NO_DATES), pa.scalar(None, pa.string()), days)


def _datetime(array: pa.Array, time_zone: str) -> pa.Array:
    """
    Move local times to UTC, `YYYY-MM-DDThh:mm:ss.sssZ`.

    An hour that happens twice in autumn counts as the first; one that never happens in spring
    moves forward.
    """
    if pa.types.is_string(array.type):
        array = _only(_text(array), _DAY)
    elif not pa.types.is_temporal(array.type) and not pa.types.is_null(array.type):
        raise TypeError
    naive = pd.Series(array.cast(pa.timestamp("us")).to_pandas())
    naive = naive.mask(naive > _FAR)
    first = np.ones(len(naive), dtype=bool)
    zoned = naive.dt.tz_localize(time_zone, ambiguous=first, nonexistent="shift_forward")
    moments = pa.array(zoned.dt.tz_convert("UTC").dt.tz_localize(None))
    plain = moments.cast(pa.timestamp("ms"), safe=False).cast(pa.string())
    return pc.binary_join_element_wise(pc.utf8_replace_slice(plain, 10, 11, "T"), "Z", "")


def _only(array: pa.Array, pattern: str) -> pa.Array:
    """Refuse text of another form; parsers take more than they should."""
    if not pc.all(pc.match_substring_regex(array, pattern), min_count=0).as_py():
        raise ValueError
    return array


def _bool(array: pa.Array) -> pa.Array:
    plain = pc.utf8_lower(_text(array))
    true, false = pc.is_in(plain, _TRUE), pc.is_in(plain, _FALSE)
    if pc.any(pc.and_(pc.is_valid(plain), pc.invert(pc.or_(true, false)))).as_py():
        message = "neither true nor false"
        raise ValueError(message)
    return pc.if_else(pc.is_valid(plain), pc.if_else(true, "true", "false"), None)


_CONVERT: dict[str, Callable[[pa.Array], pa.Array]] = {
    "int": _int,
    "text": _text,
    "date": _date,
    "decimal": _decimal,
    "bool": _bool,
}
