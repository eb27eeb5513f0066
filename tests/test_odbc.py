"""Connection strings, drivers, what their errors become, and how sessions are begun."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import missing

from extractor.errors import LostReadError, SettingsError, SourceError, UnreachableError
from extractor.source import connect, drivers
from extractor.source.connection_strings import completed, family, parts, trusted
from extractor.source.remedies import Asked, failure
from extractor.source.sessions import SQL_SERVER, Conduct, begin

MICROSOFT = "Driver={ODBC Driver 18 for SQL Server};Server=sql01"
SECRET = "hunter2-not-to-be-told"


class TestConnectionStrings:
    @pytest.mark.parametrize(
        ("given", "added"),
        [
            (MICROSOFT, "Encrypt=yes;ApplicationIntent=ReadOnly;APP=oneroster"),
            (
                "Driver={ODBC Driver 17 for SQL Server};Encrypt=no",
                "ApplicationIntent=ReadOnly;APP=oneroster",
            ),
            (MICROSOFT + ";encrypt = strict;APP=x;", "ApplicationIntent=ReadOnly"),
            (
                "Driver=FreeTDS;Server=x;TDS_Version=7.3",
                "Encryption=require;ClientCharset=UTF-8;ApplicationIntent=ReadOnly;APP=oneroster",
            ),
            (
                "Driver=PostgreSQL Unicode;Server=x;SSLMode=verify-full;Fetch=5",
                "UseDeclareFetch=1;KeepaliveTime=60;KeepaliveInterval=10",
            ),
            ("DSN=aeries", "APP=oneroster"),
            ("Driver=SQLite3;Database=x", "NoCreat=Yes"),
            ("Driver=SQLite3;Database=x;nocreat=0", ""),
        ],
    )
    def test_are_completed_where_they_leave_something_unsaid(self, given: str, added: str) -> None:
        made = completed(given, {"aeries": "ODBC Driver 17 for SQL Server"})
        assert made == given.rstrip(";") + (f";{added}" if added else "")
        assert "trustservercertificate" not in made.lower()

    def test_are_read_with_braces_and_the_first_of_two_counts(self) -> None:
        said = parts("Driver = {A;B}; PWD={a;b}}c=d} ;Server=x;server=y;")
        assert said == {"driver": "A;B", "pwd": "a;b}c=d", "server": "x"}

    def test_of_a_data_source_belong_to_its_drivers_family(self) -> None:
        assert family(parts("DSN=aeries"), {"aeries": "FreeTDS"}) == "FreeTDS"
        assert family(parts("DSN=unknown"), {}) == "other"

    def test_without_driver_say_how_to_begin(self) -> None:
        with pytest.raises(SettingsError, match="names neither Driver nor DSN"):
            completed(f"Server=x;PWD={SECRET}", {})

    def test_that_log_in_in_two_ways_are_refused_without_the_password(self) -> None:
        assert trusted(parts(MICROSOFT + ";Trusted_Connection=Yes"))
        with pytest.raises(SettingsError, match="Trusted_Connection and UID") as caught:
            completed(f"{MICROSOFT};Trusted_Connection=yes;UID=a;PWD={SECRET}", {})
        assert SECRET not in str(caught.value)


def test_a_sqlite_file_that_is_not_there_is_told_and_not_made(
    odbc_drivers: list[str], tmp_path: Path
) -> None:
    absent = tmp_path / "distrct.sqlite"
    database = connect(
        f"Driver=SQLite3;Database={absent}", time_zone="UTC", beside=tmp_path, conduct=Conduct()
    )
    with pytest.raises(SourceError, match="SQLite cannot open the file; check Database"), database:
        pass
    assert not absent.exists()


@pytest.mark.parametrize("system", ["debian", "rhel", "macos", "windows", "other"])
@pytest.mark.parametrize("what", ["Microsoft", "FreeTDS", "PostgreSQL", "SQLite", "unixODBC"])
def test_every_driver_can_be_got_on_every_system(
    what: Any, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drivers, "_system", lambda: system)
    assert drivers.how_to_get(what)


# What SQL Server's drivers say, as far as it is published; the words of names are made up.
MESSAGES = [
    ("40001", "Transaction was deadlocked on lock resources. (1205) (SQLFetch)", LostReadError,
     "another one was in its way"),
    ("08S01", "Communication link failure (0) (SQLFetch)", LostReadError, "connection broke"),
    ("HY000", "the session is in the kill state. (596) (SQLFetch)", LostReadError,
     "connection broke"),
    ("HY000", "Snapshot isolation transaction failed in database 'D' because (3961) (SQLFetch)",
     LostReadError, "rebuilt meanwhile"),
    ("HYT00", "Query timeout expired (0) (SQLExecDirectW)", SourceError, "sis.query_timeout"),
    ("42000", "Lock request time out period exceeded. (1222) (SQLFetch)", SourceError,
     "ALLOW_SNAPSHOT_ISOLATION"),
    ("42S02", "Invalid object name 'dbo.STU'. (208) (SQLExecDirectW)", SourceError, "dbo.STU"),
    ("42S22", "Invalid column name 'SEM'. (207) (SQLExecDirectW)", SourceError, "SEM"),
    ("42000", "The SELECT permission was denied on the object 'STU', database 'D'. (229)",
     SourceError, "lacks a right: STU"),
    ("XX000", f"odd: {SECRET}", SourceError, "SQLSTATE XX000"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "message", "kind", "said"), MESSAGES)
def test_errors_of_sql_server_become_remedies(
    state: str, message: str, kind: type[SourceError], said: str
) -> None:
    error = failure("query students", state, f"{message} {SECRET}", Asked(family="Microsoft"))
    assert type(error) is kind
    assert said in str(error)
    assert SECRET not in str(error)


@pytest.mark.parametrize(
    ("state", "message", "said"),
    [
        ("28000", "Login failed for user 'D\\x'. (18456)", "Trusted_Connection"),
        ("HY000", "SSPI Provider: No Kerberos credentials available", "Kerberos ticket"),
        ("08001", "SSL Provider: certificate verify failed:self-signed certificate", "trust"),
    ],
)
def test_refused_logins_of_a_trusted_account_name_no_password(
    state: str, message: str, said: str
) -> None:
    error = failure("sis.connection", state, message, Asked(trusted=True), connecting=True)
    assert type(error) is SourceError
    assert said in str(error)
    assert "PWD" not in str(error)


class TestSqlServersSession:
    """No SQL Server runs here: what would be sent is held, not what it does."""

    def begun(self, isolation: Any, state: Sequence[int]) -> tuple[list[str], bool]:
        sent: list[str] = []

        def run(sql: str) -> Sequence[Sequence[int]]:
            sent.append(sql)
            return [state] if sql.startswith("SELECT") else []

        made = begin(run, lambda: sent.append("ROLLBACK"), SQL_SERVER, Conduct(isolation))
        assert "NOLOCK" not in "".join(sent)
        assert sent[0] == "SET LOCK_TIMEOUT 60000"
        assert sent[-2] == "ROLLBACK"
        return sent, made

    @pytest.mark.parametrize(
        ("isolation", "state", "level", "one_moment"),
        [
            ("snapshot", (1, 0), "SNAPSHOT", True),
            ("snapshot", (0, 0), "READ COMMITTED", False),
            ("snapshot", (2, 0), "READ COMMITTED", False),  # being switched off
            ("snapshot", (0, 1), "READ COMMITTED", True),  # a database that nobody changes
            ("snapshot_only", (1, 0), "SNAPSHOT", True),
            ("read_committed", (1, 0), "READ COMMITTED", False),
            ("serializable", (0, 0), "SERIALIZABLE", True),
        ],
    )
    def test_is_as_gentle_as_can_be(
        self, isolation: str, state: Sequence[int], level: str, one_moment: bool
    ) -> None:
        sent, made = self.begun(isolation, state)
        assert sent[-1] == f"SET TRANSACTION ISOLATION LEVEL {level}"
        assert made is one_moment

    def test_is_not_begun_where_only_a_snapshot_will_do(self) -> None:
        with pytest.raises(SourceError, match="ALLOW_SNAPSHOT_ISOLATION ON"):
            self.begun("snapshot_only", (0, 0))


@pytest.fixture
def microsoft(tmp_path: Path) -> dict[str, str]:
    """Register Microsoft's own driver for one process; where there is none of it, say so."""
    import mssql_python_odbc

    libraries = Path(mssql_python_odbc.__file__).parent / "libs"
    kind = "debian_ubuntu" if Path("/etc/debian_version").exists() else "rhel"
    found = sorted(libraries.glob(f"linux/{kind}/{os.uname().machine}/lib/libmsodbcsql*"))
    if not found:
        missing("Microsoft's driver for this platform")
    entry = f"[ODBC Driver 18 for SQL Server]\nDriver={found[0]}\n"
    (tmp_path / "odbcinst.ini").write_text(entry, "utf-8")
    return {**os.environ, "ODBCSYSINI": str(tmp_path), "ODBCINSTINI": "odbcinst.ini"}


class TestMicrosoftsDriver:
    def connecting(self, environment: dict[str, str], connection: str) -> str:
        """Connect with the real driver; return what is said, and refuse any secret in it."""
        program = (
            "import sys; from pathlib import Path\n"
            "from extractor.source import connect\n"
            "from extractor.source.sessions import Conduct\n"
            "try:\n"
            "    with connect(sys.argv[1], time_zone='UTC', beside=Path(),\n"
            "                 conduct=Conduct(login_timeout=2)): pass\n"
            "except Exception as error: print(type(error).__name__, error)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, f"{connection};PWD={SECRET}"],
            capture_output=True,
            encoding="utf-8",
            env=environment,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert SECRET not in done.stdout
        return done.stdout

    def test_loads_and_tells_a_closed_port(self, microsoft: dict[str, str]) -> None:
        with closing(socket.socket()) as taken:  # bound, and nobody listens
            taken.bind(("127.0.0.1", 0))
            said = self.connecting(
                microsoft,
                "Driver={ODBC Driver 18 for SQL Server};UID=a;"
                f"Server=127.0.0.1,{taken.getsockname()[1]}",
            )
        assert said.startswith(f"{UnreachableError.__name__} sis.connection: the server cannot be")

    def test_tells_a_server_that_never_answers(self, microsoft: dict[str, str]) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as silent:
            said = self.connecting(
                microsoft,
                "Driver={ODBC Driver 18 for SQL Server};UID=a;"
                f"Server=127.0.0.1,{silent.getsockname()[1]}",
            )
        assert "cannot be reached" in said

    @pytest.mark.parametrize("option", ["Encrypt=maybe", "ApplicationIntent=Nonsense"])
    def test_reports_a_wrong_value(self, option: str, microsoft: dict[str, str]) -> None:
        driver = "Driver={ODBC Driver 18 for SQL Server};UID=a;Server=127.0.0.1,1;"
        said = self.connecting(microsoft, driver + option)
        assert f"does not know the value of {option.partition('=')[0]}" in said

    def test_of_another_version_is_named_beside_the_one_there_is(
        self, microsoft: dict[str, str]
    ) -> None:
        said = self.connecting(microsoft, "Driver={ODBC Driver 17 for SQL Server};UID=a;Server=x")
        assert "installed drivers: ODBC Driver 18 for SQL Server; to get it: " in said
