"""A frame becomes the bytes of a CSV file: UTF-8, CRLF, no BOM, quotes only where needed.

A consumer may want LF, or every field in quotes.

Source: RFC 4180; reference, sections 1.2 and 1.5.
"""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

LINE_END = "\r\n"
_NEEDS_QUOTES = '[",\r\n]'
_MARKS = (b'"', b",", b"\r", b"\n")
_LARGE = pa.large_string()  # 64-bit offsets: a batch of lines may pass 2 GiB
_QUOTE, _COMMA, _NOTHING = (pa.scalar(text, _LARGE) for text in ('"', ",", ""))


def header_bytes(
    names: Sequence[str], line_end: str = LINE_END, *, quote_all: bool = False
) -> bytes:
    """Return the header line. Names of the standard and of `metadata.*` need no quotes."""
    fields = [f'"{name}"' for name in names] if quote_all else names
    return (",".join(fields) + line_end).encode()


def csv_bytes(
    rows: pa.Table, line_end: str = LINE_END, *, quote_all: bool = False
) -> pa.Buffer | bytes:
    """
    Return the lines of a table of strings; a null is an empty field, which never has quotes.

    The lines are joined a column at a time inside Arrow, and the buffer of the joined column
    is the file: no text is copied into Python.
    """
    if not rows.num_rows:
        return b""
    quoted = _all_quoted if quote_all else _quoted
    fields = [quoted(column.combine_chunks()) for column in rows.columns]
    fields[-1] = pc.binary_join_element_wise(fields[-1], pa.scalar(line_end, _LARGE), _NOTHING)
    lines = pc.binary_join_element_wise(*fields, _COMMA)
    return _data(lines)


def _quoted(column: pa.Array) -> pa.Array:
    text = pc.fill_null(column.cast(_LARGE), "")
    data = text.buffers()[2]
    raw = data.to_pybytes() if data else b""
    if not any(mark in raw for mark in _MARKS):
        return text  # most columns: a look at the raw bytes costs a tenth of a look per value
    odd = pc.match_substring_regex(text, _NEEDS_QUOTES)
    doubled = pc.replace_substring(text, '"', '""')
    return pc.if_else(odd, pc.binary_join_element_wise(_QUOTE, doubled, _QUOTE, _NOTHING), text)


def _all_quoted(column: pa.Array) -> pa.Array:
    text = pc.fill_null(column.cast(_LARGE), "")
    doubled = pc.replace_substring(text, '"', '""')
    quoted = pc.binary_join_element_wise(_QUOTE, doubled, _QUOTE, _NOTHING)
    return pc.if_else(pc.equal(text, _NOTHING), text, quoted)


def _data(lines: pa.LargeStringArray) -> pa.Buffer:
    _, offsets, data = lines.buffers()
    ends = pa.Array.from_buffers(pa.int64(), len(lines) + 1, [None, offsets], offset=lines.offset)
    return data[ends[0].as_py() : ends[-1].as_py()]
