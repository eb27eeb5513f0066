"""academicSessions.csv, one example per branch."""

import pytest

from extractor.errors import DataError
from extractor.frames import text
from extractor.transform.academic_sessions import academic_sessions, day_after, grading_periods

YEAR = "994 | Y | 2026-08-17 | 2027-06-04 | M1"
HEAD = "school_id | term_code | first_day | last_day | modified_at\n"


@pytest.fixture
def made(sis, frame, sessions, findings):
    def build(table, schools="994", codes=None):
        return academic_sessions(
            frame("school_id\n" + "\n".join(schools.split())),
            sis("terms", HEAD + table),
            sessions if codes is None else codes,
            2027,
            findings,
        )

    return build


def titles(rows):
    return dict(zip(rows["sourcedId"], rows["title"], strict=True))


def test_semester_school_has_terms_below_its_year_below_the_districts(made, same, found):
    rows = made(f"""
        {YEAR}
        994 | F | 2026-08-17 | 2026-12-18 | M2
        994 | S | 2027-01-06 | 2027-06-04 |
        994 | 1 | 2026-08-17 | 2026-10-16 |
        """)
    same(
        rows,
        """
        sourcedId|dateLastModified|title    |type      |startDate |endDate   |parentSourcedId
        SY_2027  |M1              |2026-2027|schoolYear|2026-08-17|2027-06-05|
        994_Y    |M1              |Year     |term      |2026-08-17|2027-06-05|SY_2027
        994_F    |M2              |Fall     |term      |2026-08-17|2026-12-19|994_Y
        994_S    |                |Spring   |term      |2027-01-06|2027-06-05|994_Y
        994_1    |                |Quarter 1|term      |2026-08-17|2026-10-17|994_Y
        """,
    )
    assert rows["schoolYear"].eq("2027").all()
    assert found() == {}


def test_terms_one_to_three_and_no_others_are_trimesters(made):
    thirds = "".join(
        f"\n{school} | {at} | 2026-08-17 | 2027-06-04 |"
        for school in (990, 994)
        for at in (1, 2, 3)
    )
    rows = made(
        f"{YEAR}\n990 | Y | 2026-08-17 | 2027-06-04 |{thirds}\n994 | 4 | 2026-08-17 | 2027-06-04 |",
        "990 994",
    )
    told = titles(rows)
    assert [told[f"990_{at}"] for at in (1, 2, 3)] == ["Trimester 1", "Trimester 2", "Trimester 3"]
    assert [told[f"994_{at}"] for at in (1, 2, 3, 4)] == [f"Quarter {at}" for at in (1, 2, 3, 4)]


def test_school_year_spans_the_years_of_all_schools(made):
    rows = made(f"{YEAR}\n990 | Y | 2026-07-20 | 2027-05-28 | M9", "990 994")
    year = rows[rows["type"] == "schoolYear"].iloc[0]
    assert (year["startDate"], year["endDate"]) == ("2026-07-20", "2027-06-05")
    assert year["dateLastModified"] == "M9"


def test_missing_year_term_is_made_of_the_schools_other_terms(made, same, found):
    rows = made(
        f"""
        {YEAR}
        990 | F | 2026-08-20 | 2026-12-18 |
        990 | S | 2027-01-04 | 2027-06-01 |
        """,
        "990 994",
    )
    same(
        rows[rows["sourcedId"] == "990_Y"],
        """
        sourcedId | dateLastModified | title | type | startDate  | endDate    | parentSourcedId
        990_Y     |                  | Year  | term | 2026-08-20 | 2027-06-02 | SY_2027
        """,
    )
    assert found() == {"year_term_missing": ["TRM 990 Y"]}


def test_school_without_any_term_gets_the_districts_year(made, same, found):
    rows = made(YEAR, "990 994")
    same(
        rows[rows["sourcedId"] == "990_Y"],
        "sourcedId | startDate | endDate | parentSourcedId\n"
        "990_Y | 2026-08-17 | 2027-06-05 | SY_2027",
    )
    assert found() == {"year_term_missing": ["TRM 990 Y"]}


@pytest.mark.parametrize(
    "days", ["| ", " | 2026-12-18", "2026-08-17 | ", "2026-12-18 | 2026-08-17"]
)
def test_term_without_usable_dates_is_left_out_with_a_finding(made, found, days):
    first, last = days.split("|")
    rows = made(f"{YEAR}\n994 | F | {first} | {last} |")
    assert "994_F" not in set(rows["sourcedId"])
    assert found() == {"term_dates_unusable": ["TRM 994 F"]}


def test_year_term_without_usable_dates_is_made_anew(made, found):
    rows = made("994 | Y | | |\n994 | F | 2026-08-17 | 2026-12-18 |")
    assert rows["sourcedId"].tolist() == ["SY_2027", "994_F", "994_Y"]
    assert found() == {"term_dates_unusable": ["TRM 994 Y"], "year_term_missing": ["TRM 994 Y"]}


def test_term_of_one_day_is_a_term(made):
    rows = made(f"{YEAR}\n994 | F | 2026-08-17 | 2026-08-17 |").set_index("sourcedId")
    assert rows.endDate["994_F"] == "2026-08-18"


def test_unknown_term_code_is_a_title_of_its_own_with_a_finding(made, found):
    rows = made(f"{YEAR}\n994 | Q | 2026-08-17 | 2026-12-18 |")
    assert titles(rows)["994_Q"] == "Term Q"
    assert found() == {"unknown_term_code": ["TRM 994 Q"]}


def test_districts_own_code_gives_the_title(made, frame, found):
    own = frame("code | scheme | title\n Y | semester | Year\n Q | semester | Quinter")
    assert (
        titles(made(f"{YEAR}\n994 | Q | 2026-08-17 | 2026-12-18 |", codes=own))["994_Q"]
        == "Quinter"
    )
    assert found() == {}


def test_odd_term_code_is_replaced_in_the_id_with_a_finding(made, found):
    rows = made(f"{YEAR}\n994 | * | 2026-08-17 | 2026-12-18 |")
    assert rows["sourcedId"].tolist() == ["SY_2027", "994_Y", "994_.2a"]
    assert found()["id_characters_replaced"] == ["TRM.TM *"]


def test_two_terms_of_one_code_stop_the_run(made):
    with pytest.raises(DataError, match=r"academicSessions\.csv: 1 sourcedId\(s\)"):
        made(f"{YEAR}\n{YEAR}")


def test_no_usable_term_at_all_stops_the_run(made):
    with pytest.raises(DataError, match="no rostered school has a term with dates"):
        made("994 | F | | |")


def test_day_after_knows_ends_of_months_and_leap_years():
    days = text(["2026-12-31", None, "2028-02-28", "2027-02-28"])
    assert day_after(days).fillna("").tolist() == ["2027-01-01", "", "2028-02-29", "2027-03-01"]


def test_grading_period_of_each_term_lies_in_it_and_is_as_long(made, same):
    rows = made(f"{YEAR}\n994 | F | 2026-08-17 | 2026-12-18 | M2")
    same(
        grading_periods(rows),
        """
        sourcedId | title | type          | startDate  | endDate    | parentSourcedId
        994_Y_GP  | Year  | gradingPeriod | 2026-08-17 | 2027-06-05 | 994_Y
        994_F_GP  | Fall  | gradingPeriod | 2026-08-17 | 2026-12-19 | 994_F
        """,
    )
