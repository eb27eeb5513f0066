"""What bad input gets: an exit code, a message that says what to do, and nothing lost."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import AS_OF, Postgres, edit
from filelock import FileLock

from extractor.errors import DataError, OneRosterError, OutputError, SettingsError, SourceError
from extractor.pipeline import extract
from extractor.plan import queries_used, render
from extractor.progress import Quiet
from extractor.queries import grant_script
from extractor.settings import load

OLD = b"the bundle of last night"
SECRET = "hunter2-hunter2"


def run(demo: Path, connection: str | None = None) -> None:
    settings = load(demo / "oneroster.toml")
    if connection:
        sis = settings.sis.model_copy(update={"connection": connection})
        settings = settings.model_copy(update={"sis": sis})
    extract(settings, settings.vendor, AS_OF, demo / "out", Quiet())


@pytest.fixture
def old_bundle(own_demo: Path) -> Iterator[Path]:
    """A bundle of an earlier run; whatever happens, it is still there, whole."""
    bundle = own_demo / "out" / "roster" / "OneRoster.zip"
    bundle.parent.mkdir(parents=True)
    bundle.write_bytes(OLD)
    yield bundle
    assert bundle.read_bytes() == OLD
    left = {path.name for path in (own_demo / "out").rglob("*") if path.is_file()}
    assert left <= {"OneRoster.zip", ".oneroster.lock", "report.json"}


def failure(kind: type[OneRosterError], demo: Path, connection: str | None = None) -> str:
    with pytest.raises(kind) as caught:
        run(demo, connection)
    assert SECRET not in str(caught.value)
    return str(caught.value)


@pytest.mark.usefixtures("old_bundle")
class TestSqlite:
    def test_no_such_file(self, own_demo: Path) -> None:
        message = failure(SourceError, own_demo, "sqlite:///gone.sqlite")
        assert "gone.sqlite" in message
        assert "correct the path" in message

    def test_a_file_that_is_no_database(self, own_demo: Path) -> None:
        (own_demo / "text.sqlite").write_text("hello " * 1000, "utf-8")
        assert "not a database" in failure(SourceError, own_demo, "sqlite:///text.sqlite")

    def test_a_missing_table_is_named(self, own_demo: Path) -> None:
        edit(own_demo / "district.sqlite", "DROP TABLE TRM")
        message = failure(SourceError, own_demo)
        assert "query terms" in message
        assert "TRM" in message
        assert "school year" in message

    def test_a_missing_column_is_named(self, own_demo: Path) -> None:
        edit(own_demo / "district.sqlite", "ALTER TABLE STU RENAME COLUMN SEM TO SEM2")
        message = failure(SourceError, own_demo)
        assert "query students" in message
        assert "SEM" in message

    def test_a_value_of_the_wrong_type_is_placed_and_not_repeated(self, own_demo: Path) -> None:
        edit(own_demo / "district.sqlite", "UPDATE STU SET GR = 'Ramirez' WHERE SN = 2")
        message = failure(DataError, own_demo)
        assert "query students" in message
        assert "column grade" in message
        assert "Ramirez" not in message


@pytest.mark.usefixtures("old_bundle")
class TestEmpty:
    @pytest.mark.parametrize(
        ("statement", "named"),
        [
            ("DELETE FROM STU", "student"),
            ("DELETE FROM LOC WHERE CD <> 0", "orgs.csv"),
            ("DELETE FROM TRM", "academicSessions.csv"),
            ("UPDATE TCH SET ID = 0", "teacher"),
        ],
    )
    def test_nobody_of_a_kind_stops_the_run(
        self, statement: str, named: str, own_demo: Path
    ) -> None:
        statements = [statement]
        if named == "teacher":
            statements.append("DELETE FROM SSE")
        edit(own_demo / "district.sqlite", *statements)
        message = failure(DataError, own_demo)
        assert "Nothing was written" in message
        if named != "orgs.csv" and named != "academicSessions.csv":
            assert named in message


@pytest.mark.usefixtures("old_bundle")
class TestSharedIds:
    def test_two_students_with_one_id_are_named_by_their_keys(self, own_demo: Path) -> None:
        edit(
            own_demo / "district.sqlite",
            "UPDATE STU SET ID = 99400003, CID = '1', FN = 'Ada', LN = 'Secretname' "
            "WHERE SC = 994 AND SN = 4",
        )
        message = failure(DataError, own_demo)
        assert "STU.ID 99400003" in message
        assert "STU 994 3" in message
        assert "STU 994 4" in message
        assert "Secretname" not in message

    def test_two_staff_with_one_id_are_named_by_their_keys(self, own_demo: Path) -> None:
        edit(
            own_demo / "district.sqlite",
            "UPDATE TCH SET ID = 994602, TF = 'Ada', TLN = 'Secretname', EM = 'a@x.example' "
            "WHERE SC = 994 AND TN = 603",
        )
        message = failure(DataError, own_demo)
        assert "TCH.ID 994602" in message
        assert "TCH 994 603" in message
        assert "Secretname" not in message

    def test_two_sections_with_one_number_are_named_by_their_keys(self, own_demo: Path) -> None:
        columns = "SC, SE, PD, BL, SM, CN, TN, TN2, TN3, RM, LO, HI, ST, FSQ, PC, SP, DEL, DTS"
        edit(
            own_demo / "district.sqlite",
            f"CREATE TABLE MST2 AS SELECT {columns} FROM MST",
            "INSERT INTO MST2 SELECT * FROM MST2 WHERE SC = 994 AND SE = 1001",
            "DROP TABLE MST",
            "ALTER TABLE MST2 RENAME TO MST",
        )
        message = failure(DataError, own_demo)
        assert "994_1001" in message
        assert "MST 994 1001" in message


@pytest.mark.usefixtures("old_bundle")
class TestPlace:
    def test_a_second_run_in_the_same_folder_stops(self, own_demo: Path) -> None:
        with FileLock(own_demo / "out" / ".oneroster.lock"):
            message = failure(OutputError, own_demo)
        assert "another run" in message

    def test_a_school_that_is_not_there(self, own_demo: Path) -> None:
        config = own_demo / "oneroster.toml"
        config.write_text(
            config.read_text("utf-8").replace('name = "roster"', 'name = "roster"\nschools = [1]'),
            "utf-8",
        )
        message = failure(SettingsError, own_demo)
        assert "schools: 1 is no active school" in message
        assert "994" in message


def test_an_output_folder_that_is_a_file(own_demo: Path) -> None:
    (own_demo / "out").write_text("", "utf-8")
    assert str(own_demo / "out") in failure(OutputError, own_demo)


Break = Callable[[str], None]


@pytest.mark.usefixtures("old_bundle")
class TestPostgres:
    """A reader with no more rights than it needs, and everything that can be away."""

    @pytest.fixture(autouse=True)
    def reader(self, postgres: Postgres, postgres_demo: str) -> Iterator[str]:
        postgres.run("CREATE ROLE reader LOGIN PASSWORD 'hunter2-hunter2'")
        postgres.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
        try:
            yield postgres.connection(user="reader") + f";PWD={SECRET}"
        finally:
            postgres.run("DROP OWNED BY reader; DROP ROLE reader")

    def test_a_revoked_right_is_named(
        self, own_demo: Path, postgres: Postgres, reader: str
    ) -> None:
        postgres.run("REVOKE SELECT ON crs FROM reader")
        message = failure(SourceError, own_demo, reader)
        assert "query course_catalog" in message
        assert "lacks a right: crs" in message

    def test_a_missing_table_is_named(
        self, own_demo: Path, postgres: Postgres, reader: str
    ) -> None:
        postgres.run("ALTER TABLE trm RENAME TO trm2")
        try:
            message = failure(SourceError, own_demo, reader)
        finally:
            postgres.run("ALTER TABLE trm2 RENAME TO trm")
        assert "query terms" in message
        assert "a table is missing" in message
        assert "trm" in message

    def test_a_missing_column_is_named(
        self, own_demo: Path, postgres: Postgres, reader: str
    ) -> None:
        postgres.run("ALTER TABLE stu RENAME COLUMN sem TO sem2")
        try:
            message = failure(SourceError, own_demo, reader)
        finally:
            postgres.run("ALTER TABLE stu RENAME COLUMN sem2 TO sem")
        assert "a column is missing: stu.sem" in message

    def test_a_database_that_is_not_there(self, own_demo: Path, postgres: Postgres) -> None:
        connection = postgres.connection("DST25000EagleUSD") + f";PWD={SECRET}"
        assert "refused the login or the database" in failure(SourceError, own_demo, connection)

    def test_a_user_that_is_not_there(self, own_demo: Path, postgres: Postgres) -> None:
        connection = postgres.connection(user="nobody") + f";PWD={SECRET}"
        assert "check" in failure(SourceError, own_demo, connection)

    def test_a_server_that_is_not_there(self, own_demo: Path) -> None:
        connection = f"Driver=PostgreSQL Unicode;Server=127.0.0.1;Port=1;UID=a;PWD={SECRET}"
        assert "cannot be reached" in failure(SourceError, own_demo, connection)

    def test_a_driver_that_is_not_there(self, own_demo: Path) -> None:
        connection = f"Driver=ODBC Driver 99 for SQL Server;Server=x;UID=a;PWD={SECRET}"
        message = failure(SourceError, own_demo, connection)
        assert "driver is not installed" in message
        assert "PostgreSQL Unicode" in message

    def test_the_rights_of_the_grant_script_are_enough(
        self, own_demo: Path, tmp_path: Path, postgres: Postgres, reader: str
    ) -> None:
        settings = load(own_demo / "oneroster.toml")
        postgres.run("REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM reader")
        rendered = [render(settings, name, AS_OF) for name in queries_used(settings)]
        postgres.run(grant_script(rendered, "public", "reader"))
        sis = settings.sis.model_copy(update={"connection": reader})
        settings = settings.model_copy(update={"sis": sis})
        report = extract(settings, settings.vendor, AS_OF, tmp_path / "elsewhere", Quiet())
        assert all(bundle.path.exists() for bundle in report.bundles)


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_what_is_written_is_its_owners_alone(own_demo: Path) -> None:
    run(own_demo)
    out = own_demo / "out"
    modes = {path.name: path.stat().st_mode & 0o077 for path in out.rglob("*")}
    assert set(modes.values()) == {0}, modes


def findings(demo: Path) -> dict[str, int]:
    settings = load(demo / "oneroster.toml")
    report = extract(settings, settings.vendor, AS_OF, demo / "out", Quiet())
    return {finding.name: finding.count for finding in report.findings}


@pytest.mark.parametrize(
    ("statement", "finding", "more"),
    [
        ("UPDATE SEC SET SN = SN + 30000 WHERE SC = 993", "enrollment_without_student", 1),
        ("DELETE FROM MST WHERE SC = 993", "school_without_class", 1),
        ("UPDATE LOC SET NM = '' WHERE CD = 993", "school_without_name", 1),
        ("UPDATE MST SET TN = 0, TN2 = 0, TN3 = 0 WHERE SC = 993", "section_without_teacher", 1),
        ("DELETE FROM SSE WHERE SC = 894", "section_without_teacher", 1),
        ("UPDATE STU SET ETH = 'Q' WHERE SC = 993", "unknown_hispanic", 1),
        ("UPDATE MST SET BL = 99 WHERE SC = 993", "block_unusable", 1),
    ],
)
def test_nothing_vanishes_without_a_finding(
    statement: str, finding: str, more: int, own_demo: Path
) -> None:
    before = findings(own_demo).get(finding, 0)
    edit(own_demo / "district.sqlite", statement)
    assert findings(own_demo).get(finding, 0) >= before + more


@pytest.mark.parametrize("column", ["SD", "ED"])
def test_a_date_of_1900_is_no_date_in_the_queries_either(column: str, own_demo: Path) -> None:
    database = own_demo / "district.sqlite"
    edit(database, f"UPDATE SSE SET {column} = NULL")
    before = findings(own_demo)
    edit(database, f"UPDATE SSE SET {column} = '1900-01-01 00:00:00'")
    assert findings(own_demo) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE CAR SET DE = '9999-12-31 00:00:00' WHERE SN = 1",
        "UPDATE TRM SET D2 = '9999-12-31 00:00:00' WHERE SC = 994 AND TM = 'S'",
        "UPDATE STU SET DTS = '9999-12-31 23:59:59.997' WHERE SN = 1",
        "UPDATE STU SET FN = char(1, 2), LN = char(3) WHERE SC = 994 AND SN = 5",
        "UPDATE CRS SET CO = char(1) WHERE CN = '0634'",
        "UPDATE MST SET CN = char(2) WHERE SC = 994 AND SE = 1001",
    ],
)
def test_one_odd_row_does_not_stop_a_district(statement: str, own_demo: Path) -> None:
    edit(own_demo / "district.sqlite", statement)
    run(own_demo)
