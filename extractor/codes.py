"""Code tables: load one, lay a district's own rows over it, translate a column.

A table is a CSV with a `code` column and one or more value columns. The shipped ones are
`sql/<sis>/codes/<vocabulary>.csv`; a district's file replaces rows by code and adds others.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from pandas import DataFrame, Series

from extractor.errors import SettingsError
from extractor.frames import TEXT, among, look_up


def load(
    shipped: Path, own: Path | None = None, allowed: Mapping[str, Sequence[str]] | None = None
) -> DataFrame:
    """
    Return a code table, every column `TEXT`, blank as NA.

    Args:
        shipped: the program's table.
        own: the district's.
        allowed: per column, what it may hold.

    Raises:
        SettingsError: if the district's file is unreadable, its header differs, or it holds a
            value that is not allowed.
    """
    table = _read(shipped)
    if own is None:
        return table
    try:
        added = _read(own)
    except (OSError, ValueError) as error:
        raise SettingsError(f"code table {own}: cannot be read ({error})") from error
    if list(added.columns) != list(table.columns):
        raise SettingsError(
            f"code table {own}: the header is {','.join(added.columns)}; "
            f"it must be {','.join(table.columns)}"
        )
    for column, values in (allowed or {}).items():
        wrong = added[column][added[column].notna() & ~among(added[column], values)]
        if len(wrong):
            raise SettingsError(
                f"code table {own}: {column} holds {wrong.iloc[0]!r}; it may hold "
                f"{', '.join(values)}, or be blank"
            )
    keys = _key_columns(table)
    both = pd.concat([table, added], ignore_index=True)
    return both.drop_duplicates(keys, keep="last").reset_index(drop=True)


def translate(codes: Series, table: DataFrame, column: str) -> tuple[Series, Series]:
    """
    Return the values of a column of codes, and where a filled code is in no row.

    A code that the table lists with a blank value is known, and translates to NA.
    """
    known = table.drop_duplicates("code").set_index("code")[column]
    values = look_up(codes, known)
    return values, codes.notna() & ~among(codes, known.index)


def _read(path: Path) -> DataFrame:
    table = pd.read_csv(
        path, dtype=TEXT, keep_default_na=False, na_values=[""], encoding="utf-8-sig"
    )
    if "code" not in table.columns:
        message = "there is no column 'code'"
        raise ValueError(message)
    return table.drop(columns="note", errors="ignore")


def _key_columns(table: DataFrame) -> list[str]:
    return [name for name in ("code", "scheme") if name in table.columns]
