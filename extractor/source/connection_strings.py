"""ODBC connection strings: what they say, and the safe values of what they leave unsaid."""

import re
from collections.abc import Mapping
from typing import Literal

from extractor.errors import SettingsError

Family = Literal["Microsoft", "FreeTDS", "PostgreSQL", "SQLite", "other"]
_PART = re.compile(r"\s*([^=;{}]+?)\s*=\s*(\{(?:[^}]|\}\})*\}|[^;]*)\s*(?:;|$)")
_FAMILIES: tuple[tuple[str, Family], ...] = (
    (r"freetds|tdsodbc", "FreeTDS"),
    (r"odbc driver \d+ for sql server|msodbcsql|sql server", "Microsoft"),
    (r"postgres|psqlodbc", "PostgreSQL"),
    (r"sqlite", "SQLite"),
)
# What is added where a string leaves it unsaid, and the other names under which it may be said.
# The driver's own default would be worse: Microsoft's driver 17 sends names and birth dates in
# clear text, FreeTDS does so too and reads text as Latin-1, and PostgreSQL's driver holds a
# whole result in memory and notices a dead network after two hours. SQLite's makes a file that
# is not there.
_DEFAULTS: dict[Family, Mapping[str, tuple[str, ...]]] = {
    "Microsoft": {
        "Encrypt=yes": ("encrypt",),
        "ApplicationIntent=ReadOnly": ("applicationintent",),
        "APP=oneroster": ("app",),
    },
    "FreeTDS": {
        "Encryption=require": ("encryption", "encrypt"),
        "TDS_Version=7.4": ("tds_version",),
        "ClientCharset=UTF-8": ("clientcharset", "client_charset"),
        "ApplicationIntent=ReadOnly": ("applicationintent",),
        "APP=oneroster": ("app",),
    },
    "PostgreSQL": {
        "UseDeclareFetch=1": ("usedeclarefetch", "b6"),
        "Fetch=10000": ("fetch", "a7"),
        "KeepaliveTime=60": ("keepalivetime", "d5"),
        "KeepaliveInterval=10": ("keepaliveinterval", "d6"),
    },
    "SQLite": {"NoCreat=Yes": ("nocreat",)},
}
# A data source is the administrator's own work: what may be chosen in it is not overridden.
_WITH_DSN = {
    "APP=oneroster",
    "ClientCharset=UTF-8",
    "UseDeclareFetch=1",
    "Fetch=10000",
}


def parts(connection: str) -> dict[str, str]:
    """Return what a connection string says, keys in lower case; the first of two counts."""
    found: dict[str, str] = {}
    for key, value in _PART.findall(connection):
        bare = value[1:-1].replace("}}", "}") if value.startswith("{") else value.strip()
        found.setdefault(key.lower(), bare)
    return found


def family(said: Mapping[str, str], sources: Mapping[str, str]) -> Family:
    """
    Tell whose driver a connection string names.

    Args:
        said: its `parts`.
        sources: the data sources there are, each with its driver.
    """
    driver = said.get("driver") or sources.get(said.get("dsn", ""), "")
    matching = (name for words, name in _FAMILIES if re.search(words, driver.lower()))
    return next(matching, "other")


def trusted(said: Mapping[str, str]) -> bool:
    """Tell whether the account that runs the program logs in, and no name and password."""
    asked = said.get("trusted_connection", said.get("integrated security", ""))
    return asked.lower() in ("yes", "true", "1", "sspi")


def completed(connection: str, sources: Mapping[str, str]) -> str:
    """
    Return the connection string with safe values for what it leaves unsaid.

    Nothing that it says is changed, and `TrustServerCertificate` is never added.

    Raises:
        SettingsError: if it cannot work: no driver, or two ways of logging in.
    """
    said = parts(connection)
    if not {"driver", "dsn", "filedsn"} & said.keys():
        raise SettingsError(
            "sis.connection: names neither Driver nor DSN; it begins like "
            "Driver={ODBC Driver 18 for SQL Server};Server=..., or sqlite:///FILE"
        )
    if trusted(said) and {"uid", "pwd", "user", "password"} & said.keys():
        raise SettingsError(
            "sis.connection: has Trusted_Connection and UID or PWD too; keep the first to log in "
            "as the account that runs oneroster, or the others to log in by name and password"
        )
    by_driver = "driver" in said
    added = [
        default
        for default, names in _DEFAULTS.get(family(said, sources), {}).items()
        if not said.keys() & set(names) and (by_driver or default in _WITH_DSN)
    ]
    return ";".join([connection.strip().rstrip(";"), *added])
