"""users.csv, roles administrator and aide: staff whom settings give them (3.10)."""

from collections.abc import Sequence

import pandas as pd
from pandas import DataFrame, Series

from extractor.findings import Findings
from extractor.frames import TEXT, among, empty, settled, stack
from extractor.ids import Shape, label, sourced_id
from extractor.transform.orgs import DISTRICT
from extractor.transform.people import Choices, users_of

# A role, the titles (STF.TI) and the user types (UGN.UTY) that have it; none means any.
Rule = tuple[str, Sequence[str], Sequence[str]]
_SHAPES = {"administrator": Shape.ADMINISTRATOR, "aide": Shape.AIDE}


def other_staff(
    other_staff: DataFrame, rules: Sequence[Rule], choices: Choices, findings: Findings
) -> DataFrame:
    """
    Build the rows of staff who do not teach, or do so in another role.

    Grain: one row per staff id that a rule fits; the first rule that fits decides the role.
    Case does not matter. Who has no school (STF.PSC) belongs to the district; who has one that
    is not rostered is left out.

    Args:
        other_staff: the query.
        rules: from settings.
    """
    rows = settled(other_staff, "staff_id").drop_duplicates("staff_id", ignore_index=True)
    elsewhere = rows.school_id.isna() & rows.primary_school.notna() & (rows.primary_school != "0")
    rows, lost = rows[~elsewhere].reset_index(drop=True), rows[elsewhere]
    role = _fitting(rows, rules)
    for at, (name, titles, user_types) in enumerate(rules, 1):
        if _fitting(rows, [(name, titles, user_types)]).isna().all():
            findings.add("setting_matches_nothing", [f"staff rule {at} ({name})"])
    of_rules = _fitting(lost, rules)
    findings.add("staff_school_not_rostered", label("STF.ID", lost.staff_id[of_rules.notna()]))
    made = [
        _of_role(rows[role == name].reset_index(drop=True), name, choices, findings)
        for name in _SHAPES
    ]
    return stack(made, made[0].columns if made else empty([]).columns)


def _fitting(rows: DataFrame, rules: Sequence[Rule]) -> Series:
    """Return the role that the first fitting rule gives each person; NA where none fits."""
    title, user_type = rows.title.str.casefold(), rows.user_type.str.casefold()
    role = Series(pd.NA, index=rows.index, dtype=TEXT)
    for name, titles, user_types in rules:
        fits = Series(data=True, index=rows.index)
        for column, wanted in ((title, titles), (user_type, user_types)):
            if wanted:
                fits &= among(column, [one.casefold() for one in wanted])
        role = role.mask(role.isna() & fits, name)
    return role


def _of_role(rows: DataFrame, role: str, choices: Choices, findings: Findings) -> DataFrame:
    people = rows.assign(
        first_name=rows.preferred_first_name.fillna(rows.staff_first_name),
        last_name=rows.staff_last_name,
        email=rows.login_email.fillna(rows.staff_email),
        school_ids=rows.school_id.fillna(DISTRICT),
    )
    ids = sourced_id(_SHAPES[role], people.staff_id)
    keys = label("STF.ID", people.staff_id)
    findings.add("staff_email_blank", keys[people.email.isna()])
    return users_of(people, ids, keys, role, choices, findings).assign(
        identifier=(people.school_ids + "_" + ids).values
    )
