"""Code tables against the codes that are really in use; shown as counts, never with a person."""

from collections.abc import Iterator

from pandas import DataFrame, Series

from extractor.check.line import Line, ok, skipped, warning
from extractor.check.probing import Context, UncheckedError
from extractor.frames import among
from extractor.plan import queries_used
from extractor.queries import checks
from extractor.reading import code_table

# What has codes without a table of its own, because the standard has only true and false.
_FIXED = {"STU.ETH": ("Y", "N")}
# Checks that read what only some vendors are granted.
_ONLY_WITH = {"check_sexes": "student_demographics", "check_races": "student_demographics"}
_MOST = 12  # codes that one line shows
_LONGEST = 10  # characters of a code; more is no code


# Settings that name rows of the SIS: the key, and the query and column where they must be.
_NAMED = (
    ("exclude_terms", "terms", "term_code"),
    ("exclude_courses", "course_catalog", "course_id"),
    ("homeroom_courses", "course_catalog", "course_id"),
)


def named(context: Context) -> Iterator[Line]:
    """Look for the terms and courses that settings name: what is misspelt is not left out."""
    options = context.settings.options
    asked = [(key, *where) for key, *where in _NAMED if getattr(options, key)]
    for key, query, column in asked:
        there = set(context.rows(query)[column].dropna().str.casefold())
        strange = [name for name in getattr(options, key) if name.casefold() not in there]
        if strange:
            what = f"options.{key}: the SIS has no {', '.join(strange)}"
            yield warning(what, "correct the spelling, or remove it; as it is, it has no effect")
        else:
            yield ok(f"options.{key}: all {len(getattr(options, key))} are in the SIS")
    if not asked:
        yield ok("settings name no term and no course")


def in_use(context: Context) -> Iterator[Line]:
    """Count the codes that no code table has."""
    used = queries_used(context.settings)
    for query in checks(context.settings.sis.kind):
        if query in _ONLY_WITH and _ONLY_WITH[query] not in used:
            continue
        vocabulary = query.removeprefix("check_")
        table = code_table(context.settings, vocabulary)
        try:
            unknown = _unknown(context.rows(query), table)
        except UncheckedError as error:
            yield skipped(f"{vocabulary}: not checked, because {error}")
            continue
        if unknown.empty:
            yield ok(f"{vocabulary}: every code in use is known")
        else:
            yield warning(
                f"{vocabulary}: unknown codes in use: {_listed(unknown)}",
                f"add them to a CSV of your own, with the header {','.join(table.columns)}, and "
                f"name it in settings as codes.{vocabulary}; or correct them in the SIS",
            )


def _unknown(rows: DataFrame, table: DataFrame) -> DataFrame:
    """Return the rows of filled codes that are in no table; case does not matter."""
    code = rows.code.str.upper()
    known = among(code, table.code.str.upper())
    for field, codes in _FIXED.items():
        fixed = Series(rows.field == field).fillna(value=False).astype(bool)
        known = known.mask(fixed, among(code, codes))
    return rows[code.notna() & ~known.astype(bool)]


def _listed(rows: DataFrame) -> str:
    counted = [
        f"{field} {_shown(code)!r} ({int(uses):,})"
        for field, code, uses in rows[["field", "code", "uses"]].itertuples(index=False)
    ]
    more = f" and {len(counted) - _MOST} more" if counted[_MOST:] else ""
    return ", ".join(sorted(counted)[:_MOST]) + more


def _shown(code: str) -> str:
    """Return a code; what is too long for one may be anything, and is not shown."""
    return code if len(code) <= _LONGEST else f"<{len(code)} characters>"
