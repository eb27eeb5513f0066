"""Grades and spans of grades, one example per branch."""

import pytest

from extractor.frames import text
from extractor.ids import label
from extractor.transform.grades import ends, in_order, spans, unset


@pytest.fixture
def expanded(frame, grades, findings):
    def build(low, high, codes=None):
        rows = frame(f"low_grade | high_grade\n{low} | {high}\n9 | 9")
        keys = label("CRS", text(["A", "B"]))
        table = grades if codes is None else codes
        return spans(in_order(rows, keys, findings), table, keys, findings).fillna("-")[0]

    return build


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("9", "12", "09,10,11,12"),
        ("-1", "1", "TK,KG,01"),
        ("-2", "0", "PK,TK,KG"),
        ("0", "0", "KG"),
        ("5", "", "05"),
        ("", "5", "05"),
        ("", "", "-"),
        ("15", "17", "PK,IT"),
    ],
)
def test_span_is_every_grade_once(expanded, found, low, high, expected):
    assert expanded(low, high) == expected
    assert found() == {}


def test_reversed_span_is_turned_round_with_a_finding(expanded, found):
    assert expanded("12", "9") == "09,10,11,12"
    assert found() == {"grade_range_reversed": ["CRS A"]}


@pytest.mark.parametrize(("low", "high", "left"), [("19", "20", "-"), ("18", "19", "Other")])
def test_unknown_grade_is_left_out_with_a_finding(expanded, found, low, high, left):
    assert expanded(low, high) == left
    assert found() == {"unknown_grade": ["CRS A"]}


def test_grade_that_is_known_to_be_nothing_is_left_out_in_silence(expanded, frame, found):
    own = frame("code | grade\n 9 | 09\n 10 |\n 11 | 11")
    assert expanded("9", "11", own) == "09,11"
    assert found() == {}


def test_absurd_span_ends(expanded, found):
    assert expanded("0", "32767").startswith("KG,01,02,03")
    assert found() == {"unknown_grade": ["CRS A"]}


@pytest.mark.parametrize(("lowest", "left"), [("9", "-"), ("0", "0"), ("-1", "0"), ("", "0")])
def test_span_of_nothing_is_kindergarten_only_where_the_school_has_one(frame, lowest, left):
    rows = unset(frame("low_grade | high_grade\n0 | 0\n0 | 5"), text([lowest or None] * 2))
    assert rows.low_grade.fillna("-").tolist() == [left, "0"]
    assert rows.high_grade.fillna("-").tolist() == [left, "5"]


def test_ends_are_the_first_and_the_last_grade():
    made = ends(text(["KG,01,02", "05", None]))
    assert made.fillna("-").tolist() == ["KG-02", "05", "-"]
