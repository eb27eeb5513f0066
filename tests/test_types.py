"""The types of SQL Server that Aeries uses, as far as the engines here can show them."""

from contextlib import closing
from pathlib import Path

import pytest
from conftest import Postgres
from pandas import isna

from extractor.findings import Findings
from extractor.queries import Header, Query
from extractor.source import connect
from extractor.source.sessions import Conduct

LONG = "ä" * 20_000
# SQL Server's type, PostgreSQL's, the query's type, a literal, and the text; None is NULL.
TYPES: list[tuple[str, str, str, str, str | None]] = [
    ("smallint", "smallint", "int", "-32768", "-32768"),
    ("int", "int", "int", "99400001", "99400001"),
    ("int", "int", "int", "NULL", None),
    ("bit", "boolean", "bool", "true", "true"),
    ("bit", "boolean", "bool", "false", "false"),
    ("bit", "boolean", "bool", "NULL", None),
    ("bit, where a number is asked for", "smallint", "int", "1", "1"),
    ("char, padded", "char(10)", "text", "'M'", "M"),
    ("char, blank", "char(10)", "text", "' '", None),
    ("varchar in a code page", "varchar(30)", "text", "'Muñoz Ž€'", "Muñoz Ž€"),
    ("nvarchar", "varchar(30)", "text", r"U&'\674E \+01F600 \014Cta'", "李 😀 Ōta"),
    ("nvarchar", "varchar(30)", "text", "'NULL'", "NULL"),
    ("nvarchar", "varchar(30)", "text", "NULL", None),
    ("datetime", "timestamp(3)", "datetime",
     "'2026-08-17 07:05:09.123'", "2026-08-17T14:05:09.123Z"),
    ("datetime", "timestamp(3)", "datetime",
     "'2026-12-01 07:05:09.997'", "2026-12-01T15:05:09.997Z"),
    ("datetime", "timestamp(3)", "datetime", "NULL", None),
    ("datetime as a date", "timestamp(3)", "date", "'2026-08-17 00:00:00'", "2026-08-17"),
    ("datetime, blank put in", "timestamp(3)", "date", "'1900-01-01'", None),
    ("datetime, never", "timestamp(3)", "date", "'9999-12-31'", None),
    ("smalldatetime", "timestamp(0)", "datetime",
     "'2026-08-17 07:05:00'", "2026-08-17T14:05:00.000Z"),
    ("decimal", "numeric(9,3)", "decimal", "8.500", "8.5"),
    ("decimal", "numeric(9,3)", "decimal", "-0.125", "-0.125"),
    ("decimal", "numeric(30,10)", "decimal", "12345678901234567890.0000000001",
     "12345678901234567890.0000000001"),
    ("decimal", "numeric(9,3)", "decimal", "NULL", None),
    ("varchar(max)", "text", "text", f"'{LONG}'", LONG),
    ("varchar(max)", "text", "text", "''", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("theirs", "ours", "kind", "literal", "text"),
    TYPES,
    ids=[f"{theirs}-{at}" for at, (theirs, *_) in enumerate(TYPES)],
)
def test_type_becomes_text(
    theirs: str, ours: str, kind: str, literal: str, text: str | None, postgres: Postgres
) -> None:
    sql = f"SELECT CAST({literal} AS {ours}) AS value"
    assert read(postgres.connection(), sql, kind) == text


@pytest.mark.parametrize("driver", ["PostgreSQL Unicode", "SQLite3"])
def test_text_of_many_scripts_comes_whole(driver: str, postgres: Postgres) -> None:
    connection = "Driver=SQLite3;Database=:memory:"
    sql = "SELECT 'Mu' || char(241, 111, 122, 26446) AS value"
    if driver != "SQLite3":
        connection = postgres.connection().replace("PostgreSQL Unicode", driver)
        sql = r"SELECT U&'Mu\00F1oz\674E' AS value"
    assert read(connection, sql, "text") == "Muñoz李"


def read(connection: str, sql: str, kind: str) -> str | None:
    header = Header("one", "one row", {"value": kind}, (), {})
    zone = "America/Los_Angeles"
    with connect(
        connection, time_zone=zone, beside=Path(), conduct=Conduct(), reader="pyodbc"
    ) as source:
        frames = source.batches(Query("one", header, sql, ()), Findings())
        with closing(frames):
            value = next(frames).value.iloc[0]
    return None if isna(value) else str(value)
