"""What must not vanish whatever its size: files, schools, all of a role in a school, sessions."""

from collections.abc import Iterator
from datetime import date

from extractor.gate import words
from extractor.gate.compare import Changes
from extractor.gate.decision import Reason
from extractor.settings_gate import Gate
from extractor.spec import FILES, ROSTERING_CORE

_GUARDED = ("student", "teacher")


def empty_files(changes: Changes) -> Iterator[Reason]:
    """Yield files that had records and have none, and rostering files that never had any."""
    core = {file.name for file in ROSTERING_CORE}
    for file in FILES:
        tally = changes.of(file.name)
        if tally.after or not (tally.before or (changes.first and file.name in core)):
            continue
        was = f"; the last bundle had {tally.before:,}" if tally.before else ""
        yield Reason(
            "file_empty",
            f"{words.FILES[file.name]}: {file.csv} would have no record{was}",
            "Look whether a grant was taken away or the SIS gave nothing. A receiver may delete "
            "all that it holds.",
            file.name,
            number=tally.removed,
            before=tally.before,
        )


def gone_schools(changes: Changes) -> Iterator[Reason]:
    """Yield schools that the last bundle had."""
    for school in changes.gone:
        if changes.orgs[school].type != "school":
            continue
        users = changes.of("users", school).before
        yield Reason(
            "school_gone",
            f"{words.school(changes, school)} would be gone, with {users:,} users",
            "Look whether the school was closed, or taken out of the vendor's schools in settings.",
            "orgs",
            school,
            number=1,
        )


def emptied_schools(changes: Changes, gate: Gate) -> Iterator[Reason]:
    """Yield schools that stay and lose all their students or all their teachers."""
    for (file, school, role), tally in changes.tallies.items():
        if file != "users" or school is None or role not in _GUARDED or school in changes.gone:
            continue
        if tally.before >= gate.emptied and not tally.after:
            who = words.subject(changes, file, school, role)
            yield Reason(
                "school_emptied",
                f"{who}: all {tally.before:,} would be removed",
                "Look at the school's terms and sections in the SIS: its year may not have begun.",
                file,
                school,
                role,
                tally.removed,
                tally.before,
            )


def gone_sessions(changes: Changes, as_of: date) -> Iterator[Reason]:
    """
    Yield terms that have not ended and are gone; those that ended may go.

    The terms of a school that is gone went with it, as far as their ids begin with the school's.
    """
    schools = tuple(f"{one}_" for one in changes.gone)
    for sourced_id, session in sorted(changes.old.sessions.items()):
        if sourced_id in changes.new.sessions or sourced_id.startswith(schools):
            continue
        if session.type == "gradingPeriod":
            continue
        if session.end and session.end > as_of:
            yield Reason(
                "session_gone",
                f"The {_kind(session.type)} {session.title} ({sourced_id}) would be gone; "
                f"it runs until {session.end}",
                "Look at the school's terms in the SIS (TRM) and at exclude_terms in settings.",
                "academicSessions",
                number=1,
            )


def _kind(type_: str) -> str:
    return "school year" if type_ == "schoolYear" else type_ or "session"


def season(changes: Changes) -> str | None:
    """Say in which way the calendar moved on, which may be the cause of all else."""
    if changes.first:
        return None
    was, now = changes.old.year, changes.new.year
    if was and now and was != now:
        return (
            f"The school year changed from {words.school_year(was)} to {words.school_year(now)}: "
            "this may be the roll-over."
        )
    left = changes.old.named - changes.new.named
    came = changes.new.named - changes.old.named
    if left and came:
        before = {one.title for key, one in changes.old.sessions.items() if key in left}
        after = {one.title for key, one in changes.new.sessions.items() if key in came}
        return (
            f"The terms of classes changed from {words.some(sorted(before))} to "
            f"{words.some(sorted(after))}: this may be the change of terms."
        )
    return None
