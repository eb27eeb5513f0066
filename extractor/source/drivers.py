"""How to get an ODBC driver on this platform, where the one that is named is missing."""

import platform
import sys
from collections.abc import Mapping
from typing import Literal

from extractor.source.connection_strings import Family

_MICROSOFT = "https://learn.microsoft.com/sql/connect/odbc/download-odbc-driver-for-sql-server"
# By family of driver and kind of system.
_COMMANDS: Mapping[str, Mapping[str, str]] = {
    "Microsoft": {
        "debian": "add Microsoft's package source (" + _MICROSOFT + "), then: "
        "sudo ACCEPT_EULA=Y apt-get install msodbcsql18",
        "rhel": "add Microsoft's package source (" + _MICROSOFT + "), then: "
        "sudo ACCEPT_EULA=Y dnf install msodbcsql18",
        "macos": "brew tap microsoft/mssql-release "
        "https://github.com/Microsoft/homebrew-mssql-release; "
        "HOMEBREW_ACCEPT_EULA=Y brew install msodbcsql18",
        "windows": "winget install Microsoft.msodbcsql.18, or the installer from " + _MICROSOFT,
        "other": "see " + _MICROSOFT,
    },
    "FreeTDS": {
        "debian": "sudo apt-get install tdsodbc",
        "rhel": "sudo dnf install freetds (from EPEL)",
        "macos": "brew install freetds",
        "windows": "use Microsoft's driver instead: winget install Microsoft.msodbcsql.18",
        "other": "see https://www.freetds.org",
    },
    "PostgreSQL": {
        "debian": "sudo apt-get install odbc-postgresql",
        "rhel": "sudo dnf install postgresql-odbc",
        "macos": "brew install psqlodbc",
        "windows": "the installer from https://odbc.postgresql.org",
        "other": "see https://odbc.postgresql.org",
    },
    "SQLite": dict.fromkeys(
        ("debian", "rhel", "macos", "windows", "other"),
        "none is needed: write sqlite:///FILE as sis.connection",
    ),
    "unixODBC": {
        "debian": "sudo apt-get install unixodbc",
        "rhel": "sudo dnf install unixODBC",
        "macos": "brew install unixodbc",
        "windows": "repair Windows: its ODBC driver manager is part of it",
        "other": "see https://www.unixodbc.org",
    },
}


def how_to_get(what: Family | Literal["unixODBC"]) -> str:
    """Return the commands, or where the installer is; empty for a driver nobody here knows."""
    commands = _COMMANDS.get(what, {})
    return commands.get(_system(), "")


def _system() -> str:
    """Return the kind of system, as its packages go."""
    if sys.platform == "win32":
        return "windows"
    if sys.platform == "darwin":
        return "macos"
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return "other"
    alike = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    if alike & {"debian", "ubuntu"}:
        return "debian"
    return "rhel" if alike & {"rhel", "fedora", "centos"} else "other"
