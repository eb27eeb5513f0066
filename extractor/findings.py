"""What a run repaired or left out of the source's data: named, counted, with SIS keys.

Keys are the SIS's own (`STU.ID 99400001`), never a name, an address or a birth date.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from heapq import nsmallest
from itertools import chain
from threading import Lock

KEYS_KEPT = 25  # per finding; the counts are never capped


class Severity(Enum):
    """How much a finding matters; only ERROR stops a delivery."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of source finding: what was seen, what was done about it, what mends it."""

    severity: Severity
    what: str
    done: str
    remedy: str


def _warning(what: str, done: str, remedy: str) -> Kind:
    return Kind(Severity.WARNING, what, done, remedy)


def _info(what: str, done: str, remedy: str) -> Kind:
    return Kind(Severity.INFO, what, done, remedy)


KINDS: dict[str, Kind] = {
    "read_not_at_one_moment": _warning(
        "the database does not allow snapshots, so what changed during the run may be half old",
        "what is committed was read",
        "ALTER DATABASE ... SET ALLOW_SNAPSHOT_ISOLATION ON",
    ),
    # --- schools and sessions
    "inactive_school": _info(
        "LOC.TG marks the school inactive",
        "the school and everything in it is left out",
        "clear LOC.TG if the school should be rostered",
    ),
    "school_without_name": _warning(
        "LOC.NM is blank", "the school code is the name", "fill the name"
    ),
    "school_without_class": _warning(
        "nobody is enrolled in any class of an active school",
        "the school is left out of bundles, unless something names it",
        "check that its schedule is built; inactivate the school (LOC.TG) if it is not used",
    ),
    "year_term_missing": _warning(
        "the school has no usable year term (TRM.TM = Y)",
        "a year term is made from the school's other terms, else from the district's year",
        "add the Y row in Terms",
    ),
    "term_without_code": _warning(
        "TRM.TM is blank", "the term is left out", "fill the term code, or delete the term"
    ),
    "term_dates_unusable": _warning(
        "TRM.D1 or D2 is blank, or D2 is before D1",
        "the term is left out; its sections use the year term",
        "mend the dates in Terms",
    ),
    "unknown_term_code": _warning(
        "TRM.TM is in no code table",
        "the title is 'Term' and the code",
        "add the code to a sessions code table and name it in [codes]",
    ),
    # --- courses and classes
    "course_missing": _warning(
        "a section's course id (MST.CN) is in no CRS row",
        "a course is made with the id as its title",
        "add the course, or correct MST.CN",
    ),
    "course_without_title": _warning(
        "CRS.CO and CRS.DE are blank",
        "the course id is the title",
        "fill CRS.CO",
    ),
    "section_without_course": _warning(
        "MST.CN is blank",
        "the section is left out with its enrollments",
        "fill MST.CN",
    ),
    "section_without_term": _warning(
        "no usable TRM row for the section's MST.SM",
        "the class runs in the school's year term",
        "correct MST.SM, or add the term in Terms",
    ),
    "section_without_enrollment": _info(
        "nobody is enrolled in the section",
        "the section is left out",
        "set options.empty_classes = true to keep such sections",
    ),
    "section_without_number": _warning(
        "MST.SE is blank", "the section is left out", "give it a number"
    ),
    "block_unusable": _warning(
        "MST.BL is below 0 or above 20",
        "only the first period, or 20 periods, are written",
        "correct the block length",
    ),
    "grade_range_reversed": _warning(
        "the low grade is above the high grade",
        "the two are swapped",
        "correct LO and HI",
    ),
    "unknown_grade": _warning(
        "a grade is in no code table",
        "the grade is left blank",
        "add the code to a grades code table and name it in [codes]",
    ),
    "id_characters_replaced": _warning(
        "an id holds characters that a sourcedId may not have",
        "each such character is written as a dot and its hexadecimal code",
        "change the id in the SIS before the first delivery; later it re-keys the record",
    ),
    "list_comma_replaced": _warning(
        "an item of a list holds a comma, which the standard has no escape for",
        "the comma is left out",
        "remove the comma",
    ),
    "homeroom_without_staff_id": _warning(
        "students sit in a homeroom whose TCH.ID is 0",
        "the homeroom is left out with its enrollments",
        "link the teacher record to a staff record (TCH.ID)",
    ),
    "homeroom_without_teacher": _warning(
        "STU.CU names a teacher number that has no live TCH row",
        "the students have no homeroom class",
        "correct STU.CU, or restore the teacher record",
    ),
    # --- people
    "student_without_class": _info(
        "a live student has no current class",
        "the student is left out",
        "schedule the student, or set options.unscheduled_students = true",
    ),
    "student_without_id": _warning(
        "STU.ID is 0 or blank",
        "the student is left out",
        "give the student a permanent id",
    ),
    "student_rows_disagree": _warning(
        "rows of one STU.ID differ in state id, or in the first or the last name",
        "the row of the lowest school code is used",
        "make the student's rows agree",
    ),
    "student_email_blank": _warning(
        "STU.SEM is blank in all of the student's rows",
        "the sourcedId is the username; email stays blank",
        "fill STU.SEM, or choose another username",
    ),
    "staff_email_blank": _warning(
        "no email in UGN, STF or TCH",
        "the sourcedId is the username; email stays blank",
        "fill STF.EM",
    ),
    "staff_emails_disagree": _warning(
        "UGN, STF and TCH hold different emails for one staff id",
        "UGN before STF before TCH, the lowest school code first",
        "make the emails agree",
    ),
    "staff_rows_disagree": _warning(
        "rows of one staff id have different first or last names",
        "the row of the lowest school code is used",
        "make the teacher records agree",
    ),
    "staff_school_not_rostered": _info(
        "the school (STF.PSC) of a staff member whom settings give a role is not rostered",
        "the person is left out; at the district's org they might see every school",
        "correct STF.PSC; 0 is the district",
    ),
    "username_blank": _warning(
        "the chosen username is blank in all of the person's rows",
        "the sourcedId is the username",
        "fill it, or choose another one (users.student_username, users.staff_username)",
    ),
    "shared_username": _warning(
        "two or more people of one role have the same chosen username",
        "kept as it is; most receivers merge or refuse such users",
        "give each person a username of their own",
    ),
    "user_id_unusable": _warning(
        "a value for userIds holds a brace, a colon or a comma, which the standard forbids there",
        "the item is left out",
        "correct the value",
    ),
    "own_id_blank": _warning(
        "the field that settings choose for sourcedIds is blank in all of the person's rows",
        "STU.ID or STF.ID takes its place",
        "fill the field before the first delivery; later it re-keys the person",
    ),
    "shared_email": _warning(
        "two or more people of one role have the same email",
        "kept as it is; most receivers merge or refuse such users",
        "give each person an address of their own",
    ),
    "name_part_blank": _warning(
        "the first or the last name is blank; the standard requires both",
        "the other part is written in both places",
        "fill the blank name",
    ),
    "name_blank": _warning(
        "first and last name are blank",
        "the person is left out with all enrollments",
        "fill the name",
    ),
    # --- enrollments
    "enrollment_without_student": _warning(
        "SEC rows of a section name no STU row",
        "they are left out; one key per section",
        "remove the SEC rows, or restore the student",
    ),
    "enrollment_without_section": _warning(
        "a SEC row names a section that has no live, active MST row",
        "the row is left out",
        "remove the SEC row, or restore the section",
    ),
    "enrollment_doubled": _info(
        "several SEC rows of one student and section",
        "one enrollment is written",
        "remove the surplus rows",
    ),
    "enrollment_dates_unusable": _warning(
        "CAR.DS or DE is blank, DE is before DS, the stay lies outside the term, or it has ended "
        "although SEC is current",
        "the dates of the class's term are used",
        "run the course attendance audit report",
    ),
    "enrollment_dates_overlap": _warning(
        "several CAR rows of one student and section cover the as-of date",
        "the row that starts last is used",
        "run the course attendance audit report",
    ),
    "enrollment_dates_clamped": _warning(
        "CAR dates lie outside the term of the class",
        "they are cut to the term",
        "correct the CAR row, or the term dates",
    ),
    "primary_teacher_chosen": _warning(
        "a section has no first teacher, or several",
        "the teacher with the lowest slot and staff id is the primary one",
        "mark one teacher as the first (MST.TN, or the primary flag of section staff)",
    ),
    "teacher_without_staff_id": _warning(
        "one of several teachers of a section has no live record with a staff id",
        "the class is written without that teacher",
        "link the teacher record to a staff record (TCH.ID), or correct the section",
    ),
    "section_without_teacher": _warning(
        "students sit in a section that no teacher with a live record and a staff id teaches",
        "the class is written without a teacher",
        "assign a teacher whose TCH.ID is filled",
    ),
    # --- demographics
    "unknown_race": _warning(
        "a race code is in no code table",
        "the code sets no flag",
        "add the code to a races code table and name it in [codes]",
    ),
    "unknown_hispanic": _warning(
        "STU.ETH is neither Y nor N",
        "hispanicOrLatinoEthnicity is left blank",
        "enter Y or N",
    ),
    "unknown_sex": _info(
        "the gender code has no token in OneRoster 1.1",
        "sex is left blank",
        "none: 1.1 knows male and female only",
    ),
    # --- gradebook
    "category_missing": _warning(
        "an assignment names a category that its gradebook does not have",
        "a category is made with the code as its title",
        "add the category to the gradebook",
    ),
    "school_without_gradebook": _info(
        "no gradebook serves a class of the school; elementary schools without a master schedule "
        "have none",
        "there are no line items and results of the school",
        "none, if its teachers keep no gradebook in the SIS",
    ),
    "assignment_without_class": _info(
        "a gradebook serves a section that is left out",
        "its assignments for that section are left out",
        "see the findings that name the section",
    ),
    "assignment_without_points": _warning(
        "an assignment does not say what it is worth",
        "resultValueMax is 100.0",
        "fill the points possible",
    ),
    "assignment_dates_blank": _warning(
        "the assigned or the due date is blank; the standard requires both",
        "the other date is written in both places, else the first day of the term",
        "fill the dates",
    ),
    "assignment_without_title": _warning(
        "GBA.AD is blank",
        "the title is 'Assignment' and its number",
        "fill the description",
    ),
    "score_without_seat": _info(
        "a score of a student who sits in no section of the gradebook",
        "the score is left out",
        "none, if the student left the class",
    ),
    "score_out_of_bounds": _warning(
        "a score below 0, or above the points possible",
        "kept as it is; extra credit is the usual reason",
        "none for extra credit; else correct the score",
    ),
    # --- resources
    "resource_row_unusable": _warning(
        "a row of the district's list of resources is not fit to send",
        "the row is left out",
        "correct the line of the file that resources.file names",
    ),
    "resource_of_nothing": _warning(
        "a resource belongs to a course or class that is not extracted, or their ids are too long "
        "for one",
        "that link is left out, and a resource that has no other",
        "correct the id (a spreadsheet eats leading zeros), or remove it",
    ),
    # --- settings
    "left_out_by_settings": _info(
        "settings leave out a grade, a course, a term or a staff member",
        "the student, section, homeroom or person is left out, with what names it",
        "none, if it is wanted; see [options]",
    ),
    "setting_matches_nothing": _info(
        "a value in the settings names nothing at the schools that are rostered",
        "the setting has no effect",
        "correct the value, or remove it",
    ),
    # --- what a vendor's profile asks
    "profile_leaves_out": _info(
        "the vendor is granted rows or files that its profile says the consumer does not take",
        "they are not sent",
        "nothing is wrong; a vendor gets no more than it can use",
    ),
    "profile_wish": _info(
        "the vendor's profile advises what its settings do not give",
        "the bundle goes without it",
        "grant it, or fill it, if the vendor should have it; else nothing",
    ),
    "profile_overruled": _warning(
        "zip_name of the vendor is not the name that its profile asks for",
        "the name of the settings is used",
        "remove zip_name from the settings, unless the vendor agreed to it",
    ),
    "value_shortened": _warning(
        "a title or text is longer than the vendor's profile allows",
        "it is cut to that length for this vendor",
        "shorten it in the SIS",
    ),
    "value_simplified": _warning(
        "a title or name has characters that the vendor's profile does not allow",
        "they are left out for this vendor, accents and apostrophes first",
        "nothing, or ask the vendor to take them",
    ),
    "value_withheld": _warning(
        "an optional value is not one that the vendor's profile allows",
        "the value is blank for this vendor; of a list, the item is left out",
        "correct it in the SIS",
    ),
    "value_kept": _warning(
        "a required value is not one that the vendor's profile allows",
        "it is sent as it is, and the consumer may leave the row out",
        "correct it in the SIS",
    ),
    # --- text and closure
    "line_break_replaced": _warning(
        "text holds a line break, which a OneRoster field may not",
        "each run of line breaks becomes one blank",
        "remove the line break",
    ),
    "control_character_removed": _warning(
        "text holds control characters",
        "they are removed; a tab stays",
        "remove them",
    ),
    "character_damaged": _warning(
        "text is not valid Unicode",
        "the damaged part is written as U+FFFD",
        "enter the text again",
    ),
    "dangling_row": _warning(
        "a row names a record that is left out of the bundle",
        "the row is left out too",
        "see the findings that name the record",
    ),
}


@dataclass(slots=True)
class Finding:
    """One kind of finding of one run: how often, and the first of the sorted keys."""

    name: str
    kind: Kind
    count: int = 0
    keys: list[str] = field(default_factory=list)


class Findings:
    """The findings of one run, collected as the stages go."""

    def __init__(self) -> None:
        self._found: dict[str, Finding] = {}
        self._lock = Lock()  # bundles are written beside the read

    def add(self, name: str, keys: Iterable[str]) -> None:
        """Count one finding per key; a kind that the catalogue does not have is a KeyError."""
        kind, listed = KINDS[name], list(keys)
        if not listed:
            return
        with self._lock:
            finding = self._found.setdefault(name, Finding(name, kind))
            finding.count += len(listed)
            finding.keys = nsmallest(KEYS_KEPT, chain(finding.keys, listed))  # any order of rows

    def mark(self) -> Callable[[], None]:
        """Return what takes back all that is added from now on: a read may be begun anew."""
        kept = {name: replace(one, keys=list(one.keys)) for name, one in self._found.items()}

        def back() -> None:
            self._found = {name: replace(one, keys=list(one.keys)) for name, one in kept.items()}

        return back

    def __iter__(self) -> Iterator[Finding]:
        """Yield the findings in the catalogue's order."""
        return (self._found[name] for name in KINDS if name in self._found)

    def __getitem__(self, name: str) -> Finding:
        """Return the finding of that name, with count 0 where there is none."""
        return self._found.get(name) or Finding(name, KINDS[name])
