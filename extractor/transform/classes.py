"""classes.csv: sections, and homerooms of elementary schools (sections 3.2 and 3.3)."""

from collections.abc import Mapping, Sequence
from string import Formatter

import pandas as pd
from pandas import DataFrame, Series

from extractor.findings import Findings
from extractor.frames import TEXT, among, columns_of, distinct, look_up, number, text
from extractor.ids import Shape, label, legal, refuse_shared, sourced_id
from extractor.transform.academic_sessions import YEAR_TERM
from extractor.transform.grades import ends, in_order, spans, unset

LONGEST_BLOCK = 20  # Aeries itself allows 10
HOMEROOM_TITLE_FIELDS = ("familyName", "grades", "room", "teacherNumber", "track")
CLASS_TITLE_FIELDS = (
    *("courseTitle", "courseId", "section", "period", "room", "term"),
    *("splitTerm", "track"),
)


def classes(
    sections: DataFrame,
    homerooms: DataFrame,
    rostered: DataFrame,
    courses: DataFrame,
    academic_sessions: DataFrame,
    grades: DataFrame,
    class_title: str,
    homeroom_title: str,
    findings: Findings,
) -> DataFrame:
    """
    Build classes.csv.

    Grain: one row per school and section, and one per school and homeroom teacher number.

    Args:
        sections: the query, after `catalogued`.
        homerooms: the query, without rows whose staff_id is 0.
        rostered: school_id, low_grade.
        courses: sourcedId and title of courses.csv.
        academic_sessions: sourcedId of academicSessions.csv.
        grades: code table; code, grade.
        class_title: template over `CLASS_TITLE_FIELDS`.
        homeroom_title: template over `HOMEROOM_TITLE_FIELDS`; Aeries itself leaves the title
            blank, which the standard forbids.

    Returns:
        sourcedId, dateLastModified, title, grades, courseSourcedId, classType, location,
        schoolSourcedId, termSourcedIds, periods.
    """
    made = pd.concat(
        [
            _of_sections(
                sections, rostered, courses, academic_sessions, grades, class_title, findings
            ),
            _of_homerooms(homerooms, grades, homeroom_title, findings),
        ],
        ignore_index=True,
    )
    refuse_shared(made["sourcedId"], made["key"], "classes")
    return made.drop(columns="key").assign(classType=text("scheduled", made.index))


def with_homerooms(
    classes: DataFrame,
    sections: DataFrame,
    kinds: Mapping[str, str],
    homeroom_courses: Sequence[str],
    findings: Findings,
    *,
    primary_class: bool,
) -> DataFrame:
    """
    Mark the homerooms of elementary schools with a master schedule (section 3.2).

    Which section is the homeroom is not published; settings say how it is known.

    Args:
        classes: what `classes` returned.
        sections: the query.
        kinds: how each school is scheduled, by school_id.
        homeroom_courses: course ids whose sections are homerooms; case does not matter.
        primary_class: whether sections with the primary class mark (MST.PC) are.
    """
    course = sections.course_id.str.casefold()
    of_kind = look_up(sections.school_id, kinds) == "elementary_mst"
    held = set(course[of_kind])
    unused = [one for one in homeroom_courses if one.casefold() not in held]
    findings.add("setting_matches_nothing", [f"options.homeroom_courses {one}" for one in unused])
    marked = among(course, [one.casefold() for one in homeroom_courses])
    if primary_class:
        marked |= sections.primary_class == "true"
    here = sections[marked & of_kind]
    ids = sourced_id(Shape.CLASS, here.school_id, here.section_id)
    homeroom = among(classes["sourcedId"], ids)
    return classes.assign(classType=classes["classType"].mask(homeroom, "homeroom"))


def _of_sections(
    sections: DataFrame,
    rostered: DataFrame,
    courses: DataFrame,
    academic_sessions: DataFrame,
    grades: DataFrame,
    title: str,
    findings: Findings,
) -> DataFrame:
    unnumbered = sections.section_id.isna()
    findings.add("section_without_number", label("MST", sections.school_id[unnumbered]))
    without = sections.course_id.isna() & ~unnumbered
    findings.add(
        "section_without_course",
        label("MST", sections.school_id[without], sections.section_id[without]),
    )
    rows = sections[~(without | unnumbered)].reset_index(drop=True)
    keys = label("MST", rows.school_id, rows.section_id)
    course = sourced_id(Shape.COURSE, legal(rows.course_id, "MST.CN", Findings()))
    ids = sourced_id(Shape.CLASS, rows.school_id, rows.section_id)
    course_title = look_up(course, courses.set_index("sourcedId").title)
    low = look_up(rows.school_id, rostered.set_index("school_id").low_grade)
    return columns_of(
        rows,
        {
            "sourcedId": ids,
            "dateLastModified": rows.modified_at,
            "title": _titles(rows, course_title, title),
            "grades": spans(unset(in_order(rows, keys, findings), low), grades, keys, findings),
            "courseSourcedId": course,
            "location": rows.room,
            "schoolSourcedId": sourced_id(Shape.ORG, rows.school_id),
            "termSourcedIds": _terms(rows, academic_sessions, keys, findings),
            "periods": _periods(rows, keys, findings),
            "key": keys + " row " + rows.groupby(ids).cumcount().astype(str),
        },
    )


def _titles(rows: DataFrame, course_title: Series, template: str) -> Series:
    fields = {
        "courseTitle": course_title,
        "courseId": rows.course_id,
        "section": rows.section_id,
        "period": rows.flex_title.fillna(rows.period),
        "room": rows.room,
        "term": rows.term_code,
        "splitTerm": rows.split_term,
        "track": rows.track,
    }
    return _filled(template, fields, rows.index).replace("", pd.NA).fillna(course_title)


def _terms(
    rows: DataFrame, academic_sessions: DataFrame, keys: Series, findings: Findings
) -> Series:
    term = sourced_id(Shape.SESSION, rows.school_id, legal(rows.term_code, "MST.SM", Findings()))
    spelling = academic_sessions.set_index(academic_sessions["sourcedId"].str.casefold())
    spelt = spelling["sourcedId"][~spelling.index.duplicated()]
    # SQL Server compares text without regard to case: a section's f is the term F.
    exact = among(term, academic_sessions["sourcedId"])
    term = term.where(exact, look_up(term.str.casefold(), spelt))
    without = ~among(term, academic_sessions["sourcedId"])
    findings.add("section_without_term", keys[without])
    return term.mask(without, sourced_id(Shape.SESSION, rows.school_id, _year_term(rows)))


def _year_term(rows: DataFrame) -> Series:
    return text(YEAR_TERM, rows.index)


def _periods(rows: DataFrame, keys: Series, findings: Findings) -> Series:
    """Write `2,3,4` for period 2 and block 3, and `P0 (7:05 AM - 7:55 AM)` in flex schools."""
    times = rows.flex_title + " (" + rows.flex_start + " - " + rows.flex_end + ")"
    flex = times.fillna(rows.flex_title)
    comma = flex.str.contains(",", regex=False).fillna(value=False).astype(bool)
    findings.add("list_comma_replaced", keys[comma] + " periods")
    length = number(rows.block)
    odd = ((length < 0) | (length > LONGEST_BLOCK)).fillna(value=False).astype(bool)
    findings.add("block_unusable", keys[odd])
    pair = rows.period + ":" + rows.block.fillna("1")
    blocks = {value: _block(value) for value in distinct(pair)}
    return flex.str.replace(",", "", regex=False).fillna(look_up(pair, blocks))


def _block(pair: str) -> str:
    period, length = (int(part) for part in pair.split(":"))
    return ",".join(str(period + at) for at in range(max(1, min(length, LONGEST_BLOCK))))


def _of_homerooms(
    homerooms: DataFrame, grades: DataFrame, title: str, findings: Findings
) -> DataFrame:
    keys = label("TCH", homerooms.school_id, homerooms.teacher_number)
    ids = sourced_id(Shape.HOMEROOM_CLASS, homerooms.school_id, homerooms.teacher_number)
    grade = spans(in_order(homerooms, keys, findings), grades, keys, findings)
    name = homerooms.last_name.fillna(homerooms.staff_last_name).fillna(homerooms.display_name)
    fields = {
        "familyName": name,
        "grades": ends(grade),
        "room": homerooms.room,
        "teacherNumber": homerooms.teacher_number,
        "track": homerooms.track,
    }
    return columns_of(
        homerooms,
        {
            "sourcedId": ids,
            "dateLastModified": homerooms.modified_at,
            "title": _filled(title, fields, homerooms.index).replace("", pd.NA).fillna(ids),
            "grades": grade,
            "courseSourcedId": sourced_id(Shape.HOMEROOM_COURSE, homerooms.staff_id),
            "location": homerooms.room,
            "schoolSourcedId": sourced_id(Shape.ORG, homerooms.school_id),
            "termSourcedIds": sourced_id(Shape.SESSION, homerooms.school_id, _year_term(homerooms)),
            "periods": "0",
            "key": keys + " row " + homerooms.groupby(ids).cumcount().astype(str),
        },
    )


def _filled(template: str, fields: dict[str, Series], index: pd.Index) -> Series:
    """Fill a template a column at a time; a missing field is empty."""
    made = text("", index)
    for literal, name, _, _ in Formatter().parse(template):
        made = made + literal
        if name:
            made = made + fields[name].astype(TEXT).fillna("")
    return made.str.strip()
