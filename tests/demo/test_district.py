from datetime import date

import pytest
from pandas import DataFrame, Timestamp
from pandas.testing import assert_frame_equal

from extractor.demo.district import SMALLEST, district
from extractor.demo.oddities.edits import ADDED
from extractor.demo.rows import dtype
from extractor.demo.schema import TABLES
from extractor.demo.schools import SHAPES, added, core

from .conftest import AS_OF, gathered

SIZES = (SMALLEST, 5100)


def keys(frame: DataFrame, *names: str) -> set[tuple[object, ...]]:
    return set(zip(*(frame[name] for name in names), strict=True))


def live(frame: DataFrame) -> DataFrame:
    return frame[frame.DEL.fillna(0) == 0]


def test_same_arguments_same_rows(build):
    first, second = build(SMALLEST), gathered(district(SMALLEST, 1, AS_OF))
    assert first.keys() == second.keys() == TABLES.keys()
    for name, frame in first.items():
        assert_frame_equal(frame, second[name])


def test_another_seed_gives_other_people_with_the_same_ids(build):
    first, second = build(SMALLEST)["STU"], build(SMALLEST, 2)["STU"]
    assert (first.ID == second.ID).all()
    assert (first.LN != second.LN).mean() > 0.5


def test_a_district_below_the_smallest_is_refused():
    with pytest.raises(ValueError, match=str(SMALLEST)):
        next(district(SMALLEST - 1, 1, AS_OF))


@pytest.mark.parametrize("size", SIZES)
def test_frames_fit_their_tables(build, size):
    for name, frame in build(size).items():
        columns = TABLES[name].columns
        assert tuple(frame.columns) == TABLES[name].names
        assert [str(kind) for kind in frame.dtypes] == [dtype(column) for column in columns]
        assert not frame.duplicated(list(TABLES[name].key)).any(), name
        for column in columns:
            fits(name, frame, column)


def fits(name, frame, column):
    values = frame[column.name]
    assert column.null or values.notna().all(), (name, column)
    if column.type == "smallint":
        assert values.between(-32768, 32767).all(), (name, column)
    if column.type == "bit":
        assert values.dropna().isin([0, 1]).all(), (name, column)
    if "char(" in column.type and "max" not in column.type:
        length = int(column.type.split("(")[1].rstrip(")"))
        assert values.dropna().map(type).eq(str).all(), (name, column)
        assert values.dropna().str.len().max() <= length, (name, column)


@pytest.mark.parametrize("size", [*SIZES, 20_000, 100_000, 1_000_000])
def test_schools_hold_the_students(size):
    schools = core(size) + added(size)
    assert sum(school.students for school in schools) == size
    codes = [school.code for school in schools]
    assert len(set(codes)) == len(codes)
    assert max(codes) < 1000
    assert len({school.name for school in schools}) == len(schools)


@pytest.mark.parametrize("size", [6_000, 20_000, 100_000])
def test_added_schools_are_neither_tiny_nor_absurd(size):
    assert all(350 <= school.students <= 2000 for school in added(size))
    if size == 100_000:
        assert {school.kind for school in added(size)} == SHAPES.keys() - {"inactive"}


@pytest.mark.parametrize("size", SIZES)
def test_students_count(build, size):
    students = build(size)["STU"]
    assert students[students.SN < ADDED].ID.nunique() == size
    regular = students[students.SN < ADDED]
    assert (regular.ID == regular.SC * 100_000 + regular.SN).all()


@pytest.mark.parametrize("size", SIZES)
def test_only_the_named_references_dangle(build, size):
    t = build(size)
    assert keys(t["SEC"], "SC", "SE") - keys(t["MST"], "SC", "SE") == {(994, 9099)}
    assert not keys(t["CAR"], "SC", "SE") - keys(t["MST"], "SC", "SE")
    assert keys(t["MST"], "CN") - keys(t["CRS"], "CN") == {("9999",)}
    assert keys(t["MST"], "SC", "SM") - keys(t["TRM"], "SC", "TM") == {(994, "Q")}
    taught = t["MST"][t["MST"].TN != 0]
    assert keys(taught, "SC", "TN") - keys(t["TCH"], "SC", "TN") == {(994, 998)}
    homes = t["STU"][(t["STU"].CU != 0) & (t["STU"].SN < ADDED)]
    assert keys(homes, "SC", "CU") - keys(t["TCH"], "SC", "TN") == {(990, 999)}
    assert not keys(t["MST"][t["MST"].FSQ != 0], "FSQ") - keys(t["FTF"], "SQ")
    for table in ("SEC", "CAR", "ATT", "SUP"):
        assert not keys(t[table], "SC", "SN") - keys(t["STU"], "SC", "SN"), table


@pytest.mark.parametrize("size", SIZES)
def test_only_the_named_people_dangle(build, size):
    t = build(size)
    assert keys(t["TCH"], "ID") - keys(t["STF"], "ID") == {(0,)}
    assert keys(t["SSE"], "ID") - keys(t["STF"], "ID") == {(894999,)}
    assert not keys(t["SSE"], "SC", "SE") - keys(t["MST"], "SC", "SE")
    assert not keys(t["UGN"], "SID") - keys(t["STF"], "ID")
    assert not keys(t["PWS"], "AID") - keys(t["PWA"], "AID")
    assert not keys(t["PWS"], "ID") - keys(t["STU"], "ID")
    assert not keys(t["CON"], "PID") - keys(t["STU"], "ID")
    assert not keys(t["ENR"], "ID") - keys(t["STU"], "ID")


@pytest.mark.parametrize("size", SIZES)
def test_gradebooks_hang_together(build, size):
    t = build(size)
    for table in ("GBL", "GBC", "GBA"):
        assert not keys(t[table], "GN") - keys(t["GBK"], "GN"), table
    assert not keys(t["GBS"], "GN", "AN") - keys(t["GBA"], "GN", "AN")
    assert t["GBL"].groupby("GN").size().between(1, 3).all()
    pupils = t["SEC"].merge(t["GBL"], on=["SC", "SE"])
    assert keys(t["GBS"], "GN", "SC", "SN") - keys(pupils, "GN", "SC", "SN") <= {
        (9940001, 994, 9001),
        *((gn, 994, 10) for gn in t["GBK"].GN),
    }
    assert (t["GBS"].SCR.isna() == t["GBS"].DC.isna()).sum() == len(t["GBS"]) - 1


@pytest.mark.parametrize("size", SIZES)
def test_one_id_is_one_person(build, size):
    students = build(size)["STU"]
    differing = students.groupby("ID")[["LN", "FN", "SEM"]].nunique().gt(1).sum()
    assert differing.to_dict() == {"LN": 0, "FN": 1, "SEM": 0}
    staff = build(size)["TCH"].merge(build(size)["STF"], on="ID")
    assert (staff.TF == staff.FN).all()


def test_students_have_a_full_day(build):
    t = build(1200)
    classes = live(t["SEC"]).groupby(["SC", "SN"]).size()
    assert classes.loc[994].mode().tolist() == [7]
    assert classes.loc[993].mode().tolist() == [6]
    assert not {990, 991, 999} & set(t["SEC"].SC)
    sizes = live(t["SEC"]).groupby(["SC", "SE"]).size()
    assert sizes.max() <= 28
    assert 15 <= sizes[sizes > 5].mean() <= 28


def test_nobody_has_two_classes_at_once(build):
    t = build(1200)
    rows = live(t["SEC"]).merge(t["MST"][["SC", "SE", "SM", "PD", "TN"]], on=["SC", "SE"])
    usual = rows[(rows.SE < ADDED) & (rows.SN < ADDED) & (rows.SC != 894) & (rows.SQ == 1)]
    assert not usual[usual.SM == "Y"].duplicated(["SC", "SN", "PD"]).any()
    lessons = usual.drop_duplicates(["SC", "SE"])
    assert not lessons[lessons.SM == "Y"].duplicated(["SC", "TN", "PD"]).any()


@pytest.mark.parametrize("as_of", [date(2026, 7, 1), date(2027, 6, 30)], ids=str)
def test_first_and_last_day_of_a_school_year(build, as_of):
    t = build(SMALLEST, 1, as_of)
    assert t["TRM"].D1.dt.year.min() == 2026
    assert t["TRM"].D2.dt.year.max() == 2027
    assert (t["GBS"].DC.dropna() <= str(as_of)).all()
    share = t["GBS"].SCR.notna().mean()
    assert share > 0.9 if as_of.month == 6 else share < 0.01
    for frame in t.values():
        assert "DTS" not in frame or frame.DTS.max() < Timestamp(as_of)


@pytest.mark.parametrize("size", SIZES)
def test_every_active_school_has_an_office_that_teaches_nothing(build, size):
    t = build(size)
    active = set(t["LOC"][(t["LOC"].TG == "") & (t["LOC"].CD != 0)].CD)
    for title in ("Principal", "Secretary", "Instructional Aide"):
        assert sorted(t["STF"][title == t["STF"].TI].PSC) == sorted(active)
    office = t["STF"][~t["STF"].TI.isin(["Teacher", "Counselor"])]
    assert set(office.TI) == {
        *("Principal", "Secretary", "Instructional Aide"),
        *("Assistant Principal", "Superintendent"),
    }
    assert not set(office.ID) & (set(t["TCH"].ID) | set(t["SSE"].ID))
    assert office[office.PSC == 0].ID.tolist() == [1]
    logins = office.merge(t["UGN"], left_on="ID", right_on="SID", how="left")
    kinds = logins.groupby("TI").UTY.unique().map(list).to_dict()
    assert kinds == {
        "Principal": ["adadmin"],
        "Assistant Principal": ["adadmin"],
        "Superintendent": ["adadmin"],
        "Secretary": ["aduser"],
        "Instructional Aide": ["aduser"],
    }


def test_telephones_of_most_staff_and_older_students(build):
    t = build(1200)
    old, young = (t["STU"][t["STU"].SC.isin(schools)] for schools in ((993, 994), (990, 991)))
    for numbers, share in ((t["STF"].TL, 0.85), (t["STF"].CP, 0.6), (old.MPH, 0.7)):
        assert abs((numbers != "").mean() - share) < 0.1
        assert numbers[numbers != ""].str.fullmatch("[0-9]{10}").all()
    assert (young.MPH == "").all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_some_go_by_another_name_whatever_the_seed(build, seed):
    t = build(SMALLEST, seed)
    teaching = t["TCH"][t["TCH"].TN.isin(t["MST"].TN) | t["TCH"].SC.isin([990, 991])]
    known = t["STF"][t["STF"].ID.isin(teaching.ID) & (t["STF"].FNP.str.strip() != "")]
    assert len(known) >= 2
    in_class = t["STU"].merge(t["SEC"][["SC", "SN"]].drop_duplicates(), on=["SC", "SN"])
    assert (in_class.FNA.str.strip() != "").sum() >= 2
    assert (in_class.LNA.str.strip() != "").sum() >= 1


def test_a_preferred_name_is_another_name(build):
    t = build(5100)
    for people, name, preferred in ((t["STU"], "FN", "FNA"), (t["STF"], "FN", "FNP")):
        chosen = people[people[preferred].str.strip() != ""]
        assert 0.04 < len(chosen) / len(people) < 0.08
        assert (chosen[name] != chosen[preferred]).all()
        assert (chosen[preferred].str.len() > 1).all()
    for column in ("LNA", "MNA"):
        assert 0 < (t["STU"][column].str.strip() != "").mean() < 0.01


@pytest.mark.parametrize("size", SIZES)
def test_supplements_are_unique_where_they_are_filled(build, size):
    t = build(size)
    names = t["DSD"].UNM[t["DSD"].UNM.str.strip() != ""]
    assert not names.duplicated().any()
    assert 0 < 1 - len(names) / len(t["DSD"]) < 0.15
    assert not t["SUP"].BADGE.duplicated().any()
    assert (t["SUP"].BADGE != "").all()
    assert set(t["STU"].ID) - set(t["DSD"].ID) == {99400009}
    assert t["DSD"].DEL.sum() == t["SUP"].DEL.sum() == 1
