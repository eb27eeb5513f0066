"""demographics.csv, one example per branch."""

import pytest

from extractor.transform.demographics import FLAGS, demographics

TWO = "demographicRaceTwoOrMoreRaces"


@pytest.fixture
def made(sis, sexes, races, findings):
    def build(table, own_sexes=None, own_races=None):
        rows = sis("student_demographics", table)
        return demographics(
            rows,
            sexes if own_sexes is None else own_sexes,
            races if own_races is None else own_races,
            findings,
        )

    return build


@pytest.fixture
def flags(made):
    """Return the flags that are true for these race codes; None where none is told."""

    def build(*codes, own=None):
        names = "".join(f" | race_{at}" for at in range(1, 6))
        cells = "".join(f" | {code}" for code in (*codes, *[""] * (5 - len(codes))))
        row = made(f"student_id{names}\n 7{cells}", own_races=own)[[*FLAGS, TWO]].iloc[0]
        if row.isna().all():
            return None
        assert set(row) <= {"true", "false"}
        return {name for name in (*FLAGS, TWO) if row[name] == "true"}

    return build


def test_student_has_every_value_that_the_sis_has(made, same, found):
    rows = made("""
        school_id|student_id|birth_date|gender|hispanic|birth_country|birth_state|birth_city|modified_at
        994      |7         |2010-01-15|F     |Y       |US           |CA         |Fresno    |M1
        """)
    same(
        rows,
        """
        sourcedId | dateLastModified | birthDate  | sex    | hispanicOrLatinoEthnicity
        STU_7     | M1               | 2010-01-15 | female | true
        """,
    )
    same(
        rows,
        """
        countryOfBirthCode | stateOfBirthAbbreviation | cityOfBirth
        US                 | CA                       | Fresno
        """,
    )
    assert found() == {}


@pytest.mark.parametrize(
    ("gender", "sex", "expected"),
    [("M", "F", "male"), ("", "F", "female"), ("f", "", "female"), ("", "", "")],
)
def test_newer_column_of_the_gender_comes_first(made, same, found, gender, sex, expected):
    rows = made(f"student_id | gender | sex\n 7 | {gender} | {sex}")
    same(rows, f"sourcedId | sex\n STU_7 | {expected}")
    assert found() == {}


@pytest.mark.parametrize("gender", ["X", "N", "Q"])
def test_gender_without_a_token_is_blank_with_a_finding(made, same, found, gender):
    rows = made(f"student_id | gender | sex\n 7 | {gender} | M")
    same(rows, "sourcedId | sex\n STU_7 |")
    assert found() == {"unknown_sex": ["STU.ID 7"]}


@pytest.mark.parametrize(("code", "flag"), [("Y", "true"), ("N", "false"), ("y", "true"), ("", "")])
def test_hispanic_is_told_by_yes_and_no_and_blank_is_not_no(made, same, code, flag):
    same(
        made(f"student_id | hispanic\n 7 | {code}"),
        f"sourcedId | hispanicOrLatinoEthnicity\nSTU_7|{flag}",
    )


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["100"], {"americanIndianOrAlaskaNative"}),
        (["201"], {"asian"}),
        (["299", "201"], {"asian"}),
        (["400"], {"asian"}),
        (["303"], {"nativeHawaiianOrOtherPacificIslander"}),
        (["600"], {"blackOrAfricanAmerican"}),
        (["700"], {"white"}),
        (["700", "600"], {"white", "blackOrAfricanAmerican", TWO}),
        (["", "", "", "", "700"], {"white"}),
        (["100", "201", "303", "600", "700"], {*FLAGS, TWO}),
        (["700", "ZZZ"], {"white"}),
    ],
)
def test_race_codes_set_the_flags_of_their_families(flags, found, codes, expected):
    assert flags(*codes) == expected
    assert found() == {}


@pytest.mark.parametrize("codes", [[], ["ZZZ"], ["999", "ZZZ"]])
def test_flags_are_blank_where_no_race_is_told(flags, found, codes):
    assert flags(*codes) is None
    assert found() == {}


@pytest.mark.parametrize(("codes", "left"), [(["123"], None), (["123", "700"], {"white"})])
def test_unknown_race_sets_no_flag_with_a_finding(flags, found, codes, left):
    assert flags(*codes) == left
    assert found() == {"unknown_race": ["STU.ID 7"]}


def test_districts_own_codes_set_the_flags(flags, made, frame, same, found):
    own = frame("code | column\n 400 | nativeHawaiianOrOtherPacificIslander")
    assert flags("400", own=own) == {"nativeHawaiianOrOtherPacificIslander"}
    rows = made("student_id | gender\n 7 | X", own_sexes=frame("code | sex\n X | female"))
    same(rows, "sourcedId | sex\n STU_7 | female")
    assert found() == {}


def test_student_of_two_schools_has_one_row_and_the_races_of_one_of_them(made, same):
    rows = made("""
        school_id | student_number | student_id | birth_date | race_1 | race_2 | birth_city
        994       | 1              | 7          | 2010-01-15 | 600    |        | Fresno
        990       | 2              | 7          |            | 700    | 100    |
        992       | 3              | 8          | 2011-02-16 |        |        |
        1010      | 4              | 8          | 2011-02-16 | 201    |        |
        """)
    same(
        rows,
        """
        sourcedId | birthDate  | cityOfBirth | white | americanIndianOrAlaskaNative | asian
        STU_7     | 2010-01-15 | Fresno      | true  | true                         | false
        STU_8     | 2011-02-16 |             | false | false                        | true
        """,
    )
    same(rows, "blackOrAfricanAmerican\n false\n false")


def test_order_of_the_database_does_not_matter(made):
    head = "school_id | student_number | student_id | race_1 | birth_city\n"
    lines = ["994 | 1 | 7 | 600 | A", "990 | 2 | 7 | 700 | B", "990 | 3 | 8 | | C"]
    first = made(head + "\n".join(lines))
    assert made(head + "\n".join(reversed(lines))).equals(first)


def test_nothing_gives_no_row(made):
    assert made("student_id").empty
