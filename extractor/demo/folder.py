"""A folder with a demo district and the settings that extract it."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

from extractor.demo.district import SMALLEST
from extractor.demo.gradebook import ASSIGNMENTS
from extractor.demo.load import write_sqlite
from extractor.errors import OutputError, SettingsError
from extractor.progress import Progress
from extractor.settings_file import FILE_NAME, write_new

DATABASE = "district.sqlite"
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

# The rostering core.
[[vendor]]
name = "roster"

# Every grant there is.
[[vendor]]
name = "everything"
grants = [
    "schools", "terms", "courses", "classes", "enrollments", "students", "teachers",
    "parents", "demographics", "gradebook_categories", "gradebook_assignments", "gradebook_scores",
]
"""


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
    Write the demo's database and settings; return the path of the settings.

    A database that an earlier demo wrote is replaced. Settings that are there stay: somebody
    may have tried something out in them.

    Raises:
        SettingsError: if the number of students is out of range, or a database is there that
            is no demo's.
        OutputError: if the folder cannot be written.
    """
    if not SMALLEST <= students <= LARGEST:
        raise SettingsError(
            f"--students {students}: the demo has between {SMALLEST} and {LARGEST} students"
        )
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
    if not config.exists():
        write_new(config, _SETTINGS)
    return config


def _is_demo(database: Path) -> bool:
    """Tell by the district's own name; a real one has real schools."""
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as opened:
            row = opened.execute("SELECT NM FROM LOC WHERE CD = 0").fetchone()
    except sqlite3.Error:
        return False
    return bool(row == ("Eagle Unified School District",))
