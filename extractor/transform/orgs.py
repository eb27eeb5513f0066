"""orgs.csv: the district and its schools (Aeries reference, section 3.7)."""

from collections.abc import Mapping, Sequence

import pandas as pd
from pandas import DataFrame

from extractor.findings import Findings
from extractor.frames import columns_of, look_up, number, text
from extractor.ids import Shape, label, refuse_shared, sourced_id

DISTRICT = "0"


def rostered_schools(
    schools: DataFrame, allowed: Sequence[int] | None, findings: Findings
) -> DataFrame:
    """
    Return the schools that are rostered: not the district, not tagged, in the allow-list.

    The queries filter by the same rule (`_aeries.sql.j2`, `rostered`).
    """
    here = schools[schools.school_id != DISTRICT]
    if allowed is not None:
        here = here[number(here.school_id).isin(list(allowed))]
    inactive = here.tag.notna()
    findings.add("inactive_school", label("LOC", here.school_id[inactive]))
    return here[~inactive].reset_index(drop=True)


def scheduling(rostered: DataFrame, declared: Mapping[str, str]) -> dict[str, str]:
    """
    Return how each school is scheduled: secondary, elementary, elementary_mst or flex.

    Source: Aeries reference, section 2.1; LOC.E, which says it, has no published values. What
    the settings declare counts first. `_aeries.sql.j2`, `homeroom_school`, has the same rule
    for elementary.

    Args:
        rostered: school_id, low_grade, high_grade, has_sections, has_section_staff.
        declared: school_id to kind, from settings.

    Returns:
        Kinds by school_id.
    """
    low, high = number(rostered.low_grade).fillna(0), number(rostered.high_grade).fillna(0)
    sections = rostered.has_sections == "true"
    kind = text("secondary", rostered.index)
    kind = kind.mask(sections & (high <= 6), "elementary_mst")
    kind = kind.mask(sections & (rostered.has_section_staff == "true"), "flex")
    kind = kind.mask(~sections & (low <= 5) & high.between(1, 8), "elementary")
    found = look_up(rostered.school_id, declared).fillna(kind)
    return dict(zip(rostered.school_id, found, strict=True))


def orgs(schools: DataFrame, rostered: DataFrame, district_name: str) -> DataFrame:
    """
    Build orgs.csv.

    Grain: one row for the district, one per rostered school.

    Args:
        schools: the query; its row 0 names the district, else the settings do.
        rostered: what `rostered_schools` kept of it.
        district_name: from settings.

    Returns:
        sourcedId, dateLastModified, name, type, identifier (county, district and school code,
        where all three are filled), parentSourcedId.
    """
    district = schools[schools.school_id == DISTRICT]
    if district.empty:
        district = DataFrame([{"school_id": DISTRICT}], columns=schools.columns)
    rows = pd.concat([district.astype(schools.dtypes), rostered], ignore_index=True)
    top = rows.school_id == DISTRICT
    ids = sourced_id(Shape.ORG, rows.school_id)
    refuse_shared(ids, label("LOC", rows.school_id, rows.index.to_series().astype(str)), "orgs")
    return columns_of(
        rows,
        {
            "sourcedId": ids,
            "dateLastModified": rows.modified_at,
            "name": rows["name"].mask(top & rows["name"].isna(), district_name).fillna(ids),
            "type": top.map({True: "district", False: "school"}),
            "identifier": rows.county_code + rows.district_code + rows.state_school_code,
            "parentSourcedId": top.map({True: None, False: DISTRICT}),
        },
    )
