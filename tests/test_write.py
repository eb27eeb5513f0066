"""What `write` writes, Python's csv module reads back."""

import csv
import io

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas import DataFrame

from extractor.frames import text, to_arrow
from extractor.write import csv_bytes, header_bytes

FIELDS = st.none() | st.text() | st.text(alphabet=',"\r\n \t\0aé😀')
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.tuples(*[FIELDS] * width), min_size=0, max_size=12).map(
        lambda rows: (width, rows)
    )
)


def table(width, rows):
    columns = [[row[at] for row in rows] for at in range(width)]
    return pa.table([pa.array(column, pa.string()) for column in columns], [*"abcde"[:width]])


def read(data):
    return list(csv.reader(io.StringIO(bytes(data).decode("utf-8"), newline=""), strict=True))


def plain(rows):
    return [[value or "" for value in row] for row in rows]


def quoted(value):
    if value is None:
        return ""
    odd = any(mark in value for mark in ',"\r\n')
    return '"' + value.replace('"', '""') + '"' if odd else value


@given(TABLES)
def test_any_text_is_read_back(drawn):
    width, rows = drawn
    assert read(csv_bytes(table(width, rows))) == plain(rows)


@given(TABLES)
def test_lines_end_in_cr_lf_and_quotes_stand_only_where_needed(drawn):
    width, rows = drawn
    expected = "".join(",".join(map(quoted, row)) + "\r\n" for row in rows)
    assert bytes(csv_bytes(table(width, rows))).decode() == expected


@given(TABLES, st.data())
def test_slice_is_written_without_its_neighbours(drawn, data):
    width, rows = drawn
    first = data.draw(st.integers(0, len(rows)))
    last = data.draw(st.integers(first, len(rows)))
    part = table(width, rows).slice(first, last - first)
    assert read(csv_bytes(part)) == plain(rows[first:last])


@given(st.lists(st.lists(st.tuples(FIELDS, FIELDS), max_size=5), max_size=4))
def test_chunks_are_written_one_after_the_other(chunks):
    whole = pa.concat_tables([table(2, rows) for rows in [*chunks, []]])
    assert read(csv_bytes(whole)) == plain([row for rows in chunks for row in rows])


def test_table_without_rows_is_nothing():
    assert bytes(csv_bytes(table(3, []))) == b""


def test_missing_and_empty_are_both_an_empty_field():
    assert bytes(csv_bytes(table(3, [(None, "", "x")]))) == b",,x\r\n"


def test_text_is_utf_8_without_a_mark():
    assert bytes(csv_bytes(table(2, [("Zoë", "😀")]))) == "Zoë,😀\r\n".encode()


def test_words_for_nothing_are_written_as_they_are():
    assert bytes(csv_bytes(table(3, [("NULL", "NA", "nan")]))) == b"NULL,NA,nan\r\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Sparks, Jr.", '"Sparks, Jr."'),
        ('Dwayne "Rock"', '"Dwayne ""Rock"""'),
        ('"', '""""'),
        ("a\nb", '"a\nb"'),
        ("a\rb", '"a\rb"'),
        (" padded ", " padded "),
        ("O'Neil; Zoë\t#1", "O'Neil; Zoë\t#1"),
    ],
)
def test_only_commas_quotes_and_line_ends_need_quotes(value, written):
    assert bytes(csv_bytes(table(2, [(value, "x")]))).decode() == f"{written},x\r\n"


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_both_widths_of_arrow_text_are_written(kind):
    rows = pa.table({"a": pa.array(["1", None], kind), "b": pa.array(["x,y", "z"], kind)})
    assert bytes(csv_bytes(rows)) == b'1,"x,y"\r\n,z\r\n'


def test_column_of_nothing_but_missing_values_is_written():
    rows = DataFrame({"a": text([None, None]), "b": text(["1", "2"])})
    assert bytes(csv_bytes(to_arrow(rows))) == b",1\r\n,2\r\n"


def test_header_is_the_names_in_order():
    assert header_bytes(("sourcedId", "status")) == b"sourcedId,status\r\n"
