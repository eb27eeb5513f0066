"""The least that any validator has to do, in bare DuckDB: the bar for our speed.

Reads the files of a folder as text, counts distinct sourcedIds and looks for references that name
no row. Run it with: python tests/benchmarks/yardstick.py FOLDER
"""

import sys
from pathlib import Path

import duckdb

from extractor import spec


def main(folder: Path) -> None:
    """Print the counts, and how many references dangle."""
    database = duckdb.connect()
    database.execute("SET threads = 2")
    here = [file for file in spec.FILES if (folder / file.csv).exists()]
    for file in here:
        path = folder / file.csv
        database.execute(
            f'CREATE TABLE "{file.name}" AS SELECT * FROM read_csv(?, all_varchar = true)',
            [str(path)],
        )
        rows, distinct = database.execute(
            f'SELECT count(*), count(DISTINCT "sourcedId") FROM "{file.name}"'
        ).fetchall()[0]
        print(file.name, rows, distinct)
    for file, column, target in spec.references():
        if file in here:
            print(file.name, column.name, dangling(database, file, column, target))


def dangling(
    database: duckdb.DuckDBPyConnection, file: spec.File, column: spec.Column, target: spec.Target
) -> int:
    """Count the references that name no row."""
    named = f"unnest(string_split(\"{column.name}\", ','))" if column.many else f'"{column.name}"'
    found = database.execute(
        f'SELECT count(*) FROM (SELECT {named} AS id FROM "{file.name}") '
        f"WHERE id <> '' AND id IS NOT NULL "
        f'AND id NOT IN (SELECT "sourcedId" FROM "{target.file}")'
    ).fetchall()
    return int(found[0][0])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
