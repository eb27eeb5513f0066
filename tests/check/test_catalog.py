"""The catalog: the SQL of each engine parses, takes the parameters it gets, and changes nothing."""

from collections.abc import Callable, Sequence

import pytest
import sqlglot
from sqlglot import exp

from extractor.source import catalog
from extractor.source.catalog import POSTGRESQL, SQL_SERVER, SQLITE, Catalog, Where

READ = {SQL_SERVER: "tsql", POSTGRESQL: "postgres", SQLITE: "sqlite"}
STATEMENTS = [
    (engine, sql)
    for name, by_engine in vars(catalog).items()
    if isinstance(by_engine, dict) and name.startswith("_") and not name.startswith("__")
    for engine, sql in by_engine.items()
] + [(SQL_SERVER, catalog._SNAPSHOT)]

ASKED: dict[str, Callable[[Catalog], object]] = {
    "where": Catalog.where,
    "columns": lambda one: one.columns("STU", "dbo"),
    "rows": lambda one: one.rows("STU", "dbo"),
    "may_write": lambda one: one.may_write("STU", None),
    "powers": Catalog.powers,
    "moment": Catalog.moment,
    "snapshots": Catalog.snapshots,
    "has_schema": lambda one: one.has_schema("dbo"),
}


class Answers:
    """A server's answers, by how many columns the question has."""

    def __init__(self, *rows: Sequence[object]) -> None:
        self.rows = rows
        self.asked: list[tuple[str, tuple[object, ...]]] = []

    def __call__(self, sql: str, /, *values: object) -> Sequence[Sequence[object]]:
        self.asked.append((sql, values))
        return self.rows


def test_every_question_is_here() -> None:
    assert len(STATEMENTS) >= 15


@pytest.mark.parametrize(("engine", "sql"), STATEMENTS)
def test_every_question_parses_as_its_engines_and_only_selects(engine: str, sql: str) -> None:
    (tree,) = sqlglot.parse(sql, dialect=READ[engine])
    assert isinstance(tree, exp.Select | exp.Union)
    assert not list(tree.find_all(exp.Insert, exp.Update, exp.Delete, exp.Command))


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("engine", [SQL_SERVER, POSTGRESQL])
def test_every_question_gets_as_many_values_as_it_has_marks(name: str, engine: str) -> None:
    width = {"where": 3, "columns": 2, "powers": 2, "moment": 2, "snapshots": 3}.get(name, 1)
    answers = Answers([1] * width)
    ASKED[name](Catalog(engine, answers))
    for sql, values in answers.asked:
        assert sql.count("?") == len(values), sql


def test_sql_server_tells_rights_version_levels_and_clock() -> None:
    def server(*rows: Sequence[object]) -> Catalog:
        return Catalog(SQL_SERVER, Answers(*rows))

    columns = server(("ID", 1), ("LN", 0), ("sc", None)).columns("STU", "dbo")
    assert columns == {"ID": True, "LN": False, "SC": False}
    where = server(("DST26000Eagle", "EAGLE\\reader", "16.0.1000.6")).where()
    assert where == Where("DST26000Eagle", "EAGLE\\reader", "16.0.1000.6")
    assert (13,) <= where.numbers < (17,)
    assert server((130, 1, True)).snapshots() == (130, True, True)
    assert server((1_790_000_000, -480)).moment() == (1_790_000_000, -480)
    assert server(("is a member of sysadmin", 0), ("may read every table", 1)).powers() == [
        "may read every table"
    ]
    assert server((None,)).rows("STU", "dbo") == 0
    assert server((1,)).may_write("STU", "dbo")


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("15.18 (Debian 15.18-0+deb12u1)", (15, 18)),
        ("3.40.1", (3, 40, 1)),
        ("", ()),
        ("17beta1", (17, 1)),
    ],
)
def test_versions_can_be_compared(version: str, numbers: tuple[int, ...]) -> None:
    assert Where("", "", version).numbers == numbers
