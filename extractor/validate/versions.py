"""Tells bundles of OneRoster 1.0 and 1.2, which other rules would only drown in findings."""

from collections.abc import Collection
from contextlib import suppress

from extractor.spec import BY_NAME, VERSION
from extractor.validate.archive import DAMAGE, Entry
from extractor.validate.bundle import Bundle

# Files that only 1.2 has, and the seven that 1.0 had (reference, sections 1.7 and 8.1).
NEW_IN_1_2 = (
    *("roles.csv", "userProfiles.csv", "userResources.csv", "scoreScales.csv"),
    *("lineItemScoreScales.csv", "resultScoreScales.csv"),
    *("lineItemLearningObjectiveIds.csv", "resultLearningObjectiveIds.csv"),
)
FILES_OF_1_0 = frozenset(
    ("academicSessions", "classes", "courses", "demographics", "enrollments", "orgs", "users")
)


# Names that only 1.0 had in these files.
_MARKS_OF_1_0 = {"demographics.csv": (b"userSourcedId", b"birthdate"), "users.csv": (b"userId,",)}


def foreign_version(bundle: Bundle, found: Collection[Entry]) -> str | None:
    """Return the version of a bundle that is not of ours but of another known one."""
    names = {entry.base for entry in bundle.package.inside}
    told = bundle.manifest.version if bundle.manifest else None
    if told and told != VERSION and told.startswith("1.2"):
        return "1.2"
    if told != VERSION and names & set(NEW_IN_1_2):
        return "1.2"
    if bundle.manifest is not None or bundle.unread:
        return None
    files = {entry.base.removesuffix(".csv") for entry in found} & set(BY_NAME)
    old = files <= FILES_OF_1_0 and any(_is_1_0(entry) for entry in found)
    return "1.0" if old else None


def _is_1_0(entry: Entry) -> bool:
    marks = _MARKS_OF_1_0.get(entry.base, ())
    if not marks:
        return False
    with suppress(*DAMAGE), entry.open() as file:
        header = file.readline(4096)
        return any(mark in header for mark in marks)
    return False
