"""enrollments.csv: who is in which class, as student or teacher (section 3.6).

SEC decides who is in a class; CAR gives the dates where it agrees with SEC, else the term does.
"""

from collections.abc import Iterable
from datetime import date

import pandas as pd
from pandas import DataFrame, Series

from extractor.findings import Findings
from extractor.frames import among, by_number, columns_of, look_up, text
from extractor.ids import Shape, label, sourced_id
from extractor.transform.academic_sessions import day_after


def class_terms(classes: DataFrame, academic_sessions: DataFrame) -> DataFrame:
    """
    Return the first day and the exclusive end of each class's term.

    Grain: one row per class, indexed by sourcedId; columns start, end.
    """
    sessions = academic_sessions.set_index("sourcedId")
    term = classes["termSourcedIds"]
    starts, ends = look_up(term, sessions.startDate), look_up(term, sessions.endDate)
    return DataFrame({"start": starts.values, "end": ends.values}, index=classes["sourcedId"])


def students_of_sections(
    students_in_sections: DataFrame, terms: DataFrame, as_of: date, findings: Findings
) -> DataFrame:
    """
    Build the student rows of sections, for one batch of the query.

    Grain: one row per school, section and student.

    Args:
        terms: `class_terms`; a section that is not in it has no class, and its rows are left
            out.
        as_of: the day on which SEC is current.
    """
    named = students_in_sections.student_id.notna()
    lost = students_in_sections[~named]
    findings.add("enrollment_without_student", label("SEC", lost.school_id, lost.section_id))
    students_in_sections = students_in_sections[named]
    class_id = sourced_id(
        Shape.CLASS, students_in_sections.school_id, students_in_sections.section_id
    )
    known = among(class_id, terms.index)
    lost = students_in_sections[~known]
    findings.add("enrollment_without_section", _keys("SEC", lost, lost.section_id))
    rows, class_id = students_in_sections[known], class_id[known]
    _report(findings, "enrollment_doubled", rows, _several(rows.copies))
    begin, end = _stay(rows, class_id, terms, as_of, findings)
    return columns_of(
        rows,
        {
            "sourcedId": sourced_id(
                Shape.STUDENT_ENROLLMENT, rows.school_id, rows.student_id, rows.section_id
            ),
            "dateLastModified": rows.modified_at,
            "classSourcedId": class_id,
            "schoolSourcedId": rows.school_id,
            "userSourcedId": sourced_id(Shape.STUDENT, rows.student_id),
            "role": "student",
            "primary": "false",
            "beginDate": begin,
            "endDate": end,
        },
    )


def students_of_homerooms(
    students_in_homerooms: DataFrame, terms: DataFrame, findings: Findings
) -> DataFrame:
    """
    Build the student rows of homerooms, for one batch of the query.

    Grain: one row per school, homeroom and student. Dates are those of the year term: the SIS
    keeps no dated homeroom history.
    """
    rows = students_in_homerooms
    class_id = sourced_id(Shape.HOMEROOM_CLASS, rows.school_id, rows.teacher_number)
    known = among(class_id, terms.index)
    taught = rows.has_teacher == "true"
    keys = _keys("STU", rows, rows.teacher_number)
    findings.add("homeroom_without_teacher", keys[~known & ~taught])
    findings.add("homeroom_without_staff_id", keys[~known & taught])
    rows, class_id = rows[known], class_id[known]
    return columns_of(
        rows,
        {
            "sourcedId": sourced_id(
                Shape.STUDENT_HOMEROOM_ENROLLMENT,
                rows.school_id,
                rows.student_id,
                rows.teacher_number,
            ),
            "dateLastModified": rows.modified_at,
            "classSourcedId": class_id,
            "schoolSourcedId": rows.school_id,
            "userSourcedId": sourced_id(Shape.STUDENT, rows.student_id),
            "role": "student",
            "primary": "false",
            "beginDate": look_up(class_id, terms.start),
            "endDate": look_up(class_id, terms.end),
        },
    )


def teachers(
    teachers_of_sections: DataFrame,
    homerooms: DataFrame,
    terms: DataFrame,
    findings: Findings,
    *,
    co_teachers: bool,
    attended: Iterable[str] = (),
) -> DataFrame:
    """
    Build the teacher rows.

    Grain: one row per class and staff member. Exactly one of a class is primary: the first
    teacher, or the lowest slot and staff id where nobody or several are first.

    Args:
        homerooms: the query, without rows whose staff_id is 0.
        co_teachers: whether teachers 2 and 3, or section staff who are not primary, are
            written.
        attended: sourcedIds of classes with students; those that nobody teaches are named.
    """
    of_sections = _section_teachers(teachers_of_sections, terms, findings)
    of_homerooms = DataFrame(
        {
            "school_id": homerooms.school_id,
            "staff_id": homerooms.staff_id,
            "modified_at": homerooms.modified_at,
            "class_id": sourced_id(
                Shape.HOMEROOM_CLASS, homerooms.school_id, homerooms.teacher_number
            ),
            "sourced_id": sourced_id(
                Shape.TEACHER_HOMEROOM_ENROLLMENT,
                homerooms.school_id,
                homerooms.staff_id,
                homerooms.teacher_number,
            ),
            "primary": "true",
        }
    )
    bare = set(attended) - set(of_sections.class_id) - set(of_homerooms.class_id)
    findings.add("section_without_teacher", (f"class {name}" for name in sorted(bare)))
    if not co_teachers:
        of_sections = of_sections[of_sections.primary == "true"]
    rows = pd.concat([of_sections, of_homerooms], ignore_index=True)
    return columns_of(
        rows,
        {
            "sourcedId": rows.sourced_id,
            "dateLastModified": rows.modified_at,
            "classSourcedId": rows.class_id,
            "schoolSourcedId": rows.school_id,
            "userSourcedId": sourced_id(Shape.TEACHER, rows.staff_id),
            "role": "teacher",
            "primary": rows.primary,
            "beginDate": look_up(rows.class_id, terms.start),
            "endDate": look_up(rows.class_id, terms.end),
        },
    ).sort_values("sourcedId", ignore_index=True)


def _section_teachers(
    teachers_of_sections: DataFrame, terms: DataFrame, findings: Findings
) -> DataFrame:
    class_id = sourced_id(
        Shape.CLASS, teachers_of_sections.school_id, teachers_of_sections.section_id
    )
    known = teachers_of_sections.assign(class_id=class_id)[among(class_id, terms.index)]
    real = known[known.staff_id.notna() & (known.staff_id != "0")]
    _report_unlinked(known, real, findings)
    ordered = by_number(real, "school_id", "section_id", "slot", "staff_id")
    rows = ordered.drop_duplicates(["class_id", "staff_id"], ignore_index=True)
    first = ~rows.class_id.duplicated()
    _report_chosen(rows, first, findings)
    return rows.assign(
        sourced_id=sourced_id(
            Shape.TEACHER_ENROLLMENT, rows.school_id, rows.staff_id, rows.section_id
        ),
        primary=text(first.map({True: "true", False: "false"})),
    )


def _report_unlinked(known: DataFrame, real: DataFrame, findings: Findings) -> None:
    ordered = by_number(known, "school_id", "section_id", "slot")
    taught = among(ordered.class_id, real.class_id)
    one = ordered[taught & (ordered.staff_id.isna() | (ordered.staff_id == "0"))]
    keys = label("MST", one.school_id, one.section_id) + " TCH.TN " + one.teacher_number
    findings.add("teacher_without_staff_id", keys)


def _report_chosen(rows: DataFrame, first: Series, findings: Findings) -> None:
    """Name the classes where it was not one teacher, and only one, who is first."""
    firsts = (rows.slot == "1").groupby(rows.class_id).transform("sum")
    unclear = rows[first & (firsts != 1)]
    keys = label("MST", unclear.school_id, unclear.section_id)
    findings.add("primary_teacher_chosen", keys)


def _stay(
    rows: DataFrame,
    class_id: Series,
    terms: DataFrame,
    as_of: date,
    findings: Findings,
) -> tuple[Series, Series]:
    """Return begin and exclusive end: CAR's where usable, cut to the term, else the term's."""
    start, end = look_up(class_id, terms.start), look_up(class_id, terms.end)
    first, last = rows.first_day, day_after(rows.last_day)
    has_car = rows.stays.notna()
    current = (last > as_of.isoformat()) | (last >= end)
    inside = (first < last) & (first < end) & (last > start)
    usable = has_car & _sure(current) & _sure(inside)
    _report(findings, "enrollment_dates_unusable", rows, has_car & ~usable)
    _report(findings, "enrollment_dates_overlap", rows, _several(rows.stays))
    early, late = usable & _sure(first < start), usable & _sure(last > end)
    _report(findings, "enrollment_dates_clamped", rows, early | late)
    return start.mask(usable & ~early, first), end.mask(usable & ~late, last)


def _report(findings: Findings, name: str, rows: DataFrame, named: Series) -> None:
    """Name the rows of SEC; only those, for the names of all would take longer than the rest."""
    if named.any():
        few = rows[named]
        findings.add(name, _keys("SEC", few, few.section_id))


def _several(counts: Series) -> Series:
    """Tell which counts, written without leading zeros, are above 1."""
    return counts.notna() & ~among(counts, ("0", "1"))


def _sure(mask: Series) -> Series:
    return mask.fillna(value=False).astype(bool)


def _keys(table: str, rows: DataFrame, place: Series) -> Series:
    return label(table, rows.school_id, place) + " STU.ID " + rows.student_id
