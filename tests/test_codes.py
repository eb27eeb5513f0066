"""Code tables: the shipped ones, and a district's own laid over them."""

import csv

import pytest

from extractor import codes, queries, spec
from extractor.errors import SettingsError
from extractor.frames import TEXT, text
from extractor.transform.demographics import FLAGS

SHIPPED = queries.folder("aeries") / "codes"


def pairs(table, column):
    return dict(zip(table.code, table[column].fillna(""), strict=True))


def test_grades_translate_as_aeries_codes_them():
    expected = {"-2": "PK", "15": "PK", "17": "PK", "-1": "TK", "0": "KG", "16": "IT", "13": "13"}
    expected |= {str(grade): f"{grade:02}" for grade in range(1, 13)}
    made = pairs(codes.load(SHIPPED / "grades.csv"), "grade")
    assert {code: made[code] for code in expected} == expected
    assert {made["14"], made["18"]} == {"UG", "Other"}
    assert set(made.values()) <= set(spec.GRADES)


def test_every_grade_that_aeries_knows_has_a_row():
    assert set(codes.load(SHIPPED / "grades.csv").code) == {str(code) for code in range(-2, 19)}


def test_races_set_the_flags_of_the_federal_families():
    made = pairs(codes.load(SHIPPED / "races.csv"), "column")
    families = {
        "100": "americanIndianOrAlaskaNative",
        "400": "asian",
        "600": "blackOrAfricanAmerican",
        "700": "white",
        "ZZZ": "",
        "999": "",
    }
    families |= dict.fromkeys([str(code) for code in [*range(201, 209), 299]], "asian")
    families |= dict.fromkeys(
        ["301", "302", "303", "304", "399"], "nativeHawaiianOrOtherPacificIslander"
    )
    assert made == families
    assert set(made.values()) - {""} == set(FLAGS)
    assert set(FLAGS) <= set(spec.DEMOGRAPHICS.header)


def test_sexes_translate_to_the_two_tokens_of_the_standard_or_to_nothing():
    made = pairs(codes.load(SHIPPED / "sexes.csv"), "sex")
    assert made == {"M": "male", "F": "female", "X": "", "N": ""}
    assert set(made.values()) - {""} == set(spec.SEX)


def test_sessions_have_titles_for_semesters_and_trimesters():
    table = codes.load(SHIPPED / "sessions.csv")
    semester, trimester = (
        pairs(table[table.scheme == scheme], "title") for scheme in ("semester", "trimester")
    )
    year = {"Y": "Year", "F": "Fall", "S": "Spring"}
    assert semester == year | {str(at): f"Quarter {at}" for at in (1, 2, 3, 4)}
    assert trimester == year | {str(at): f"Trimester {at}" for at in (1, 2, 3)}


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.csv")), ids=lambda path: path.stem)
def test_shipped_table_has_no_code_twice_and_loads_as_text_without_its_notes(path):
    table = codes.load(path)
    assert "note" not in table.columns
    assert set(table.dtypes) == {TEXT}
    keys = [name for name in ("code", "scheme") if name in table.columns]
    assert not table.duplicated(keys).any()
    with path.open(encoding="utf-8", newline="") as file:
        assert len(list(csv.reader(file))) == len(table) + 1


def test_own_rows_replace_shipped_ones_by_code_and_add_others(tmp_path):
    own = tmp_path / "grades.csv"
    own.write_text("code,grade,note\n13,PS,\n0,,none here\n99,Other,\n", "utf-8")
    made = pairs(codes.load(SHIPPED / "grades.csv", own), "grade")
    shipped = pairs(codes.load(SHIPPED / "grades.csv"), "grade")
    assert made == shipped | {"13": "PS", "0": "", "99": "Other"}


def test_own_session_replaces_only_the_row_of_its_scheme(tmp_path):
    own = tmp_path / "sessions.csv"
    own.write_text("code,scheme,title,note\n1,semester,First quarter,\n", "utf-8")
    table = codes.load(SHIPPED / "sessions.csv", own)
    ones = table[table.code == "1"]
    assert pairs(ones.assign(code=ones.scheme), "title") == {
        "trimester": "Trimester 1",
        "semester": "First quarter",
    }


def test_own_table_may_leave_the_notes_out_and_start_with_a_byte_order_mark(tmp_path):
    own = tmp_path / "sexes.csv"
    own.write_bytes("\ufeffcode,sex\r\nU,\r\n".encode())
    assert pairs(codes.load(SHIPPED / "sexes.csv", own), "sex")["U"] == ""


def test_codes_that_look_like_missing_values_stay_codes(tmp_path):
    own = tmp_path / "races.csv"
    own.write_text("code,column\nNA,white\nnull,asian\n", "utf-8")
    made = pairs(codes.load(SHIPPED / "races.csv", own), "column")
    assert (made["NA"], made["null"]) == ("white", "asian")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"code,level\n1,01\n", "it must be code,grade"),
        (b"grade\n01\n", "there is no column 'code'"),
        (b"", "cannot be read"),
        (b"code,grade\n1,\xff\n", "cannot be read"),
        (b'code,grade\n1,"01\n', "cannot be read"),
    ],
)
def test_own_table_that_is_no_such_table_is_refused(tmp_path, content, said):
    own = tmp_path / "grades.csv"
    own.write_bytes(content)
    with pytest.raises(SettingsError, match=r"grades\.csv") as refused:
        codes.load(SHIPPED / "grades.csv", own)
    assert said in str(refused.value)


def test_own_table_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"nowhere\.csv"):
        codes.load(SHIPPED / "grades.csv", tmp_path / "nowhere.csv")


def test_blank_code_is_neither_translated_nor_unknown(frame):
    table = frame("code | sex\n M | male\n X |")
    values, unknown = codes.translate(text(["M", "X", "Q", None]), table, "sex")
    assert values.fillna("-").tolist() == ["male", "-", "-", "-"]
    assert unknown.tolist() == [False, False, True, False]
