"""Hashes, the index over them, and the joins: the same as the plain way, for any input."""

from datetime import date

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from validate.golden import golden

from extractor.validate import rules
from extractor.validate.hashes import UNKNOWN, Index, hash_texts, mix, pair
from extractor.validate.parsing import NO_DAY, days, numbers
from extractor.validate.rules.classes import overlapping
from extractor.validate.rules.identity import repeated
from extractor.validate.rules.trees import in_a_cycle
from extractor.validate.table import Table

assert rules
TEXTS = st.lists(
    st.one_of(st.text(max_size=40), st.sampled_from(["a" * 255, "a" * 300, "b" * 300]))
)


@given(TEXTS, TEXTS)
def test_texts_are_equal_if_their_hashes_are(left, right):
    one, other = hash_texts(pa.array(left, pa.string())), hash_texts(pa.array(right, pa.string()))
    for text, hashed in zip(left, one, strict=True):
        for other_text, other_hashed in zip(right, other, strict=True):
            assert (text == other_text) == (hashed == other_hashed)


def test_a_slice_hashes_like_the_whole():
    texts = pa.array(["one", "two", "x" * 30, "", "five"])
    assert (hash_texts(texts)[2:] == hash_texts(texts.slice(2))).all()


def test_a_hundred_thousand_ids_have_as_many_hashes():
    texts = pa.array([f"994_{n // 100}_{n}" for n in range(100_000)])
    assert len(np.unique(hash_texts(texts))) == 100_000


@given(st.lists(st.integers(1, 40)), st.lists(st.integers(1, 60)))
def test_index_says_where_a_hash_first_stands(held, asked):
    # Without mixing they fall into few slots, so that each has to be looked for further on.
    index = Index(np.array(held, np.uint64))
    expected = [held.index(one) if one in held else UNKNOWN for one in asked]
    assert index.rows(np.array(asked, np.uint64)).tolist() == expected
    hashed = Index(mix(np.array(held, np.uint64)))
    assert hashed.rows(mix(np.array(asked, np.uint64))).tolist() == expected


@given(st.lists(st.integers(0, 9)))
def test_repeated_rows_are_those_with_an_equal_before(numbers_):
    expected = [row for row, one in enumerate(numbers_) if one in numbers_[:row]]
    assert repeated(np.array(numbers_, np.uint64)).tolist() == expected


@given(st.lists(st.integers(-1, 7), max_size=8))
def test_cycles_are_the_rows_that_come_back_to_themselves(parents):
    parents = [parent if parent < len(parents) else -1 for parent in parents]

    def comes_back(row):
        at = parents[row]
        for _ in parents:
            if at in {-1, row}:
                break
            at = parents[at]
        return at == row

    expected = [comes_back(row) for row in range(len(parents))]
    assert in_a_cycle(np.array(parents, np.int32)).tolist() == expected


SPELL = st.tuples(st.integers(0, 2), st.none() | st.integers(0, 9), st.none() | st.integers(0, 9))


@given(st.lists(SPELL, max_size=8))
def test_overlaps_are_the_spells_that_begin_in_another(spells):
    spells = [(g, b, e) for g, b, e in spells if b is None or e is None or b < e]
    begin = np.array([NO_DAY if b is None else b for _, b, _ in spells], np.int32)
    end = np.array([NO_DAY if e is None else e for _, _, e in spells], np.int32)
    from extractor import spec

    table = Table(spec.ENROLLMENTS)
    table.columns.update({"beginDate": begin, "endDate": end})
    groups = np.array([g for g, _, _ in spells], np.uint64)
    found = overlapping(table, np.arange(len(spells)), groups)
    order = sorted(range(len(spells)), key=lambda row: (begin[row], row))
    expected = []
    for place, row in enumerate(order):
        for earlier in order[:place]:
            same = spells[row][0] == spells[earlier][0]
            ends = spells[earlier][2]
            if same and (ends is None or begin[row] < ends):
                expected.append(row)
                break
    assert found.tolist() == sorted(expected)


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_every_day_is_read(day):
    assert days(pa.array([str(day)])).tolist() == [day.toordinal() - date(1970, 1, 1).toordinal()]


@given(st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99))
def test_what_is_no_day_is_none(year, month, day):
    try:
        date(year, month, day)
        real = True
    except ValueError:
        real = False
    assert (days(pa.array([f"{year:04}-{month:02}-{day:02}"]))[0] != NO_DAY) == real


def test_numbers_of_the_standard_and_others():
    texts = ["0.0", "-1", ".5", "5.", "1e3", "", "1,5", "nan", "inf", "0x1", "1\n", "٣"]
    found = numbers(pa.array(texts)).tolist()
    assert found[:5] == [0.0, -1.0, 0.5, 5.0, 1000.0]
    assert all(number != number for number in found[5:])


def test_pairs_differ_when_either_side_does():
    left, right = np.meshgrid(np.arange(300, dtype=np.int32), np.arange(300, dtype=np.int32))
    assert len(np.unique(pair(left.ravel(), right.ravel()))) == 90_000


def test_repeated_records_among_many_rows_are_told_apart(judged):
    sample = golden()
    for number in range(50):
        sample = sample.row("categories", f"c-{number},,,Title")
    for line in ("c-7,,,Title", "c-8,,,Other", "c-7,,,Third"):
        sample = sample.row("categories", line)
    verdict = judged(sample)
    assert verdict.rules == {"duplicate_record": 1, "duplicate_id": 2}
    assert [(f.line, f.sourced_id) for f in verdict.findings] == [
        (54, "c-8"),
        (55, "c-7"),
        (53, "c-7"),
    ]
