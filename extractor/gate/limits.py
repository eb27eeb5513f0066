"""Limits on what was removed, added and changed, in all, by role and by school."""

from collections.abc import Iterator
from dataclasses import replace

from extractor.gate import words
from extractor.gate.compare import Changes
from extractor.gate.decision import Reason
from extractor.gate.schools import ROLES
from extractor.gate.tally import Tally
from extractor.settings_gate import Gate, Limit
from extractor.spec import FILES

KINDS = ("removed", "added", "changed")
_SHOWN = 10  # schools listed of one file and kind; the rest is counted
_REMEDY = {
    "removed": "Look whether they left, or a query, a setting or the SIS lost them; "
    "the bundle sent before lies in the record folder. If it is right, approve the bundle.",
    "added": "Look whether they came, or were matched to the wrong school or year; "
    "the bundle sent before lies in the record folder. If it is right, approve the bundle.",
    "changed": "Look whether somebody changed them, or a code table or setting; "
    "the bundle sent before lies in the record folder. If it is right, approve the bundle.",
}


def beyond(changes: Changes, gate: Gate, told: set[tuple[str, str | None]]) -> Iterator[Reason]:
    """
    Yield what goes beyond a limit, the most telling first.

    Where the district's limit is broken, its schools are not listed too; where a role's is,
    neither are all roles together.

    Args:
        told: files, and files of a school, that another reason speaks of already.
    """
    for file in (one.name for one in FILES):
        for kind in KINDS:
            if (file, None) in told:
                continue
            found = list(_district(changes, gate, file, kind))
            wide = {one.role for one in found}
            yield from found
            if wide and (None in wide or wide >= set(ROLES.get(file, ("?",)))):
                continue
            yield from _cut(list(_schools(changes, gate, (file, kind), wide, told)), file, kind)


def _district(changes: Changes, gate: Gate, file: str, kind: str) -> Iterator[Reason]:
    limit = gate.limit(file, kind, school=False)
    roles = ROLES.get(file, ())
    found = [one for role in roles if (one := _broken(changes, limit, kind, (file, None, role)))]
    yield from found
    whole = _broken(changes, limit, kind, (file, None, None))
    if whole and not found:
        yield whole


def _schools(
    changes: Changes,
    gate: Gate,
    what: tuple[str, str],
    wide: set[str | None],
    told: set[tuple[str, str | None]],
) -> Iterator[Reason]:
    file, kind = what
    limit = gate.limit(file, kind, school=True)
    places = sorted(
        key[1] for key in changes.tallies if key[0] == file and key[1] and key[2] is None
    )
    for school in places:
        if (file, school) in told or file == "orgs":
            continue
        found = [
            one
            for role in ROLES.get(file, ())
            if role not in wide and (one := _broken(changes, limit, kind, (file, school, role)))
        ]
        yield from found
        whole = _broken(changes, limit, kind, (file, school, None))
        if whole and not found and not wide:
            yield whole


def _cut(found: list[Reason], file: str, kind: str) -> Iterator[Reason]:
    found.sort(key=lambda one: -(one.number or 0))
    yield from found[:_SHOWN]
    rest = found[_SHOWN:]
    if rest:
        number = sum(one.number or 0 for one in rest)
        text = f"{words.FILES[file]}: {len(rest)} more such, {number:,} records {kind} in all"
        yield replace(rest[0], text=text, school=None, role=None, number=number, before=None)


def _broken(
    changes: Changes, limit: Limit, kind: str, key: tuple[str, str | None, str | None]
) -> Reason | None:
    tally = changes.of(*key)
    number = getattr(tally, kind)
    if not tally.before or not limit.exceeded(number, tally.before):
        return None  # what was not there before is new, and noted elsewhere
    file, school, role = key
    text = f"{words.subject(changes, file, school, role)}: {_numbers(kind, number, tally, limit)}"
    return Reason(kind, text, _REMEDY[kind], file, school, role, number, tally.before)


def _numbers(kind: str, number: int, tally: Tally, limit: Limit) -> str:
    share = words.share(number, tally.before)
    if kind == "added":
        said = f"{number:,} would be added to {tally.before:,} ({share})"
    else:
        said = f"{number:,} of {tally.before:,} would be {kind} ({share})"
    if limit.most is not None and number > limit.most:
        return f"{said}; the limit is {limit.most:,}"
    return f"{said}; the limit is {words.percent(limit.percent or 0)}"
