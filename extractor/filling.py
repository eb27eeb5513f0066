"""Filling the spool: frames fitted to their files, with the ids of users that settings choose."""

from collections.abc import Iterable
from dataclasses import dataclass

from pandas import DataFrame, Series

from extractor.conform import conform, refuse_repeats
from extractor.findings import Findings
from extractor.frames import TEXT
from extractor.settings import Settings
from extractor.spec import BY_NAME, ENROLLMENTS, File
from extractor.spool import Spool
from extractor.transform.user_ids import UserIds

# Files whose sourcedIds are made from a user's, and the column that names the user.
_HOLDERS = {"enrollments": "userSourcedId", "results": "studentSourcedId"}


@dataclass(slots=True)
class Filling:
    """The spool of one run; `ids` is None where users have the ids that Aeries publishes."""

    settings: Settings
    spool: Spool
    findings: Findings
    ids: UserIds | None = None

    def whole(self, name: str, rows: DataFrame) -> DataFrame:
        """Spool a whole file, in the order of sourcedIds: the order of the database is chance."""
        file, own = BY_NAME[name], self.settings.metadata_of(name)
        fitted = conform(self._renamed(file, rows), file, self.findings, own)
        ordered = fitted.sort_values("sourcedId", ignore_index=True)
        self.spool.write(name, [ordered], own)
        return ordered

    def stream(self, file: File, frames: Iterable[DataFrame]) -> None:
        """Spool a file without bound, in the order of its query."""
        own = self.settings.metadata_of(file.name)
        fitted = (conform(self._renamed(file, rows), file, self.findings, own) for rows in frames)
        self.spool.write(file.name, refuse_repeats(fitted, file), own)

    def _renamed(self, file: File, rows: DataFrame) -> DataFrame:
        """Return rows with the ids of users that settings choose, wherever the file names one."""
        if self.ids is None:
            return rows
        names = [c.name for c in file.references if c.target and c.target.file == "users"]
        renamed = {name: self.ids.of(rows[name]) for name in names if name in rows}
        if file.name == "users":
            renamed |= _of_user(rows, self.ids.of(rows["sourcedId"]))
        elif file.name in _HOLDERS:
            user = renamed[_HOLDERS[file.name]]
            of_holder = self.ids.of_enrollment if file is ENROLLMENTS else self.ids.of_result
            renamed["sourcedId"] = of_holder(rows["sourcedId"], user)
        return rows.assign(**renamed)


def _of_user(rows: DataFrame, ids: Series) -> dict[str, Series]:
    """Return what else of a user is made from the sourcedId: identifier, and a blank username."""
    school = rows["identifier"].str.split("_", n=1).str[0].astype(TEXT)
    return {
        "sourcedId": ids,
        "identifier": school + "_" + ids,
        "username": rows["username"].mask(rows["username"] == rows["sourcedId"], ids),
    }
