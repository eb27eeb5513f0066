"""Who belongs where, worked out once a file is read: spans of classes, schools of users."""

from collections.abc import Callable
from typing import Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from extractor.validate.batch import Mask
from extractor.validate.bundle import Bundle
from extractor.validate.hashes import Index, Rows, pair
from extractor.validate.parsing import NO_DAY

T = TypeVar("T")
Days = NDArray[np.int32]
DEEP: Final = 16  # orgs above an org; more than that is a cycle
_EARLY, _LATE = np.iinfo(np.int32).max, np.iinfo(np.int32).min


def once(bundle: Bundle, name: str, compute: Callable[[], T]) -> T:
    """Compute something of the bundle once, though two threads want it at a time."""
    with bundle.computing:
        if name not in bundle.cached:
            bundle.cached[name] = compute()
    return cast("T", bundle.cached[name])


def class_spans(bundle: Bundle) -> tuple[Days, Days]:
    """Return the first and the last day of all terms of each class."""

    def compute() -> tuple[Days, Days]:
        classes, sessions = bundle.table("classes"), bundle.table("academicSessions")
        size = len(classes.hashes)
        first, last = np.full(size, _EARLY, np.int32), np.full(size, _LATE, np.int32)
        named = classes.named.get("termSourcedIds")
        if named is not None and len(sessions.hashes):
            known = named.targets >= 0
            owners, targets = named.owners[known], named.targets[known].astype(np.int64)
            starts, ends = sessions["startDate"][targets], sessions["endDate"][targets]
            both = (starts != NO_DAY) & (ends != NO_DAY)
            np.minimum.at(first, owners[both], starts[both])
            np.maximum.at(last, owners[both], ends[both])
        return first, last

    return once(bundle, "class spans", compute)


def outside_class_terms(bundle: Bundle, classes: Rows, begin: Days, end: Days) -> tuple[Mask, Mask]:
    """Tell which enrollments begin before their class's terms, and which end after them."""
    first, last = class_spans(bundle)
    if not len(first):
        nowhere = np.zeros(len(classes), np.bool_)
        return nowhere, nowhere
    place = np.where(classes >= 0, classes, 0)
    known = (classes >= 0) & (first[place] != _EARLY)
    early = known & (begin != NO_DAY) & (begin < first[place])
    late = known & (end != NO_DAY) & (end > last[place])
    return early, late


def school_of_user(bundle: Bundle, users: Rows, schools: Rows) -> Mask:
    """Tell which users belong to a school or to an org above it."""
    members = once(bundle, "members", lambda: _members(bundle))
    parents = bundle.table("orgs").rows("parentSourcedId")
    belongs = members.has(pair(users, schools))
    above = schools.copy()
    for _ in range(DEEP):
        waiting = np.flatnonzero(~belongs & (above >= 0))
        if not len(waiting):
            break
        above[waiting] = parents[above[waiting]]
        waiting = waiting[above[waiting] >= 0]
        belongs[waiting] = members.has(pair(users[waiting], above[waiting]))
    # A user with an org that is not here is that reference's finding, not this one's.
    return belongs | ~once(bundle, "placed", lambda: _placed(bundle))[users]


def _members(bundle: Bundle) -> Index:
    named = bundle.table("users").named.get("orgSourcedIds")
    if named is None:
        return Index(np.zeros(0, np.uint64))
    known = named.targets >= 0
    return Index(pair(named.owners[known].astype(np.int32), named.targets[known].astype(np.int32)))


def _placed(bundle: Bundle) -> Mask:
    users = bundle.table("users")
    placed = np.zeros(len(users.hashes), np.bool_)
    named = users.named.get("orgSourcedIds")
    if named is not None:
        placed[named.owners] = True
        placed[named.owners[named.targets < 0]] = False
    return placed


def students_of_classes(bundle: Bundle) -> Index | None:
    """Return the pairs of student and class; None if not all enrollments are known."""

    def compute() -> Index | None:
        table = bundle.table("enrollments")
        whole = table.present and not table.opaque and (not bundle.partial or bundle.baseline)
        if not whole:
            return None
        student = table["role"] == table.file["role"].values.index("student")
        users, classes = table.rows("userSourcedId"), table.rows("classSourcedId")
        known = student & (users >= 0) & (classes >= 0)
        return Index(pair(users[known], classes[known]))

    return once(bundle, "students of classes", compute)
