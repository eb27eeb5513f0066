"""Columns that grow in place; numbers that stand twice, found a share at a time."""

import numpy as np
import pytest

from extractor.validate.growing import extended
from extractor.validate.hashes import mix
from extractor.validate.rules import identity
from extractor.validate.rules.identity import any_twice, repeated


def test_values_stand_behind_each_other_and_what_was_given_is_untouched() -> None:
    first, second = np.arange(3, dtype=np.int32), np.arange(2, dtype=np.int32)
    grown = extended(None, first)
    grown = extended(grown, second)
    assert grown.tolist() == [0, 1, 2, 0, 1]
    assert first.tolist() == [0, 1, 2]


def test_no_value_is_cut_to_a_narrower_type() -> None:
    grown = extended(extended(None, np.array([-2], np.int32)), np.array([2**40], np.int64))
    assert grown.tolist() == [-2, 2**40]


def test_memory_that_others_own_can_grow() -> None:
    borrowed = np.frombuffer(b"\1\2", np.int8)
    assert extended(extended(None, borrowed), borrowed).tolist() == [1, 2, 1, 2]


@pytest.mark.parametrize("at", [(0, 999), (5, 6), (99, 100), (998, 999)])
def test_a_number_twice_is_found_wherever_the_two_stand(
    at: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "_AT_ONCE", 100)
    numbers = mix(np.arange(1, 1001, dtype=np.uint64))
    assert not any_twice(lambda rows: numbers[rows], len(numbers))
    assert repeated(numbers).tolist() == []
    numbers[at[1]] = numbers[at[0]]
    assert any_twice(lambda rows: numbers[rows], len(numbers))
    assert repeated(numbers).tolist() == [at[1]]


def test_of_no_rows_none_is_twice() -> None:
    assert not any_twice(lambda rows: np.zeros(0, np.uint64)[rows], 0)
