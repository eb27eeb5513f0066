import pytest
import sqlglot
from sqlglot import exp
from sqlglot.tokens import Tokenizer

from extractor.demo.schema import DIALECTS, TABLES, create, create_indexes

READ = {"sqlite": "sqlite", "postgresql": "postgres", "sqlserver": "tsql"}
KEYWORDS = {word for word in Tokenizer.KEYWORDS if word.isalpha()} | {"OR", "AS", "BY", "IF", "IN"}
HARMLESS = {"UID", "DEL", "CD", "COD"}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_create_parses_with_all_columns_and_the_key(table, dialect):
    tree = sqlglot.parse_one(create(table, dialect, "dbo"), read=READ[dialect])
    assert isinstance(tree, exp.Create)
    assert tree.this.this.name == table.name
    assert tree.this.this.db == "dbo"
    columns = tuple(column.name for column in tree.find_all(exp.ColumnDef))
    assert columns == table.names
    key = tree.find(exp.PrimaryKey)
    assert tuple(part.name for part in key.expressions) == table.key


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_indexes_parse(table, dialect):
    for statement in create_indexes(table, "dbo"):
        assert isinstance(sqlglot.parse_one(statement, read=READ[dialect]), exp.Create)


def test_keys_and_indexes_name_columns_and_keys_are_never_null():
    for table in TABLES.values():
        named = {*table.key, *(name for index in table.indexes for name in index)}
        assert named <= set(table.names), table.name
        assert not [c.name for c in table.columns if c.null and c.name in table.key], table.name


def test_no_name_is_a_keyword():
    names = {name for table in TABLES.values() for name in (table.name, *table.names)}
    assert not names & KEYWORDS - HARMLESS


def test_postgresql_has_no_sql_server_types():
    text = "".join(create(table, "postgresql") for table in TABLES.values())
    for word in ("nvarchar", "datetime", " bit", "(max)"):
        assert word not in text
