"""What a database tells about itself: columns and rights, version, moment, sizes.

Everything comes from the catalog, by small SELECTs that every login may run; no row of the SIS is
read. Each engine has its own catalog, so this is the one place with SQL for one engine only.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

SQL_SERVER, POSTGRESQL, SQLITE = "Microsoft SQL Server", "PostgreSQL", "SQLite"

# A table's columns, and whether the login may read each. Parameters: see `_table`.
_COLUMNS = {
    SQL_SERVER: (
        "SELECT c.name, HAS_PERMS_BY_NAME(?, 'OBJECT', 'SELECT', c.name, 'COLUMN') "
        "FROM sys.columns AS c WHERE c.object_id = OBJECT_ID(?)"
    ),
    POSTGRESQL: (
        "SELECT a.attname, CASE WHEN has_column_privilege(c.oid, a.attnum, 'SELECT') "
        "AND has_schema_privilege(n.oid, 'USAGE') THEN 1 ELSE 0 END "
        "FROM pg_catalog.pg_attribute AS a "
        "JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.relkind IN "
        "('r', 'v', 'm', 'p', 'f') JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE c.relname = ? AND (n.nspname = ? OR ? = '' AND pg_table_is_visible(c.oid)) "
        "AND a.attnum > 0 AND NOT a.attisdropped"
    ),
    SQLITE: "SELECT name, 1 FROM pragma_table_info(?)",
}
_WHERE = {
    SQL_SERVER: (
        "SELECT DB_NAME(), SUSER_SNAME(), CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128))"
    ),
    POSTGRESQL: "SELECT current_database(), current_user, current_setting('server_version')",
    SQLITE: "SELECT '', '', sqlite_version()",
}
# Seconds since 1970 in UTC, and by how many minutes the server's own time is ahead of it.
_MOMENT = {
    SQL_SERVER: (
        "SELECT DATEDIFF_BIG(second, '19700101', SYSUTCDATETIME()), "
        "DATEDIFF(minute, SYSUTCDATETIME(), SYSDATETIME())"
    ),
    POSTGRESQL: "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS bigint), NULL",
}
_ROWS = {
    SQL_SERVER: (
        "SELECT SUM(p.rows) FROM sys.partitions AS p "
        "WHERE p.object_id = OBJECT_ID(?) AND p.index_id IN (0, 1)"
    ),
    POSTGRESQL: (
        "SELECT CAST(c.reltuples AS bigint) FROM pg_catalog.pg_class AS c "
        "JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE c.relname = ? AND (n.nspname = ? OR ? = '' AND pg_table_is_visible(c.oid))"
    ),
}
# Roles whose members may do anything, or write: what, and whether this login is in it.
_POWERS = {
    SQL_SERVER: (
        "SELECT 'is a member of sysadmin', IS_SRVROLEMEMBER('sysadmin') "
        "UNION ALL SELECT 'is a member of db_owner', IS_MEMBER('db_owner') "
        "UNION ALL SELECT 'is a member of db_datawriter', IS_MEMBER('db_datawriter') "
        "UNION ALL SELECT 'may read every table', "
        "HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'SELECT')"
    ),
    POSTGRESQL: (
        "SELECT 'is a superuser', CASE WHEN r.rolsuper THEN 1 ELSE 0 END "
        "FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user "
        "UNION ALL SELECT 'owns this database', CASE WHEN pg_has_role(d.datdba, 'MEMBER') "
        "THEN 1 ELSE 0 END FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()"
    ),
}
_WRITES = {
    SQL_SERVER: (
        "SELECT CASE WHEN HAS_PERMS_BY_NAME(?, 'OBJECT', 'INSERT') = 1 "
        "OR HAS_PERMS_BY_NAME(?, 'OBJECT', 'UPDATE') = 1 "
        "OR HAS_PERMS_BY_NAME(?, 'OBJECT', 'DELETE') = 1 THEN 1 ELSE 0 END"
    ),
    POSTGRESQL: (
        "SELECT CASE WHEN has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') "
        "THEN 1 ELSE 0 END FROM pg_catalog.pg_class AS c "
        "JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE c.relname = ? AND (n.nspname = ? OR ? = '' AND pg_table_is_visible(c.oid))"
    ),
}
_SCHEMA = {
    SQL_SERVER: "SELECT COUNT(*) FROM sys.schemas AS s WHERE s.name = ?",
    POSTGRESQL: "SELECT COUNT(*) FROM pg_catalog.pg_namespace AS n WHERE n.nspname = ?",
}
_SNAPSHOT = (
    "SELECT d.compatibility_level, d.snapshot_isolation_state, d.is_read_committed_snapshot_on "
    "FROM sys.databases AS d WHERE d.name = DB_NAME()"
)


class Ask(Protocol):
    """Run one small catalog SELECT with bound values; raises what its owner raises."""

    def __call__(self, sql: str, /, *values: object) -> Sequence[Sequence[object]]:
        """Return all rows."""


@dataclass(frozen=True, slots=True)
class Where:
    """What answered: database, login and version; blank where an engine has no such thing."""

    database: str
    login: str
    version: str

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version's leading numbers, for comparing: (16, 0, 1000)."""
        plain = self.version.split(" ")[0]
        return tuple(int(part) for part in re.findall(r"\d+", plain))


@dataclass(frozen=True, slots=True)
class Catalog:
    """The catalog of one open connection; `engine` as ODBC calls it."""

    engine: str
    ask: Ask

    def where(self) -> Where:
        """Return the database, the login, and the version of the server."""
        row = self.ask(_WHERE[self.engine])[0]
        return Where(*(_plain(value) for value in row))

    def columns(self, table: str, schema: str | None) -> Mapping[str, bool]:
        """
        Return the columns of a table, in upper case, and whether the login may read each.

        Empty when there is no such table, or the server hides it from the login.
        """
        rows = self.ask(_COLUMNS[self.engine], *self._table(table, schema, 2))
        return {_plain(name).upper(): may == 1 for name, may in rows}

    def rows(self, table: str, schema: str | None) -> int:
        """Return about how many rows a table has, as the server keeps count; 0 if unknown."""
        if self.engine == SQLITE:
            known = self.columns(table, schema)
            found = self.ask(f"SELECT MAX(rowid) FROM {table}") if known else ()
        else:
            found = self.ask(_ROWS[self.engine], *self._table(table, schema, 1))
        return max(0, _number(found[0][0])) if found else 0

    def may_write(self, table: str, schema: str | None) -> bool:
        """Tell whether the login may change a table."""
        if self.engine not in _WRITES:
            return False
        found = self.ask(_WRITES[self.engine], *self._table(table, schema, 3))
        return bool(found) and found[0][0] == 1

    def powers(self) -> list[str]:
        """Return what the login may do beyond single tables: `is a member of db_owner`."""
        rows = self.ask(_POWERS[self.engine]) if self.engine in _POWERS else ()
        return [_plain(what) for what, holds in rows if holds == 1]

    def moment(self) -> tuple[int, int | None] | None:
        """
        Return the server's clock: seconds since 1970 in UTC, and its offset in minutes.

        The offset is None where local time is the session's and not the server's; all is None
        where there is no server.
        """
        if self.engine not in _MOMENT:
            return None
        seconds, ahead = self.ask(_MOMENT[self.engine])[0]
        return _number(seconds), None if ahead is None else _number(ahead)

    def snapshots(self) -> tuple[int, bool, bool] | None:
        """Return SQL Server's compatibility level, and whether SNAPSHOT and RCSI are on."""
        rows = self.ask(_SNAPSHOT) if self.engine == SQL_SERVER else ()
        if not rows:
            return None
        level, snapshot, committed = rows[0]
        return _number(level), _number(snapshot) == 1, bool(committed)

    def has_schema(self, schema: str) -> bool:
        """Tell whether a schema exists."""
        return self.ask(_SCHEMA[self.engine], self._folded(schema))[0][0] != 0

    def _table(self, table: str, schema: str | None, times: int) -> list[object]:
        """Return the parameters that name a table: what differs between the engines."""
        if self.engine == SQLITE:
            return [table]
        if self.engine == SQL_SERVER:
            return [f"{schema}.{table}" if schema else table] * times
        return [self._folded(table), self._folded(schema or ""), self._folded(schema or "")]

    def _folded(self, name: str) -> str:
        """Spell a name that no query quotes as the catalog keeps it."""
        return name.lower() if self.engine == POSTGRESQL else name


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def _number(value: object) -> int:
    return int(str(value)) if value is not None else 0
