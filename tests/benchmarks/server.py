"""A PostgreSQL server of the benchmark's own, and the demo district inside it.

Both stay in a folder between runs; the server runs only while it is needed. Data go in through
COPY, as the tables of `extractor.demo` have them, with their indexes and statistics.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pandas import DataFrame

from extractor.demo.district import district
from extractor.demo.schema import TABLES, create, create_indexes, qualified

AS_OF = date(2026, 10, 1)
# A small server's; what is on only for safety against power cuts is off.
SETTINGS = {
    "shared_buffers": "512MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "jit": "off",
    "fsync": "off",
    "listen_addresses": "127.0.0.1",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server on loopback."""

    tools: Path
    port: int

    def connection(self, database: str) -> str:
        """Return an ODBC string for a database."""
        return (
            "Driver=PostgreSQL Unicode;Server=127.0.0.1;"
            f"Port={self.port};Database={database};UID=postgres"
        )

    def psql(self, database: str, *commands: str, data: bytes | None = None) -> str:
        """Run commands; return what they print, bare."""
        login = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database)
        each = [part for command in commands for part in ("-c", command)]
        done = subprocess.run(
            [str(self.tools / "psql"), "-qAtX", "-v", "ON_ERROR_STOP=1", *login, *each],
            input=data,
            stdout=subprocess.PIPE,
            check=True,
        )
        return done.stdout.decode().strip()

    def has(self, database: str) -> bool:
        """Tell whether a database is there; it gets its name when it is complete."""
        asked = f"SELECT 1 FROM pg_database WHERE datname = '{database}'"
        return self.psql("postgres", asked) == "1"

    def fill(self, database: str, students: int, assignments: int) -> None:
        """Make the demo district in a database, unless it is there."""
        if self.has(database):
            return
        unfinished = f"{database}_unfinished"
        self.psql("postgres", f"DROP DATABASE IF EXISTS {unfinished}")
        self.psql("postgres", f"CREATE DATABASE {unfinished}")
        self.psql(unfinished, *(create(table, "postgresql") for table in TABLES.values()))
        for name, frame in district(students, 1, AS_OF, assignments):
            self._copy(unfinished, name, frame)
        for table in TABLES.values():
            indexes = create_indexes(table)
            if indexes:
                self.psql(unfinished, *indexes)
        self.psql(unfinished, "VACUUM ANALYZE")
        self.psql("postgres", f"ALTER DATABASE {unfinished} RENAME TO {database}")

    def _copy(self, database: str, name: str, frame: DataFrame) -> None:
        if frame.empty:
            return
        columns = TABLES[name].names
        text = frame[list(columns)].to_csv(index=False, header=False, na_rep="\\N", quoting=0)
        form = "FORMAT csv, NULL '\\N'"
        target = f"{qualified(name, None)} ({', '.join(columns)})"
        self.psql(database, f"COPY {target} FROM STDIN ({form})", data=text.encode())


@contextmanager
def serve(folder: Path) -> Iterator[Server]:
    """Run a server whose data are in this folder; made at the first time."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = found[-1] if found else Path(shutil.which("initdb") or "")
    if not initdb.name:
        raise SystemExit("a PostgreSQL server is missing; run tests/system-packages")
    as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder.mkdir(parents=True, exist_ok=True)
    if as_other:
        shutil.chown(folder, "postgres")
        folder.chmod(0o700)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def tool(name: str, *arguments: str) -> None:
        command = [*as_other, str(initdb.with_name(name)), *arguments]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        subprocess.run(command, check=True, cwd="/", env={**os.environ, "LC_ALL": "C"}, **quiet)

    data = str(folder / "data")
    if not (folder / "data" / "PG_VERSION").exists():
        tool("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = [f"-c {name}={value}" for name, value in SETTINGS.items()]
    asked = " ".join([f"-p {port} -k {data}", *options])
    tool("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", asked, "start")
    try:
        yield Server(initdb.parent, port)
    finally:
        tool("pg_ctl", "-D", data, "-m", "fast", "stop")
