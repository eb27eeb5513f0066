"""How an oddity is written down: a few edits of named rows."""

from dataclasses import dataclass

from extractor.demo.schema import TABLES

Key = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Of:
    """The value that a row, of this table or another, has in the column."""

    table: str
    key: Key
    column: str


@dataclass(frozen=True, slots=True)
class Shift:
    """A date of the row itself (for an added row: of the row it is like), moved by days."""

    column: str
    days: int


@dataclass(frozen=True, slots=True)
class Before:
    """Midnight this many days before the as-of date; after it when negative."""

    days: int


@dataclass(frozen=True, slots=True)
class Put:
    """Change some columns of a row."""

    table: str
    key: Key
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Add:
    """Add a row like another one, or like a blank one, but for these columns."""

    table: str
    like: Key | None
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Drop:
    """Remove all rows with these values."""

    table: str
    where: dict[str, object]


Edit = Put | Add | Drop


@dataclass(frozen=True, slots=True)
class Oddity:
    """One thing that is ragged on purpose, and the edits that make it so."""

    name: str
    what: str
    edits: tuple[Edit, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The rows it edits, as an Aeries user would name them."""
        return tuple(dict.fromkeys(_spelled(edit) for edit in self.edits))


def _spelled(edit: Edit) -> str:
    if isinstance(edit, Drop):
        return _pairs(edit.table, edit.where)
    return _pairs(edit.table, dict(zip(TABLES[edit.table].key, key_of(edit), strict=True)))


def key_of(edit: Put | Add) -> tuple[object, ...]:
    """Return the primary key of the row that the edit changes or adds."""
    if isinstance(edit, Put):
        return edit.key
    columns = TABLES[edit.table].key
    like = edit.like or (None,) * len(columns)
    return tuple(edit.values.get(name, old) for name, old in zip(columns, like, strict=True))


def _pairs(table: str, values: dict[str, object]) -> str:
    if table == "STU" and set(values) == {"SC", "SN"} and int(str(values["SN"])) < ADDED:
        return f"STU.ID {int(str(values['SC'])) * 100_000 + int(str(values['SN']))}"
    return f"{table} " + " ".join(f"{name} {value}" for name, value in values.items())


# Numbers of added students (SN) and sections (SE) start above this.
ADDED = 9000

_HIGH = 994


def student(identity: int, **values: object) -> Put:
    """Change the student's row at the school that the id names."""
    return Put("STU", divmod(identity, 100_000), values)


def again(identity: int, school: int, number: int, **values: object) -> Add:
    """Give the student a second row, at another school."""
    own = {"SC": school, "SN": number, "CU": 0, "NS": school, "TR": ""}
    return Add("STU", divmod(identity, 100_000), own | values)


def joins(school: int, number: int, *sections: int) -> tuple[Add, ...]:
    """Put a student into year-long sections, each with a row in SEC and one in CAR."""
    return tuple(edit for section in sections for edit in _joins(school, number, section))


def _joins(school: int, number: int, section: int) -> tuple[Add, Add]:
    course = Of("MST", (school, section), "CN")
    values: dict[str, object] = {"SN": number, "SE": section, "CN": course}
    period = Of("MST", (school, section), "PD")
    return (
        Add("SEC", (school, 1, 1001, 1), values),
        # The first student's second class lasts all year.
        Add("CAR", (school, 1, 2), values | {"SQ": section % 1000 + 100, "PD": period}),
    )


def section(number: int, *students: int, **values: object) -> tuple[Add, ...]:
    """Add a section at the high school, year-long unless said otherwise, with these students."""
    usual: dict[str, object] = {"SE": number, "SM": "Y", "SP": "", "PD": 7, "BL": 1, "CR": 10.0}
    usual["TS"] = len(students)
    rosters = (edit for own in students for edit in joins(_HIGH, own, number))
    return Add("MST", (_HIGH, 1001), usual | values), *rosters
