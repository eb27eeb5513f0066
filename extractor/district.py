"""The district set: every OneRoster file of the whole district, made once per run and spooled.

Which query and which code table feeds which transform stands here, in the order in which one
needs the other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd
from pandas import DataFrame

from extractor import codes, queries
from extractor.conform import conform, refuse_repeats
from extractor.errors import SettingsError
from extractor.findings import Findings
from extractor.frames import TEXT, among, distinct, stack
from extractor.grants import files_of, roles_of
from extractor.ids import label
from extractor.progress import Progress
from extractor.settings import Settings
from extractor.source import Source
from extractor.spec import (
    BY_NAME,
    DEMOGRAPHICS,
    ENROLLMENTS,
    FILES,
    GRADES,
    LINE_ITEMS,
    ORGS,
    RESULTS,
    SEX,
    File,
)
from extractor.spool import Spool
from extractor.transform.academic_sessions import academic_sessions, grading_periods, school_year
from extractor.transform.categories import categories, category_codes
from extractor.transform.classes import classes, with_homerooms
from extractor.transform.courses import catalogued, courses
from extractor.transform.demographics import FLAGS, demographics
from extractor.transform.enrollments import (
    class_terms,
    students_of_homerooms,
    students_of_sections,
    teachers,
)
from extractor.transform.line_items import line_items
from extractor.transform.orgs import orgs, rostered_schools, scheduling
from extractor.transform.results import results
from extractor.transform.users import nameable, with_parents
from extractor.transform.users import parents as parent_users
from extractor.transform.users import students as student_users
from extractor.transform.users import teachers as teacher_users

# What the columns of a district's own code tables may hold.
_ALLOWED: dict[str, dict[str, tuple[str, ...]]] = {
    "grades": {"grade": GRADES},
    "sexes": {"sex": SEX},
    "races": {"column": FLAGS},
    "sessions": {"scheme": ("semester", "trimester")},
}
# The queries whose rows become rows of a file; a column of the district's own comes from them.
FEEDS: dict[str, tuple[str, ...]] = {file.name: () for file in FILES} | {
    "orgs": ("schools",),
    "academicSessions": ("terms",),
    "courses": ("course_catalog",),
    "classes": ("sections", "homerooms"),
    "users": ("students", "staff", "parents"),
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
}


@dataclass(slots=True)
class Enrolled:
    """Who and what the enrollments name, collected while they stream by."""

    users: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)

    def watch(self, frames: Iterable[DataFrame]) -> Iterator[DataFrame]:
        """Pass frames of enrollments through, and remember what they name."""
        for rows in frames:
            self.users.update(distinct(rows["userSourcedId"]))
            self.classes.update(distinct(rows["classSourcedId"]))
            yield rows


@dataclass(slots=True)
class DistrictSet:
    """One run's look at the SIS, and the spool that it fills."""

    settings: Settings
    as_of: date
    source: Source
    spool: Spool
    findings: Findings
    progress: Progress
    # Those that some vendor is granted; what is sensitive is read only then.
    files: set[str]
    roles: set[str]
    year: int = field(init=False)  # in which the school year ends
    kinds: dict[str, str] = field(init=False)  # how each school is scheduled, by its code

    def build(self) -> None:
        """Read the SIS once, and spool the files."""
        rostered = self._orgs()
        sessions = self._academic_sessions(rostered)
        homerooms, made = self._classes(rostered, sessions)
        terms = class_terms(made, sessions)
        enrolled = self._enrollments(homerooms, terms)
        self._report_empty(made, enrolled)
        self._users(enrolled)
        if DEMOGRAPHICS.name in self.files:
            self._demographics()
        by_id = made.set_index("sourcedId")
        if LINE_ITEMS.name in self.files:
            self._line_items(by_id, terms)
        if RESULTS.name in self.files:
            self._results(by_id)

    def _orgs(self) -> DataFrame:
        schools = self._read("schools")
        rostered = rostered_schools(schools, self.settings.schools(), self.findings)
        _refuse_unknown_schools(self.settings, schools, rostered)
        unnamed = rostered.school_id[rostered["name"].isna()]
        self.findings.add("school_without_name", label("LOC", unnamed))
        self._spool("orgs", orgs(schools, rostered, self.settings.district.name))
        self.kinds = scheduling(rostered, self.settings.declared())
        return rostered

    def _academic_sessions(self, rostered: DataFrame) -> DataFrame:
        terms, sessions = self._read("terms"), self._codes("sessions")
        self.year = school_year(terms, self.settings.district.school_year)
        made = academic_sessions(rostered, terms, sessions, self.year, self.findings)
        if LINE_ITEMS.name in self.files:
            made = stack([made, grading_periods(made)], made.columns)
        return self._spool("academicSessions", made)

    def _classes(self, rostered: DataFrame, sessions: DataFrame) -> tuple[DataFrame, DataFrame]:
        """Spool courses and classes; return the homerooms with a teacher, and the classes."""
        catalog, grades = self._read("course_catalog"), self._codes("grades")
        sections = catalogued(self._read("sections"), catalog)
        homerooms = self._read("homerooms")
        staffed = homerooms.staff_id.notna() & (homerooms.staff_id != "0")
        homerooms = homerooms[staffed].reset_index(drop=True)  # the others: students_of_homerooms
        found = self.findings
        made = courses(catalog, sections, homerooms, grades, self.year, found)
        self._spool("courses", made)
        title = self.settings.options.homeroom_title
        every = classes(sections, homerooms, rostered, made, sessions, grades, title, found)
        options = self.settings.options
        every = with_homerooms(
            every,
            sections,
            self.kinds,
            options.homeroom_courses,
            primary_class=options.homeroom_primary_class,
        )
        return homerooms, self._spool("classes", every)

    def _enrollments(self, homerooms: DataFrame, terms: DataFrame) -> Enrolled:
        """Stream students, sections before homerooms, then the teachers of both."""
        enrolled = Enrolled()

        def rows() -> Iterator[DataFrame]:
            for batch in self._batches("students_in_sections"):
                yield students_of_sections(batch, terms, self.as_of, self.findings)
            for batch in self._batches("students_in_homerooms"):
                yield students_of_homerooms(batch, terms, self.findings)
            staff = self._read("teachers_of_sections")
            yield teachers(
                staff,
                homerooms,
                terms,
                self.findings,
                co_teachers=self.settings.options.co_teachers,
                attended=enrolled.classes,  # all students have passed `watch` by now
            )

        self._stream(ENROLLMENTS, enrolled.watch(rows()))
        return enrolled

    def _users(self, enrolled: Enrolled) -> None:
        who = pd.Series(sorted(enrolled.users), dtype="str")
        unscheduled = self.settings.options.unscheduled_students
        students = student_users(
            self._read("students"),
            who,
            self._codes("grades"),
            self.findings,
            unscheduled=unscheduled,
        )
        made = [students, teacher_users(self._read("staff"), who, self.findings)]
        if "parent" in self.roles:
            accounts = self._read("parents")
            made[0] = with_parents(students, accounts)
            made.append(parent_users(accounts, students["sourcedId"], self.findings))
        users = nameable(stack(made, made[0].columns), self.findings).drop(columns="key")
        self._spool("users", users)
        self._report_dangling(enrolled.users - set(users["sourcedId"]))

    def _demographics(self) -> None:
        rows, sexes, races = (
            self._read("student_demographics"),
            self._codes("sexes"),
            self._codes("races"),
        )
        self._spool(DEMOGRAPHICS.name, demographics(rows, sexes, races, self.findings))

    def _line_items(self, by_id: DataFrame, terms: DataFrame) -> None:
        """Stream assignments, and spool the categories that they name."""
        used: set[tuple[str, str]] = set()

        def rows() -> Iterator[DataFrame]:
            for batch in self._batches("gradebook_assignments"):
                pairs = DataFrame({"book": batch.gradebook_id, "code": category_codes(batch)})
                used.update(pairs.drop_duplicates().itertuples(index=False, name=None))
                yield line_items(batch, by_id, terms, self.findings)

        self._stream(LINE_ITEMS, rows())
        pairs = DataFrame(sorted(used), columns=["gradebook_id", "category_code"], dtype=TEXT)
        known = self._read("gradebook_categories")
        self._spool("categories", categories(known, pairs, self.findings))

    def _results(self, by_id: DataFrame) -> None:
        batches = self._batches("gradebook_scores")
        self._stream(RESULTS, (results(batch, by_id, self.findings) for batch in batches))

    def _stream(self, file: File, frames: Iterable[DataFrame]) -> None:
        """Spool a file without bound, in the order of its query."""
        own = self.settings.metadata_of(file.name)
        fitted = (conform(rows, file, self.findings, own) for rows in frames)
        self.spool.write(file.name, refuse_repeats(fitted, file), own)

    def _report_empty(self, made: DataFrame, enrolled: Enrolled) -> None:
        empty = made[~among(made["sourcedId"], enrolled.classes)]
        findings = label("class", empty["sourcedId"].sort_values())
        self.findings.add("section_without_enrollment", findings)
        used = distinct(made["schoolSourcedId"][among(made["sourcedId"], enrolled.classes)])
        idle = sorted(set(self.kinds) - set(used), key=int)
        self.findings.add("school_without_class", (f"LOC {code}" for code in idle))

    def _report_dangling(self, absent: set[str]) -> None:
        """Name the enrollments of people who are left out; `scope` drops them."""
        if not absent:
            return
        for rows in self.spool.batches("enrollments", ("sourcedId", "userSourcedId")):
            ids = rows["sourcedId"][among(rows["userSourcedId"], absent)]
            self.findings.add("dangling_row", label("enrollments.csv", ids))

    def _read(self, query: str) -> DataFrame:
        """Return the whole result of a query; not for those without bound."""
        batches = list(self._batches(query))
        return stack(batches, batches[0].columns)

    def _batches(self, query: str) -> Iterator[DataFrame]:
        rendered = render(self.settings, query, self.as_of)
        with self.progress.stage(f"read {query}") as advance:
            own = {one.source: one.column for one in self.settings.metadata if one.query == query}
            for batch in self.source.batches(rendered, self.findings):
                advance(len(batch))
                yield batch.assign(**{column: batch[source] for source, column in own.items()})

    def _spool(self, name: str, rows: DataFrame) -> DataFrame:
        """Spool a whole file, in the order of sourcedIds: the order of the database is chance."""
        file, own = BY_NAME[name], self.settings.metadata_of(name)
        fitted = conform(rows, file, self.findings, own)
        ordered = fitted.sort_values("sourcedId", ignore_index=True)
        self.spool.write(name, [ordered], own)
        return ordered

    def _codes(self, vocabulary: str) -> DataFrame:
        own = getattr(self.settings.codes, vocabulary)
        shipped = queries.folder(self.settings.sis.kind) / "codes" / f"{vocabulary}.csv"
        path = self.settings.folder / own if own else None
        return codes.load(shipped, path, _ALLOWED.get(vocabulary))


def _refuse_unknown_schools(settings: Settings, schools: DataFrame, rostered: DataFrame) -> None:
    """Stop when settings name a school that the SIS does not have, or has as inactive."""
    every = set(schools.school_id)
    # Where all vendors have lists, `rostered` holds only schools that are on one.
    active = sorted(schools.school_id[schools.tag.isna() & (schools.school_id != "0")], key=int)
    there = f"active schools are {', '.join(active) or 'none'}"
    problems = [
        f"vendor {vendor.name}: schools: {code} is no active school of the SIS (LOC.CD); {there}"
        for vendor in settings.vendor
        for code in vendor.schools or ()
        if str(code) not in set(rostered.school_id)
    ]
    problems += [
        f"school: {school.code} is no school of the SIS (LOC.CD); {there}"
        for school in settings.school
        if str(school.code) not in every
    ]
    if problems:
        raise SettingsError.of(problems)


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
            feeding = ", ".join(FEEDS[own.file]) or "no query yet"
            problems.append(f"query: {own.query!r} does not feed {own.file}.csv; {feeding} does")
        elif own.source not in queries.header(sis, own.query, settings.overlay).returns:
            problems.append(
                f"source: query {own.query} does not return {own.source!r}; add it to a copy of "
                "the query in the folder that sis.overlay names"
            )
    if problems:
        raise SettingsError.of(f"metadata: {problem}" for problem in problems)


def queries_used(settings: Settings) -> list[str]:
    """Return the names of the queries that a run for all vendors of the settings sends."""
    grants = {grant for vendor in settings.vendor for grant in vendor.grants}
    opened = files_of(grants) | roles_of(grants)
    every = queries.names(settings.sis.kind)
    return [name for name in every if _ONLY_FOR.get(name, ORGS.name) in opened | {ORGS.name}]


def render(settings: Settings, query: str, as_of: date) -> queries.Query:
    """Render a query as a run with these settings would send it."""
    values = {
        "schools": settings.schools(),
        "homeroom_schools": settings.scheduled_as("elementary"),
        "section_schools": settings.scheduled_as("secondary", "elementary_mst", "flex"),
        "as_of": as_of,
        "next_day": as_of + timedelta(days=1),
        "first_date": date(1900, 1, 2),
    }
    sis = settings.sis
    return queries.render(sis.kind, query, sis.schema_, values, settings.overlay)
