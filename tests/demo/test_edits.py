from datetime import date

import numpy as np
import pytest

from extractor.demo.oddities.apply import apply
from extractor.demo.oddities.edits import Add, Before, Drop, Of, Put, Shift
from extractor.demo.rows import rows
from extractor.demo.year import Year

YEAR = Year.around(date(2026, 10, 15))


@pytest.fixture
def terms():
    days = np.array(["2026-08-14", "2027-01-06"], dtype="datetime64[ms]")
    return rows("TRM", 2, SC=994, TM=np.array(["F", "S"], dtype=object), D1=days, D2=days)


def edited(terms, *edits):
    return apply({"TRM": terms}, edits, YEAR)["TRM"]


def test_put_changes_one_row_and_not_the_frame_given(terms):
    result = edited(terms, Put("TRM", (994, "F"), {"DEL": 1, "D2": None}))
    assert result.DEL.tolist() == [1, 0]
    assert result.D2.isna().tolist() == [True, False]
    assert terms.DEL.tolist() == [0, 0]
    assert (result.dtypes == terms.dtypes).all()


def test_added_rows_come_last_and_can_be_edited_again(terms):
    result = edited(
        terms,
        Add("TRM", (994, "F"), {"TM": "Q", "D2": Shift("D1", 7)}),
        Put("TRM", (994, "Q"), {"DEL": Of("TRM", (994, "S"), "DEL"), "D1": Before(5)}),
    )
    assert result.TM.tolist() == ["F", "S", "Q"]
    assert result.D1.astype(str).iloc[2] == "2026-10-10"
    assert result.D2.astype(str).iloc[2] == "2026-08-21"


def test_a_blank_row_can_be_the_first_edit(terms):
    result = edited(
        terms,
        Add("TRM", None, {"SC": 1, "TM": "Y"}),
        Put("TRM", (994, "S"), {"DEL": 1}),
    )
    assert result.SC.tolist() == [994, 994, 1]
    assert result.DEL.tolist() == [0, 1, 0]
    assert result.D1.isna().tolist() == [False, False, True]


def test_dropped_rows_are_gone_even_when_edited_before(terms):
    result = edited(terms, Put("TRM", (994, "F"), {"DEL": 1}), Drop("TRM", {"SC": 994, "TM": "F"}))
    assert result.TM.tolist() == ["S"]


def test_an_edit_of_a_row_that_is_not_there_stops(terms):
    with pytest.raises(KeyError, match="994"):
        edited(terms, Put("TRM", (994, "X"), {"DEL": 1}))
