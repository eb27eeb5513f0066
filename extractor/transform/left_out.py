"""What settings leave out: students of a grade, sections of a course or term, staff.

Their rows are dropped as they are read, wherever a query returns them, so that nothing that
names them is reported as a mistake of the SIS.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
from pandas import DataFrame, Series

from extractor.codes import translate
from extractor.findings import Findings
from extractor.frames import among, settled
from extractor.ids import Shape, label, sourced_id

# Those whose own rows are looked at first, to say who is left out, are not among them.
_OF_STAFF = {"teachers_of_sections"}
_OF_HOMEROOMS = {"homerooms", "students_in_homerooms"}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """SIS keys of what is left out: STU.ID, STF.ID, and sourcedIds of classes."""

    students: frozenset[str] = frozenset()
    staff: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()

    def without(self, query: str, rows: DataFrame) -> DataFrame:
        """Return the rows of a query that name nothing that is left out."""
        gone = Series(data=False, index=rows.index)
        if self.students and "student_id" in rows:
            gone |= among(rows.student_id, self.students)
        if self.staff and query in _OF_STAFF:
            gone |= among(rows.staff_id, self.staff)
        if self.classes and "section_id" in rows:
            ids = sourced_id(Shape.CLASS, rows.school_id, rows.section_id)
            gone |= among(ids, self.classes)
        elif self.classes and query in _OF_HOMEROOMS:
            ids = sourced_id(Shape.HOMEROOM_CLASS, rows.school_id, rows.teacher_number)
            gone |= among(ids, self.classes)
        return rows[~gone].reset_index(drop=True) if gone.any() else rows

    def and_classes(self, more: Collection[str]) -> "LeftOut":
        """Return the same, and these classes."""
        return replace(self, classes=self.classes | frozenset(more))


def students_left_out(
    students: DataFrame, grades: DataFrame, left_out: Collection[str], findings: Findings
) -> frozenset[str]:
    """
    Return STU.ID of the students of some grades.

    Args:
        students: the query; the row of the lowest school code that has a grade counts.
        grades: code table; code, grade.
        left_out: OneRoster grades, from settings.
    """
    numbered = students.student_id.notna() & (students.student_id != "0")
    rows = settled(students[numbered], "student_id", "school_id", "student_number")
    first = rows[rows.grade.notna()].drop_duplicates("student_id")
    grade, _ = translate(first.grade, grades, "grade")
    gone = first.student_id[among(grade, left_out)]
    findings.add("left_out_by_settings", label("STU.ID", gone))
    unused = [f"options.exclude_grades {one}" for one in left_out if one not in set(grade)]
    findings.add("setting_matches_nothing", unused)
    return frozenset(gone)


def sections_left_out(
    sections: DataFrame,
    academic_sessions: DataFrame,
    as_of: date,
    findings: Findings,
    *,
    exclude_courses: Collection[str],
    exclude_terms: Collection[str],
    current_only: bool,
) -> frozenset[str]:
    """
    Return the sourcedIds of classes whose course or term settings leave out.

    Args:
        sections: the query, after `catalogued`.
        academic_sessions: sourcedId, startDate and the exclusive endDate.
        exclude_courses: course ids; case does not matter.
        exclude_terms: term codes; case does not matter.
        current_only: whether terms that do not hold the as-of date are left out.
    """
    course, term = sections.course_id.str.casefold(), sections.term_code.str.casefold()
    of_course = among(course, [one.casefold() for one in exclude_courses])
    of_term = among(term, [one.casefold() for one in exclude_terms])
    gone = of_course | of_term
    if current_only:
        gone = gone | ~_current(sections, academic_sessions, as_of)
    for name, wanted, held in (
        ("exclude_courses", exclude_courses, set(course)),
        ("exclude_terms", exclude_terms, set(term)),
    ):
        unused = [f"options.{name} {one}" for one in wanted if one.casefold() not in held]
        findings.add("setting_matches_nothing", unused)
    rows = sections[gone]
    findings.add("left_out_by_settings", label("MST", rows.school_id, rows.section_id))
    return frozenset(sourced_id(Shape.CLASS, rows.school_id, rows.section_id).dropna())


def staff_left_out(
    queries: Sequence[DataFrame], exclude_staff: Collection[str], findings: Findings
) -> list[DataFrame]:
    """Return the rows of queries without staff that settings leave out, and say who they are."""
    every = pd.concat([rows.staff_id for rows in queries], ignore_index=True)
    listed = every[among(every, exclude_staff)].drop_duplicates()
    findings.add("left_out_by_settings", label("STF.ID", listed))
    unused = sorted(set(exclude_staff) - set(listed))
    findings.add("setting_matches_nothing", [f"options.exclude_staff {one}" for one in unused])
    return [rows[~among(rows.staff_id, exclude_staff)].reset_index(drop=True) for rows in queries]


def homerooms_left_out(
    homerooms: DataFrame, exclude_staff: Collection[str], findings: Findings
) -> frozenset[str]:
    """Return the sourcedIds of the homerooms of staff that settings leave out."""
    rows = homerooms[among(homerooms.staff_id, exclude_staff)]
    findings.add("left_out_by_settings", label("TCH", rows.school_id, rows.teacher_number))
    return frozenset(sourced_id(Shape.HOMEROOM_CLASS, rows.school_id, rows.teacher_number))


def _current(sections: DataFrame, academic_sessions: DataFrame, as_of: date) -> Series:
    """
    Tell whose term is the current one of its school.

    In a break that is the next one to begin, after the last one that one: a vendor must not
    lose a school's classes over the holidays. A section without a usable term runs all year.
    """
    terms = academic_sessions[academic_sessions["type"] == "term"]
    terms = terms.assign(
        key=terms["sourcedId"].str.casefold(), school=terms["sourcedId"].str.split("_").str[0]
    )
    parts = terms[~terms["key"].str.endswith("_y")]
    days = {
        str(school): _day_of_term(rows, as_of.isoformat())
        for school, rows in parts.groupby("school")
    }
    day = terms["school"].map(days).fillna(as_of.isoformat())
    over = (terms["endDate"] <= day) | (terms["startDate"] > day)
    ids = sourced_id(Shape.SESSION, sections.school_id, sections.term_code).str.casefold()
    return ~among(ids, terms["key"][over.fillna(value=False).astype(bool)])


def _day_of_term(terms: DataFrame, day: str) -> str:
    """Return the day itself if a term holds it, else the first of the next, or of the last one."""
    if ((terms["startDate"] <= day) & (terms["endDate"] > day)).any():
        return day
    ahead = terms["startDate"][terms["startDate"] > day]
    return str(ahead.min() if len(ahead) else terms["startDate"].max())
