"""Find, check and render the SQL templates of one SIS.

A template is `sql/<sis>/<query>.sql.j2`. Its first comment is its contract, and the program
reads it: `returns` names every column and its type, `needs` the values that may be bound, and
`reads` the tables and columns of the SIS that a login must be able to see, with a question mark
behind a table that is read only when settings choose one of its columns. Nothing reaches the
SQL as text except through `bind`, `table`, `name`, `digit` and `chosen`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from markupsafe import Markup

from extractor.errors import SettingsError
from extractor.fields import Field

TYPES = ("int", "text", "date", "datetime", "decimal", "bool")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
_CHECK = "check_"
_TABLE = re.compile(r"(\w+)\(([^)]*)\)(\??)")
_COMMENT = re.compile(r"('(?:[^']|'')*')|\s*--[^\n]*")
_FIELD = re.compile(r"-- (grain|returns|needs|reads): *(.*)")


@dataclass(frozen=True, slots=True)
class Header:
    """The contract of a query: its grain, columns with types, bound names, and what it reads."""

    title: str
    grain: str
    returns: Mapping[str, str]
    needs: tuple[str, ...]
    reads: Mapping[str, tuple[str, ...]]
    reads_if_chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Query:
    """A rendered query: commented SQL with `?` marks, and the values for them in order."""

    name: str
    header: Header
    commented: str
    values: tuple[Any, ...]
    chosen: tuple[Field, ...] = ()

    @property
    def reads(self) -> dict[str, set[str]]:
        """The columns that are read, by table: the header's, and those that settings chose."""
        read = {table: set(columns) for table, columns in self.header.reads.items()}
        for one in self.chosen:
            beside = self.header.reads_if_chosen.get(one.table, ())
            read.setdefault(one.table, set()).update(beside, [one.column])
        return read

    @property
    def sql(self) -> str:
        """What is sent: drivers count question marks and semicolons in comments too."""
        return _COMMENT.sub(lambda found: found[1] or "", self.commented)

    def readable(self) -> str:
        """Return the SQL with its comments, under its contract and the bound values."""
        bound = [f"-- value {at}: {value!s}" for at, value in enumerate(self.values, 1)]
        head = [f"-- {self.name}: {self.header.title}", f"-- grain: {self.header.grain}"]
        return "\n".join([*head, *bound, self.commented])


def folder(sis: str) -> Path:
    """Return the folder of a SIS: inside the installed package, or beside it in a checkout."""
    package = Path(str(files("extractor")))
    for root in (package / "sql", package.parent / "sql"):
        if (root / sis).is_dir():
            return root / sis
    raise SettingsError(f"there are no queries for sis.kind = {sis!r}")


def names(sis: str) -> list[str]:
    """Return the names of the queries that runs of a SIS send, sorted."""
    return [name for name in _all(sis) if not name.startswith(_CHECK)]


def checks(sis: str) -> list[str]:
    """Return the names of the queries that only `oneroster check` sends, sorted."""
    return [name for name in _all(sis) if name.startswith(_CHECK)]


def _all(sis: str) -> list[str]:
    found = folder(sis).glob("[!_]*.sql.j2")
    return sorted(path.name.removesuffix(".sql.j2") for path in found)


def header(sis: str, query: str, overlay: Path | None = None) -> Header:
    """
    Read the contract at the top of a template: the district's own where there is one.

    Raises:
        SettingsError: if the query does not exist, its header is incomplete or names an unknown
            type, or an overlay's returns less than the shipped query.
    """
    path = folder(sis) / f"{query}.sql.j2"
    if not path.is_file():
        raise SettingsError(f"there is no query {query!r}; there are {', '.join(names(sis))}")
    shipped = _parse(query, path.read_text("utf-8"))
    own = overlay / path.name if overlay else path
    if own == path or not own.is_file():
        return shipped
    contract = _parse(query, own.read_text("utf-8-sig"))
    lacking = [
        f"{name} {kind}"
        for name, kind in shipped.returns.items()
        if contract.returns.get(name) != kind
    ]
    if lacking:
        raise SettingsError(f"query {query}: {own} must return {', '.join(lacking)} too")
    return contract


def refuse_strangers(sis: str, overlay: Path) -> None:
    """
    Stop when an overlay holds a template that replaces nothing: a misspelt name, mostly.

    Raises:
        SettingsError: naming the folder or the templates.
    """
    if not overlay.is_dir():
        raise SettingsError(f"sis.overlay: {overlay} is no folder; correct it, or leave it out")
    known = {path.name for path in folder(sis).glob("*.j2")}
    strange = sorted(path.name for path in overlay.glob("*.j2") if path.name not in known)
    if strange:
        raise SettingsError(
            f"sis.overlay: {', '.join(strange)} replaces no shipped query; there are "
            f"{', '.join(sorted(known))}"
        )


def render(
    sis: str,
    query: str,
    schema: str | None,
    values: Mapping[str, object],
    overlay: Path | None = None,
) -> Query:
    """
    Render one query for one run.

    Args:
        schema: put before every table name, e.g. `dbo`; none for SQLite.
        values: everything a query may need; a query gets only what its header names.
        overlay: a folder of the district's own templates, looked in first.

    Raises:
        SettingsError: if the template is broken, or would paste a value into the SQL.
    """
    contract = header(sis, query, overlay)
    bound: list[object] = []
    writing = _Writing(schema, bound, {})
    try:
        places = [str(place) for place in (overlay, folder(sis)) if place]
        template = _environment(tuple(places)).get_template(f"{query}.sql.j2")
        sql = template.render(
            {name: Value(values[name]) for name in contract.needs},
            bind=writing.bind,
            table=writing.table,
            name=writing.name,
            digit=writing.digit,
            chosen=writing.chosen,
            chooses=writing.chooses,
        )
    except (TemplateError, KeyError, TypeError) as error:
        raise SettingsError(f"query {query}: {error}") from error
    body = _body(sql)
    if not body.strip():
        raise SettingsError(f"query {query}: there is no SQL under the header")
    return Query(query, contract, body, tuple(bound), tuple(writing.fields))


class Value:
    """A value on its way to `bind`; it refuses to become text."""

    __slots__ = ("held",)

    def __init__(self, held: object) -> None:
        self.held = held

    def __bool__(self) -> bool:
        """Tell whether there is something to bind."""
        return bool(self.held)

    def __str__(self) -> str:  # noqa: PLE0307 - it never returns
        """Refuse."""
        _refuse("a value would be pasted into the SQL; write bind(...)")

    __html__ = __repr__ = __str__

    def __format__(self, spec: str) -> str:
        """Refuse."""
        return str(self)


def grant_script(used: Iterable[Query], schema: str | None, login: str) -> str:
    """
    Return SQL that lets a login read the columns these queries read, and nothing else.

    It is T-SQL, and PostgreSQL's too, where a schema must be opened besides: a comment says so.

    Raises:
        SettingsError: if the login holds anything but a name.
    """
    if not re.fullmatch(r"[\w.@\\$-]+", login) or login.casefold() in ("public", "guest"):
        raise SettingsError(f"--grants {login!r}: write a name like oneroster or DOMAIN\\reader")
    name = login if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", login) else f"[{login}]"
    seen: dict[str, set[str]] = {}
    for query in used:
        for table, columns in query.reads.items():
            seen.setdefault(table, set()).update(name.upper() for name in columns)
    owner = schema or "dbo"
    opened = f"-- PostgreSQL, first: GRANT USAGE ON SCHEMA {owner} TO {name};\n"
    return ("" if owner.casefold() == "dbo" else opened) + "".join(
        f"GRANT SELECT ({', '.join(sorted(columns))}) ON {owner}.{table} TO {name};\n"
        for table, columns in sorted(seen.items())
    )


@dataclass(frozen=True, slots=True)
class _Writing:
    """The functions through which a template may write into the SQL."""

    schema: str | None
    bound: list[object]
    fields: dict[Field, None]  # those that were written, in order

    def bind(self, value: object) -> Markup:
        """Bind one value, or each of a list; an empty list matches nothing."""
        if not isinstance(value, Value):
            _refuse("bind(...) takes a name that the header's `needs` lists")
        many = value.held if isinstance(value.held, list | tuple) else [value.held]
        self.bound.extend(many)
        marks = ", ".join("?" * len(many)) or "NULL"
        return Markup(marks)  # noqa: S704 - question marks, no value

    def table(self, table: str) -> Markup:
        """Write a table name, in the schema of the settings."""
        return self.name(f"{self.schema}.{table}" if self.schema else table)

    def name(self, name: str) -> Markup:
        """Write a table, column or alias, checked to be a plain identifier."""
        if not IDENTIFIER.fullmatch(name):
            _refuse(f"{name!r} is not a plain identifier")
        return Markup(name)  # noqa: S704 - checked in the line above

    def digit(self, digit: str) -> Markup:
        """Write one literal digit."""
        if not re.fullmatch(r"[0-9]", digit):
            _refuse(f"{digit!r} is not one digit")
        return Markup(digit)  # noqa: S704 - checked in the line above

    def chosen(self, value: object, column: str) -> Markup:
        """Write the field that settings chose for a column of the query; blank text for none."""
        field = _fields(value).get(column)
        if field is None:
            return Markup("''")
        self.fields[field] = None
        return self.name(f"{field.table.lower()}.{field.column}")

    def chooses(self, value: object, table: str) -> bool:
        """Tell whether settings chose a column of a table, so that it must be joined."""
        return any(field.table == table for field in _fields(value).values())


def _fields(value: object) -> Mapping[str, Field]:
    if not isinstance(value, Value) or not isinstance(value.held, Mapping):
        _refuse("chosen(...) takes the fields that the header's `needs` lists")
    return value.held


@cache
def _environment(places: tuple[str, ...]) -> Environment:
    return Environment(
        loader=FileSystemLoader(places),
        undefined=StrictUndefined,
        autoescape=True,  # macros then return Markup, so that `finalize` can tell text from SQL
        finalize=_only_sql,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _only_sql(value: object) -> object:
    if not isinstance(value, Markup):
        _refuse("a value would be pasted into the SQL; write bind(...)")
    return value


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)


def _body(sql: str) -> str:
    """Cut the header comment off; `Query.readable` shows it."""
    lines = sql.splitlines()
    start = next((at for at, line in enumerate(lines) if line and not line.startswith("--")), None)
    return "\n".join(line for line in lines[start:] if line.strip()) + "\n" if start else ""


def _parse(query: str, template: str) -> Header:
    fields: dict[str, str] = {}
    current = "title"
    for line in template.splitlines():
        if not line.startswith("--"):
            break
        started = _FIELD.match(line)
        if started:
            current = started[1]
        rest = started[2] if started else line.removeprefix("--").strip()
        fields[current] = f"{fields.get(current, '')} {rest}".strip()
    missing = {"title", "grain", "returns", "needs", "reads"} - fields.keys()
    if missing:
        raise SettingsError(f"query {query}: the header lacks {', '.join(sorted(missing))}")
    needs = [] if fields["needs"] == "nothing" else fields["needs"].split(", ")
    tables = [
        (table, tuple(names.split()), mark)
        for table, names, mark in _TABLE.findall(fields["reads"])
    ]
    reads = {table: names for table, names, if_chosen in tables if not if_chosen}
    beside = {table: names for table, names, if_chosen in tables if if_chosen}
    columns = _columns(query, fields["returns"])
    return Header(fields["title"], fields["grain"], columns, tuple(needs), reads, beside)


def _columns(query: str, returns: str) -> dict[str, str]:
    pairs = [item.split(" ") for item in returns.split(", ")]
    if any(len(pair) != 2 for pair in pairs) or len({pair[0] for pair in pairs}) < len(pairs):
        raise SettingsError(
            f"query {query}: `returns` must be names, each once, with types: a int, b text"
        )
    columns = dict(pairs)
    unknown = {kind for kind in columns.values() if kind not in TYPES}
    if unknown:
        raise SettingsError(
            f"query {query}: unknown type {', '.join(sorted(unknown))}; use {', '.join(TYPES)}"
        )
    return columns
