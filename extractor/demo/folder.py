"""A folder with a demo district and the settings that extract it."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

from extractor import queries
from extractor.demo.district import SMALLEST
from extractor.demo.gradebook import ASSIGNMENTS, MOST_ASSIGNMENTS
from extractor.demo.load import write_sqlite
from extractor.demo.resources import resources
from extractor.errors import OutputError, SettingsError
from extractor.progress import Progress
from extractor.settings_file import FILE_NAME, write_new

DATABASE = "district.sqlite"
RESOURCES = "resources.csv"
OVERLAY = "queries"
TIME_ZONE = "America/Los_Angeles"
LARGEST = 300_000  # three-digit school codes and smallint sections bear no more

_SETTINGS = f"""\
# The settings of the demo district. `oneroster init` writes one with every key explained.

[district]
name = "Eagle Unified School District"
time_zone = "{TIME_ZONE}"

[sis]
kind = "aeries"
connection = "sqlite:///{DATABASE}"
# The district's own queries: here one that returns the home language, too.
overlay = "{OVERLAY}"

[options]
# At Hawk Elementary, which has a master schedule, sections of this course are homerooms.
homeroom_courses = ["2000"]

[users]
preferred_names = true
student_user_ids = ["Badge:SUP.BADGE"]

[resources]
file = "{RESOURCES}"

[[staff]]
role = "administrator"
titles = ["Superintendent", "Principal", "Assistant Principal"]

[[staff]]
role = "aide"
titles = ["Instructional Aide"]
user_types = ["aduser"]

# Columns of the district's own, for one vendor.
[[metadata]]
file = "users"
column = "metadata.homeLanguage"
query = "students"
source = "home_language"
vendors = ["everything"]

[[metadata]]
file = "classes"
column = "metadata.track"
query = "homerooms"
source = "track"
vendors = ["everything"]

[[metadata]]
file = "classes"
column = "metadata.splitTerm"
query = "sections"
source = "split_term"
vendors = ["everything"]

# The rostering core.
[[vendor]]
name = "roster"

# Every grant there is.
[[vendor]]
name = "everything"
grants = [
    "schools", "terms", "courses", "classes", "enrollments", "students", "teachers",
    "parents", "staff", "demographics", "gradebook_categories", "gradebook_assignments",
    "gradebook_scores", "resources",
]
"""
# What the demo's own query of students changes in the shipped one.
_OWN = (
    ("sms text,", "sms text, home_language text,"),
    ("GR ID", "GR HL ID"),
    ("stu.DTS AS modified_at", "stu.HL  AS home_language,\n       stu.DTS AS modified_at"),
)


def make(
    directory: Path,
    students: int,
    seed: int,
    as_of: date,
    progress: Progress,
    *,
    assignments: int = ASSIGNMENTS,
) -> Path:
    """
    Write the demo's database, settings and what they name; return the path of the settings.

    A database that an earlier demo wrote is replaced. Other files that are there stay: somebody
    may have tried something out in them.

    Args:
        assignments: of each gradebook.

    Raises:
        SettingsError: if a number is out of range, or a database is there that is no demo's.
        OutputError: if the folder cannot be written.
    """
    refuse_impossible(students, assignments)
    database, config = directory / DATABASE, directory / FILE_NAME
    try:
        if database.exists() and not _is_demo(database):
            raise SettingsError(
                f"{database}: is there and was not written by the demo; name another folder"
            )
        directory.mkdir(parents=True, exist_ok=True)
        with progress.stage("make the demo district") as advance:
            write_sqlite(
                database,
                students,
                seed,
                as_of,
                lambda _, rows: advance(rows),
                assignments=assignments,
            )
    except (OSError, sqlite3.Error) as error:
        raise OutputError(f"{directory}: cannot be written ({error})") from error
    for path, text in (
        (config, _SETTINGS),
        (directory / RESOURCES, resources()),
        (directory / OVERLAY / "students.sql.j2", _own_query()),
    ):
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            write_new(path, text)
    return config


def refuse_impossible(students: int, assignments: int) -> None:
    """
    Hold the size of a demo against what its tables bear.

    Raises:
        SettingsError: naming the option.
    """
    if not SMALLEST <= students <= LARGEST:
        raise SettingsError(
            f"--students {students}: the demo has between {SMALLEST} and {LARGEST} students"
        )
    if not ASSIGNMENTS <= assignments <= MOST_ASSIGNMENTS:
        raise SettingsError(
            f"--assignments {assignments}: a gradebook of the demo has between {ASSIGNMENTS} and "
            f"{MOST_ASSIGNMENTS}"
        )


def _own_query() -> str:
    text = (queries.folder("aeries") / "students.sql.j2").read_text("utf-8")
    for shipped, own in _OWN:
        text = text.replace(shipped, own)
    return text


def _is_demo(database: Path) -> bool:
    """Tell by the district's own name; a real one has real schools."""
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as opened:
            row = opened.execute("SELECT NM FROM LOC WHERE CD = 0").fetchone()
    except sqlite3.Error:
        return False
    return bool(row == ("Eagle Unified School District",))
