import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from pandas import isna

from extractor.demo.district import SMALLEST
from extractor.demo.insert import _array as array
from extractor.demo.load import load, write_sqlite
from extractor.demo.schema import TABLES

from .conftest import AS_OF


@pytest.fixture(scope="session")
def written(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "district.sqlite"
    write_sqlite(path, SMALLEST, 1, AS_OF)
    return path


def query(path, sql):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def test_every_row_comes_back(written, build):
    for name, frame in build(SMALLEST).items():
        columns = ", ".join(TABLES[name].names)
        got = query(written, f"SELECT {columns} FROM {name} ORDER BY rowid")
        assert [tuple(map(shown, row)) for row in frame.itertuples(index=False)] == got, name


def shown(value):
    if isna(value):
        return None
    if hasattr(value, "isoformat"):
        text = value.isoformat(sep=" ")
        return text[:23] if "." in text else text
    return value.item() if hasattr(value, "item") else value


def test_dates_are_whole_seconds_and_stamps_have_milliseconds(written):
    [(date,)] = query(written, "SELECT D1 FROM TRM WHERE SC = 994 AND TM = 'Y'")
    assert date == "2026-08-14 00:00:00"
    [(longest,)] = query(written, "SELECT max(length(DTS)) FROM STU")
    assert longest == len("2026-08-14 12:34:56.789")


def test_counts_are_told_as_rows_arrive_and_a_file_there_is_replaced(tmp_path):
    seen = []
    path = tmp_path / "district.sqlite"
    path.write_text("old")
    counts = write_sqlite(path, SMALLEST, 1, AS_OF, lambda name, n: seen.append((name, n)))
    assert {name for name, _ in seen} == TABLES.keys()
    assert sum(n for _, n in seen) == sum(counts.values())
    assert query(path, "SELECT count(*) FROM STU") == [(counts["STU"],)]


def test_indexes_are_there(written):
    [(count,)] = query(written, "SELECT count(*) FROM sqlite_master WHERE name LIKE 'IX_%'")
    assert count == sum(len(table.indexes) for table in TABLES.values())


def test_only_the_owner_can_read_it_and_nothing_else_is_left(written):
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert list(written.parent.iterdir()) == [written]


def test_a_failed_write_leaves_nothing(tmp_path):
    def fail(name: str, count: int) -> None:
        if name == "SEC":
            raise OSError(name)

    with pytest.raises(OSError, match="SEC"):
        write_sqlite(tmp_path / "district.sqlite", SMALLEST, 1, AS_OF, fail)
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from extractor.demo.load import write_sqlite

def die(name, count):
    if name == "SEC":
        os.kill(os.getpid(), signal.SIGKILL)

write_sqlite(Path(sys.argv[1]), 60, 1, date(2026, 10, 15), die)
"""


def test_a_killed_write_leaves_no_file_at_the_path(tmp_path):
    path = tmp_path / "district.sqlite"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not path.exists()


class Recorder:
    """A connection that writes down what it is asked."""

    def __init__(self):
        self.fast_executemany = False
        self.statements, self.rows, self.commits = [], {}, 0

    def cursor(self):
        return self

    def execute(self, sql, values=()):
        self.statements.append(sql)

    def executemany(self, sql, rows):
        self.rows.setdefault(sql.split()[2], []).extend(rows)

    def setinputsizes(self, sizes):
        self.sizes = sizes

    def commit(self):
        self.commits += 1


def test_sql_server_gets_python_dates_and_fast_inserts(build):
    server = Recorder()
    load(server, build(SMALLEST).items(), "sqlserver", schema="dbo")
    assert server.fast_executemany
    assert [size for size in server.sizes if size]
    assert server.commits == 1
    assert server.rows["dbo.TRM"][0][2].isoformat() == "2026-08-14T00:00:00"
    assert "nvarchar(100)" in " ".join(server.statements)


def test_sql_server_without_arrays_gets_many_rows_in_one_statement(build):
    server = Recorder()
    load(server, build(SMALLEST).items(), "sqlserver", bulk=False)
    assert not server.fast_executemany
    assert server.rows == {}
    inserts = [one for one in server.statements if one.startswith("INSERT INTO SEC ")]
    assert max(one.count("(?") for one in inserts) > 100
    assert max(one.count("?") for one in server.statements) <= 2000


@pytest.mark.parametrize(
    ("values", "literal"),
    [
        (["a", None, "NULL", ""], '{"a",NULL,"NULL",""}'),
        (["a\\b", 'say "x"', "{1,2}"], '{"a\\\\b","say \\"x\\"","{1,2}"}'),
        ([1, None, 8.5], "{1,NULL,8.5}"),
    ],
)
def test_array_literals_keep_every_text(values, literal):
    assert array(values) == literal
