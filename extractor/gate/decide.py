"""May this bundle go? All reasons to hold it, collected into one answer."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from extractor.gate import words
from extractor.gate.compare import Changes
from extractor.gate.decision import BLACKOUT, LOST, Decision, Reason
from extractor.gate.limits import KINDS, beyond
from extractor.gate.rekeying import Rekeying
from extractor.gate.vanished import (
    emptied_schools,
    empty_files,
    gone_schools,
    gone_sessions,
    season,
)
from extractor.settings_gate import Gate
from extractor.spec import FILES

_MOVED = {*KINDS, "session_gone", "school_emptied", "file_empty"}
_NO_ERRORS: Mapping[str, int] = {}


def decide(
    changes: Changes,
    gate: Gate,
    as_of: date,
    *,
    errors: Mapping[str, int] = _NO_ERRORS,
    rekeying: Rekeying | None = None,
    baseline_problem: str | None = None,
) -> Decision:
    """
    Decide.

    Args:
        changes: since the last bundle that was delivered.
        as_of: the day of the run in the district, against which blackouts are held.
        errors: how many error findings the validator has, by rule.
        rekeying: what the ledger says; None where nobody asked it.
        baseline_problem: why the last delivered bundle could not be read, if so.
    """
    reasons = [
        *_errors(errors),
        *_blackout(gate, as_of),
        *_baseline(changes, gate, baseline_problem),
        *_keys(gate, rekeying),
    ]
    vanished = _vanished(changes, gate, as_of)
    told: set[tuple[str, str | None]] = {
        (one.file, None) for one in vanished if one.code == "file_empty" and one.file
    }
    told |= {
        (file.name, one.school)
        for one in vanished
        if one.code == "school_gone" and one.school
        for file in FILES
    }
    told |= {
        (file, one.school)
        for one in vanished
        if one.code == "school_emptied"
        for file in ("users", "demographics")
    }
    reasons += vanished
    if not changes.first:
        reasons += beyond(changes, gate, told)
    why = season(changes)
    if why:
        reasons = [
            replace(one, text=f"{one.text}. {why}") if one.code in _MOVED else one
            for one in reasons
        ]
    notes = tuple(_notes(changes, rekeying, why, baseline_problem))
    same = not changes.first and changes.nothing
    return Decision(not reasons, tuple(reasons), notes, unchanged=same)


def _vanished(changes: Changes, gate: Gate, as_of: date) -> list[Reason]:
    empty = list(empty_files(changes))
    gone = [] if any(one.file == "orgs" for one in empty) else list(gone_schools(changes))
    users = any(one.file == "users" for one in empty)
    emptied = [] if users else list(emptied_schools(changes, gate))
    terms = any(one.file == "academicSessions" for one in empty)
    sessions = gone_sessions(changes, as_of) if gate.sessions_gone and not terms else ()
    return [*empty, *gone, *emptied, *sessions]


def _errors(errors: Mapping[str, int]) -> Iterator[Reason]:
    if errors:
        ordered = sorted(errors.items(), key=lambda item: (-item[1], item[0]))
        listed = words.some([f"{rule}: {number:,}" for rule, number in ordered])
        total = sum(errors.values())
        yield Reason(
            "errors",
            f"The validator found {total:,} errors ({listed})",
            "Mend them in the SIS or the settings; `oneroster validate` shows each with its "
            "remedy.",
            number=total,
        )


def _blackout(gate: Gate, as_of: date) -> Iterator[Reason]:
    for one in gate.blackout:
        if one.first <= as_of <= one.last:
            yield Reason(
                BLACKOUT,
                f"Nothing leaves from {one.first} to {one.last} ({one.why})",
                "The first run after it sends what is right then. To send all the same, approve "
                "the bundle.",
            )


def _baseline(changes: Changes, gate: Gate, problem: str | None) -> Iterator[Reason]:
    if problem:
        yield Reason(
            LOST,
            f"The last delivered bundle cannot be compared with: {problem}",
            "Restore it from a backup; or look at the new one with `oneroster validate`, and "
            "approve it.",
        )
    elif changes.first and gate.first == "hold":
        yield Reason(
            "first",
            "Nothing was delivered before, so there is nothing to compare with",
            "Look at the bundle with `oneroster validate`, and approve it.",
        )


def _keys(gate: Gate, rekeying: Rekeying | None) -> Iterator[Reason]:
    if rekeying is None:
        return
    if rekeying.rekeyed > gate.rekeyed:
        yield Reason(
            "rekeyed",
            f"{rekeying.said(rekeying.rekeyed_by_role)} would get another sourcedId than the one "
            f"they were sent under; the limit is {gate.rekeyed:,}",
            "Look whether users.student_id, users.staff_id or prefixes in settings changed, or "
            "records were merged in the SIS. A receiver would make new accounts.",
            "users",
            number=rekeying.rekeyed,
        )
    if rekeying.reused > gate.reused:
        yield Reason(
            "reused",
            f"{rekeying.said(rekeying.reused_by_role)} would get a sourcedId that somebody else "
            f"had; the limit is {gate.reused:,}",
            "Look at the ids in the SIS: an id must never be given to another. A receiver would "
            "show one's work to the other.",
            "users",
            number=rekeying.reused,
        )


def _notes(
    changes: Changes, rekeying: Rekeying | None, why: str | None, problem: str | None
) -> Iterator[str]:
    if changes.first and not problem:
        yield "This is the first delivery: there is nothing to compare it with."
    if why:
        yield why
    if rekeying is not None and rekeying.blind:
        yield (
            "Re-keying could not be looked for: the bundle has no names, emails or identifiers "
            "of people to know them by."
        )
    if changes.first:
        return
    new = [
        words.school(changes, one)
        for one, org in changes.orgs.items()
        if org.type == "school"
        and not changes.of("orgs", one).before
        and changes.of("orgs", one).after
    ]
    if new:
        yield f"New in the bundle: {words.some(sorted(new))}."
    for file in FILES:
        tally = changes.of(file.name)
        if tally.after and not tally.before:
            yield f"{file.csv} was not in the last bundle; it would have {tally.after:,} records."
