"""What a run asks of the SIS: which queries, with which values, and which files they feed."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Literal

from extractor import queries
from extractor.errors import SettingsError
from extractor.fields import EMAIL, LOCAL_PART, SUPPLEMENTAL, Field, Fields, split_user_ids
from extractor.grants import files_of, roles_of
from extractor.settings import Settings, Users
from extractor.settings_problems import close
from extractor.source import Source
from extractor.spec import DEMOGRAPHICS, FILES, LINE_ITEMS, ORGS, RESULTS, USER_ROLE
from extractor.transform.people import Choices

# The queries whose rows become rows of a file; a column of the district's own comes from them.
FEEDS: dict[str, tuple[str, ...]] = {file.name: () for file in FILES} | {
    "orgs": ("schools",),
    "academicSessions": ("terms",),
    "courses": ("course_catalog",),
    "classes": ("sections", "homerooms"),
    "users": ("students", "staff", "parents", "other_staff"),
    "enrollments": ("students_in_sections", "students_in_homerooms", "teachers_of_sections"),
    "demographics": ("student_demographics",),
    "categories": ("gradebook_categories",),
    "lineItems": ("gradebook_assignments",),
    "results": ("gradebook_scores",),
}
# Queries that run only when some vendor is granted the file or role; all others always run.
_ONLY_FOR = {
    "student_demographics": DEMOGRAPHICS.name,
    "gradebook_assignments": LINE_ITEMS.name,
    "gradebook_categories": LINE_ITEMS.name,
    "gradebook_scores": RESULTS.name,
    "parents": "parent",
    "other_staff": "administrator",
}


def queries_used(settings: Settings) -> list[str]:
    """Return the names of the queries that a run for all vendors of the settings sends."""
    grants = {grant for vendor in settings.vendor for grant in vendor.grants}
    return queries_for(files_of(grants) | roles_of(grants), queries.names(settings.sis.kind))


def queries_for(opened: Collection[str], every: Iterable[str]) -> list[str]:
    """Return those of the queries that run when these files and roles are granted."""
    opened = {*opened, ORGS.name}
    return [name for name in every if _ONLY_FOR.get(name, ORGS.name) in opened]


def render(settings: Settings, query: str, as_of: date) -> queries.Query:
    """Render a query as a run with these settings would send it."""
    values = {
        "schools": settings.schools(),
        "homeroom_schools": settings.scheduled_as("elementary"),
        "section_schools": settings.scheduled_as("secondary", "elementary_mst", "flex"),
        "as_of": as_of,
        "next_day": as_of + timedelta(days=1),
        "first_date": date(1900, 1, 2),
        # As far as SQL Server's smalldatetime goes: what is compared with one must not be later.
        "open_date": date(2079, 6, 6),
        "student_fields": _student_fields(settings.users),
        "staff_fields": _staff_fields(settings.users),
        "section_fields": _section_fields(settings),
    }
    sis = settings.sis
    return queries.render(sis.kind, query, sis.schema_, values, settings.overlay)


def choices(users: Users, kind: Literal["student", "staff", "parent"]) -> Choices:
    """Return what settings choose about the users of one kind."""
    silent = frozenset(USER_ROLE) - frozenset(users.emails)
    if kind == "parent":
        return Choices(without_email=silent)
    wanted = users.student_username if kind == "student" else users.staff_username
    items = users.student_user_ids if kind == "student" else users.staff_user_ids
    return Choices(
        username=_username(wanted),
        user_ids=tuple(name for name, _ in split_user_ids(items)),
        without_email=silent,
        grades=users.grades,
    )


def refuse_wrong_sources(settings: Settings) -> None:
    """
    Stop when a column of the district's own has no source, or an overlay replaces nothing.

    Raises:
        SettingsError: listing every one.
    """
    sis = settings.sis.kind
    if settings.overlay:
        queries.refuse_strangers(sis, settings.overlay)
    problems = []
    for own in settings.metadata:
        if own.query not in FEEDS[own.file]:
            feeding = ", ".join(FEEDS[own.file]) or "no query"
            problems.append(f"query: {own.query!r} does not feed {own.file}.csv; {feeding} does")
        elif own.source not in queries.header(sis, own.query, settings.overlay).returns:
            problems.append(
                f"source: query {own.query} does not return {own.source!r}; add it to a copy of "
                "the query in the folder that sis.overlay names"
            )
    if problems:
        raise SettingsError.of(f"metadata: {problem}" for problem in problems)


def refuse_absent_fields(settings: Settings, source: Source) -> None:
    """
    Stop when settings choose a column of a supplemental table that the database does not have.

    Raises:
        SettingsError: listing every one, with the columns there are.
    """
    chosen = set(_student_fields(settings.users).values())
    problems = []
    for table in SUPPLEMENTAL:
        wanted = sorted(field.column for field in chosen if field.table == table)
        there = source.columns(table, settings.sis.schema_) if wanted else []
        known = {name.casefold() for name in there}
        problems += [
            f"users: {table}.{name} is no column that the login may see{close(name, there)}"
            for name in wanted
            if name.casefold() not in known
        ]
    if problems:
        raise SettingsError.of(problems)


def _username(wanted: str) -> Literal["email", "local part", "field"]:
    if wanted == LOCAL_PART:
        return "local part"
    return "email" if wanted in (EMAIL, "STU.SEM") else "field"


def _student_fields(users: Users) -> Fields:
    preferred = {
        "preferred_first_name": "STU.FNA",
        "preferred_middle_name": "STU.MNA",
        "preferred_last_name": "STU.LNA",
    }
    return _fields(
        {
            **(preferred if users.preferred_names else {}),
            "own_id": users.student_id if users.student_id != "STU.ID" else None,
            "username": users.student_username
            if _username(users.student_username) == "field"
            else None,
            "phone": users.student_phone,
            "sms": users.student_sms,
        },
        users.student_user_ids,
    )


def _staff_fields(users: Users) -> Fields:
    return _fields(
        {
            "preferred_first_name": "STF.FNP" if users.preferred_names else None,
            "own_id": users.staff_id if users.staff_id != "STF.ID" else None,
            "username": users.staff_username
            if _username(users.staff_username) == "field"
            else None,
            "phone": users.staff_phone,
            "sms": users.staff_sms,
        },
        users.staff_user_ids,
    )


def _fields(chosen: dict[str, str | None], user_ids: tuple[str, ...]) -> Fields:
    found = {column: Field.of(text) for column, text in chosen.items() if text}
    items = enumerate(split_user_ids(user_ids), 1)
    return found | {f"user_id_{at}": field for at, (_, field) in items}


def _section_fields(settings: Settings) -> Fields:
    """Return the columns of MST that only some districts have, where something needs them."""
    options = settings.options
    wanted = {
        "primary_class": options.homeroom_primary_class,
        "split_term": "{splitTerm}" in options.class_title,
        "track": "{track}" in options.class_title,
    }
    columns = {"primary_class": "PC", "split_term": "SP", "track": "TR"}
    own = {one.source for one in settings.metadata if one.query == "sections"}
    return {
        name: Field("MST", column)
        for name, column in columns.items()
        if wanted[name] or name in own
    }
