"""Ids that are kept compressed come back as they were."""

import pyarrow as pa
import pytest

from extractor.validate.hashes import strings
from extractor.validate.packed import Packed


@pytest.mark.parametrize(
    "texts",
    [[], [""], ["994_STU_1", "", "Zoë"], ["x"] * 1000],
    ids=["none", "blank", "some", "same"],
)
def test_texts_come_back(texts: list[str]) -> None:
    assert Packed(strings(texts)).texts().to_pylist() == texts


def test_a_part_of_a_column_is_that_part() -> None:
    whole = strings(["one", "two", "three", "four"])
    assert Packed(whole.slice(1, 2)).texts().to_pylist() == ["two", "three"]


def test_what_is_kept_is_small() -> None:
    texts = strings([f"994_{number // 24}_{number % 24}" for number in range(50_000)])
    packed = Packed(texts)
    held = len(packed._bytes) + len(packed._ends)
    assert held < pa.compute.sum(pa.compute.binary_length(texts)).as_py() / 2
