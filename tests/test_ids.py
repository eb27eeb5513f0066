"""Shapes of sourcedIds, and that two things never share one unnoticed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas import DataFrame

from extractor.errors import DataError
from extractor.findings import Findings
from extractor.frames import text
from extractor.ids import Shape, label, legal, refuse_shared, sourced_id
from extractor.spec import GUID_PATTERN
from extractor.transform.user_ids import user_ids

PUBLISHED = [
    (Shape.ORG, ["0"], "0"),
    (Shape.ORG, ["994"], "994"),
    (Shape.SESSION, ["994", "F"], "994_F"),
    (Shape.SCHOOL_YEAR, ["2027"], "SY_2027"),
    (Shape.COURSE, ["0634"], "0634"),
    (Shape.HOMEROOM_COURSE, ["990421"], "TCH_990421"),
    (Shape.CLASS, ["994", "1001"], "994_1001"),
    (Shape.HOMEROOM_CLASS, ["990", "421"], "990_TN_421"),
    (Shape.TEACHER, ["994605"], "TCH_994605"),
    (Shape.STUDENT, ["99400001"], "STU_99400001"),
    (Shape.STUDENT_ENROLLMENT, ["994", "99400001", "1001"], "994_STU_99400001_1001"),
    (Shape.TEACHER_ENROLLMENT, ["994", "994605", "1001"], "994_TCH_994605_1001"),
    (Shape.STUDENT_HOMEROOM_ENROLLMENT, ["990", "99000001", "421"], "990_STU_99000001_TN_421"),
    (Shape.CATEGORY, ["1000335", "S"], "1000335_S"),
    (Shape.TEACHER_HOMEROOM_ENROLLMENT, ["990", "990421", "421"], "990_TCH_990421_TN_421"),
]
# Shapes that stand in one file must stay apart from each other, too.
TOGETHER = {
    "classes": [Shape.CLASS, Shape.HOMEROOM_CLASS],
    "users": [Shape.STUDENT, Shape.TEACHER],
    "enrollments": [
        Shape.STUDENT_ENROLLMENT,
        Shape.TEACHER_ENROLLMENT,
        Shape.STUDENT_HOMEROOM_ENROLLMENT,
        Shape.TEACHER_HOMEROOM_ENROLLMENT,
    ],
}
# Few numbers, and any number: shapes meet where numbers do.
NUMBERS = st.integers(-2, 12) | st.integers(-(10**9), 10**9)


@pytest.mark.parametrize(("shape", "keys", "expected"), PUBLISHED)
def test_id_has_the_published_shape(shape, keys, expected):
    assert list(sourced_id(shape, *(text([key]) for key in keys))) == [expected]


def test_id_is_missing_where_any_key_is_missing():
    made = sourced_id(Shape.CLASS, text(["994", None, "994"]), text(["1001", "1001", None]))
    assert made.isna().tolist() == [False, True, True]
    assert made[0] == "994_1001"


@pytest.mark.parametrize("file", TOGETHER)
@given(data=st.data())
def test_different_numbers_never_share_an_id(file, data):
    ids = []
    for shape in TOGETHER[file]:
        width = shape.count("{}")
        keys = data.draw(st.lists(st.tuples(*[NUMBERS] * width), unique=True, max_size=10))
        columns = [text([str(key[at]) for key in keys]) for at in range(width)]
        ids += list(sourced_id(shape, *columns))
    assert len(set(ids)) == len(ids)


@given(st.lists(st.text(min_size=1, max_size=4), unique=True, min_size=1))
def test_different_texts_share_an_id_only_with_an_error(codes):
    keys = text(codes)
    ids = sourced_id(Shape.COURSE, legal(keys, "CRS.CN", Findings()))
    if ids.duplicated().any():
        with pytest.raises(DataError):
            refuse_shared(ids, keys, "courses")
    else:
        refuse_shared(ids, keys, "courses")


@given(st.text(min_size=1, max_size=20))
def test_legal_key_is_a_guid_whatever_the_sis_holds(key):
    made = legal(text([key]), "CRS.CN", Findings())[0]
    assert re.fullmatch(GUID_PATTERN, made)


@given(st.from_regex(r"[0-9A-Za-z.\-_/@]{1,20}", fullmatch=True))
def test_key_of_legal_characters_stays_itself(key):
    findings = Findings()
    assert list(legal(text([key]), "CRS.CN", findings)) == [key]
    assert list(findings) == []


def test_odd_characters_become_a_dot_and_their_code_with_one_finding_per_key():
    findings = Findings()
    made = legal(text(["06 34", "0634", None, "06 34", "é,"]), "CRS.CN", findings)
    assert made.fillna("(blank)").tolist() == ["06.2034", "0634", "(blank)", "06.2034", ".e9.2c"]
    found = findings["id_characters_replaced"]
    assert (found.count, found.keys) == (2, ["CRS.CN 06 34", "CRS.CN é,"])


def test_one_id_of_two_keys_stops_and_names_both():
    with pytest.raises(DataError) as stopped:
        refuse_shared(text(["a", "b", "a"]), text(["CRS A", "CRS B", "CRS a"]), "courses")
    assert "courses.csv: 1 sourcedId(s)" in str(stopped.value)
    assert "a: CRS A; CRS a" in str(stopped.value)
    assert "CRS B" not in str(stopped.value)


def test_one_id_of_one_key_on_two_rows_is_no_clash():
    refuse_shared(text(["a", "a"]), text(["CRS A", "CRS A"]), "courses")


def test_label_names_table_and_keys_and_says_where_one_is_blank():
    assert list(label("MST", text(["994", "994"]), text(["1001", None]))) == [
        "MST 994 1001",
        "MST 994 (blank)",
    ]


def test_a_key_that_may_be_somebodys_address_is_not_named():
    findings = Findings()
    users = DataFrame(
        {
            "sourcedId": text(["STU_7", "STU_8"]),
            "role": text(["student", "student"]),
            "key": text(["STU.ID 7", "STU.ID 8"]),
            "own_id": text(["ada+1@eagle.example", "ben@eagle.example"]),
        }
    )
    user_ids(users, findings, prefixes=True, chosen=("student",))
    (told,) = [one.keys for one in findings if one.name == "id_characters_replaced"]
    assert told == ["own id of student STU.ID 7"]
    same = users.assign(own_id=text(["ben@eagle.example"] * 2))
    with pytest.raises(DataError) as error:
        user_ids(same, findings, prefixes=True, chosen=("student",))
    assert "STU.ID 7" in str(error.value)
    assert "eagle.example" not in str(error.value)
