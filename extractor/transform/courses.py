"""courses.csv: the catalogue's courses, and one per homeroom teacher (section 3.4)."""

import pandas as pd
from pandas import DataFrame, Series

from extractor.findings import Findings
from extractor.frames import among, by_number, columns_of, look_up, number, text
from extractor.ids import Shape, label, legal, refuse_shared, sourced_id
from extractor.transform.academic_sessions import school_year_id
from extractor.transform.grades import in_order, spans, unset
from extractor.transform.orgs import DISTRICT


def catalogued(sections: DataFrame, course_catalog: DataFrame) -> DataFrame:
    """
    Spell each section's course id as the catalogue does.

    SQL Server compares text without regard to case; other engines do not. Matching here gives
    the same answer on all of them.
    """
    key = course_catalog.course_id.str.casefold()
    spelling = Series(course_catalog.course_id.values, index=key).groupby(level=0).min()
    found = look_up(sections.course_id.str.casefold(), spelling)
    return sections.assign(
        course_id=found.astype(sections.course_id.dtype).fillna(sections.course_id)
    )


def courses(
    course_catalog: DataFrame,
    sections: DataFrame,
    homerooms: DataFrame,
    rostered: DataFrame,
    grades: DataFrame,
    school_year: int,
    findings: Findings,
) -> DataFrame:
    """
    Build courses.csv.

    Grain: one row per course that a section uses, owned by the district; and one per staff
    member with a homeroom, owned by the school, or by the district when there are homerooms
    at several schools.

    Args:
        course_catalog: the query.
        sections: the query, after `catalogued`.
        homerooms: the query, without rows whose staff_id is 0.
        rostered: school_id, low_grade.
        grades: code table; code, grade.
        school_year: the year in which the school year ends.

    Returns:
        sourcedId, dateLastModified, schoolYearSourcedId, title, courseCode, grades,
        orgSourcedId.
    """
    made = pd.concat(
        [
            _of_sections(course_catalog, sections, rostered, grades, findings),
            _of_homerooms(homerooms, grades, findings),
        ],
        ignore_index=True,
    )
    refuse_shared(made["sourcedId"], made["key"], "courses")
    year = text(school_year_id(school_year), made.index)
    return made.drop(columns="key").assign(schoolYearSourcedId=year)


def _of_sections(
    course_catalog: DataFrame,
    sections: DataFrame,
    rostered: DataFrame,
    grades: DataFrame,
    findings: Findings,
) -> DataFrame:
    rows = _used(course_catalog, sections, findings)
    keys = label("CRS", rows.course_id)
    title = rows.title.fillna(rows.long_title)
    findings.add("course_without_title", keys[title.isna()])
    rows = in_order(rows, keys, findings)
    filled = unset(rows, look_up(rows.course_id, _lowest(sections, rostered)))
    return columns_of(
        rows,
        {
            "sourcedId": sourced_id(Shape.COURSE, legal(rows.course_id, "CRS.CN", findings)),
            "dateLastModified": rows.modified_at,
            "title": title.fillna(rows.course_id),
            "courseCode": rows.course_id,
            "grades": spans(filled, grades, keys, findings),
            "orgSourcedId": DISTRICT,
            "key": keys + " row " + rows.groupby("course_id").cumcount().astype(str),
        },
    )


def _lowest(sections: DataFrame, rostered: DataFrame) -> Series:
    """Return the lowest grade of the schools that teach each course, by course_id."""
    low = number(look_up(sections.school_id, rostered.set_index("school_id").low_grade))
    return low.groupby(sections.course_id.astype(object)).min().astype("string")


def _used(course_catalog: DataFrame, sections: DataFrame, findings: Findings) -> DataFrame:
    """Return the catalogue's rows that sections use, and a bare one for each id it lacks."""
    wanted = sections.course_id.dropna().drop_duplicates()
    lacking = wanted[~among(wanted, course_catalog.course_id)]
    findings.add("course_missing", label("CRS", lacking.sort_values()))
    bare = columns_of(
        lacking.to_frame(),
        {
            name: lacking if name in ("course_id", "title") else None
            for name in course_catalog.columns
        },
    )
    used = course_catalog[among(course_catalog.course_id, wanted)]
    return pd.concat([used, bare], ignore_index=True)


def _of_homerooms(homerooms: DataFrame, grades: DataFrame, findings: Findings) -> DataFrame:
    homerooms = by_number(homerooms, "staff_id", "school_id", "teacher_number")
    keys = label("TCH", homerooms.school_id, homerooms.teacher_number)
    ordered = in_order(homerooms, keys, Findings())
    rows = ordered.assign(
        low=number(ordered.low_grade),
        high=number(ordered.high_grade),
        last_name=ordered.last_name.fillna(ordered.staff_last_name).fillna(ordered.display_name),
    )
    each = rows.groupby("staff_id", sort=True)
    one = each.first().reset_index()
    several = each.school_id.nunique().reset_index().school_id > 1
    one = one.assign(
        low_grade=each.low.min().array.astype(str), high_grade=each.high.max().array.astype(str)
    )
    ids = sourced_id(Shape.HOMEROOM_COURSE, one.staff_id)
    return columns_of(
        one,
        {
            "sourcedId": ids,
            "dateLastModified": one.modified_at,
            "title": (one.last_name + " class").fillna(ids),
            "courseCode": ids,
            "grades": spans(one, grades, label("TCH", one.staff_id), findings),
            "orgSourcedId": one.school_id.mask(several, DISTRICT),
            "key": label("STF", one.staff_id),
        },
    )
