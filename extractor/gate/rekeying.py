"""The same person under a new sourcedId, or a sourcedId given to another: told by the ledger."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from extractor.gate import words
from extractor.gate.identity import KINDS, ORG, ROLES, Digests, People

Mask = NDArray[np.bool_]
Places = NDArray[np.int64]
_NAMES = ("given", "family")
_STRONG = ("identifier", "user_id")


@dataclass(frozen=True, slots=True)
class Ledger:
    """
    All that one vendor was ever sent: the last marks of each id.

    `last` tells which stood in the bundle that was delivered last.
    """

    people: People
    last: Mask


@dataclass(frozen=True, slots=True)
class Rekeying:
    """How many have another id, how many got another's; `blind`: there was nothing to go by."""

    rekeyed_by_role: dict[str, int] = field(default_factory=dict)
    reused_by_role: dict[str, int] = field(default_factory=dict)
    blind: bool = False

    @property
    def rekeyed(self) -> int:
        """How many are known under another id."""
        return sum(self.rekeyed_by_role.values())

    @property
    def reused(self) -> int:
        """How many have the id of another."""
        return sum(self.reused_by_role.values())

    def said(self, by_role: dict[str, int]) -> str:
        """Return the numbers in words: `3 students and 1 teacher`."""
        names = words.ROLES | {ORG: "Schools"}
        parts = [
            f"{count:,} {names[role].lower() if count != 1 else names[role].lower()[:-1]}"
            for role, count in sorted(by_role.items())
        ]
        return " and ".join(parts)


def look(now: People, ledger: Ledger) -> Rekeying:
    """
    Hold a bundle's people against all that the vendor was sent before.

    Re-keyed: an id never sent, whose person stood under an id that is gone now. The person is
    known by the identifier or the first user id, as long as the names do not both differ; by
    the email or username, if the given name is the same or no names are told, and no identifier
    differs; by the whole name, if no identifier or email differs, it is the only one of that
    name, and the id went tonight.

    Reused: an id sent before, under which both names differ, as do identifier and email where
    they tell anything; or identifier and given name differ, and the email too. A changed
    surname alone, a corrected identifier alone or a new email alone is the same person.
    """
    was = ledger.people
    at = np.searchsorted(was.ids, now.ids)
    at = np.minimum(at, max(len(was) - 1, 0))
    known = was.ids[at] == now.ids if len(was) else np.zeros(len(now), np.bool_)
    gone = ~np.isin(was.ids, now.ids)
    fresh = np.flatnonzero(~known)
    rekeyed = _rekeyed(now, fresh, was, np.flatnonzero(gone), ledger.last)
    both = np.flatnonzero(known)
    reused = both[_other(_Pairs(now, both, was, at[both]))]
    return Rekeying(_counted(now, rekeyed), _counted(now, reused), blind=_blind(now))


def _blind(now: People) -> bool:
    users = now.of_users()
    if not users.any():
        return False
    told = [
        (now.marks[kind][users] != 0) & (now.derived[users] >> place & 1 == 0)
        for place, kind in enumerate(KINDS)
    ]
    return not bool(np.any(told))


def _counted(now: People, places: Places) -> dict[str, int]:
    counts = np.bincount(now.roles[places], minlength=len(ROLES))
    return {role: int(count) for role, count in zip(ROLES, counts, strict=True) if count}


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Somebody now beside somebody before, pair by pair."""

    now: People
    here: Places
    was: People
    there: Places

    def equal(self, kind: str) -> Mask:
        """Tell where both are told, and the same."""
        left, right = self._marks(kind)
        return np.asarray((left != 0) & (left == right))

    def differ(self, kind: str) -> Mask:
        """Tell where both are told, differ, and neither was made from the id."""
        left, right = self._marks(kind)
        bit = KINDS.index(kind)
        made = (self.now.derived[self.here] | self.was.derived[self.there]) >> bit & 1
        return np.asarray((left != 0) & (right != 0) & (left != right) & (made == 0))

    def vouches(self, kind: str) -> Mask:
        """Tell where they are the same, and were not made from the id that is the same anyway."""
        made = self.now.derived[self.here] >> KINDS.index(kind) & 1
        return np.asarray(self.equal(kind) & (made == 0))

    def crossed(self) -> Mask:
        """Tell where a name only moved to the other column."""
        given, family = self._marks("given"), self._marks("family")
        moved = ((given[0] != 0) & (given[0] == family[1])) | (
            (family[0] != 0) & (family[0] == given[1])
        )
        return np.asarray(moved)

    def role(self) -> Mask:
        """Tell where both have one role."""
        return np.asarray(self.now.roles[self.here] == self.was.roles[self.there])

    def _marks(self, kind: str) -> tuple[Digests, Digests]:
        return self.now.marks[kind][self.here], self.was.marks[kind][self.there]


def _other(pairs: _Pairs) -> Mask:
    """Tell where an id stands for another person than before."""
    given, family = pairs.differ("given"), pairs.differ("family")
    identifier = pairs.differ("identifier") | pairs.differ("user_id")
    vouched = pairs.vouches("identifier") | pairs.vouches("user_id") | pairs.vouches("email")
    named = given & family & ~pairs.crossed()
    unnamed = ~(pairs.equal("given") | given)  # an org, or a person of one name
    swapped = identifier & (given | (unnamed & family)) & ~pairs.crossed()
    judged: Mask = pairs.role() & (named | swapped) & ~vouched
    return judged


def _rekeyed(now: People, fresh: Places, was: People, gone: Places, last: Mask) -> Places:
    """Return who stood under an id that is gone."""
    found = np.zeros(len(now), np.bool_)
    for kind in (*_STRONG, "email", "username"):
        pairs = _paired(now, fresh, was, gone, kind)
        found[pairs.here[_same(pairs, strong=kind in _STRONG)]] = True
    tonight = gone[last[gone]]
    pairs = _paired(now, fresh, was, tonight, "name")
    apart = pairs.differ("identifier") | pairs.differ("user_id") | pairs.differ("email")
    found[pairs.here[~apart]] = True
    return np.flatnonzero(found)


def _same(pairs: _Pairs, *, strong: bool) -> Mask:
    given, family = pairs.differ("given"), pairs.differ("family")
    other = given & family & ~pairs.crossed()
    if strong:
        return np.asarray(~other)
    apart = pairs.differ("identifier") | pairs.differ("user_id") | given | other
    return np.asarray(~apart)


def _paired(now: People, fresh: Places, was: People, gone: Places, kind: str) -> _Pairs:
    """Pair those who share a mark that nobody else has, on either side."""
    left, right = _mark(now, fresh, kind), _mark(was, gone, kind)
    here, there = _alone(left), _alone(right)
    _, i, j = np.intersect1d(left[here], right[there], assume_unique=True, return_indices=True)
    return _Pairs(now, fresh[here[i]], was, gone[there[j]])


def _mark(people: People, places: Places, kind: str) -> Digests:
    if kind != "name":
        return people.marks[kind][places]
    given, family = (people.marks[name][places] for name in _NAMES)
    mixed: Digests = given * np.int64(0x2545F4914F6CDD1D) ^ family
    mixed[(given == 0) | (family == 0)] = 0
    return mixed


def _alone(marks: Digests) -> Places:
    """Return where a mark stands that stands nowhere else; 0 is none."""
    found, first, counts = np.unique(marks, return_index=True, return_counts=True)
    return np.asarray(first[(counts == 1) & (found != 0)])
