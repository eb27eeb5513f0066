"""A district's own choice of users' sourcedIds: another field, or no prefix (section 5).

Everything is built with the ids that Aeries publishes, `STU_99400001`. Where settings choose
others, they take their place last: in users.csv, wherever a file refers to it, and inside the
ids of enrollments and results, so that a number that a district keeps to itself is nowhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pandas import DataFrame, Series

from extractor.findings import Findings
from extractor.frames import by_number, distinct, look_up
from extractor.ids import Shape, label, legal, refuse_shared, sourced_id

_PREFIX = re.compile(r"^(?:STU|TCH|PAT|ADM|AID)_")
_FILE = "users"


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

    def of_enrollment(self, ids: Series, user: Series) -> Series:
        """Return `994_STU_99400001_1001` with the chosen id of its user in the middle."""
        school = ids.str.replace(r"_.*$", "", regex=True)
        place = ids.str.replace(r"^[^_]+_[A-Z]{3}_[^_]+_", "", regex=True)
        return school + "_" + user + "_" + place

    def of_result(self, ids: Series, user: Series) -> Series:
        """Return `994_1001_9940001_1_99400001` with the chosen id of its student at the end."""
        line_item = ids.str.replace(r"_[^_]+$", "", regex=True)
        return line_item + "_" + user.str.replace(_PREFIX.pattern, "", regex=True)

    def _one(self, published: str) -> str:
        found = self.chosen.get(published, published)
        return found if self.prefixes else _PREFIX.sub("", found)


def user_ids(
    students: DataFrame, staff: DataFrame, findings: Findings, *, prefixes: bool
) -> UserIds:
    """
    Return how users' ids are chosen; own_id, where it is filled, takes the place of the number.

    Args:
        students: the query; own_id of the lowest school code that has one counts.
        staff: the queries staff and other_staff, one below the other.
        prefixes: whether STU_, TCH_ and so on stand before the id.
    """
    pupils = _first(students, "student_id", "STU.ID", findings)
    people = _first(staff, "staff_id", "STF.ID", findings)
    pairs = [(Shape.STUDENT, pupils.student_id, pupils.own_id)]
    pairs += [
        (shape, people.staff_id, people.own_id)
        for shape in (Shape.TEACHER, Shape.ADMINISTRATOR, Shape.AIDE)
    ]
    chosen: dict[str, str] = {}
    for shape, number, own in pairs:
        published, wanted = sourced_id(shape, number), sourced_id(shape, own)
        chosen.update(zip(published, wanted, strict=True))
    return UserIds(chosen, prefixes)


def refuse_shared_users(users: DataFrame, ids: UserIds) -> None:
    """
    Stop when two users would have one id.

    Raises:
        DataError: naming the ids and the SIS keys behind them.
    """
    refuse_shared(ids.of(users["sourcedId"]), users.key, _FILE)


def _first(rows: DataFrame, key: str, name: str, findings: Findings) -> DataFrame:
    known = by_number(rows[rows[key].notna()], key, "school_id")
    filled = known[known.own_id.notna()].drop_duplicates(key).reset_index(drop=True)
    if len(filled):  # else nothing was chosen
        blank = known[~known[key].isin(filled[key])].drop_duplicates(key)
        findings.add("own_id_blank", label(name, blank[key]))
    return filled.assign(own_id=legal(filled.own_id, f"{name} own id", findings))
