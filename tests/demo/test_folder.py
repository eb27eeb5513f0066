import sqlite3
from contextlib import closing

from extractor.demo.district import SMALLEST
from extractor.demo.folder import DATABASE, make
from extractor.progress import Quiet

from .conftest import AS_OF


def test_gradebooks_have_as_many_assignments_as_asked_for(tmp_path):
    make(tmp_path, SMALLEST, 1, AS_OF, Quiet(), assignments=8)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        counts = connection.execute("SELECT DISTINCT COUNT(*) FROM GBA GROUP BY GN").fetchall()
    assert counts == [(8,)]
