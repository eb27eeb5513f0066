import pytest
from pandas import isna

from extractor.demo.district import SMALLEST
from extractor.demo.oddities import ODDITIES
from extractor.demo.oddities.edits import Before, Drop, Of, Shift, key_of
from extractor.demo.oddities.sprinkle import SPRINKLES
from extractor.demo.schema import TABLES

REFERENCES = (Before, Of, Shift)


@pytest.mark.parametrize("size", [SMALLEST, 1200])
@pytest.mark.parametrize("oddity", ODDITIES, ids=lambda oddity: oddity.name)
def test_oddity_is_there(build, oddity, size):
    tables = build(size)
    for edit in oddity.edits:
        frame = tables[edit.table]
        if isinstance(edit, Drop):
            assert not rows(frame, edit.where) or edit.table == "PWS"
        else:
            [row] = rows(frame, dict(zip(TABLES[edit.table].key, key_of(edit), strict=True)))
            assert_values(row, edit.values)


def rows(frame, where):
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return frame.to_dict("records")


def assert_values(row, values):
    for name, value in values.items():
        if value is None:
            assert isna(row[name]), name
        elif not isinstance(value, REFERENCES):
            assert row[name] == value, name


def test_names_are_unique_and_keys_are_told():
    names = [oddity.name for oddity in ODDITIES]
    assert len(set(names)) == len(names)
    assert all(oddity.keys and oddity.what for oddity in ODDITIES)


def test_keys_are_told_as_aeries_names_them():
    keys = {oddity.name: oddity.keys for oddity in ODDITIES}
    assert keys["surname_null"] == ("STU.ID 99100005",)
    assert keys["co_teachers"] == ("MST SC 994 SE 1002",)
    assert keys["year_term_missing"] == ("TRM SC 991 TM Y",)


def test_dates_of_odd_stays(build):
    stays = build(SMALLEST)["CAR"].set_index(["SC", "SN", "SQ"])
    assert stays.loc[(994, 2, 2)].DE < stays.loc[(994, 2, 2)].DS
    first, second = stays.loc[(994, 3, 2)], stays.loc[(994, 3, 51)]
    assert first.SE == second.SE
    assert first.DE < second.DS < second.DE
    early, late = stays.loc[(994, 2, 3)], stays.loc[(994, 2, 51)]
    assert early.SE == late.SE
    assert early.DS < late.DS < early.DE


def test_one_person_in_two_schools(build):
    students = build(SMALLEST)["STU"].set_index(["SC", "SN"])
    for number, column in ((9002, "CID"), (9003, "BD"), (9004, "FN")):
        here, there = students.loc[(994, number - 9000)], students.loc[(894, number)]
        assert here.ID == there.ID
        same = ["CID", "BD", "FN", "LN", "SEM"]
        assert [name for name in same if str(here[name]) != str(there[name])] == [column]


def test_combining_accent_stays_decomposed(build):
    students = build(SMALLEST)["STU"].set_index("ID")
    assert "e\u0301" in students.loc[99000001].FN


@pytest.mark.parametrize("sprinkle", SPRINKLES, ids=lambda s: f"{s.table}.{s.column}={s.value!r}")
def test_bigger_districts_have_some_of_it_but_not_much(build, sprinkle):
    values = build(5100)[sprinkle.table][sprinkle.column]
    hit = values.isna() if sprinkle.value is None else values == sprinkle.value
    assert 0 < hit.sum() < max(12, len(values) * sprinkle.share * 2)


def test_smallest_district_is_not_sprinkled(build):
    students = build(SMALLEST)["STU"]
    assert students.SEM.isin(["", None]).sum() == 2
