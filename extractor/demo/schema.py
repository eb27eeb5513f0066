"""
Aeries' tables as the demo builds them (Aeries reference, section 2).

No DDL of Aeries is public: names are documented or seen in public queries,
lengths come from Aeries' own PowerShell module, the rest are sensible guesses.
"""

import re
from dataclasses import dataclass
from typing import Literal

Dialect = Literal["sqlite", "postgresql", "sqlserver"]

DIALECTS: tuple[Dialect, ...] = ("sqlite", "postgresql", "sqlserver")


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `type` as SQL Server spells it."""

    name: str
    type: str
    null: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table with its primary key and the further indexes that joins need."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(column.name for column in self.columns)


def _column(text: str) -> Column:
    name, kind = text.split(" ", 1)
    return Column(name, kind.removesuffix("?"), kind.endswith("?"))


def _table(name: str, key: str, columns: str, *indexes: str) -> Table:
    """Read `NAME type` pairs split by commas; a type that ends in `?` may be NULL."""
    parts = re.split(r",\s+", columns.strip())
    return Table(
        name,
        tuple(_column(part) for part in parts),
        tuple(key.split()),
        tuple(tuple(index.split()) for index in indexes),
    )


_STAMPS = "DEL bit, DTS datetime"
# Old districts have rows from before the column existed, hence NULL.
_OLD_STAMPS = "DEL bit?, DTS datetime"
_RACES = ", ".join(f"RC{number} varchar(3)" for number in range(1, 6))
_POSTAL = "AD varchar(55), CY varchar(30), ST varchar(2), ZC varchar(5)"

_SCHOOLS = (
    _table(
        "LOC",
        "CD",
        f"""CD smallint, NM varchar(50), SNM varchar(20), TG char(1), LO smallint, HI smallint,
        E char(1), CC varchar(2), DC varchar(5), SC varchar(7), {_POSTAL}, TL varchar(10),
        PR varchar(50), {_STAMPS}""",
    ),
    _table(
        "TRM",
        "SC TM",
        f"SC smallint, TM char(1), D1 datetime?, D2 datetime?, {_STAMPS}",
    ),
    # School and year columns of FTF are inferred.
    _table(
        "FTF",
        "SQ",
        f"SQ int, SC smallint, STI varchar(10), ST varchar(8), ET varchar(8), {_STAMPS}",
    ),
    _table("OPT", "SC NM", f"SC smallint, NM varchar(50), CD varchar(255), {_STAMPS}"),
    _table(
        "COD",
        "TC FC CD SC",
        "TC varchar(4), FC varchar(4), CD varchar(10), DE varchar(50), SC smallint, DEL bit",
    ),
)

_STUDENTS = (
    _table(
        "STU",
        "SC SN",
        f"""SC smallint, SN int, ID int, CID varchar(14), LN nvarchar(100), FN nvarchar(100),
        MN nvarchar(100), SF varchar(10), LNA nvarchar(100), FNA nvarchar(100),
        MNA nvarchar(100), SX char(1), GN char(1), BD datetime?, GR smallint, NG smallint,
        NS smallint, TG char(1)?, SP varchar(3), CU smallint, TR char(1), ED datetime?,
        LD datetime?, ETH char(1), {_RACES}, BCY varchar(30), BST varchar(3), BCU varchar(2),
        HL varchar(2), CL varchar(2), LF varchar(1), SEM varchar(255)?, NID varchar(255),
        PEM varchar(255), PG varchar(50), TL varchar(10), MPH varchar(10), {_POSTAL},
        FK int, AP1 varchar(2), U1 varchar(2), {_STAMPS}""",
        "ID",
        "SC CU",
    ),
    _table(
        "ENR",
        "ID SC YR ED",
        f"""ID int, SC smallint, YR smallint, ED datetime, LD datetime?, ER varchar(3),
        GR smallint, {_STAMPS}""",
    ),
    _table(
        "ATT",
        "SC SN DT",
        f"""SC smallint, SN int, DT datetime, CD char(1), GR smallint, TN smallint,
        AL char(1), {_STAMPS}""",
    ),
    # The fields of SUP and DSD are each district's own; these are ours.
    _table(
        "SUP",
        "SC SN",
        f"SC smallint, SN int, ADPW varchar(30), BADGE varchar(20), {_STAMPS}",
    ),
    _table("DSD", "ID", f"ID int, UNM varchar(50), DEV varchar(20), {_STAMPS}"),
    # CON.OR (contact order) is left out: its name is a keyword everywhere.
    _table(
        "CON",
        "PID SQ",
        f"""PID int, SQ int, FN varchar(20), MN varchar(20), LN varchar(50), NM varchar(50),
        RL varchar(2), CD varchar(2), EM varchar(255), TL varchar(10), CP varchar(10),
        ERH char(1), {_STAMPS}""",
    ),
    # Names (FN, LN) of a portal account are inferred.
    _table(
        "PWA",
        "AID",
        f"""AID int, EM varchar(255), TY char(1), PID int, FN varchar(20), LN varchar(50),
        CDT datetime, XD smalldatetime?, {_STAMPS}""",
    ),
    _table("PWS", "AID ID", f"AID int, ID int, {_STAMPS}", "ID"),
)

_STAFF = (
    _table(
        "STF",
        "ID",
        f"""ID int, FN varchar(20), MN varchar(20), LN varchar(50), FNP varchar(20),
        SF varchar(10), SID varchar(10), EM varchar(255)?, AEM varchar(255), NID varchar(255),
        GN char(1), BD datetime?, HD datetime?, LD datetime?, PS varchar(2), PSC smallint,
        TI varchar(100), TL varchar(10), CP varchar(10), TG char(1)?, {_STAMPS}""",
    ),
    _table(
        "TCH",
        "SC TN",
        f"""SC smallint, TN smallint, TE varchar(30), TF varchar(20), TLN varchar(50), ID int,
        EM varchar(255)?, RM varchar(6), LO smallint, HI smallint, TR char(1), TG char(1)?,
        {_OLD_STAMPS}""",
        "ID",
    ),
    _table(
        "UGN",
        "UID",
        f"""UID int, UN varchar(100), LN varchar(50), FN varchar(20), EM varchar(255), SID int,
        UTY varchar(20), XD smalldatetime?, {_STAMPS}""",
        "SID",
    ),
)

_SCHEDULE = (
    _table(
        "CRS",
        "CN",
        f"""CN varchar(6), CO varchar(30), DE varchar(50), LO smallint, HI smallint,
        C3 varchar(4), S1 char(1), S2 char(1), DC varchar(2), TG char(1), NTG char(1),
        {_OLD_STAMPS}""",
    ),
    _table(
        "MST",
        "SC SE",
        f"""SC smallint, SE smallint, PD smallint, BL smallint, SM char(1), SP varchar(6),
        CN varchar(6), TN smallint, TN2 smallint, TN3 smallint, RM varchar(6), LO smallint,
        HI smallint, MX smallint, TS smallint, CR decimal(9,2), ST char(1)?, FSQ int, PC bit,
        TR char(1), PR varchar(3), {_STAMPS}""",
        "CN",
    ),
    # SQ of SEC and of SSE, and SSE's PR (primary), RL (role), TG are inferred codes.
    _table(
        "SEC",
        "SC SN SE SQ",
        f"SC smallint, SN int, SE smallint, SQ smallint, CN varchar(6), {_OLD_STAMPS}",
        "SC SE",
    ),
    _table(
        "CAR",
        "SC SN SQ",
        f"""SC smallint, SN int, SQ smallint, SE smallint, CN varchar(6), PD smallint,
        DS datetime?, DE datetime?, {_STAMPS}""",
        "SC SN SE",
        "SC SE",
    ),
    _table(
        "SSE",
        "SC SE ID SQ",
        f"""SC smallint, SE smallint, ID int, SQ smallint, SD datetime?, ED datetime?, PR bit,
        RL varchar(3), TG char(1), {_STAMPS}""",
        "ID",
    ),
)

_GRADEBOOK = (
    _table(
        "GBK",
        "GN",
        f"""GN int, SC smallint, TN smallint, NM varchar(50), LO smallint, HI smallint,
        SM char(1), {_STAMPS}""",
    ),
    # Which sections a gradebook serves: Aeries' own table for it is unknown, inferred.
    _table("GBL", "GN SC SE", f"GN int, SC smallint, SE smallint, {_STAMPS}", "SC SE"),
    # Categories of a gradebook: Aeries' own table code is unknown, inferred.
    _table("GBC", "GN CD", f"GN int, CD char(1), DE varchar(50), PC decimal(9,2), {_STAMPS}"),
    _table(
        "GBA",
        "GN AN",
        f"""GN int, AN int, AD varchar(100), GC bit, CD char(1), NP decimal(9,2), DA datetime?,
        DD datetime?, {_STAMPS}""",
    ),
    _table(
        "GBS",
        "GN AN SC SN",
        f"""GN int, AN int, SC smallint, SN int, SCR decimal(9,2)?, DC datetime?,
        TX varchar(max), {_STAMPS}""",
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for group in (_SCHOOLS, _STUDENTS, _STAFF, _SCHEDULE, _GRADEBOOK)
    for table in group
}


def qualified(name: str, schema: str | None) -> str:
    """Return the table's name with its schema before it, where there is one."""
    return f"{schema}.{name}" if schema else name


def create(table: Table, dialect: Dialect, schema: str | None = None) -> str:
    """Return CREATE TABLE with the primary key."""
    lines = [_define(column, dialect) for column in table.columns]
    lines.append(f"PRIMARY KEY ({', '.join(table.key)})")
    body = ",\n    ".join(lines)
    return f"CREATE TABLE {qualified(table.name, schema)} (\n    {body}\n)"


def create_indexes(table: Table, schema: str | None = None) -> tuple[str, ...]:
    """Return CREATE INDEX for each further index; the text is the same in all dialects."""
    return tuple(
        f"CREATE INDEX IX_{table.name}_{'_'.join(index)}"
        f" ON {qualified(table.name, schema)} ({', '.join(index)})"
        for index in table.indexes
    )


def type_in(column: Column, dialect: Dialect) -> str:
    """Return how a dialect spells the column's type."""
    kind = _TYPES[dialect].get(column.type, column.type)
    return kind.replace("nvarchar", "varchar") if dialect == "postgresql" else kind


def _define(column: Column, dialect: Dialect) -> str:
    return f"{column.name} {type_in(column, dialect)} {'NULL' if column.null else 'NOT NULL'}"


_TYPES: dict[Dialect, dict[str, str]] = {
    "sqlite": {"varchar(max)": "text"},
    "postgresql": {
        "bit": "smallint",
        "datetime": "timestamp(3)",
        "smalldatetime": "timestamp(0)",
        "varchar(max)": "text",
    },
    "sqlserver": {},
}
