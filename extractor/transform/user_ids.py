"""A district's own choice of users' sourcedIds: another field, or no prefix (section 5).

Everything is built with the ids that Aeries publishes, `STU_99400001`. Where settings choose
others, they take their place last: in users.csv, wherever a file refers to it, and inside the
ids of enrollments and results, so that a number that a district keeps to itself is nowhere.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pandas import DataFrame, Series

from extractor.errors import DataError
from extractor.findings import Findings
from extractor.frames import distinct, look_up
from extractor.ids import legal, refuse_shared
from extractor.spec import ENROLLMENTS, RESULTS, File

_PREFIX = re.compile(r"^(?:STU|TCH|PAT|ADM|AID)_")
_FILE = "users"
_BLANK = (
    "users.csv: the field that settings choose for sourcedIds is blank for every {role}; all their "
    "accounts would be re-keyed. Fill it in the SIS, or correct users.student_id or "
    "users.staff_id. Nothing was written."
)
_REMEDY = (
    "The ids come from users.student_id, users.staff_id and users.prefixes: choose a field that "
    "no two people share, and keep the prefixes where numbers of different tables meet."
)


@dataclass(frozen=True, slots=True)
class UserIds:
    """How the published ids of users become those that settings choose."""

    chosen: Mapping[str, str]
    prefixes: bool

    def of(self, column: Series) -> Series:
        """Return a column of ids, or of comma separated lists of them, with the chosen ones."""
        made = {
            whole: ",".join(self._one(one) for one in whole.split(","))
            for whole in distinct(column)
        }
        return look_up(column, made)

    def sent(self, file: File, rows: DataFrame) -> DataFrame:
        """Return rows with the chosen ids: of users, of who refers to them, of what is made so."""
        names = [c.name for c in file.references if c.target and c.target.file == _FILE]
        made = {name: self.of(rows[name]) for name in names}
        if file.name == _FILE:
            made |= self._of_user(rows)
        elif file is ENROLLMENTS:
            made["sourcedId"] = _of_enrollment(rows["sourcedId"], made["userSourcedId"])
        elif file is RESULTS:
            made["sourcedId"] = _of_result(rows["sourcedId"], made["studentSourcedId"])
        return rows.assign(**made)

    def _of_user(self, rows: DataFrame) -> dict[str, Series]:
        ids = self.of(rows["sourcedId"])
        school = rows["identifier"].str.replace(r"_.*$", "", regex=True)
        fallen_back = rows["username"] == rows["sourcedId"]
        return {
            "sourcedId": ids,
            "identifier": school + "_" + ids,
            "username": rows["username"].mask(fallen_back, ids),
        }

    def _one(self, published: str) -> str:
        found = self.chosen.get(published, published)
        return found if self.prefixes else _PREFIX.sub("", found)


def user_ids(
    users: DataFrame, findings: Findings, *, prefixes: bool, chosen: Collection[str]
) -> UserIds:
    """
    Return how users' ids are chosen, for the users that are sent.

    Args:
        users: sourcedId, role, key, and own_id, which takes the place of the number.
        prefixes: whether STU_, TCH_ and so on stand before the id.
        chosen: the roles for which settings name a field.

    Raises:
        DataError: if nobody of a role has such a field, which would re-key everybody; or if two
            users would have one id.
    """
    wanted: dict[str, str] = {}
    for role in chosen:
        rows = users[users["role"] == role]
        filled = rows[rows.own_id.notna()]
        if len(rows) and filled.empty:
            raise DataError(_BLANK.format(role=role))
        findings.add("own_id_blank", rows.key[rows.own_id.isna()])
        own = legal(filled.own_id, f"own id of {role}", findings, filled.key)
        prefix = filled["sourcedId"].str.slice(0, 4)
        wanted |= dict(zip(filled["sourcedId"], prefix + own, strict=True))
    ids = UserIds(wanted, prefixes)
    made = ids.of(users["sourcedId"]).str.casefold()  # receivers compare without regard to case
    refuse_shared(made, users["role"] + " " + users.key, _FILE, _REMEDY, told=False)
    return ids


def _of_enrollment(ids: Series, user: Series) -> Series:
    """Put the chosen id of a user into the middle of `994_STU_99400001_1001`."""
    school = ids.str.replace(r"_.*$", "", regex=True)
    place = ids.str.replace(r"^[^_]+_[A-Z]{3}_[^_]+_", "", regex=True)
    return school + "_" + user + "_" + place


def _of_result(ids: Series, user: Series) -> Series:
    """Put the chosen id of a student at the end of `994_1001_9940001_1_99400001`."""
    line_item = ids.str.replace(r"_[^_]+$", "", regex=True)
    return line_item + "_" + user.str.replace(_PREFIX.pattern, "", regex=True)
