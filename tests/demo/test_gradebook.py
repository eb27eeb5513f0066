import pytest
from pandas import concat
from pandas.testing import assert_frame_equal

from extractor.demo import gradebook
from extractor.demo.district import SMALLEST, district

from .conftest import AS_OF, gathered


@pytest.fixture(scope="module")
def many():
    return gathered(district(SMALLEST, 1, AS_OF, 100))


@pytest.mark.parametrize("assignments", [5, 101])
def test_too_few_or_too_many_assignments_are_refused(assignments):
    with pytest.raises(ValueError, match=str(assignments)):
        next(district(SMALLEST, 1, AS_OF, assignments))


def test_six_assignments_unless_told_otherwise(build):
    t = build(SMALLEST)
    assert set(t["GBA"].groupby("GN").size()) == {6}
    for name, frame in gathered(district(SMALLEST, 1, AS_OF, 6)).items():
        assert_frame_equal(frame, t[name])


def test_a_hundred_assignments_of_a_gradebook_differ(many):
    by_book = many["GBA"].groupby("GN")
    assert set(by_book.size()) == {100}
    assert (by_book.AD.nunique() == 100).all()
    first = many["GBA"][many["GBA"].GN == 8940001]
    assert first.AD.iloc[[0, 6, 12, 9]].tolist() == [
        "Homework",
        "Homework 2",
        "Homework 3",
        "Worksheet 2",
    ]
    assert first.CD.iloc[:7].tolist() == list("HQTHQTH")
    assert first.NP.iloc[[3, 9]].tolist() == [12.5, 12.5]


def test_a_hundred_assignments_are_due_in_their_term(many):
    terms = many["TRM"].rename(columns={"TM": "SM"})[["SC", "SM", "D1", "D2"]]
    due = many["GBA"].merge(many["GBK"][["GN", "SC", "SM"]], on="GN").merge(terms, on=["SC", "SM"])
    dated = due[due.DD.notna()]
    assert ((dated.D1 <= dated.DD) & (dated.DD <= dated.D2)).all()
    assert (due.groupby("GN").DD.apply(lambda days: days.dropna().is_monotonic_increasing)).all()


def test_every_student_has_a_score_for_each_assignment(many):
    assert not many["GBS"].duplicated(["GN", "AN", "SC", "SN"]).any()
    counts = many["GBS"][many["GBS"].SN < 9000].groupby(["GN", "SC", "SN"]).size()
    assert set(counts) == {100}
    assert (many["GBS"].SCR.isna() == many["GBS"].DC.isna()).sum() == len(many["GBS"]) - 1


def test_scores_in_small_chunks_are_the_same_rows(monkeypatch):
    whole = gathered(district(5100, 1, AS_OF, 12))["GBS"]
    monkeypatch.setattr(gradebook, "_SCORES_AT_ONCE", 2_000)
    chunks = [frame for name, frame in district(5100, 1, AS_OF, 12) if name == "GBS"]
    # The first chunk has one of each named school; a chunk ends with a whole gradebook.
    assert max(len(chunk) for chunk in chunks[1:]) < 2_000 + 3 * 28 * 12
    key = ["GN", "AN", "SC", "SN"]
    assert_frame_equal(
        concat(chunks).sort_values(key, ignore_index=True),
        whole.sort_values(key, ignore_index=True),
    )
