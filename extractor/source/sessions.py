"""How a session with each engine is begun: read-only, at one moment, and gently."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from extractor.errors import SourceError

SQL_SERVER, POSTGRESQL, SQLITE = "Microsoft SQL Server", "PostgreSQL", "SQLite"
Isolation = Literal["snapshot", "snapshot_only", "read_committed", "serializable"]
Run = Callable[[str], Sequence[Sequence[Any]]]
_POSTGRESQL_LEVELS: dict[Isolation, str] = {
    "snapshot": "REPEATABLE READ",
    "snapshot_only": "REPEATABLE READ",
    "read_committed": "READ COMMITTED",
    "serializable": "SERIALIZABLE",
}
# Of a database that nobody can change through this server (a copy, a database snapshot, or a
# secondary, which reads at one moment whatever is asked) the last column is 1.
_STATE = (
    "SELECT snapshot_isolation_state, "
    "CASE WHEN DATABASEPROPERTYEX(DB_NAME(), 'Updateability') = 'READ_ONLY' THEN 1 ELSE 0 END "
    "FROM sys.databases WHERE database_id = DB_ID()"
)


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

    Raises:
        SourceError: if settings want a snapshot or nothing, and the database allows none.
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
    run(
        f"SET TRANSACTION ISOLATION LEVEL {_POSTGRESQL_LEVELS[conduct.isolation]}, "
        f"READ ONLY{', DEFERRABLE' if conduct.isolation == 'serializable' else ''}"
    )
    run(f"SET LOCAL lock_timeout = {conduct.lock_timeout * 1000}")
    run(f"SET LOCAL statement_timeout = {conduct.query_timeout * 1000}")
    # The driver fetches through a cursor, which PostgreSQL plans for its first tenth only.
    run("SET LOCAL cursor_tuple_fraction = 1")
    return conduct.isolation != "read_committed"


def _sql_server(run: Run, end: Callable[[], None], conduct: Conduct, *, by_statement: bool) -> bool:
    """Read one moment where that can be, else what settings say; tell which. Never NOLOCK."""
    run(f"SET LOCK_TIMEOUT {conduct.lock_timeout * 1000}")
    rows = run(_STATE)
    end()  # the level cannot change inside a transaction
    level, one_moment = _level(conduct.isolation, rows[0] if rows else (0, 0))
    run(f"SET TRANSACTION ISOLATION LEVEL {level}")
    if by_statement:
        run("BEGIN TRANSACTION")
    return one_moment


def _level(isolation: Isolation, state: Sequence[Any]) -> tuple[str, bool]:
    """Choose SQL Server's isolation level; tell whether it sees the database at one moment."""
    allowed, unchanging = state[0] == 1, state[1] == 1
    if isolation == "serializable":
        return "SERIALIZABLE", True
    if isolation != "read_committed" and allowed:
        return "SNAPSHOT", True
    if isolation == "snapshot_only" and not unchanging:
        raise SourceError(
            "sis.isolation is snapshot_only, and the database does not allow snapshots; its "
            "administrator allows them with: ALTER DATABASE ... SET ALLOW_SNAPSHOT_ISOLATION ON"
        )
    return "READ COMMITTED", unchanging
