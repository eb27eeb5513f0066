"""Columns that grow in place; numbers that stand twice, found a share at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from validate.golden import golden

from extractor.validate import Limits, growing
from extractor.validate.growing import Growing
from extractor.validate.hashes import mix
from extractor.validate.packed import PackedColumn
from extractor.validate.rules import identity
from extractor.validate.rules.identity import any_twice, repeated


def grown(*parts: np.ndarray) -> np.ndarray:
    """Return what a column holds after these parts."""
    column = Growing(parts[0].dtype)
    for part in parts:
        column.add(part)
    return column.values


def test_values_stand_behind_each_other_and_what_was_given_is_untouched() -> None:
    first, second = np.arange(3, dtype=np.int32), np.arange(2, dtype=np.int32)
    assert grown(first, second).tolist() == [0, 1, 2, 0, 1]
    assert first.tolist() == [0, 1, 2]


def test_no_value_is_cut_to_a_narrower_type() -> None:
    assert grown(np.array([-2], np.int32), np.array([2**40])).tolist() == [-2, 2**40]


@pytest.mark.parametrize("lend", [False, True])
def test_a_column_grows_past_its_room_and_past_what_was_lent(
    monkeypatch: pytest.MonkeyPatch, *, lend: bool
) -> None:
    for name, size in {"_SMALL": 64, "_MAPPED": 256, "_STEP": 32}.items():
        monkeypatch.setattr(growing, name, size)
    column, lent = Growing(np.int64), []
    for start in range(0, 1000, 7):
        column.add(np.arange(start, start + 7))
        if lend:
            lent.append(column.values)
    assert column.values.tolist() == list(range(1001))
    assert [one.tolist() for one in lent] == [list(range(len(one))) for one in lent]


@given(st.lists(st.integers(0, 5), max_size=6), st.slices(20))
def test_any_rows_of_a_packed_column_are_what_was_added(sizes: list[int], rows: slice) -> None:
    wanted, column = np.arange(sum(sizes), dtype=np.int32), PackedColumn(np.int32)
    for start, size in zip(np.cumsum([0, *sizes]), sizes, strict=False):
        column.add(wanted[start : start + size])
    assert len(column) == len(wanted)
    begin, end, _ = rows.indices(len(wanted))
    assert column[begin:end].tolist() == wanted[begin:end].tolist()


@pytest.mark.parametrize("at", [(0, 999), (5, 6), (99, 100), (998, 999)])
def test_a_number_twice_is_found_wherever_the_two_stand(
    at: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "_AT_ONCE", 100)
    monkeypatch.setattr(identity, "_SORTED", 300)
    numbers = mix(np.arange(1, 1001, dtype=np.uint64))
    assert not any_twice(lambda rows: numbers[rows], len(numbers))
    assert repeated(numbers).tolist() == []
    numbers[at[1]] = numbers[at[0]]
    assert any_twice(lambda rows: numbers[rows], len(numbers))
    assert repeated(numbers).tolist() == [at[1]]


def test_of_no_rows_none_is_twice() -> None:
    assert not any_twice(lambda rows: np.zeros(0, np.uint64)[rows], 0)


@pytest.mark.parametrize("block", [2**23, 64])  # one batch, and about one a row
def test_a_second_result_is_told_with_its_own_line(judged, block: int) -> None:
    graded = ",fully graded,9,2024-09-09,"
    sample = golden().row("results", f"r-2,,,li-gone,u-s1{graded}")  # has no row to name
    sample = sample.row("results", f"r-3,,,li-1,u-s1{graded}")
    line = sample.files["results.csv"].count(b"\r\n")
    verdict = judged(sample.given(limits=Limits(block=block)))
    twice = [one for one in verdict.findings if one.rule == "duplicate_result"]
    assert [(one.line, one.sourced_id) for one in twice] == [(line, "r-3")]
