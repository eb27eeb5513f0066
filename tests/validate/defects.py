"""One edit per rule that breaks the golden bundle in this way and in no other."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from validate.golden import STAMP, Sample, delta, golden

from extractor import spec

Edit = Callable[[Sample], Sample]


def cell(file: str, row: int, column: str, value: str) -> Edit:
    """Change one cell."""
    return lambda sample: sample.cell(file, row, column, value)


def swap(file: str, old: str, new: str) -> Edit:
    """Replace a text."""
    return lambda sample: sample.swap(file, old, new)


def row(file: str, line: str) -> Edit:
    """Add a row."""
    return lambda sample: sample.row(file, line)


def both(*edits: Edit) -> Edit:
    """Make several edits."""

    def edit(sample: Sample) -> Sample:
        for one in edits:
            sample = one(sample)
        return sample

    return edit


def entry(name: str, content: bytes = b"x") -> Edit:
    """Add an entry to the archive."""
    return lambda sample: sample.with_file(name, content)


def raw(file: str, old: bytes, new: bytes) -> Edit:
    """Replace bytes."""

    def edit(sample: Sample) -> Sample:
        content = sample.files[f"{file}.csv"]
        assert content.count(old) == 1
        return sample.with_file(f"{file}.csv", content.replace(old, new))

    return edit


def all_rows(file: str, **cells: str) -> Edit:
    """Change cells of every row."""

    def edit(sample: Sample) -> Sample:
        count = sample.files[f"{file}.csv"].count(b"\r\n") - 1
        for number in range(count):
            for column, value in cells.items():
                sample = sample.cell(file, number, column, value)
        return sample

    return edit


def truncated(sample: Sample, folder: Path) -> Path:
    """Write the first half of the zip."""
    path = replace(sample, write=None).at(folder)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


def twice(sample: Sample, folder: Path) -> Path:
    """Write an entry twice."""
    path = replace(sample, write=None).at(folder)
    with zipfile.ZipFile(path, "a") as archive:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            archive.writestr("orgs.csv", sample.files["orgs.csv"])
    return path


def patched(
    sample: Sample, folder: Path, name: str, edit: Callable[[bytearray, int], None]
) -> Path:
    """Change the bytes of the headers of one entry, in both places; the second is central."""
    path = replace(sample, write=None).at(folder)
    content = bytearray(path.read_bytes())
    place = content.find(name.encode())
    edit(content, place - 30 + 6)  # flags of the local header
    central = content.find(b"PK\x01\x02")
    while content[central + 46 : central + 46 + len(name)] != name.encode():
        central = content.find(b"PK\x01\x02", central + 1)
    edit(content, central + 8)
    path.write_bytes(content)
    return path


def encrypted(sample: Sample, folder: Path) -> Path:
    """Set the flag of encryption on an entry."""

    def flag(content: bytearray, place: int) -> None:
        content[place] |= 1

    return patched(sample, folder, "courseResources.csv", flag)


def damaged(sample: Sample, folder: Path) -> Path:
    """Break the packed bytes of one entry."""
    path = replace(sample, write=None).at(folder)
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("courseResources.csv")
    content = bytearray(path.read_bytes())
    start = info.header_offset + 30 + len(info.filename)
    content[start : start + info.compress_size] = b"\xff" * info.compress_size
    path.write_bytes(content)
    return path


def linked(sample: Sample, folder: Path) -> Path:
    """Write a folder with a link in it."""
    place = as_folder(sample, folder)
    (place / "secret.txt").symlink_to("/etc/hostname")
    return place


def as_folder(sample: Sample, folder: Path) -> Path:
    """Write a folder instead of a zip."""
    place = folder / "bundle"
    place.mkdir()
    for name, content in sample.files.items():
        (place / name).write_bytes(content)
    return place


def nested(sample: Sample) -> Sample:
    """Put the files into a folder."""
    return replace(sample, files={f"export/{name}": text for name, text in sample.files.items()})


def big(sample: Sample) -> Sample:
    """Set a limit that the bundle exceeds."""
    from extractor.validate import Limits

    return sample.given(limits=Limits(size=100))


def old(sample: Sample) -> Sample:
    """Make a bundle of OneRoster 1.0."""
    names = (
        "academicSessions",
        "classes",
        "courses",
        "demographics",
        "enrollments",
        "orgs",
        "users",
    )
    files = {f"{name}.csv": sample.files[f"{name}.csv"] for name in names}
    header = b"userSourcedId,status,dateLastModified,birthdate,sex\r\nu-s1,,,2011-03-04,female\r\n"
    return replace(sample, files={**files, "demographics.csv": header})


def without_line(file: str, start: str) -> Edit:
    """Leave out a line."""

    def edit(sample: Sample) -> Sample:
        lines = sample.files[f"{file}.csv"].decode().split("\r\n")
        kept = [line for line in lines if not line.startswith(start)]
        assert len(kept) < len(lines)
        return sample.with_file(f"{file}.csv", "\r\n".join(kept))

    return edit


def header(file: str, old_name: str, new_name: str) -> Edit:
    """Change a name in a header."""

    def edit(sample: Sample) -> Sample:
        first, rest = sample.files[f"{file}.csv"].decode().split("\r\n", 1)
        assert old_name in first
        return sample.with_file(f"{file}.csv", first.replace(old_name, new_name, 1) + "\r\n" + rest)

    return edit


def only_header(sample: Sample) -> Sample:
    """Leave only the header of a file that nobody names."""
    return sample.with_file("demographics.csv", ",".join(spec.DEMOGRAPHICS.header) + "\r\n")


def column(name: str, file: str, value: str) -> Edit:
    """Add a column at the right end."""

    def edit(sample: Sample) -> Sample:
        first, *rest = sample.files[f"{file}.csv"].decode().strip().split("\r\n")
        lines = [f"{first},{name}", *(f"{line},{value}" for line in rest), ""]
        return sample.with_file(f"{file}.csv", "\r\n".join(lines))

    return edit


def zipped(sample: Sample) -> bytes:
    """Return the zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in sample.files.items():
            archive.writestr(name, content)
    return out.getvalue()


def no_teacher(sample: Sample) -> Sample:
    """Leave out the teacher's enrollment."""
    return without_line("enrollments", "e-1,")(sample)


def no_students(sample: Sample) -> Sample:
    """Leave out the students' enrollments, and the result that needs them."""
    sample = without_line("enrollments", "e-2,")(sample)
    sample = without_line("enrollments", "e-3,")(sample)
    return sample.without("results.csv")


def delta_of(line: str) -> Edit:
    """Return a delta with one row more, judged against the golden bundle."""
    return lambda sample: delta().row("enrollments", line).given(baseline=sample)


def status_of_deleted(sample: Sample) -> Sample:
    """Return a delta that deletes a class and keeps an enrollment in it."""
    class_row = f"k-1001,tobedeleted,{STAMP},Algebra,08,c-alg1,ALG1-2,scheduled,,s1,t1-2025,,,"
    changed = delta().listed("classes", "delta")
    text = ",".join(spec.CLASSES.header) + "\r\n" + class_row + "\r\n"
    return changed.with_file("classes.csv", text).given(baseline=sample)


SECOND_CLASS = "k-2,,,Algebra,08,c-alg1,,scheduled,,s1,t1-2025,,,"
SECOND_SCHOOL = "s2,,,Other School,school,,d1"
FUTURE_TERM = "t2-2025,,,Semester 2,term,2025-01-06,2025-06-07,sy-2025,2025"
CO_TEACHER = "u-t2,,,true,s1,teacher,bob.teacher,,Bob,Teacher,,,,,,,,"

DEFECTS: dict[str, Edit] = {
    # packages
    "unreadable_archive": lambda sample: replace(sample, write=truncated),
    "wrong_extension": lambda sample: replace(sample, name="bundle.zip.tmp"),
    "encrypted_entry": lambda sample: replace(sample, write=encrypted),
    "nested_entry": nested,
    "missing_manifest": lambda s: replace(
        s, files={name: text for name, text in s.files.items() if name != "manifest.csv"}
    ),
    "duplicate_entry": lambda sample: replace(sample, write=twice),
    "unknown_file": entry("notes.csv"),
    "archive_junk": entry("__MACOSX/._orgs.csv"),
    "unsafe_entry_name": entry("../../etc/passwd"),
    "link_in_folder": lambda sample: replace(sample, write=linked),
    "too_big": big,
    "other_version": old,
    # text
    "unreadable_entry": lambda sample: replace(sample, write=damaged),
    "not_utf8": raw("users", "Zoë".encode(), "Zoë".encode("cp1252")),
    "byte_order_mark": lambda s: s.with_file("orgs.csv", b"\xef\xbb\xbf" + s.files["orgs.csv"]),
    "broken_quoting": raw("results", b"Good work", b'Good "work" is'),
    "line_break_in_field": raw("results", b"Good work", b'"Good\nwork"'),
    "ragged_row": raw("results", b"Good work", b"Good, work"),
    "empty_row": row("results", ",,,,,,,,"),
    "bare_carriage_return": raw("results", b"Good work\r\n", b"Good work\r"),
    # manifest
    "wrong_manifest_header": swap("manifest", "propertyName,value", "property,value"),
    "missing_property": without_line("manifest", "file.results"),
    "repeated_property": row("manifest", "file.results,bulk"),
    "wrong_version": swap("manifest", "oneroster.version,1.1", "oneroster.version,1.1.1"),
    "spreadsheet_version": swap("manifest", "manifest.version,1.0", "manifest.version,1"),
    "unknown_mode": swap("manifest", "file.results,bulk", "file.results,Bulk"),
    "file_against_manifest": swap("manifest", "file.results,bulk", "file.results,absent"),
    "content_against_manifest": all_rows("results", status="active", dateLastModified=STAMP),
    "unknown_property": row("manifest", "source.systemVersion,7"),
    "missing_rostering_file": lambda s: s.without("enrollments.csv", "results.csv"),
    # headers
    "wrong_header": header("classes", "termSourcedIds", "termSourcedId"),
    "repeated_header": column("metadata.a,metadata.a", "orgs", ","),
    "foreign_column": column("ext_vendor_id", "orgs", "7"),
    "no_rows": only_header,
    # values
    "missing_value": cell("orgs", 1, "name", ""),
    "id_too_long": cell("results", 0, "sourcedId", "x" * 256),
    "bad_id_character": cell("results", 0, "sourcedId", "r 1"),
    "unknown_word": cell("enrollments", 2, "role", "aide"),
    "bad_date": cell("results", 0, "scoreDate", "2024-02-30"),
    "spreadsheet_date": cell("results", 0, "scoreDate", "9/9/2024"),
    "bad_datetime": delta_of("e-8,active,2024-09-30T14:05:09Z,k-1001,s1,u-s1,student,,,"),
    "bad_year": cell("academicSessions", 2, "schoolYear", "2024-2025"),
    "bad_number": cell("results", 0, "score", "B+"),
    "empty_item": cell("courses", 0, "grades", "08,,09"),
    "bad_user_id": cell("users", 0, "userIds", "ada.teacher"),
    "unpaired_subjects": cell("courses", 0, "subjects", "Algebra I,Science"),
    "long_text": cell("results", 0, "comment", "x" * 256),
    "status_against_mode": both(
        row("categories", "cat-2,,,Tests"), row("categories", f"cat-3,active,{STAMP},Quizzes")
    ),
    "unknown_status": delta_of(f"e-8,inactive,{STAMP},k-1001,s1,u-s1,student,,,"),
    "unknown_grade": cell("users", 2, "grades", "9"),
    "bad_email": cell("users", 0, "email", "ada at example.org"),
    "padded_value": cell("orgs", 1, "name", "Example Middle School "),
    "null_word": cell("users", 2, "middleName", "NULL"),
    "formula_value": cell("users", 2, "givenName", "=1+1"),
    "spreadsheet_number": cell("orgs", 1, "identifier", "4.9E+11"),
    "non_ascii_identifier": cell("users", 2, "username", "zoë.student"),
    "control_character": cell("orgs", 1, "name", "Middle\x00School"),
    # references
    "dangling_reference": cell("lineItems", 0, "categorySourcedId", "cat-nowhere"),
    "unconfirmed_reference": lambda _: delta(),
    "dangling_delta_reference": delta_of(f"e-8,active,{STAMP},k-9,s1,u-s1,student,,,"),
    "lost_leading_zeros": both(
        row("categories", "0634,,,Tests"), cell("lineItems", 0, "categorySourcedId", "634")
    ),
    "demographics_of_nobody": cell("demographics", 0, "sourcedId", "u-nobody"),
    "not_a_school": cell("enrollments", 2, "schoolSourcedId", "d1"),
    "not_a_school_year": cell("courses", 0, "schoolYearSourcedId", "t1-2025"),
    "result_of_no_student": cell("results", 0, "studentSourcedId", "u-t1"),
    "not_a_grading_period": cell("lineItems", 0, "gradingPeriodSourcedId", "t1-2025"),
    "not_a_term": cell("classes", 0, "termSourcedIds", "sy-2025"),
    "wrong_agent": cell("users", 1, "agentSourcedIds", "u-t1"),
    "reference_to_deleted": status_of_deleted,
    # identity
    "duplicate_id": row("categories", "cat-hw,,,Tests"),
    "duplicate_record": row("categories", "cat-hw,,,Homework"),
    "duplicate_username": cell("users", 2, "username", "sam.student"),
    "duplicate_email": cell("users", 1, "email", "ada@example.org"),
    "duplicate_result": row("results", "r-2,,,li-1,u-s1,fully graded,9,2024-09-09,"),
    # trees
    "circular_parents": cell("academicSessions", 0, "parentSourcedId", "sy-2025"),
    "wrong_school_year": cell("academicSessions", 1, "schoolYear", "2024"),
    "session_outside_parent": cell("academicSessions", 2, "endDate", "2025-01-19"),
    "session_nesting": row(
        "academicSessions", "t0,,,Year,schoolYear,2024-08-12,2024-12-21,t1-2025,2024"
    ),
    "org_nesting": row("orgs", "d2,,,Lower District,district,,s1"),
    # rows
    "primary_without_teaching": cell("enrollments", 1, "primary", "true"),
    "enrollment_outside_term": cell("enrollments", 1, "endDate", "2025-01-31"),
    "enrollment_ends_before_it_begins": cell("enrollments", 1, "endDate", "2024-08-12"),
    "session_ends_before_it_starts": row(
        "academicSessions", "q2,,,Q,gradingPeriod,2024-09-01,2024-09-01,t1-2025,2025"
    ),
    "score_out_of_range": cell("results", 0, "score", "10.5"),
    "range_upside_down": both(
        cell("lineItems", 0, "resultValueMin", "11"), lambda sample: sample.without("results.csv")
    ),
    "enrollment_in_other_school": both(
        row("orgs", "s2,,,Other,school,,d1"),
        row("classes", "k-2,,,Art,08,c-alg1,,scheduled,,s2,t1-2025,,,"),
        row("users", 'u-t3,,,true,"s1,s2",teacher,cy.teacher,,Cy,Teacher,,,,,,,,'),
        row("users", 'u-s3,,,true,"s1,s2",student,al.student,,Al,Student,,,,,,,08,'),
        row("enrollments", "e-7,,,k-2,s2,u-t3,teacher,true,,"),
        row("enrollments", "e-8,,,k-2,s1,u-s3,student,,,"),
    ),
    "enrolled_stranger": both(
        row("orgs", "dp,,,Music,department,,d1"),
        row("users", "u-s3,,,true,dp,student,al.student,,Al,Student,,,,,,,08,"),
        row("enrollments", "e-8,,,k-1001,s1,u-s3,student,,,"),
    ),
    "role_against_user": both(
        row("users", "u-a,,,true,s1,aide,di.aide,,Di,Aide,,,,,,,,"),
        row("enrollments", "e-8,,,k-1001,s1,u-a,teacher,,,"),
    ),
    "result_without_enrollment": both(
        row("users", "u-s3,,,true,s1,student,al.student,,Al,Student,,,,,,,08,"),
        row("results", "r-2,,,li-1,u-s3,fully graded,8.5,2024-09-09,"),
    ),
    "line_item_dates": cell("lineItems", 0, "dueDate", "2024-09-01"),
    "grades_against_role": cell("users", 0, "grades", "08"),
    "two_races_untold": cell("demographics", 0, "demographicRaceTwoOrMoreRaces", "false"),
    "changed_in_future": delta_of("e-8,active,2024-11-30T14:05:09.000Z,k-1001,s1,u-s1,student,,,"),
    "password_sent": cell("users", 0, "password", "secret"),
    # classes
    "two_primary_teachers": both(
        row("users", CO_TEACHER), row("enrollments", "e-8,,,k-1001,s1,u-t2,teacher,true,,")
    ),
    "class_without_primary_teacher": cell("enrollments", 0, "primary", ""),
    "duplicate_enrollment": row("enrollments", "e-8,,,k-1001,s1,u-s1,student,,2024-10-01,"),
    "class_outside_course_year": both(
        row("academicSessions", "sy-2026,,,Next,schoolYear,2025-08-12,2026-06-07,,2026"),
        cell("courses", 0, "schoolYearSourcedId", "sy-2026"),
    ),
    "class_without_teacher": no_teacher,
    "class_without_student": no_students,
    "course_without_class": row("courses", "c-2,,,sy-2025,Art,ART,08,d1,,"),
    "school_without_class": row("orgs", SECOND_SCHOOL),
    "class_in_future": both(
        row("academicSessions", FUTURE_TERM),
        row("classes", "k-2,,,Art,08,c-alg1,,scheduled,,s1,t2-2025,,,"),
        row("enrollments", "e-7,,,k-2,s1,u-t1,teacher,true,,"),
        row("enrollments", "e-8,,,k-2,s1,u-s1,student,,,"),
    ),
}
__all__ = ["DEFECTS", "as_folder", "golden", "zipped"]
