"""resources.csv, classResources.csv and courseResources.csv, from the district's own list."""

from collections.abc import Iterable

from pandas import DataFrame

from extractor.findings import Findings
from extractor.frames import TEXT, among, columns_of
from extractor.ids import LONGEST_ID, Shape, refuse_shared, sourced_id

_COLUMNS = ("sourcedId", "vendorResourceId", "title", "importance", "vendorId", "applicationId")


def resources(listed: DataFrame, linked: Iterable[str]) -> DataFrame:
    """
    Build resources.csv.

    Grain: one row per row of the list; without those that belong to something, of which
    nothing is extracted.

    Args:
        listed: `resource_list.load`.
        linked: sourcedIds of the resources that a class or course uses.
    """
    loose = listed["classSourcedIds"].isna() & listed["courseSourcedIds"].isna()
    listed = listed[loose | among(listed["sourcedId"], linked)]
    roles = listed["roles"].str.replace(r"\s*,\s*", ",", regex=True)
    return columns_of(listed, {**{name: listed[name] for name in _COLUMNS}, "roles": roles})


def class_resources(listed: DataFrame, classes: Iterable[str], findings: Findings) -> DataFrame:
    """
    Build classResources.csv.

    Grain: one row per resource and class it belongs to.

    Args:
        listed: `resource_list.load`.
        classes: sourcedIds of classes.csv; one that is not among them is named.
    """
    return _links(listed, "class", classes, findings)


def course_resources(listed: DataFrame, courses: Iterable[str], findings: Findings) -> DataFrame:
    """
    Build courseResources.csv.

    Grain: one row per resource and course it belongs to.

    Args:
        listed: `resource_list.load`.
        courses: sourcedIds of courses.csv; one that is not among them is named.
    """
    return _links(listed, "course", courses, findings)


def _links(listed: DataFrame, kind: str, known: Iterable[str], findings: Findings) -> DataFrame:
    """Return one row per resource and what it belongs to; the list holds both in one row."""
    each = listed.assign(target=listed[f"{kind}SourcedIds"].str.split(",")).explode("target")
    each = each.assign(target=each.target.astype(TEXT).str.strip()).reset_index(drop=True)
    named = each[each.target.notna() & (each.target != "")]
    named = named.drop_duplicates(["target", "sourcedId"])
    fits = named.target.str.len() + named["sourcedId"].str.len() < LONGEST_ID
    there = among(named.target, known) & fits
    lost = named[~there]
    findings.add("resource_of_nothing", "line " + lost.line + f": {kind} " + lost.target)
    rows = named[there]
    ids = sourced_id(Shape.RESOURCE_LINK, rows.target, rows["sourcedId"])
    refuse_shared(ids, rows.target + " and " + rows["sourcedId"], f"{kind}Resources")
    return columns_of(
        rows,
        {
            "sourcedId": ids,
            "title": rows["title"],
            f"{kind}SourcedId": rows.target,
            "resourceSourcedId": rows["sourcedId"],
        },
    )
