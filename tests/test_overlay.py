"""A district's own queries, and its own columns right of the standard ones."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from conftest import AS_OF

from extractor import queries
from extractor.errors import SettingsError
from extractor.pipeline import extract
from extractor.progress import Quiet
from extractor.settings import load

SHIPPED = queries.folder("aeries")
OWN_COLUMN = """
[[metadata]]
file = "users"
column = "metadata.homeLanguage"
query = "students"
source = "home_language"
"""


@pytest.fixture
def with_overlay(own_demo: Path) -> Path:
    """Return a demo with an empty overlay folder in its settings."""
    (own_demo / "sql").mkdir()
    config = own_demo / "oneroster.toml"
    text = config.read_text("utf-8").replace('overlay = "queries"', 'overlay = "sql"')
    text = text[: text.index("[[metadata]]")] + text[text.index("# The rostering core") :]
    config.write_text(text, "utf-8")
    return own_demo


def own_query(demo: Path, name: str, *changes: tuple[str, str]) -> None:
    text = (SHIPPED / f"{name}.sql.j2").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (demo / "sql" / f"{name}.sql.j2").write_text(text, "utf-8")


def home_language(demo: Path) -> None:
    own_query(
        demo,
        "students",
        ("sms text,", "sms text, home_language text,"),
        ("stu.DTS AS modified_at", "stu.HL  AS home_language,\n       stu.DTS AS modified_at"),
    )


def say(demo: Path, more: str) -> None:
    config = demo / "oneroster.toml"
    config.write_text(config.read_text("utf-8") + more, "utf-8")


def rows(demo: Path, file: str) -> list[dict[str, str]]:
    settings = load(demo / "oneroster.toml")
    report = extract(settings, settings.vendor[:1], AS_OF, demo / "out", Quiet())
    with zipfile.ZipFile(report.bundles[0].path) as bundle:
        text = bundle.read(f"{file}.csv").decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_a_column_of_an_own_query_stands_right_of_the_standard_ones(with_overlay: Path) -> None:
    home_language(with_overlay)
    say(with_overlay, OWN_COLUMN)
    users = rows(with_overlay, "users")
    assert list(users[0])[-2:] == ["password", "metadata.homeLanguage"]
    assert {user["metadata.homeLanguage"] for user in users if user["role"] == "student"} > {"00"}
    assert {user["metadata.homeLanguage"] for user in users if user["role"] == "teacher"} == {""}


def test_without_the_setting_there_is_no_such_column(with_overlay: Path) -> None:
    home_language(with_overlay)
    assert list(rows(with_overlay, "users")[0])[-1] == "password"


@pytest.mark.parametrize(
    ("file", "query", "source"),
    [
        ("orgs", "schools", "high_grade"),
        ("academicSessions", "terms", "term_code"),
        ("courses", "course_catalog", "long_title"),
        ("classes", "sections", "term_code"),
        ("enrollments", "students_in_sections", "copies"),
    ],
)
def test_every_file_can_carry_a_column_of_a_shipped_query(
    file: str, query: str, source: str, own_demo: Path
) -> None:
    say(
        own_demo,
        f'\n[[metadata]]\nfile = "{file}"\ncolumn = "metadata.x.y"\n'
        f'query = "{query}"\nsource = "{source}"\n',
    )
    values = {row["metadata.x.y"] for row in rows(own_demo, file)}
    assert values - {""}


def test_an_own_query_replaces_the_shipped_one(with_overlay: Path) -> None:
    own_query(with_overlay, "course_catalog", ("crs.CO  AS title", "crs.DE  AS title"))
    long = {row["title"] for row in rows(with_overlay, "courses")}
    (with_overlay / "sql" / "course_catalog.sql.j2").unlink()
    assert long != {row["title"] for row in rows(with_overlay, "courses")}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("grade int, email text,", "grade int,"), "must return email text too"),
        (("grade int", "grade text"), "must return grade int too"),
        (("-- needs:", "-- wants:"), "the header lacks needs"),
        (("stu.SC  AS school_id", "{{ schools }}  AS school_id"), "pasted into the SQL"),
        (("{{ table(", "{{ tabel("), "tabel"),
    ],
)
def test_an_own_query_that_breaks_its_contract_is_refused(
    change: tuple[str, str], named: str, with_overlay: Path
) -> None:
    own_query(with_overlay, "students", change)
    with pytest.raises(SettingsError, match=named):
        rows(with_overlay, "users")


def test_an_own_query_that_replaces_nothing_is_refused(with_overlay: Path) -> None:
    (with_overlay / "sql" / "student.sql.j2").write_text("SELECT 1", "utf-8")
    with pytest.raises(SettingsError, match=r"student\.sql\.j2 replaces no shipped query"):
        rows(with_overlay, "users")


def test_an_overlay_folder_that_is_not_there_is_refused(with_overlay: Path) -> None:
    (with_overlay / "sql").rmdir()
    with pytest.raises(SettingsError, match="is no folder"):
        rows(with_overlay, "users")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("home_language", "moon_phase", "does not return 'moon_phase'"),
        ('query = "students"', 'query = "sections"', "'sections' does not feed users.csv"),
        ('file = "users"', 'file = "user"', "did you mean 'users'"),
        ("metadata.homeLanguage", "homeLanguage", "metadata.0.column"),
        ("home_language", "x; DROP", "metadata.0.source"),
    ],
)
def test_an_own_column_without_a_source_is_refused(
    old: str, new: str, named: str, with_overlay: Path
) -> None:
    say(with_overlay, OWN_COLUMN.replace(old, new))
    with pytest.raises(SettingsError, match=named):
        rows(with_overlay, "users")
