"""demographics.csv: students only (section 3.5; race codes: section 2.21)."""

import pandas as pd
from pandas import DataFrame, Series

from extractor.codes import translate
from extractor.findings import Findings
from extractor.frames import TEXT, by_number, columns_of, look_up, text
from extractor.ids import Shape, label, sourced_id

_RACES = ("race_1", "race_2", "race_3", "race_4", "race_5")
FLAGS = (
    "americanIndianOrAlaskaNative",
    "asian",
    "blackOrAfricanAmerican",
    "nativeHawaiianOrOtherPacificIslander",
    "white",
)
_HISPANIC = {"Y": "true", "N": "false"}


def demographics(
    student_demographics: DataFrame, sexes: DataFrame, races: DataFrame, findings: Findings
) -> DataFrame:
    """
    Build demographics.csv.

    Grain: one row per STU.ID; each value from the row of the lowest school code that has one,
    the race codes all from one row.

    Args:
        sexes: code table; code, sex.
        races: code table; code, column: which flag of demographics.csv the code sets.

    Returns:
        Every column but publicSchoolResidenceStatus. Flags are blank, not false, for a
        student without a race code that sets one.
    """
    rows = by_number(student_demographics, "student_id", "school_id", "student_number")
    people = _first_filled(rows)
    keys = label("STU.ID", people.student_id)
    gender = people.gender.fillna(people.sex).str.upper()
    sex, unknown = translate(gender, sexes, "sex")
    findings.add("unknown_sex", keys[unknown | (sex.isna() & gender.notna())])
    ethnicity = people.hispanic.str.upper()
    hispanic = look_up(ethnicity, _HISPANIC)
    findings.add("unknown_hispanic", keys[hispanic.isna() & ethnicity.notna()])
    flags = _flags(people, races, keys, findings)
    return columns_of(
        people,
        {
            "sourcedId": sourced_id(Shape.STUDENT, people.student_id),
            "dateLastModified": people.modified_at,
            "birthDate": people.birth_date,
            "sex": sex,
            **flags,
            "hispanicOrLatinoEthnicity": hispanic,
            "countryOfBirthCode": people.birth_country,
            "stateOfBirthAbbreviation": people.birth_state,
            "cityOfBirth": people.birth_city,
        },
    )


def _first_filled(rows: DataFrame) -> DataFrame:
    """Merge the rows of one student; race codes of different rows are not mixed."""
    several = rows.student_id.duplicated(keep=False)
    if not several.any():
        return rows
    some = rows[several]
    coded = some[list(_RACES)].notna().any(axis=1)
    fallback = some[coded].drop_duplicates("student_id").set_index("student_id")[list(_RACES)]
    merged = some.groupby("student_id", sort=False).first().drop(columns=list(_RACES))
    both = merged.join(fallback).reset_index()
    joined = pd.concat([rows[~several], both[list(rows.columns)].astype(TEXT)], ignore_index=True)
    return by_number(joined, "student_id")


def _flags(
    people: DataFrame, races: DataFrame, keys: Series, findings: Findings
) -> dict[str, Series]:
    """Return a column per flag, and whether two or more families are set."""
    found, unknown = [], text([], None).reindex(people.index).notna()
    for name in _RACES:
        column, missing = translate(people[name], races, "column")
        found.append(column)
        unknown = unknown | missing
    findings.add("unknown_race", keys[unknown])
    told = found[0].notna()
    for column in found[1:]:
        told = told | column.notna()
    holds = {flag: _any_is(found, flag) for flag in FLAGS}
    families = DataFrame(holds).sum(axis=1)
    made = {flag: _true_false(mask, told) for flag, mask in holds.items()}
    two = _true_false(families > 1, told)
    return {**made, "demographicRaceTwoOrMoreRaces": two}


def _any_is(columns: list[Series], value: str) -> Series:
    mask = (columns[0] == value).fillna(value=False)
    for column in columns[1:]:
        mask = mask | (column == value).fillna(value=False)
    return mask.astype(bool)


def _true_false(mask: Series, told: Series) -> Series:
    return text(mask.map({True: "true", False: "false"})).where(told)
