"""Which columns of which SIS tables a rendered query reads, found by parsing it."""

import sqlglot
from sqlglot import exp


def columns_read(sql: str) -> dict[str, set[str]]:
    """Return table -> columns, both as written."""
    tree = sqlglot.parse_one(sql, read="tsql")
    aliases = {table.alias_or_name: table.name for table in tree.find_all(exp.Table) if table.name}
    derived = {sub.alias for sub in tree.find_all(exp.Subquery) if sub.alias}
    read: dict[str, set[str]] = {}
    for column in tree.find_all(exp.Column):
        assert column.table, f"{column} has no table in front"
        if column.table not in derived:
            read.setdefault(aliases[column.table], set()).add(column.name)
    return read
