"""What changed between two bundles: per file, per school and per role, in numbers."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from extractor.gate.reading import Contents, Reader, Rows
from extractor.gate.schools import MANY, ROLES, Known, Side
from extractor.gate.sessions import Calendar, calendar
from extractor.gate.tally import Counts, Groups, Keyed, Tally, count
from extractor.spec import FILES
from extractor.validate.hashes import mix

# What other files are looked up in stands before them.
ORDER = (
    *("orgs", "academicSessions", "courses", "classes", "users", "demographics", "enrollments"),
    *("courseResources", "classResources", "lineItems", "results", "categories", "resources"),
)
# After which file the rows of another are not asked for any more.
_LAST_USE = {"demographics": "users", "courseResources": "courses", "lineItems": "classes"}
_LAST_USE |= {"results": "lineItems"}


@dataclass(frozen=True, slots=True)
class Org:
    """One org of either bundle; names of orgs are public."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Changes:
    """
    What came, went and changed, by sourcedId; a record changed when any cell did other than
    dateLastModified.

    Keys of `tallies` are (file, school, role); None is all of them. Only files, schools and
    roles that have a record in either bundle stand there. A record that went over to another
    school or role counts as removed there and added here, and as kept in all. `contents` is
    what the new bundle holds; `first` tells that there was none before.
    """

    tallies: dict[tuple[str, str | None, str | None], Tally]
    orgs: dict[str, Org]
    old: Calendar
    new: Calendar
    gone: tuple[str, ...]
    contents: dict[str, Contents]
    first: bool

    def of(self, file: str, school: str | None = None, role: str | None = None) -> Tally:
        """Return the numbers of one file, in all or of one school or role."""
        return self.tallies.get((file, school, role), Tally(0, 0, 0, 0, 0))

    @property
    def nothing(self) -> bool:
        """Whether the two say the same."""
        return not any(one.added or one.removed or one.changed for one in self.tallies.values())


def changes(old: Path | None, new: Path) -> Changes:
    """
    Compare two bundles, zips or folders.

    Of each row two hashes of 64 bits stay in memory, a school and a role: some 20 bytes. A
    deleted record (`tobedeleted`) counts as gone; of several with one id the first counts.

    Args:
        old: the bundle before; None when there was none.

    Raises:
        SettingsError: a path cannot be read.
        DataError: a bundle is damaged.
    """
    with ExitStack() as stack:
        after = stack.enter_context(Reader(new))
        before = stack.enter_context(Reader(old)) if old else None
        then, now = _orgs(before), _orgs(after)
        orgs = then | now
        sides = (Side(Known.of(orgs)), Side(Known.of(orgs)))
        tallies: dict[tuple[str, str | None, str | None], Tally] = {}
        for name in ORDER:
            rows = [
                side.read(name, reader.batches(name) if reader else ())
                for side, reader in zip(sides, (before, after), strict=True)
            ]
            tallies |= _tallies(name, rows[0], rows[1], sides[0].known.ids)
            for side in sides:
                side.done_with(_LAST_USE.get(name, ""))
        return Changes(
            tallies,
            orgs,
            calendar(before),
            calendar(after),
            tuple(sorted(then.keys() - now.keys())),
            after.contents,
            first=old is None,
        )


def _orgs(reader: Reader | None) -> dict[str, Org]:
    found: dict[str, Org] = {}
    if reader is None:
        return found
    for batch in reader.batches("orgs", ("sourcedId", "status", "name", "type")):
        for row in range(len(batch)):
            cells = [
                batch[name].text(row) if name in batch else ""
                for name in ("sourcedId", "name", "type", "status")
            ]
            if cells[0] and cells[3] != "tobedeleted":
                found.setdefault(cells[0], Org(cells[1], cells[2]))
    return found


def _tallies(
    name: str, old: Rows, new: Rows, schools: tuple[str, ...]
) -> dict[tuple[str, str | None, str | None], Tally]:
    """Count one file: by role, and by school and role."""
    roles = ROLES.get(name, ())
    wide = len(roles) + 1
    found = _named(name, _by_role(old, new, wide), (), roles)
    if not schools or (old.schools is None and new.schools is None):
        return found
    grouped = _by_school(old, new, wide, len(schools) + 1, many=name in MANY)
    return found | _named(name, grouped, schools, roles)


def _by_role(old: Rows, new: Rows, wide: int) -> tuple[Counts, Counts]:
    together, apart = np.zeros(wide, np.int64), np.arange(wide, dtype=np.int64)
    sides = [Keyed(rows.keys, rows.contents, _role(rows, wide)) for rows in (old, new)]
    total, roles = count(sides[0], sides[1], (together, 1), (apart, wide))
    return total, roles


def _role(rows: Rows, wide: int) -> np.ndarray | None:
    """Return the role of each row from 1 on; 0 is none that the standard knows."""
    if wide == 1:
        return None
    return np.zeros(len(rows), np.int8) if rows.roles is None else rows.roles + np.int8(1)


def _by_school(
    old: Rows, new: Rows, wide: int, schools: int, *, many: bool
) -> tuple[Counts, Counts]:
    each: Groups = np.arange(schools * wide, dtype=np.int64)
    groupings = ((each // wide, schools), (each, schools * wide))
    sides = [_in_schools(rows, wide, many=many) for rows in (old, new)]
    by_school, by_both = count(sides[0], sides[1], *groupings)
    return by_school, by_both


def _in_schools(rows: Rows, wide: int, *, many: bool) -> Keyed:
    """Return rows with the school and role of each; a row of many schools once for each."""
    schools = np.zeros(len(rows), np.int32) if rows.schools is None else rows.schools
    roles = _role(rows, wide)
    if not many:
        groups = schools.astype(np.int32) * np.int32(wide)
        return Keyed(rows.keys, rows.contents, groups if roles is None else groups + roles)
    owners = np.zeros(0, np.int64) if rows.owners is None else rows.owners
    if rows.schools is None:
        schools = np.zeros(0, np.int32)
    groups = schools.astype(np.int32) * np.int32(wide)
    if roles is not None:
        groups = groups + roles[owners]
    keys = mix(rows.keys[owners] ^ mix(schools.astype(np.uint64) + np.uint64(1)))
    return Keyed(keys, rows.contents[owners], groups)


def _named(
    name: str,
    counts: tuple[Counts, Counts],
    schools: tuple[str, ...],
    roles: tuple[str, ...],
) -> dict[tuple[str, str | None, str | None], Tally]:
    """Name the groups that have a record; those of no school or role are in the totals only."""
    whole, parts = counts
    wide = len(roles) + 1
    found: dict[tuple[str, str | None, str | None], Tally] = {}
    for group in np.flatnonzero(whole.before + whole.after):
        if schools and group == 0:
            continue
        school = schools[group - 1] if schools else None
        found[name, school, None] = whole.of(int(group))
    if roles:
        for group in np.flatnonzero(parts.before + parts.after):
            place, role = divmod(int(group), wide)
            if role and (place or not schools):
                school = schools[place - 1] if schools else None
                found[name, school, roles[role - 1]] = parts.of(int(group))
    return found


assert set(ORDER) == {file.name for file in FILES}  # noqa: S101 - a new file has to be placed
