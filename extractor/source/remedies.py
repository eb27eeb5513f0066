"""What a driver's error means and what to do about it, without its values and secrets."""

import re
from collections.abc import Sequence

from extractor.errors import LostReadError, SourceError

# SQLSTATE, what the driver's message must hold, and what to tell. The first that fits counts;
# the driver's own text is shown only where it names objects, never values.
_REMEDIES: tuple[tuple[str, str, str], ...] = (
    (
        r"IM002|IM003|IM004|01000",
        r"Data source name not found|[Cc]an't open lib|specified driver could not be loaded",
        "the ODBC driver is not installed, or its name in the connection string is wrong; "
        "installed drivers: {drivers}",
    ),
    (
        r"28000|28P01|42000|08001|HY000|08004",
        r"[Ll]ogin failed|[Pp]assword authentication failed|no password supplied|"
        r"Cannot open database|database \".*\" does not exist",
        "the server refused the login or the database; check UID, PWD and Database in the "
        "connection string, and that the login may use that database",
    ),
    (
        r"HYT00|42000",
        r"[Ll]ock request time out",
        "another session has locked a table for a minute; try again, or allow snapshots: "
        "ALTER DATABASE ... SET ALLOW_SNAPSHOT_ISOLATION ON",
    ),
    (
        r"08...|HYT00|HYT01|01000",
        r"",
        "the server cannot be reached, or the connection broke; check Server and port in the "
        "connection string, the network and the firewall",
    ),
    (
        r"42S02|42P01|42000|HY000",
        r"Invalid object name|relation .* does not exist|no such table",
        "a table is missing, or the login may not see it: {object}; check Database and "
        "sis.schema, and run the grant script",
    ),
    (
        r"42S22|42703|42000|HY000",
        r"Invalid column name|column .* does not exist|no such column",
        "a column is missing: {object}; this SIS lacks a column that the query reads: see "
        "`oneroster sql`",
    ),
    (
        r"42501|42000|HY000",
        r"permission was denied|permission denied",
        "the login lacks a right: {object}; run the grant script",
    ),
    (
        r"40001|40P01",
        r"",
        "the database ended the transaction because another one was in its way; try again",
    ),
)


def failure(doing: str, state: str, message: str, drivers: Sequence[str]) -> SourceError:
    """
    Return the error to raise for a driver's; `from None`, for the driver's text may hold values.

    Args:
        doing: what was tried, as the message begins: "query students".
        state: the SQLSTATE.
        message: what the driver said; told only as far as it names tables and columns.
        drivers: those that are installed.
    """
    kind = LostReadError if is_lost(state, message) else SourceError
    return kind(f"{doing}: {explained(state, message, drivers)}")


def is_lost(state: str, message: str) -> bool:
    """Tell whether the same read may succeed when it is begun anew."""
    return False


def explained(state: str, message: str, drivers: Sequence[str]) -> str:
    """Say what to do about a driver's error."""
    for states, words, remedy in _REMEDIES:
        if re.fullmatch(states, state) and re.search(words, message):
            return (
                remedy.format(drivers=", ".join(sorted(drivers)) or "none", object=_named(message))
                + f" (SQLSTATE {state})"
            )
    return f"the database reported SQLSTATE {state}; its administrator can look it up"


def _named(message: str) -> str:
    """Return the table or column that a driver's message names."""
    quoted = re.search(r"'([^']+)'(?:, database|\.)|\"([^\"]+)\"", message)
    plain = re.search(r"(?:relation|table|column|view):? ([\w.]+)", message)
    found = quoted or plain
    if not found:
        return "unnamed"
    return next(group for group in found.groups() if group)
