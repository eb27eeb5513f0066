"""How a sourcedId is made, and the refusal to let two things share one.

The shapes are those that Aeries publishes (design, "Aeries decisions"), so that a vendor that
was fed by Aeries' own extract sees the same ids.
"""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas import DataFrame, Series

from extractor.errors import DataError
from extractor.findings import Findings
from extractor.frames import TEXT

LONGEST_ID = 255  # characters of a GUID (reference, section 1.6)
_OWN_KEYS = "Give each record a key of its own in the SIS."
_LARGE = pa.large_string()
_FORBIDDEN = r"[^0-9A-Za-z.\-_/@]"


class Shape:
    """One kind of sourcedId; the braces are filled with columns of SIS keys, in this order."""

    ORG = "{}"
    SESSION = "{}_{}"
    SCHOOL_YEAR = "SY_{}"
    COURSE = "{}"
    HOMEROOM_COURSE = "TCH_{}"
    CLASS = "{}_{}"
    HOMEROOM_CLASS = "{}_TN_{}"
    STUDENT = "STU_{}"
    TEACHER = "TCH_{}"
    STUDENT_ENROLLMENT = "{}_STU_{}_{}"
    TEACHER_ENROLLMENT = "{}_TCH_{}_{}"
    STUDENT_HOMEROOM_ENROLLMENT = "{}_STU_{}_TN_{}"
    PARENT = "PAT_{}"
    ADMINISTRATOR = "ADM_{}"
    AIDE = "AID_{}"
    RESOURCE_LINK = "{}_{}"
    CATEGORY = "{}_{}"
    LINE_ITEM = "{}_{}_{}_{}"
    RESULT = "{}_{}"
    TEACHER_HOMEROOM_ENROLLMENT = "{}_TCH_{}_TN_{}"


def sourced_id(shape: str, *keys: Series) -> Series:
    """Fill a shape with key columns; NA where any key is NA."""
    first, *rest = shape.split("{}")
    pieces: list[object] = [first]
    for key, part in zip(keys, rest, strict=True):
        pieces += [pa.array(key.astype(TEXT).array, _LARGE), part]
    filled = [
        pa.scalar(one, _LARGE) if isinstance(one, str) else one for one in pieces if one != ""
    ]
    made = pc.binary_join_element_wise(*filled, pa.scalar("", _LARGE))
    return Series(pd.arrays.ArrowStringArray(made), index=keys[0].index, dtype=TEXT)


def legal(key: Series, label: str, findings: Findings, named: Series | None = None) -> Series:
    """
    Replace the characters that a GUID may not have (reference, section 1.6 and A3).

    `06 34` becomes `06.2034`: a dot and the hexadecimal code. The reserved dot keeps ordinary
    ids apart from replaced ones; `refuse_shared` catches what is left.

    Args:
        named: what the finding names instead of the key, where that may be somebody's address.
    """
    odd = key.str.contains(_FORBIDDEN, regex=True).fillna(value=False).astype(bool)
    if not odd.any():
        return key
    shown = key[odd].drop_duplicates() if named is None else named[odd]
    findings.add("id_characters_replaced", label + " " + shown)
    hexed = key[odd].str.replace(_FORBIDDEN, lambda m: f".{ord(m[0]):02x}", regex=True)
    return key.mask(odd, hexed)


def refuse_shared(
    sourced_ids: Series, keys: Series, file: str, remedy: str = _OWN_KEYS, *, told: bool = True
) -> None:
    """
    Stop when one sourcedId stands for more than one SIS key.

    Args:
        told: whether the sourcedId is named, which may be somebody's address.

    Raises:
        DataError: naming each shared sourcedId and the SIS keys behind it.
    """
    pairs = DataFrame({"id": sourced_ids, "key": keys}).drop_duplicates()
    shared = pairs[pairs["id"].duplicated(keep=False)]
    if shared.empty:
        return
    lines = [
        f"  {f'{name}: ' if told else ''}{'; '.join(sorted(group['key']))}"
        for name, group in shared.groupby("id", sort=True)
    ]
    raise DataError(
        f"{file}.csv: {len(lines)} sourcedId(s) would stand for different records:\n"
        + "\n".join(lines[:20])
        + f"\nNothing was written. {remedy}"
    )


def label(name: str, *keys: Series) -> Series:
    """Name SIS rows for findings and errors: `MST 994 1001`."""
    made = pd.Series(name, index=keys[0].index, dtype=TEXT)
    for key in keys:
        made = made + " " + key.astype(TEXT).fillna("(blank)")
    return made
