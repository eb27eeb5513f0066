"""What every database has in common: a cursor is fetched in batches, and held to its query."""

from collections.abc import Iterator
from typing import Any

from pandas import DataFrame

from extractor.errors import SourceError
from extractor.findings import Findings
from extractor.queries import Query
from extractor.source.text import as_frame

BATCH_ROWS = 50_000


def as_batches(
    cursor: Any, query: Query, time_zone: str, findings: Findings
) -> Iterator[DataFrame]:
    """Fetch a DB-API cursor in batches, each turned into text column by column."""
    rows = cursor.fetchmany(BATCH_ROWS)
    width = len(query.header.returns)
    yield as_frame(list(zip(*rows, strict=True)) or [()] * width, query, time_zone, findings)
    while len(rows) == BATCH_ROWS:
        rows = cursor.fetchmany(BATCH_ROWS)
        if rows:
            yield as_frame(list(zip(*rows, strict=True)), query, time_zone, findings)


def refuse_other_columns(query: Query, found: list[str]) -> None:
    """
    Hold the columns that came against the query's header.

    Raises:
        SourceError: if they are not those of `returns`, in that order.
    """
    expected = list(query.header.returns)
    if found != expected:
        raise SourceError(
            f"query {query.name}: the result has the columns {', '.join(found)}; "
            f"its header says {', '.join(expected)}"
        )
