"""The calendar of a bundle: its sessions, those that classes name, and its school years."""

from dataclasses import dataclass
from datetime import date

import pyarrow.compute as pc

from extractor.gate.reading import Reader, live
from extractor.validate.batch import KEY, Batch


@dataclass(frozen=True, slots=True)
class Session:
    """One academicSession; `end` as it stands in the file, None when it is no date."""

    title: str
    type: str
    end: date | None
    year: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The sessions by id, and the ids that classes name."""

    sessions: dict[str, Session]
    named: frozenset[str]

    @property
    def year(self) -> str | None:
        """The school year that classes are of: the year in which it ends, or the last there is."""
        years = {self.sessions[one].year for one in self.named if one in self.sessions}
        years = years or {one.year for one in self.sessions.values()}
        return max(filter(None, years), default=None)

    def titles(self) -> list[str]:
        """Return the titles of the sessions that classes name."""
        found = {self.sessions[one].title for one in self.named if one in self.sessions}
        return sorted(found)


_COLUMNS = (KEY, "status", "title", "type", "endDate", "schoolYear")


def calendar(reader: Reader | None) -> Calendar:
    """Read the sessions of a bundle, and which of them its classes name."""
    sessions: dict[str, Session] = {}
    named: set[str] = set()
    if reader is None:
        return Calendar(sessions, frozenset())
    for batch in reader.batches("academicSessions", _COLUMNS):
        for row in live(batch):
            sessions.setdefault(batch[KEY].text(int(row)), _session(batch, int(row)))
    for batch in reader.batches("classes", (KEY, "status", "termSourcedIds")):
        if "termSourcedIds" in batch:
            named.update(pc.unique(batch["termSourcedIds"].items.texts).to_pylist())
    return Calendar(sessions, frozenset(named - {""}))


def _session(batch: Batch, row: int) -> Session:
    title, kind, end, year = (
        batch[name].text(row) if name in batch else ""
        for name in ("title", "type", "endDate", "schoolYear")
    )
    try:
        day = date.fromisoformat(end)
    except ValueError:
        day = None
    return Session(title, kind, day, year)
