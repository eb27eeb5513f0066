"""How a session with each engine is begun: read-only, at one moment, and gently."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

SQL_SERVER, POSTGRESQL, SQLITE = "Microsoft SQL Server", "PostgreSQL", "SQLite"
Isolation = Literal["snapshot", "snapshot_only", "read_committed", "serializable"]
Run = Callable[[str], Sequence[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Conduct:
    """How a read behaves towards a database that others work in; times in seconds."""

    isolation: Isolation = "snapshot"
    login_timeout: int = 30  # for the answer to the login
    query_timeout: int = 3600  # for the database's share of one query
    lock_timeout: int = 60  # for a table that somebody else has locked


def begin(
    run: Run, end: Callable[[], None], engine: str, conduct: Conduct, *, by_statement: bool = False
) -> bool:
    """
    Begin a read-only transaction; tell whether it sees the database at one moment.

    Args:
        run: sends one statement and returns its rows, if it has any.
        end: rolls back what is open.
        by_statement: whether a statement must open the transaction; else the driver does, with
            the first statement (autocommit is off).
    """
    if engine == SQL_SERVER:
        return _sql_server(run, end, conduct, by_statement=by_statement)
    if engine == POSTGRESQL:
        return _postgresql(run, conduct, by_statement=by_statement)
    if engine == SQLITE:
        run("PRAGMA query_only = 1")
        if by_statement:
            run("BEGIN")
    return engine == SQLITE


def _postgresql(run: Run, conduct: Conduct, *, by_statement: bool) -> bool:
    if by_statement:
        run("BEGIN")
    run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    # The driver fetches through a cursor, which PostgreSQL plans for its first tenth only.
    run("SET LOCAL cursor_tuple_fraction = 1")
    return True


def _sql_server(run: Run, end: Callable[[], None], conduct: Conduct, *, by_statement: bool) -> bool:
    """Read one moment where the database allows it, else what is committed; tell which."""
    run(f"SET LOCK_TIMEOUT {conduct.lock_timeout * 1000}")
    rows = run("SELECT snapshot_isolation_state FROM sys.databases WHERE name = DB_NAME()")
    end()  # the level cannot change inside a transaction
    one_moment = bool(rows and rows[0][0] == 1)
    level = "SNAPSHOT" if one_moment else "READ COMMITTED"
    run(f"SET TRANSACTION ISOLATION LEVEL {level}")
    if by_statement:
        run("BEGIN TRANSACTION")
    return one_moment
