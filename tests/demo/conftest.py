"""The demo district, built once per size."""

from collections.abc import Callable, Iterable
from datetime import date
from functools import cache

import pytest
from pandas import DataFrame, concat

from extractor.demo.district import district

Tables = dict[str, DataFrame]

AS_OF = date(2026, 10, 15)


def gathered(chunks: Iterable[tuple[str, DataFrame]]) -> Tables:
    parts: dict[str, list[DataFrame]] = {}
    for name, frame in chunks:
        parts.setdefault(name, []).append(frame)
    return {name: concat(frames, ignore_index=True) for name, frames in parts.items()}


@cache
def _built(students: int, seed: int, as_of: date) -> Tables:
    return gathered(district(students, seed, as_of))


@pytest.fixture(scope="session")
def build() -> Callable[..., Tables]:
    def build(students: int, seed: int = 1, as_of: date = AS_OF) -> Tables:
        return _built(students, seed, as_of)

    return build
