"""What a driver's error means and what to do about it, without its values and secrets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from extractor.errors import LostReadError, SourceError, UnreachableError
from extractor.source.connection_strings import Family
from extractor.source.drivers import how_to_get
from extractor.source.sessions import Conduct


@dataclass(frozen=True, slots=True)
class Asked:
    """What a remedy needs to know of the connection: how it was asked for, and what is there."""

    drivers: Sequence[str] = ()  # that are installed
    family: Family = "other"
    trusted: bool = False  # logs in as the account that runs the program
    conduct: Conduct = field(default_factory=Conduct)


_BY_NAME = "check UID, PWD and Database in the connection string, and that the login may use it"
_BY_ACCOUNT = (
    "it was asked as the account that runs oneroster (Trusted_Connection): check that this "
    "account has a login there and a valid Kerberos ticket, and check Database"
)
_UNREACHABLE = (
    "the server cannot be reached; check Server and port in the connection string, the network "
    "and the firewall"
)
_LOCKED = (
    "another session holds a lock that did not end within {lock} seconds (sis.lock_timeout); "
    "try again later{snapshots}"
)
# SQLSTATE, what the driver's message must hold, and what to tell. The first that fits counts;
# the driver's own text is shown only where it names objects, never values.
_REMEDIES: tuple[tuple[str, str, str], ...] = (
    (
        r"IM002|IM003|IM004|01000",
        r"Data source name not found|[Cc]an't open lib|specified driver could not be loaded",
        "the ODBC driver is not installed, or its name in the connection string is wrong, or a "
        "library that it needs is missing; installed drivers: {drivers}{get}",
    ),
    (
        r".....",
        r"Invalid value specified for connection string attribute",
        "the driver does not know the value of {attribute}; correct it in the connection string",
    ),
    (
        r".....",
        r"certificate|SSL Provider|SSL Security error|SSL error|does not support SSL",
        "the connection cannot be encrypted as asked, or the server's certificate is not "
        "trusted; let this machine trust the authority that signed it. docs/databases.md tells "
        "the ways, and what TrustServerCertificate=yes would give up",
    ),
    (
        r"28...|08001|HY000|08004|42000",
        r"[Ll]ogin failed|authentication failed|no password supplied|Cannot open database|"
        r"(database|role) \".*\" does not exist|not permitted to log in|no pg_hba.conf entry|"
        r"Kerberos|SSPI",
        "the server refused the login or the database; {login}",
    ),
    (r"28...|0P000|3D000", r"", "the server refused the login or the database; {login}"),
    (
        r"HY000",
        r"\[SQLite\]connect failed",
        "SQLite cannot open the file; check Database in the connection string: it must be there, "
        "and the account that runs oneroster must be allowed to read it",
    ),
    (r"55P03", r"", _LOCKED),
    (r"HYT00|42000|HY000", r"[Ll]ock request time out", _LOCKED),
    (
        r"57014|HYT00|HY008",
        r"statement timeout|user request|Query timeout|[Oo]peration cancell?ed|S1T00",
        "the database cancelled the query: it ran longer than {query} seconds "
        "(sis.query_timeout), or its administrator stopped it",
    ),
    (
        r"42S02|42P01|3F000|42000|HY000",
        r"Invalid object name|(relation|schema) .* does not exist|no such table",
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
        r"40001|40P01|40003",
        r"",
        "the database ended the transaction because another one was in its way",
    ),
    (
        r"HY000|42000",
        r"Snapshot isolation transaction failed",
        "the database ended the transaction because its tables were rebuilt meanwhile",
    ),
)
_BROKE = "the connection broke, or the server stopped"
_LOST_STATES = r"08(?!001|004).*|40001|40003|40P01|57P01|57P02|57P03|HYT01"
_LOST_WORDS = (
    r"connection has been lost|closed the connection|the database system is (starting|shutting)|"
    r"Communication link failure|Snapshot isolation transaction failed"
)
# SQL Server's numbers, where the SQLSTATE says too little: killed by an administrator, going
# down, changed under a snapshot, out of room for versions, and Azure moving the database.
_LOST_NATIVE = {1205, 596, 6005, 3961, 3967, 40197, 40501, 40613, 49918, 49919, 49920}


def failure(
    doing: str, state: str, message: str, asked: Asked, *, connecting: bool = False
) -> SourceError:
    """
    Return the error to raise for a driver's; `from None`, for the driver's text may hold values.

    Args:
        doing: what was tried, as the message begins: "query students".
        state: the SQLSTATE.
        message: what the driver said; told only as far as it names tables and columns.
        connecting: whether this was the login.
    """
    remedy = _remedy(state, message)
    lost = is_lost(state, message)
    kind = LostReadError if lost else SourceError
    if not remedy and lost:
        remedy = _BROKE
    elif not remedy and connecting and re.fullmatch(r"08...|HYT0.|01000|S1T00", state):
        remedy, kind = _UNREACHABLE, UnreachableError
    elif not remedy and state.startswith("08"):
        remedy, kind = _BROKE, LostReadError
    remedy = remedy or "the database reported an error; its administrator can look it up"
    return kind(f"{doing}: {_filled(remedy, message, asked)} (SQLSTATE {state})")


def is_lost(state: str, message: str) -> bool:
    """Tell whether the same read may succeed when it is begun anew."""
    return bool(
        re.fullmatch(_LOST_STATES, state)
        or re.search(_LOST_WORDS, message)
        or _LOST_NATIVE.intersection(_native(message))
    )


def out_of_time(doing: str, conduct: Conduct) -> SourceError:
    """Return the error for a query that was cancelled because its time was over."""
    return SourceError(
        f"{doing}: took the database longer than {conduct.query_timeout} seconds and was "
        "cancelled; see why it is slow, or raise sis.query_timeout"
    )


def no_manager() -> SourceError:
    """Return the error for a machine without an ODBC driver manager."""
    return SourceError(
        f"sis.connection: ODBC cannot be used here: the driver manager is missing; "
        f"{how_to_get('unixODBC')}"
    )


def _remedy(state: str, message: str) -> str:
    fitting = (
        remedy
        for states, words, remedy in _REMEDIES
        if re.fullmatch(states, state) and re.search(words, message)
    )
    return next(fitting, "")


def _filled(remedy: str, message: str, asked: Asked) -> str:
    get = how_to_get(asked.family)
    attribute = re.search(r"connection string attribute '(\w+)'", message)
    return remedy.format(
        drivers=", ".join(sorted(asked.drivers)) or "none",
        get=f"; to get it: {get}" if get else "",
        login=_BY_ACCOUNT if asked.trusted else _BY_NAME,
        object=_named(message),
        attribute=attribute[1] if attribute else "an attribute",
        lock=asked.conduct.lock_timeout,
        query=asked.conduct.query_timeout,
        snapshots=", or allow snapshots: ALTER DATABASE ... SET ALLOW_SNAPSHOT_ISOLATION ON"
        if asked.family in ("Microsoft", "FreeTDS")
        else "",
    )


def _native(message: str) -> set[int]:
    """Return the server's own numbers of an error, as the readers of ODBC write them."""
    return {int(n) for n in re.findall(r"(?:\(|Native error: )(\d{1,9})(?:\)|,)", message)}


def _named(message: str) -> str:
    """Return the table or column that a driver's message names."""
    quoted = re.search(r"'([^']+)'(?:, database|\.)|\"([^\"]+)\"", message)
    plain = re.search(r"(?:relation|table|column|view):? ([\w.]+)", message)
    found = quoted or plain
    if not found:
        return "unnamed"
    return next(group for group in found.groups() if group)
