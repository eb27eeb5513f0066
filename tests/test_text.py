"""Every type, from every Python value that a driver hands over."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.errors import DataError
from extractor.findings import Findings
from extractor.frames import TEXT
from extractor.queries import TYPES, Header, Query
from extractor.source.text import as_frame

PACIFIC = "America/Los_Angeles"
at = datetime.fromisoformat  # drivers hand over local times without a zone


def converted(kind, values, time_zone=PACIFIC, findings=None):
    query = Query("students", Header("", "", {"value": kind}, (), {}), "", ())
    made = as_frame([values], query, time_zone, findings or Findings())["value"]
    assert made.dtype == TEXT
    return [None if one else value for one, value in zip(made.isna(), made, strict=True)]


def one(kind, value, time_zone=PACIFIC):
    return converted(kind, [value], time_zone)[0]


@pytest.mark.parametrize("kind", TYPES)
def test_missing_stays_missing_in_every_type(kind):
    assert converted(kind, [None, None]) == [None, None]


@pytest.mark.parametrize("kind", TYPES)
def test_batch_without_rows_is_an_empty_text_column(kind):
    assert converted(kind, []) == []


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("blank", ["", " ", "    "])
def test_blank_text_is_missing_in_every_type(kind, blank):
    assert one(kind, blank) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (994, "994"),
        (0, "0"),
        (-2, "-2"),
        (2**62, str(2**62)),
        (994.0, "994"),
        (99400001.0, "99400001"),
        (Decimal(994), "994"),
        (Decimal("994.00"), "994"),
        (Decimal("1E+3"), "1000"),
        ("994", "994"),
        ("994.0", "994"),
        (" 994 ", "994"),
        (b"994", "994"),
        (True, "1"),
        (False, "0"),
    ],
)
def test_whole_number_from_any_value(value, expected):
    assert one("int", value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Zoë", "Zoë"),
        ("0415", "0415"),
        ("NULL", "NULL"),
        ("NA", "NA"),
        ("nan", "nan"),
        ("F     ", "F"),
        ("\t two  words \r\n", "two  words"),
        ("\u00a0x\u2003", "x"),
        ("a\nb", "a\nb"),
        (b"Zo\xc3\xab ", "Zoë"),
        (bytearray(b"ab"), "ab"),
        (634, "634"),
        (Decimal("1.50"), "1.50"),
        (1.5, "1.5"),
        (date(2026, 8, 17), "2026-08-17"),
    ],
)
def test_text_keeps_itself_without_white_space_at_its_ends(value, expected):
    assert one("text", value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2026, 8, 17), "2026-08-17"),
        (at("2026-08-17"), "2026-08-17"),
        (at("2026-08-17 23:59:59.999999"), "2026-08-17"),
        ("2026-08-17", "2026-08-17"),
        ("2026-08-17 00:00:00", "2026-08-17"),
        ("2026-08-17T00:00:00.000", "2026-08-17"),
        ("  2026-08-17  ", "2026-08-17"),
        (b"2026-08-17", "2026-08-17"),
        (date(2024, 2, 29), "2024-02-29"),
        (date(9999, 12, 31), None),
        (date(1900, 1, 1), None),
        (at("1900-01-01"), None),
        ("1900-01-01", None),
        ("1900-01-01 00:00:00.000", None),
        (date(1900, 1, 2), "1900-01-02"),
    ],
)
def test_date_from_any_value(value, expected):
    assert one("date", value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (at("2026-08-17 07:05:09.123456"), "2026-08-17T14:05:09.123Z"),
        (at("2026-08-17 07:05:09.999999"), "2026-08-17T14:05:09.999Z"),
        (at("2026-01-17 07:05:09"), "2026-01-17T15:05:09.000Z"),
        (at("2026-12-31 16:00:00"), "2027-01-01T00:00:00.000Z"),
        ("2026-08-17 07:05:09.123", "2026-08-17T14:05:09.123Z"),
        ("2026-08-17T07:05:09", "2026-08-17T14:05:09.000Z"),
        (b"2026-08-17 07:05:09", "2026-08-17T14:05:09.000Z"),
        (date(2026, 8, 17), "2026-08-17T07:00:00.000Z"),
        (datetime(2026, 8, 17, 7, 5, 9, tzinfo=UTC), "2026-08-17T14:05:09.000Z"),
    ],
)
def test_local_time_of_the_district_becomes_utc(value, expected):
    assert one("datetime", value) == expected


@pytest.mark.parametrize(
    ("zone", "local", "expected"),
    [
        (PACIFIC, at("2026-03-08 01:59:59"), "2026-03-08T09:59:59.000Z"),
        (PACIFIC, at("2026-03-08 02:00:00"), "2026-03-08T10:00:00.000Z"),
        (PACIFIC, at("2026-03-08 02:30:00"), "2026-03-08T10:00:00.000Z"),
        (PACIFIC, at("2026-03-08 03:00:00"), "2026-03-08T10:00:00.000Z"),
        (PACIFIC, at("2026-11-01 00:59:59"), "2026-11-01T07:59:59.000Z"),
        (PACIFIC, at("2026-11-01 01:30:00"), "2026-11-01T08:30:00.000Z"),
        (PACIFIC, at("2026-11-01 02:00:00"), "2026-11-01T10:00:00.000Z"),
        ("America/Phoenix", at("2026-03-08 02:30:00"), "2026-03-08T09:30:00.000Z"),
        ("Pacific/Guam", at("2026-01-01 05:00:00"), "2025-12-31T19:00:00.000Z"),
    ],
)
def test_hour_that_never_comes_moves_on_and_one_that_comes_twice_is_the_first(
    zone, local, expected
):
    assert one("datetime", local, zone) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("8.50"), "8.5"),
        (Decimal("8.00"), "8"),
        (Decimal(100), "100"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-9"), "0.000000001"),
        (Decimal("12345678901234567890.125"), "12345678901234567890.125"),
        (8.5, "8.5"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (1e22, "10000000000000000000000"),
        (100, "100"),
        ("8.50", "8.5"),
        ("1e3", "1000"),
        (" 7 ", "7"),
        (b"8.5", "8.5"),
    ],
)
def test_decimal_is_exact_without_exponent_or_trailing_zeros(value, expected):
    assert one("decimal", value) == expected


@pytest.mark.parametrize("value", [True, 1, 1.0, Decimal(1), "1", "true", "TRUE", "t", "Y", b"1"])
def test_true_from_any_value(value):
    assert one("bool", value) == "true"


@pytest.mark.parametrize("value", [False, 0, 0.0, Decimal(0), "0", "false", "F", "n", b"0"])
def test_false_from_any_value(value):
    assert one("bool", value) == "false"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("int", "Rosalind"),
        ("int", "994.5"),
        ("int", 994.5),
        ("int", float("nan")),
        ("int", float("inf")),
        ("int", 1e20),
        ("date", "Rosalind"),
        ("date", "08/17/2026"),
        ("date", "2026-02-30"),
        ("date", "2026-8-17"),
        ("datetime", "Rosalind"),
        ("datetime", "2026-02-30 10:00:00"),
        ("decimal", "Rosalind"),
        ("decimal", "8,5"),
        ("decimal", float("nan")),
        ("bool", "Rosalind"),
        ("bool", 2),
    ],
)
def test_value_of_another_type_stops_without_being_repeated(kind, value):
    with pytest.raises(DataError) as stopped:
        converted(kind, [None, value])
    message = str(stopped.value)
    assert f"query students: column value holds a value that is no {kind}" in message
    assert str(value) not in message


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("int", [1, "2", None, 3.0], ["1", "2", None, "3"]),
        ("text", ["a", 1, None, b"c"], ["a", "1", None, "c"]),
        ("date", [date(2026, 1, 2), "2026-01-03", None], ["2026-01-02", "2026-01-03", None]),
        ("date", [date(2026, 1, 2), at("2026-01-03 04:00:00")], ["2026-01-02", "2026-01-03"]),
        ("decimal", [1, "2.50", Decimal("3.0")], ["1", "2.5", "3"]),
        ("bool", [1, "0", None, "Y"], ["true", "false", None, "true"]),
    ],
)
def test_values_of_several_python_types_in_one_column(kind, values, expected):
    assert converted(kind, values) == expected


def test_columns_come_in_the_order_and_under_the_names_of_the_header():
    header = Header("", "", {"student_id": "int", "email": "text"}, (), {})
    made = as_frame([[1, 2], ["a", None]], Query("q", header, "", ()), PACIFIC, Findings())
    assert list(made.columns) == ["student_id", "email"]
    assert made.student_id.tolist() == ["1", "2"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"Zo\xeb", "Zo\ufffd"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"a\xe2\x82", "a\ufffd"),
        ("a\ud800b", "a\ufffdb"),
        ("\udcff", "\ufffd"),
        ("\ud83d\ude00", "😀"),
    ],
)
def test_damaged_text_keeps_its_good_part_with_a_finding(value, expected):
    findings = Findings()
    assert converted("text", ["fine", value, None], findings=findings) == ["fine", expected, None]
    found = findings["character_damaged"]
    damaged = "\ufffd" in expected
    assert (found.count, found.keys) == ((1, ["students.value"]) if damaged else (0, []))


SURROGATES = st.characters(categories=["Cs"])
ANY_TEXT = st.text(st.characters(exclude_categories=[]) | SURROGATES)


def kept(value):
    """Say what the documentation says becomes of a text."""
    mended = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return bare(mended)


def bare(text):
    """Say what is left of a text: nothing, if it is blanks and control characters."""
    trimmed = text.strip()
    return None if re.fullmatch("[\x00-\x20\x7f-\xa0]*", trimmed) else trimmed


@given(st.lists(st.none() | ANY_TEXT, max_size=8))
def test_any_text_survives_but_for_white_space_at_its_ends_and_lone_surrogates(values):
    expected = [None if value is None else kept(value) for value in values]
    assert converted("text", values) == expected


@given(st.lists(st.binary(), max_size=8))
def test_any_bytes_are_read_as_utf_8(values):
    expected = [bare(value.decode("utf-8", "replace")) for value in values]
    assert converted("text", values) == expected


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=8))
def test_any_number_of_the_databases_is_itself(values):
    assert converted("int", values) == [None if one is None else str(one) for one in values]


@given(st.lists(st.dates(), max_size=8))
def test_any_date_is_itself_but_for_the_first_of_1900(values):
    expected = [None if one in (date(1900, 1, 1), date.max) else one.isoformat() for one in values]
    assert converted("date", values) == expected


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=4), max_size=8))
def test_any_decimal_keeps_its_value(values):
    made = converted("decimal", values)
    assert [Decimal(one) for one in made] == values
    assert all("E" not in one for one in made)


@given(st.lists(st.datetimes(at("1901-01-02"), at("2099-12-30")), min_size=1, max_size=8))
def test_any_moment_has_three_decimals_and_is_seven_or_eight_hours_on(values):
    for local, moment in zip(values, converted("datetime", values), strict=True):
        assert len(moment) == len("2026-08-17T14:05:09.123Z")
        made = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        assert abs(made.replace(tzinfo=None) - local) < timedelta(hours=9)
