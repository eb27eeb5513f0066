"""Faults of a real database in mid-read: exit code, message, nothing half, and the next night."""

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from conftest import AS_OF, Postgres
from nights import SECRET, Night, ended, waited

NUMBERS = count(1)
WHOLE = {"roster", "everything", "OneRoster.zip", "report.json", ".oneroster.lock"}


@pytest.fixture
def night(own_demo: Path, postgres: Postgres, postgres_demo: str) -> Iterator[Night]:
    import pyodbc

    database = f"night{next(NUMBERS)}"
    gc.collect()  # errors of tests before hold their sessions, and a template must have none
    with closing(pyodbc.connect(postgres.connection("template1"), autocommit=True)) as session:
        session.execute(f"CREATE DATABASE {database} TEMPLATE postgres")
    night = Night(postgres, database, own_demo)
    toml = own_demo / "oneroster.toml"
    text = toml.read_text("utf-8").replace(
        '"sqlite:///district.sqlite"', '{env = "SIS_CONNECTION"}'
    )
    toml.write_text(text, "utf-8")
    try:
        yield night
    finally:
        night.let_go()
        with closing(pyodbc.connect(postgres.connection("template1"), autocommit=True)) as session:
            session.execute(f"DROP DATABASE {database} WITH (FORCE)")


@pytest.fixture(scope="session")
def expected(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("expected")
    command = ["extract", "--config", demo / "oneroster.toml", "--as-of", AS_OF, "--out", out]
    subprocess.run(
        [sys.executable, "-m", "extractor", *map(str, command)], check=True, capture_output=True
    )
    return {path.parent.name: path.read_bytes() for path in out.glob("*/*.zip")}


def fails(night: Night, said: str, *more: str) -> str:
    """Run in vain: exit 3, the message, no secret, nothing half, last night's bundles whole."""
    last = night.put_last_nights()
    code, message = night.run(*more)
    held_to(night, last, code, message, said)
    return message


def held_to(night: Night, last: dict[str, bytes], code: int, message: str, said: str) -> None:
    assert said in message
    assert code == 3, message
    assert SECRET not in message
    assert "Traceback" not in message
    assert night.bundles() == last
    assert night.left() <= WHOLE - {"report.json"}


def succeeds(night: Night, expected: dict[str, bytes]) -> str:
    code, message = night.run()
    assert code == 0, message
    assert night.bundles() == expected
    assert night.left() == WHOLE
    return message


class TestTheServer:
    def test_stopped_in_mid_read(self, night: Night, expected: dict[str, bytes]) -> None:
        night.sis(attempts=1)
        last = night.put_last_nights()
        night.hold()
        with night.running() as process:
            night.reached()
            night.server.stop()
            try:
                code, message = ended(process)
            finally:
                night.held.clear()
                night.server.start()
        held_to(night, last, code, message, "query students_in_sections: the connection broke")
        assert "read sections" in message  # it was in the middle
        succeeds(night, expected)

    def test_stopped_in_mid_read_and_started_again(
        self, night: Night, expected: dict[str, bytes]
    ) -> None:
        night.put_last_nights()
        night.hold()
        with night.running() as process:
            night.reached()
            night.server.stop()
            night.held.clear()
            night.server.start()
            code, message = ended(process)
        assert code == 0, message
        assert "attempt 2 of 3" in message
        assert night.bundles() == expected

    def test_that_stays_away_after_a_lost_read(self, night: Night) -> None:
        night.sis(attempts=2)
        last = night.put_last_nights()
        night.hold()
        with night.running() as process:
            night.reached()
            night.server.stop()
            try:
                code, message = ended(process)
            finally:
                night.held.clear()
                night.server.start()
        held_to(night, last, code, message, "the server cannot be reached")
        assert "The read was begun 2 times (sis.attempts)." in message

    def test_that_was_never_there_is_not_asked_twice(self, night: Night) -> None:
        night.extra = ";Port=1"  # the first of two counts
        night.server = Postgres(1, night.server.run, night.server.start, night.server.stop)
        message = fails(night, "the server cannot be reached")
        assert "attempt 2" not in message


class TestABackendThatIsTerminated:
    def test_is_read_anew_whole(self, night: Night, expected: dict[str, bytes]) -> None:
        night.hold()
        with night.running() as process:
            backend = night.reached()
            night.sql(
                f"SELECT pg_terminate_backend({backend})",
                "UPDATE crs SET co = co || ' II'",
                "DELETE FROM sec WHERE sc = 994",
            )
            night.let_go()
            code, message = ended(process)
        assert code == 0, message
        assert "the connection broke" in message
        assert "all is read anew in" in message
        assert "attempt 2 of 3" in message
        assert message.count("read sections: ") == 2
        anew = night.bundles(), findings(night)
        code, message = night.run()
        assert code == 0, message
        assert (night.bundles(), findings(night)) == anew  # of one state, and nothing twice
        assert night.bundles() != expected

    def test_with_one_attempt_fails(self, night: Night, expected: dict[str, bytes]) -> None:
        night.sis(attempts=1)
        last = night.put_last_nights()
        night.hold()
        with night.running() as process:
            night.sql(f"SELECT pg_terminate_backend({night.reached()})")
            code, message = ended(process)
        held_to(night, last, code, message, "the connection broke")
        assert "attempt" not in message
        night.let_go()
        succeeds(night, expected)

    def test_between_two_fetches(self, night: Night, expected: dict[str, bytes]) -> None:
        night.sis(attempts=1)
        night.extra = ";Fetch=50"
        last = night.put_last_nights()
        night.hold(after=150)
        with night.running() as process:
            night.sql(f"SELECT pg_terminate_backend({night.reached()})")
            code, message = ended(process)
        held_to(night, last, code, message, "the connection broke")
        night.let_go()
        succeeds(night, expected)


def findings(night: Night) -> list[object]:
    report = json.loads((night.folder / night.out / "report.json").read_text("utf-8"))
    found: list[object] = report["findings"]
    assert found
    return found


@pytest.mark.parametrize("after", [0, 150], ids=["before the first row", "in mid-fetch"])
def test_a_query_past_its_time_is_cancelled_on_the_server(
    after: int, night: Night, expected: dict[str, bytes]
) -> None:
    night.sis(query_timeout=2)
    night.extra = ";Fetch=50"
    night.hold(after=after)
    message = fails(night, "query students_in_sections: ")
    assert "sis.query_timeout" in message
    assert "attempt" not in message
    assert night.busy() == []
    night.let_go()
    night.sis(query_timeout=600)
    succeeds(night, expected)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("after", [0, 150], ids=["before the first row", "in mid-fetch"])
def test_a_run_that_is_stopped_cancels_its_query(
    number: signal.Signals, after: int, night: Night, expected: dict[str, bytes]
) -> None:
    night.extra = ";Fetch=50"
    last = night.put_last_nights()
    night.hold(after=after)
    with night.running() as process:
        night.reached()
        process.send_signal(number)
        code, message = ended(process)
        assert night.busy() == []
    assert code == 130, message
    assert "stopped on request" in message
    assert night.bundles() == last
    assert night.left() <= WHOLE - {"report.json"}
    night.let_go()
    succeeds(night, expected)


class TestATableThatIsLocked:
    def test_for_longer_than_settings_wait(self, night: Night, expected: dict[str, bytes]) -> None:
        night.sis(lock_timeout=1)
        with closing(night.session(autocommit=False)) as other:
            other.execute("LOCK TABLE stu IN ACCESS EXCLUSIVE MODE")
            message = fails(night, "another session holds a lock that did not end within 1 sec")
        assert "sis.lock_timeout" in message
        assert "attempt" not in message
        succeeds(night, expected)

    def test_for_a_moment_is_waited_for(self, night: Night, expected: dict[str, bytes]) -> None:
        waits = (
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
            "AND datname = current_database()"
        )
        with (
            closing(night.session(autocommit=False)) as other,
            night.running() as process,
        ):
            other.execute("LOCK TABLE stu IN ACCESS EXCLUSIVE MODE")
            waited("a run at the lock", lambda: night.sql(waits))
            other.rollback()
            code, message = ended(process)
        assert code == 0, message
        assert night.bundles() == expected


@pytest.mark.parametrize(
    ("breaking", "mending", "said"),
    [
        (
            "REVOKE SELECT ON stu FROM {reader}",
            "GRANT SELECT ON stu TO {reader}",
            "the login lacks a right: stu; run the grant script",
        ),
        (
            "REVOKE SELECT ON stu FROM {reader}; GRANT SELECT (sc, sn, id, del, tg) ON stu "
            "TO {reader}",
            "GRANT SELECT ON stu TO {reader}",
            "the login lacks a right: stu; run the grant script",
        ),
        (
            "ALTER TABLE stu RENAME COLUMN sem TO gone",
            "ALTER TABLE stu RENAME COLUMN gone TO sem",
            "a column is missing: stu.sem; this SIS lacks a column",
        ),
        (
            "ALTER TABLE sec RENAME TO gone",
            "ALTER TABLE gone RENAME TO sec",
            "a table is missing, or the login may not see it: sec",
        ),
        (
            "ALTER ROLE {reader} NOLOGIN",
            "ALTER ROLE {reader} LOGIN",
            "the server refused the login or the database; check UID, PWD",
        ),
    ],
    ids=["right on a table", "right on a column", "column", "table", "login"],
)
def test_what_was_taken_away_is_named_and_not_asked_for_twice(
    breaking: str, mending: str, said: str, night: Night, expected: dict[str, bytes]
) -> None:
    reader = f"reader_of_{night.database}"
    night.sql(
        f"CREATE ROLE {reader} LOGIN", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}"
    )
    night.user = reader
    try:
        night.sql(breaking.format(reader=reader))
        assert "attempt" not in fails(night, said)
        night.sql(mending.format(reader=reader))
        succeeds(night, expected)
    finally:
        night.sql(f"DROP OWNED BY {reader}", f"DROP ROLE {reader}")


class TestOneMoment:
    CHANGE = ("UPDATE crs SET co = co || ' II'", "DELETE FROM sec", "DELETE FROM stu")

    def test_what_changes_in_mid_read_is_not_seen(
        self, night: Night, expected: dict[str, bytes]
    ) -> None:
        night.hold()
        with night.running() as process:
            night.reached()
            night.sql(*self.CHANGE)
            night.let_go()
            code, message = ended(process)
        assert code == 0, message
        assert night.bundles() == expected

    def test_is_given_up_aloud_where_settings_say_so(self, night: Night) -> None:
        night.sis(isolation="read_committed")
        night.hold()
        with night.running() as process:
            night.reached()
            night.sql("UPDATE stf SET fn = 'Changed'")
            night.let_go()
            code, message = ended(process)
        assert code == 0, message
        assert "read_not_at_one_moment" in message
        assert b"Changed" in b"".join(unzipped(night))

    @pytest.mark.parametrize("isolation", ["snapshot_only", "serializable"])
    def test_in_other_ways_gives_the_same_bytes(
        self, isolation: str, night: Night, expected: dict[str, bytes]
    ) -> None:
        night.sis(isolation=isolation)
        assert "read_not_at_one_moment" not in succeeds(night, expected)


def unzipped(night: Night) -> list[bytes]:
    import zipfile

    found = []
    for path in (night.folder / night.out).glob("*/*.zip"):
        with zipfile.ZipFile(path) as bundle:
            found += [bundle.read(name) for name in bundle.namelist()]
    return found


def test_of_two_runs_at_once_the_second_stops(night: Night, expected: dict[str, bytes]) -> None:
    night.hold()
    with night.running() as first:
        night.reached()
        code, message = night.run()
        assert code == 3, message
        assert "another run is writing there (process " in message
        assert "wait for it to end" in message
        assert first.poll() is None
        night.let_go()
        code, message = ended(first)
    assert code == 0, message
    assert night.bundles() == expected


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 400 KiB; where that is not allowed, the test limits the size of a file."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_at_the_output(
    small_disk: Path, night: Night, expected: dict[str, bytes]
) -> None:
    import resource

    night.out = str(small_disk)
    last = night.put_last_nights()
    limited = not os.path.ismount(small_disk)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    if limited:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, before[1]))  # the run inherits it
    try:
        code, message = night.run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    why = "File too large" if limited else "No space left on device"
    held_to(night, last, code, message, why)
    if not limited:
        subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    succeeds(night, expected)
