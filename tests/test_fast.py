"""The fast reader: the same rows, the same moment and the same messages as pyodbc's."""

import gc
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from datetime import date
from pathlib import Path

import pytest
from conftest import Postgres
from pandas import DataFrame

from extractor import source
from extractor.beside import Beside
from extractor.errors import (
    DataError,
    LostReadError,
    OneRosterError,
    SettingsError,
    SourceError,
    StoppedError,
)
from extractor.findings import Findings
from extractor.frames import TEXT, columns_of
from extractor.queries import Header, Query
from extractor.source import Reader, connect
from extractor.source.ahead import ROOM, ahead
from extractor.source.arrow import LONGEST_TEXT, ArrowSource
from extractor.source.sessions import Conduct
from extractor.source.waiting import StoppedWaitingError, Waiting
from extractor.spec import BY_NAME
from extractor.spool import Spool, StoppedSpoolError

READERS: tuple[Reader, ...] = ("pyodbc", "arrow")


def query(sql: str, *values: object, **returns: str) -> Query:
    header = Header("a test", "any", returns, (), {})
    return Query("tried", header, sql, values)


def opened(connection: str, reader: Reader) -> source.Source:
    return connect(
        connection,
        time_zone="America/Los_Angeles",
        beside=Path(),
        conduct=Conduct(login_timeout=5),
        reader=reader,
    )


def rows(connection: str, reader: Reader, asked: Query) -> list[list[object]]:
    with opened(connection, reader) as database:
        frames = list(database.batches(asked, Findings()))
    assert all(list(frame.columns) == list(asked.header.returns) for frame in frames)
    return [row for frame in frames for row in frame.astype(object).values.tolist()]


VALUES = {
    "smallint": ("int", "CAST(-7 AS smallint)"),
    "bigint": ("int", "9223372036854775807"),
    "whole number in a numeric": ("int", "CAST(994 AS numeric(9, 2))"),
    "decimal": ("decimal", "CAST(8.50 AS numeric(9, 2))"),
    "numeric without a scale": ("decimal", "12345678901234567890.123456789012"),
    "tiny numeric": ("decimal", "CAST(0.0000001 AS numeric)"),
    "double": ("decimal", "CAST(0.1 AS double precision)"),
    "real": ("decimal", "CAST(0.1 AS real)"),
    "boolean": ("bool", "true"),
    "bit as smallint": ("bool", "CAST(0 AS smallint)"),
    "char padding": ("text", "CAST('ab' AS char(9))"),
    "blank": ("text", "CAST(' ' AS char(1))"),
    "not ASCII": ("text", r"U&'Zo\00eb \0141ukasz \+01F600 O\2019Neil'"),
    "long text": ("text", f"repeat('x', {LONGEST_TEXT})"),
    "date": ("date", "DATE '2026-08-17'"),
    "no date": ("date", "DATE '1900-01-01'"),
    "open end": ("date", "TIMESTAMP '9999-12-31 00:00:00'"),
    "day of a moment": ("date", "TIMESTAMP '2026-08-17 23:59:59.999'"),
    "moment": ("datetime", "TIMESTAMP '2026-08-17 14:05:09.123456'"),
    "hour that comes twice": ("datetime", "TIMESTAMP '2026-11-01 01:30:00'"),
    "null number": ("int", "CAST(NULL AS int)"),
    "null text": ("text", "NULL"),
    "null date": ("date", "CAST(NULL AS timestamp)"),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_the_same_text_with_both_readers(name: str, postgres: Postgres) -> None:
    kind, sql = VALUES[name]
    asked = query(f"SELECT {sql} AS a", a=kind)
    slow, fast = (rows(postgres.connection(), reader, asked) for reader in READERS)
    assert slow == fast
    assert len(fast) == 1


@pytest.mark.parametrize("reader", READERS)
def test_bound_values_keep_their_types(reader: Reader, postgres: Postgres) -> None:
    day = date(2026, 10, 1)
    asked = query(
        "SELECT 1 AS a WHERE 10 > ? AND CAST(994 AS smallint) IN (?, ?) "
        "AND TIMESTAMP '2026-10-01 09:00:00' >= ? AND DATE '2026-10-01' = ? AND U&'Zo\\00eb' = ?",
        *(9, 990, 994, day, day, "Zoë"),
        a="int",
    )
    assert rows(postgres.connection(), reader, asked) == [["1"]]


@pytest.mark.parametrize("reader", READERS)
def test_no_rows_are_one_empty_frame(reader: Reader, postgres: Postgres) -> None:
    with opened(postgres.connection(), reader) as database:
        asked = query("SELECT 1 AS a, 'x' AS b WHERE 1 = 0", a="int", b="text")
        frames = list(database.batches(asked, Findings()))
    assert [len(frame) for frame in frames] == [0]
    assert list(frames[0].columns) == ["a", "b"]


def test_many_rows_come_in_batches_and_in_order(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extractor.source.batches.BATCH_ROWS", 20_000)
    asked = query("SELECT g AS a FROM generate_series(1, 45000) AS g ORDER BY g", a="int")
    with opened(postgres.connection(), "arrow") as database:
        frames = list(database.batches(asked, Findings()))
    assert [len(frame) for frame in frames] == [20_000, 20_000, 5_000]
    assert [row for frame in frames for row in frame["a"]] == [str(n) for n in range(1, 45001)]


@pytest.mark.parametrize("at", [1, 9_000])
def test_text_that_is_too_long_stops_the_read_and_is_never_cut(at: int, postgres: Postgres) -> None:
    asked = query(
        f"SELECT CASE WHEN g = {at} THEN repeat('é', {LONGEST_TEXT + 1}) ELSE 'a' END AS a "
        "FROM generate_series(1, 25000) AS g ORDER BY g",
        a="text",
    )
    with pytest.raises(SourceError, match=r'query tried: .*sis\.reader = "pyodbc"') as caught:
        rows(postgres.connection(), "arrow", asked)
    assert "éé" not in str(caught.value)
    assert len(rows(postgres.connection(), "pyodbc", asked)[at - 1][0]) == LONGEST_TEXT + 1


ERRORS = {
    "no such table": "SELECT 1 AS a FROM nowhere",
    "no such column": "SELECT nope AS a FROM pg_class",
    "no right": "SELECT 1 AS a FROM pg_authid",
    "other columns": "SELECT 1 AS b",
    "a value that is no number": "SELECT 'x' AS a",
    "while rows come": "SELECT 1 / (g - 30000) AS a FROM generate_series(1, 40000) AS g",
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_told_alike_by_both_readers(name: str, postgres: Postgres) -> None:
    said = []
    postgres.run("DROP ROLE IF EXISTS little")
    postgres.run("CREATE ROLE little LOGIN")
    for reader in READERS:
        with pytest.raises(OneRosterError) as caught:
            rows(postgres.connection(user="little"), reader, query(ERRORS[name], a="int"))
        said.append((type(caught.value), str(caught.value)))
    postgres.run("DROP ROLE little")
    assert said[0] == said[1]


def test_a_refused_login_is_told_alike(postgres: Postgres) -> None:
    said = []
    for reader in READERS:
        with (
            pytest.raises(SourceError) as caught,
            opened(postgres.connection("no_such_database"), reader),
        ):
            pass
        said.append(str(caught.value))
    assert said[0] == said[1]


@pytest.fixture
def counted(postgres: Postgres) -> Iterator[Postgres]:
    postgres.run("CREATE TABLE counted AS SELECT 1 AS a")
    yield postgres
    postgres.run("DROP TABLE counted")


@pytest.mark.parametrize("reader", READERS)
def test_all_queries_see_one_moment_while_others_write(reader: Reader, counted: Postgres) -> None:
    asked = query("SELECT COUNT(*) AS a FROM counted", a="int")

    def count(database: source.Source) -> str:
        [frame] = list(database.batches(asked, Findings()))
        return str(frame["a"].iloc[0])

    with opened(counted.connection(), reader) as database:
        assert database.one_moment
        before = count(database)
        counted.run("INSERT INTO counted VALUES (2)")
        assert count(database) == before
        assert database.columns("counted", "public") == ["a"]
        counted.run("DELETE FROM counted WHERE a = 2")
        counted.run("INSERT INTO counted VALUES (3), (4)")
        assert count(database) == before
    with opened(counted.connection(), reader) as database:
        assert count(database) == "3"


@pytest.mark.parametrize("reader", READERS)
def test_the_transaction_cannot_write(reader: Reader, counted: Postgres) -> None:
    asked = query("WITH gone AS (DELETE FROM counted RETURNING a) SELECT a FROM gone", a="int")
    with pytest.raises(SourceError):
        rows(counted.connection(), reader, asked)
    kept = query("SELECT COUNT(*) AS a FROM counted", a="int")
    assert rows(counted.connection(), reader, kept) == [["1"]]


def test_who_stops_early_leaves_no_thread_and_no_transaction(counted: Postgres) -> None:
    asked = query("SELECT g AS a FROM generate_series(1, 900000) AS g", a="int")
    before = threading.active_count()
    with opened(counted.connection(), "arrow") as database:
        batches = database.batches(asked, Findings())
        assert isinstance(next(batches), DataFrame)
        batches.close()
        again = list(database.batches(query("SELECT 1 AS a", a="int"), Findings()))
        assert [len(frame) for frame in again] == [1]
    gc.collect()
    assert threading.active_count() == before
    counted.run("ALTER TABLE counted ADD b int")  # would wait for a transaction that has read it


def test_automatic_is_arrow_for_a_server_and_pyodbc_for_sqlite(
    postgres: Postgres, demo: Path
) -> None:
    with opened(postgres.connection(), "auto") as database:
        assert isinstance(database, ArrowSource)
        assert database._arrow is not None
    with opened(f"Driver=SQLite3;Database={demo / 'district.sqlite'}", "auto") as database:
        assert isinstance(database, ArrowSource)
        assert database._arrow is None


WITHOUT = """
import sys
import tempfile
sys.modules["arrow_odbc"] = None
from pathlib import Path
from extractor.source import connect
from extractor.source.sessions import Conduct
from extractor.source.waiting import StoppedWaitingError, Waiting
from extractor.spec import BY_NAME
from extractor.spool import Spool, StoppedSpoolError
asked = {"time_zone": "UTC", "beside": Path(), "conduct": Conduct(), "reader": sys.argv[1]}
print(type(connect("Driver=x", **asked)).__name__)
"""


def test_without_arrow_odbc_pyodbc_reads() -> None:
    command = [sys.executable, "-c", WITHOUT]
    done = subprocess.run([*command, "auto"], capture_output=True, text=True, check=True)
    assert done.stdout == "OdbcSource\n"
    asked = subprocess.run([*command, "arrow"], capture_output=True, text=True)
    assert SettingsError.__name__ in asked.stderr
    assert "pip install arrow-odbc" in asked.stderr


def test_no_connection_is_left_open(counted: Postgres) -> None:
    import pyodbc

    gc.collect()  # errors of earlier tests may hold a session; of this one nothing is collected
    with opened(counted.connection(), "arrow") as database:
        list(database.batches(query("SELECT 1 AS a", a="int"), Findings()))
    asked = (
        "SELECT COUNT(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
        "AND pid <> pg_backend_pid()"
    )
    with closing(pyodbc.connect(counted.connection(), autocommit=True)) as connection:
        for _ in range(100):  # the server ends a session some time after it hears of that
            [[count]] = connection.execute(asked).fetchall()
            if count == 0:
                return
            threading.Event().wait(0.1)
    pytest.fail(f"{count} sessions are open ten seconds later")


def threads() -> set[threading.Thread]:
    return {one for one in threading.enumerate() if one.name.startswith("oneroster")}


def whole_room(_: object) -> int:
    """Weigh so much that nothing else may wait."""
    return ROOM


class TestFetchingAhead:
    """The next batch is made in a thread while the one before is worked on."""

    def test_gives_all_in_order_and_makes_one_meanwhile(self) -> None:
        made = threading.Event()

        def items() -> Generator[int, None, None]:
            yield 1
            made.set()
            yield 2
            yield 3

        got = ahead(items(), lambda: None, whole_room)
        assert next(got) == 1
        assert made.wait(10)
        assert list(got) == [2, 3]
        assert not threads()

    def test_makes_no_more_than_it_may(self) -> None:
        count = []

        def items() -> Generator[int, None, None]:
            for number in range(100):
                count.append(number)
                yield number

        got = ahead(items(), lambda: None, whole_room)
        next(got)
        with closing(got):
            threading.Event().wait(0.2)
            assert len(count) <= 3
        assert not threads()

    def test_raises_what_was_raised_there(self) -> None:
        def items() -> Generator[int, None, None]:
            yield 1
            raise LostReadError("the server is gone")

        got = ahead(items(), lambda: None, whole_room)
        assert next(got) == 1
        with pytest.raises(LostReadError, match="the server is gone"):
            next(got)
        assert not threads()

    @pytest.mark.parametrize("taken", [1, 2])
    def test_ends_with_whoever_stops_early(self, taken: int) -> None:
        waits, closed = threading.Event(), []

        def items() -> Generator[int, None, None]:
            try:
                yield 1
                yield 2
                waits.wait(30)  # a call into the driver that only its cancellation ends
                yield 3
                yield 4
            finally:
                closed.append(threading.current_thread())

        got = ahead(items(), waits.set, whole_room)
        for _ in range(taken):
            next(got)
        got.close()
        assert len(closed) == 1
        assert closed[0] is not threading.current_thread()
        assert not threads()

    def test_begins_no_call_when_nobody_waits_any_more(self) -> None:
        waiting = Waiting(lambda: None, 60)
        assert waiting.stop()
        with pytest.raises(StoppedWaitingError):
            waiting.on(lambda: pytest.fail("begun"))


class TestReadingWhatIsWritten:
    """A bundle is written while the results are still read."""

    def orgs(self, *ids: str) -> DataFrame:
        return columns_of(DataFrame({"sourcedId": list(ids)}), {"sourcedId": list(ids)})

    def spool(self, folder: Path, *frames: DataFrame | BaseException, name: str = "orgs") -> Spool:
        spool = Spool(folder)
        spool.expect(name)
        self.go_on = threading.Semaphore(0)

        def rows() -> Iterator[DataFrame]:
            for one in frames:
                assert self.go_on.acquire(timeout=30)
                if isinstance(one, BaseException):
                    raise one
                yield one.reindex(columns=BY_NAME[name].header).astype(TEXT)

        def write() -> None:
            with suppress(LostReadError, StoppedSpoolError):
                spool.write(name, rows())

        self.writer = threading.Thread(target=write, name="oneroster-test")
        self.writer.start()
        return spool

    def test_waits_for_each_batch_and_sees_all(self, tmp_path: Path) -> None:
        spool = self.spool(tmp_path, self.orgs("1", "2"), self.orgs(), self.orgs("3"))
        seen = []
        self.go_on.release()
        for rows in spool.batches("orgs"):
            seen.append(list(rows["sourcedId"]))
            self.go_on.release(2)
        self.writer.join()
        assert seen == [["1", "2"], ["3"]]
        assert [list(rows["sourcedId"]) for rows in spool.batches("orgs")] == seen

    def test_of_no_rows_is_empty(self, tmp_path: Path) -> None:
        spool = self.spool(tmp_path)
        assert list(spool.batches("orgs")) == []
        self.writer.join()

    @pytest.mark.parametrize("at", [0, 1])
    def test_never_takes_a_part_for_the_whole(self, at: int, tmp_path: Path) -> None:
        frames = [self.orgs("1"), LostReadError("gone")][-1 - at :]
        spool = self.spool(tmp_path, *frames)
        self.go_on.release(2)
        with pytest.raises(StoppedSpoolError):
            list(spool.batches("orgs"))
        self.writer.join()

    def test_ends_when_the_run_is_stopped(self, tmp_path: Path) -> None:
        spool = self.spool(tmp_path, self.orgs("1"), self.orgs("2"))

        def read() -> None:
            list(spool.batches("orgs"))

        def run() -> None:
            with Beside(spool.stop) as beside:
                beside.begin(read)
                self.go_on.release()
                raise StoppedError("stopped on request")

        with pytest.raises(StoppedError):
            run()
        self.go_on.release()
        self.writer.join()
        assert not threads()

    def test_a_failure_beside_is_raised_while_others_go_on(self, tmp_path: Path) -> None:
        spool, failed = Spool(tmp_path), threading.Event()
        spool.expect("orgs")

        def fail() -> None:
            failed.set()
            raise DataError("an id is too long")

        def read() -> None:
            list(spool.batches("orgs"))

        def run() -> None:
            with Beside(spool.stop) as beside:
                for begun in [beside.begin(job) for job in (read, fail, read)]:
                    beside.result(begun)

        with pytest.raises(DataError, match="too long"):
            run()
        assert failed.is_set()
        assert not threads()

    def test_a_failure_beside_stops_the_read(self) -> None:
        def fail() -> None:
            raise DataError("an id is too long")

        def run() -> None:
            with Beside(lambda: None) as beside:
                beside.begin(fail)
                while True:
                    beside.refuse_failed()
                    threading.Event().wait(0.01)

        with pytest.raises(DataError):
            run()


def test_the_benchmark_runs(odbc_drivers: list[str]) -> None:
    script = Path(__file__).parent / "benchmarks" / "database.py"
    with tempfile.TemporaryDirectory(prefix="oneroster-bench-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)  # the server is another user's where we are root
        command = [sys.executable, str(script), "--small", "--folder", folder]
        done = subprocess.run([*command, "--only", "naive"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "times as fast as naive" in done.stdout
    assert "peak with twice the results" in done.stdout
