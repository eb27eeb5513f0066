from datetime import date

import pytest

from extractor.demo.district import SMALLEST

from .conftest import AS_OF


@pytest.mark.parametrize("as_of", [AS_OF, date(2031, 2, 1)], ids=str)
def test_split_terms_are_half_as_long(build, as_of):
    t = build(1200, 1, as_of)
    split = t["MST"][t["MST"].SP.isin(["FIRST", "SECOND", "A-DAYS", "B-DAYS"])]
    assert set(split.SC) == {994}
    assert split.groupby("SP").size().min() >= 2
    stays = t["CAR"].merge(split[["SC", "SE", "SM", "SP"]], on=["SC", "SE"])
    terms = t["TRM"].set_index(["SC", "TM"])
    halves = {"FFIRST": "1", "FSECOND": "2", "SFIRST": "3", "SSECOND": "4"}
    for (term, word), held in stays[stays.SQ < 50].groupby(["SM", "SP"]):
        span = terms.loc[(994, halves.get(term + word, term))]
        assert (held.DS.fillna(span.D1) >= span.D1).all()
        assert (held.DE.fillna(span.D2) == span.D2).all()
        assert (held.DS <= held.DE).all()


def test_sections_have_no_track_and_homerooms_their_students(build):
    for size in (SMALLEST, 1200):
        t = build(size)
        assert (t["MST"].TR == "").all()
        homes = t["STU"].merge(t["TCH"], left_on=["SC", "CU"], right_on=["SC", "TN"])
        homes = homes[(homes.TR_x != "") | (homes.TR_y != "")]
        assert set(homes.TR_x) == set("ABCD")
        assert (homes.TR_x == homes.TR_y).all()
        assert not set(homes.SC) & {990, 993, 994}
