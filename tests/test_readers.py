"""What the fast reader cannot take, the other one reads: anew, whole, and said aloud."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyodbc
import pytest
from conftest import AS_OF, Postgres
from test_engines import bundles, connected

from extractor.demo.district import SMALLEST, district
from extractor.demo.server import load_demo
from extractor.errors import FastReaderError
from extractor.pipeline import extract
from extractor.progress import Quiet

WIDE = "ALTER TABLE long_text.CRS ALTER COLUMN CO TYPE text"
LONG = (
    "UPDATE long_text.CRS SET CO = repeat('x', 9000) WHERE CN = (SELECT MIN(CN) FROM long_text.CRS)"
)


class Heard(Quiet):
    """Keeps what is told between stages."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, what: str) -> None:
        self.told.append(what)


@pytest.fixture
def long_text(postgres: Postgres) -> Iterator[str]:
    """A district with a column that somebody made wider, and a text of 9,000 signs in it."""
    load_demo(postgres.connection(), district(SMALLEST, 1, AS_OF), schema="long_text")
    with closing(pyodbc.connect(postgres.connection(), autocommit=True)) as connection:
        connection.execute(WIDE)
        connection.execute(LONG)
        yield f"{postgres.connection()};ConnSettings=SET search_path TO long_text"
        connection.execute("DROP SCHEMA long_text CASCADE")


def test_a_text_that_the_fast_reader_cannot_take_is_read_by_the_other(
    demo: Path, tmp_path: Path, long_text: str
) -> None:
    rows = bundles(connected(demo, long_text, "pyodbc"), tmp_path / "rows")
    heard = Heard()
    settings = connected(demo, long_text)
    report = extract(settings, settings.vendor, AS_OF, tmp_path / "auto", heard)
    assert {one.vendor: one.path.read_bytes() for one in report.bundles} == rows
    (told,) = heard.told
    assert "all is read anew by the reader of rows" in told
    assert "xxx" not in told


def test_the_fast_reader_by_its_name_says_what_to_write(
    demo: Path, tmp_path: Path, long_text: str
) -> None:
    with pytest.raises(FastReaderError, match=r'write sis\.reader = "pyodbc"'):
        bundles(connected(demo, long_text, "arrow"), tmp_path)
