"""Runs of the program against a real PostgreSQL, held in mid-read so that faults can be made."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conftest import AS_OF, Postgres

from extractor import queries

SECRET = "hunter2-not-to-be-told"
HELD = "students_in_sections"  # the sixth query of a run
GATE = 7  # of pg_advisory_lock
MANY_SECONDS = 60  # for a machine under load; nothing waits that long when all is well


def waited(what: str, ready: Any) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + MANY_SECONDS
    while not ready():
        assert time.monotonic() < ends, f"in vain: {what}"
        time.sleep(0.05)


@dataclass
class Night:
    """A district in a database of its own, last night's bundles, and a run that may be held."""

    server: Postgres
    database: str
    folder: Path
    user: str = "postgres"
    extra: str = ""  # of the connection string
    out: str = "out"
    held: list[Any] = field(default_factory=list)

    @property
    def connection(self) -> str:
        return f"{self.server.connection(self.database, self.user)};PWD={SECRET}{self.extra}"

    def sis(self, **settings: object) -> None:
        """Put keys into [sis]."""
        path = self.folder / "oneroster.toml"
        text = path.read_text("utf-8")
        for key, value in settings.items():
            text = re.sub(rf"(?m)^{key} = .*\n", "", text)
            shown = f'"{value}"' if isinstance(value, str) else str(value)
            text = text.replace('kind = "aeries"\n', f'kind = "aeries"\n{key} = {shown}\n')
        path.write_text(text, "utf-8")

    def overlay(self, where: str, *, after: int = 0) -> None:
        """Have the held query do something, at once or when so many rows are out."""
        shipped = (queries.folder("aeries") / f"{HELD}.sql.j2").read_text("utf-8")
        head, body = shipped.split(" with context %}\n")
        columns = ", ".join(queries.header("aeries", HELD).returns)
        wrapped = (
            f"{head} with context %}}\n"
            f"SELECT {columns} FROM (SELECT inside.*, ROW_NUMBER() OVER () AS at_row FROM (\n"
            f"{body}) AS inside) AS outside WHERE at_row < {after} OR ({where})\n"
        )
        (self.folder / "queries" / f"{HELD}.sql.j2").write_text(wrapped, "utf-8")

    def hold(self, *, after: int = 0) -> None:
        """Shut a gate in the middle of the read."""
        self.overlay(f"(SELECT COUNT(pg_advisory_lock_shared({GATE}))) = 1", after=after)
        gate = self.session()
        gate.execute("SELECT pg_advisory_lock(?)", GATE).fetchall()
        self.held.append(gate)

    def let_go(self) -> None:
        """Open the gate."""
        while self.held:
            self.held.pop().close()

    def session(self, *, autocommit: bool = True) -> Any:
        import pyodbc

        return pyodbc.connect(self.server.connection(self.database), autocommit=autocommit)

    def sql(self, *statements: str) -> list[Any]:
        """Run statements in a session of their own; return the last one's rows."""
        with closing(self.session()) as session:
            for statement in statements:
                cursor = session.execute(statement)
                rows = cursor.fetchall() if cursor.description else []
        return list(rows)

    def busy(self) -> list[Any]:
        """Return the sessions of runs whose statement is being worked at."""
        return self.sql(
            "SELECT pid, wait_event FROM pg_stat_activity WHERE state = 'active' "
            "AND datname = current_database() AND pid <> pg_backend_pid()"
        )

    @contextmanager
    def running(self, *more: str) -> Iterator["subprocess.Popen[str]"]:
        """Begin a run; end it if the test does not."""
        command = ["extract", "--config", str(self.folder / "oneroster.toml")]
        command += ["--as-of", AS_OF.isoformat(), "--out", str(self.folder / self.out), *more]
        process = subprocess.Popen(
            [sys.executable, "-m", "extractor", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "SIS_CONNECTION": self.connection, "COLUMNS": "200"},
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.communicate()

    def reached(self) -> int:
        """Wait until a run stands at the held query; return its session's number."""
        at_gate: list[int] = []
        waited("a run at the held query", lambda: self._at_gate(at_gate))
        return at_gate[0]

    def _at_gate(self, found: list[int]) -> bool:
        found += [int(number) for number, event in self.busy() if event == "advisory"]
        return bool(found)

    def run(self, *more: str) -> tuple[int, str]:
        """Run to the end; return the exit code and what was said."""
        with self.running(*more) as process:
            return ended(process)

    def bundles(self) -> dict[str, bytes]:
        return {p.parent.name: p.read_bytes() for p in (self.folder / self.out).glob("*/*.zip")}

    def put_last_nights(self) -> dict[str, bytes]:
        """Put bundles there that a failing run must leave alone."""
        last = {name: f"last night's {name}".encode() for name in ("roster", "everything")}
        for name, data in last.items():
            (self.folder / self.out / name).mkdir(parents=True, exist_ok=True)
            (self.folder / self.out / name / "OneRoster.zip").write_bytes(data)
        return last

    def left(self) -> set[str]:
        """Return the names of all files and folders below the output folder."""
        return {path.name for path in (self.folder / self.out).rglob("*")}


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Wait for a run; return its exit code, and what it said on both streams."""
    out, err = process.communicate(timeout=MANY_SECONDS)
    return process.returncode, err + out
