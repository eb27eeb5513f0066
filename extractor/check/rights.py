"""What the login may do, held against what the queries read: not less, and not more."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from extractor.check.line import Line, failed, ok, warning
from extractor.check.probing import Context
from extractor.findings import Findings
from extractor.source.catalog import POSTGRESQL, SQLITE

_GRANTS = "let the administrator run what `oneroster sql --grants LOGIN` prints"
_USAGE = "PostgreSQL also wants GRANT USAGE ON SCHEMA for it"
_ORDER = re.compile(r"\nORDER BY [\w., ]+\s*$")


def enough(context: Context) -> Iterator[Line]:
    """Hold every table and column that the queries read against the catalog."""
    catalog, schema = context.source().catalog(), context.settings.sis.schema_
    needed = _needed(context)
    grants = _GRANTS if context.source().engine != POSTGRESQL else f"{_GRANTS}; {_USAGE}"
    for table, columns in sorted(needed.items()):
        problem = _problem(table, columns, dict(catalog.columns(table, schema)), grants)
        if problem:
            context.closed.add(table)
            yield problem
    if not context.closed:
        many = sum(map(len, needed.values()))
        yield ok(f"all {many} columns of {len(needed)} tables that the queries need may be read")


def too_many(context: Context) -> Iterator[Line]:
    """Warn of a login that could do more than read what it needs."""
    source, schema = context.source(), context.settings.sis.schema_
    if source.engine == SQLITE:
        yield ok("the file is opened for reading only")
        return
    catalog = source.catalog()
    remedy = "use a login of its own, with nothing but these rights: docs/setup.md shows how"
    powers = catalog.powers()
    writes = [table for table in sorted(_needed(context)) if catalog.may_write(table, schema)]
    if powers:
        yield warning(f"the login {', '.join(powers)}", remedy)
    if writes:
        some = ", ".join(writes[:5]) + (f" and {len(writes) - 5} more" if writes[5:] else "")
        yield warning(f"the login may change {some}", remedy)
    if not powers and not writes:
        yield ok("the login may change nothing that is read")


def own_queries(context: Context) -> Iterator[Line]:
    """Have the server plan the district's own queries, for no rows, and look at the columns."""
    folder = context.settings.overlay
    own = [query for query in context.queries() if _is_own(folder, query.name)]
    for query in own:
        bare = _ORDER.sub("\n", query.sql)  # SQL Server has no order inside a derived table
        empty = f"SELECT held.* FROM (\n{bare}) AS held\nWHERE 1 = 0\n"
        for _ in context.source().batches(replace(query, commented=empty), Findings()):
            pass
        yield ok(f"your own query {query.name} runs here, and returns what its header says")
    if not own:
        yield ok("no query of your own")


def _is_own(folder: Path | None, name: str) -> bool:
    return folder is not None and (folder / f"{name}.sql.j2").is_file()


def _needed(context: Context) -> dict[str, dict[str, set[str]]]:
    """Return the queries that read a column, by table and column."""
    needed: dict[str, dict[str, set[str]]] = {}
    for query in context.queries():
        for table, columns in query.reads.items():
            for column in columns:
                needed.setdefault(table, {}).setdefault(column.upper(), set()).add(query.name)
    return needed


def _problem(
    table: str, needed: dict[str, set[str]], may: dict[str, bool], grants: str
) -> Line | None:
    if not may:
        what = f"{table}: there is no such table, or the login may not see it"
        where = f"check Database in the connection string and sis.schema; then {grants}"
        return failed(f"{what} (for {_for(needed, needed)})", where)
    absent = sorted(set(needed) - set(may))
    closed = sorted(column for column in needed if may.get(column) is False)
    if closed:
        more = f", and {', '.join(absent)} are not there or hidden" if absent else ""
        what = f"{table}: the login may not read {', '.join(closed)}{more}"
        return failed(f"{what} (for {_for(needed, [*closed, *absent])})", grants)
    if absent:
        what = f"{table}: there is no {', '.join(absent)}, or the login may not see it"
        remedy = f"{grants}; if this SIS has no such column, change the query by sis.overlay"
        return failed(f"{what} (for {_for(needed, absent)})", remedy)
    return None


def _for(needed: dict[str, set[str]], columns: Iterable[str]) -> str:
    """Name the queries that read some of the columns."""
    names = sorted({name for column in columns for name in needed[column]})
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
