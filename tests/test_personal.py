"""The plugin that listens for personal data hears it, wherever it is told."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import personal
import pytest

from extractor.errors import DataError


@pytest.fixture
def somebody(demo: Path) -> str:
    with closing(sqlite3.connect(demo / "district.sqlite")) as connection:
        first, last = connection.execute("SELECT FN, LN FROM STU WHERE SN = 2").fetchone()
    return f"{first} {last}"


def noted(text: str) -> None:
    DataError("x").add_note(text)


def printed(text: str) -> None:
    subprocess.run([sys.executable, "-c", f"print({text!r})"], stdout=subprocess.PIPE, check=True)


@pytest.mark.parametrize("tell", [DataError, noted, printed])
def test_what_is_raised_noted_or_printed_is_heard(tell, somebody, nobody: "re.Pattern[bytes]"):
    tell(f"a row of {somebody} is wrong")
    heard = "".join(personal._HEARD)
    personal._HEARD.clear()  # this test told it on purpose
    assert nobody.search(heard.encode())


@pytest.mark.parametrize("name", ["report.json", "a.log", "held/acme/1.json", "record.sqlite"])
def test_files_that_are_read_by_people_and_programs_are_looked_at(name, tmp_path):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).touch()
    assert [path for glob in personal.TOLD for path in tmp_path.glob(glob)] == [tmp_path / name]
