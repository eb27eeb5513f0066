"""The columns of an SIS that settings may choose for a username, an id, a phone.

Source: Aeries reference, section 5. Those of a supplemental table are each district's own: they
are checked against the database's catalog before a query names them.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

EMAIL, LOCAL_PART = "EM", "local part"
STUDENT_FIELDS = ("STU.ID", "STU.CID", "STU.SEM", "STU.NID")
STAFF_FIELDS = ("STF.ID", "STF.SID", "STF.NID", "UGN.UN")
STUDENT_PHONES = ("STU.TL", "STU.MPH")
STAFF_PHONES = ("STF.TL", "STF.CP")
SUPPLEMENTAL = ("SUP", "DSD")  # school and district supplemental student data
MOST_USER_IDS = 3  # columns that the queries have for them
_PLAIN = re.compile(r"([A-Z]{3})\.([A-Za-z_][A-Za-z0-9_]{0,63})")
_USER_ID = re.compile(r"([A-Za-z0-9][A-Za-z0-9 _.-]*):(.+)")


@dataclass(frozen=True, slots=True)
class Field:
    """One column of one table of the SIS; queries know the table by its name in lower case."""

    table: str
    column: str

    @classmethod
    def of(cls, text: str) -> "Field":
        """Read `STU.SEM`."""
        table, column = text.split(".")
        return cls(table, column)


Fields = Mapping[str, Field]  # by the column of the query


def checked(text: str, known: Sequence[str], supplemental: Sequence[str] = ()) -> str:
    """
    Return the name of a field if it is a known one, or any of a supplemental table.

    Raises:
        ValueError: with the list of those there are.
    """
    plain = _PLAIN.fullmatch(text)
    if text in known or (plain and plain[1] in supplemental):
        return text
    near = difflib.get_close_matches(text, known, 1, 0.6)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    listed = [*known, *(f"{table}.<column>" for table in supplemental)]
    message = f"{text!r} is no choice; there are {', '.join(listed)}{meant}"
    raise ValueError(message)


def user_id(item: str, known: Sequence[str], supplemental: Sequence[str] = ()) -> str:
    """
    Return `SSID:STU.CID`, the type and the field of an item of userIds, if both are good.

    Raises:
        ValueError: if it has no type, or an unknown field.
    """
    parts = _USER_ID.fullmatch(item)
    if not parts:
        message = f"{item!r} is no type and field; write one like 'SSID:{known[1]}'"
        raise ValueError(message)
    checked(parts[2], known, supplemental)
    return item


def split_user_ids(items: Sequence[str]) -> Iterator[tuple[str, Field]]:
    """Yield the type and the field of each item of userIds."""
    for item in items:
        kind, field = item.split(":", 1)
        yield kind, Field.of(field)
