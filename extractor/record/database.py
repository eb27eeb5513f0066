"""One SQLite file that a kill at any moment leaves whole, and one writer at a time."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from extractor.errors import OutputError, SettingsError
from extractor.record.schema import STEPS, VERSION

FILE = "record.sqlite"
_WAIT = 60  # seconds for another writer


class Database:
    """
    The open record; safe to use from several threads.

    A rollback journal, not WAL: the folder may be a network share. Every commit is on the disk
    before it counts (`synchronous=EXTRA`).
    """

    def __init__(self, path: Path) -> None:
        """
        Open it, or make it, for its owner only.

        Raises:
            OutputError: it cannot be opened, or is damaged.
            SettingsError: a newer version of the program wrote it.
        """
        self.path = path
        self._lock = threading.RLock()
        self._deep = 0
        with _told(path):
            _make(path)
            self._connection = sqlite3.connect(
                path, timeout=_WAIT, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> "Database":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def _prepare(self) -> None:
        self._connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=DELETE", "synchronous=EXTRA", "foreign_keys=ON"):
            self._connection.execute(f"PRAGMA {pragma}").fetchall()
        if self._version() != VERSION:
            self._migrate()

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def _migrate(self) -> None:
        with self.transaction():
            version = self._version()  # another process may have been quicker
            if version > VERSION:
                raise SettingsError(
                    f"{self.path} was written by a newer oneroster (version {version} of its "
                    f"tables; this one knows {VERSION}): update oneroster"
                )
            for step in STEPS[version:]:
                for statement in step:
                    self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version={VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all that is inside, or nothing; one inside another is part of it."""
        with self._lock, _told(self.path):
            if self._deep:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._deep = 1
            try:
                yield
            except BaseException:
                if self._connection.in_transaction:  # a full disk has ended it already
                    self._connection.execute("ROLLBACK")
                raise
            else:
                self._connection.execute("COMMIT")
            finally:
                self._deep = 0
                if self._connection.in_transaction:  # the commit failed
                    self._connection.execute("ROLLBACK")

    def change(self, sql: str, *values: object) -> int:
        """Change rows, inside a transaction; return the id of a new one."""
        with self._lock, _told(self.path):
            return int(self._connection.execute(sql, values).lastrowid or 0)

    def change_many(self, sql: str, rows: Iterator[Sequence[object]]) -> None:
        """Change many rows, inside a transaction."""
        with self._lock, _told(self.path):
            self._connection.executemany(sql, rows)

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Return what a query gives."""
        with self._lock, _told(self.path):
            return [dict(row) for row in self._connection.execute(sql, values)]

    def row(self, sql: str, *values: object) -> dict[str, Any] | None:
        """Return the first row of a query."""
        found = self.rows(sql, *values)
        return found[0] if found else None

    def tuples(self, sql: str, *values: object) -> list[tuple[int, ...]]:
        """Return many rows of numbers, with less ado."""
        with self._lock, _told(self.path):
            cursor = self._connection.cursor()
            cursor.row_factory = None
            return cursor.execute(sql, values).fetchall()


def _make(path: Path) -> None:
    if not path.exists():
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        os.close(descriptor)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OutputError(
            f"{path}: {error}; look at the disk and its rights, and run again"
        ) from error
    except sqlite3.DatabaseError as error:
        raise OutputError(f"{path}: {error}; restore the record folder from a backup") from error
