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
from extractor.conform import conform
from extractor.findings import Findings
from extractor.frames import among, distinct, stack
from extractor.grants import files_of
from extractor.ids import label
from extractor.progress import Progress
from extractor.settings import Settings
from extractor.source import Source
from extractor.spec import BY_NAME
from extractor.spool import Spool
from extractor.transform.academic_sessions import academic_sessions
from extractor.transform.classes import classes
from extractor.transform.courses import catalogued, courses
from extractor.transform.demographics import demographics
from extractor.transform.enrollments import (
    class_terms,
    students_of_homerooms,
    students_of_sections,
    teachers,
)
from extractor.transform.orgs import orgs, rostered_schools
from extractor.transform.users import nameable
from extractor.transform.users import students as student_users
from extractor.transform.users import teachers as teacher_users

DEMOGRAPHICS = "student_demographics"


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

    def build(self, files: set[str]) -> None:
        """
        Read the SIS once, and spool the files.

        Args:
            files: those that some vendor is granted; demographics are read only then.
        """
        rostered = self._orgs()
        sessions = self._academic_sessions(rostered)
        homerooms, made = self._classes(rostered, sessions)
        enrolled = self._enrollments(homerooms, class_terms(made, sessions))
        self._report_empty(made, enrolled)
        self._users(enrolled)
        if "demographics" in files:
            self._demographics()

    def _orgs(self) -> DataFrame:
        schools = self._read("schools")
        rostered = rostered_schools(schools, self.settings.schools(), self.findings)
        self._spool("orgs", orgs(schools, rostered, self.settings.district.name))
        return rostered

    def _academic_sessions(self, rostered: DataFrame) -> DataFrame:
        terms, sessions = self._read("terms"), self._codes("sessions")
        made = academic_sessions(rostered, terms, sessions, self._year, self.findings)
        return self._spool("academicSessions", made)

    def _classes(self, rostered: DataFrame, sessions: DataFrame) -> tuple[DataFrame, DataFrame]:
        """Spool courses and classes; return the homerooms with a teacher, and the classes."""
        catalog, grades = self._read("course_catalog"), self._codes("grades")
        sections = catalogued(self._read("sections"), catalog)
        homerooms = self._read("homerooms")
        staffed = homerooms.staff_id.notna() & (homerooms.staff_id != "0")
        homerooms = homerooms[staffed].reset_index(drop=True)  # the others: students_of_homerooms
        found = self.findings
        made = courses(catalog, sections, homerooms, grades, self._year, found)
        self._spool("courses", made)
        title = self.settings.options.homeroom_title
        every = classes(sections, homerooms, rostered, made, sessions, grades, title, found)
        return homerooms, self._spool("classes", every)

    def _enrollments(self, homerooms: DataFrame, terms: DataFrame) -> Enrolled:
        """Stream students, sections before homerooms, then the teachers of both."""

        def rows() -> Iterator[DataFrame]:
            for batch in self._batches("students_in_sections"):
                yield students_of_sections(batch, terms, self.as_of, self.findings)
            for batch in self._batches("students_in_homerooms"):
                yield students_of_homerooms(batch, terms, self.findings)
            co_teachers = self.settings.options.co_teachers
            staff = self._read("teachers_of_sections")
            yield teachers(staff, homerooms, terms, self.findings, co_teachers=co_teachers)

        enrolled = Enrolled()
        file = BY_NAME["enrollments"]
        fitted = (conform(batch, file, self.findings) for batch in enrolled.watch(rows()))
        self.spool.write(file.name, fitted)
        return enrolled

    def _users(self, enrolled: Enrolled) -> None:
        who = pd.Series(sorted(enrolled.users), dtype="str")
        unscheduled = self.settings.options.unscheduled_students
        made = [
            student_users(
                self._read("students"),
                who,
                self._codes("grades"),
                self.findings,
                unscheduled=unscheduled,
            ),
            teacher_users(self._read("staff"), who, self.findings),
        ]
        users = nameable(stack(made, made[0].columns), self.findings).drop(columns="key")
        self._spool("users", users)
        self._report_dangling(enrolled.users - set(users["sourcedId"]))

    def _demographics(self) -> None:
        rows, sexes, races = (
            self._read(DEMOGRAPHICS),
            self._codes("sexes"),
            self._codes("races"),
        )
        self._spool("demographics", demographics(rows, sexes, races, self.findings))

    def _report_empty(self, made: DataFrame, enrolled: Enrolled) -> None:
        empty = made[~among(made["sourcedId"], enrolled.classes)]
        findings = label("class", empty["sourcedId"].sort_values())
        self.findings.add("section_without_enrollment", findings)

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
            for batch in self.source.batches(rendered, self.findings):
                advance(len(batch))
                yield batch

    def _spool(self, name: str, rows: DataFrame) -> DataFrame:
        """Spool a whole file, in the order of sourcedIds: the order of the database is chance."""
        fitted = conform(rows, BY_NAME[name], self.findings)
        ordered = fitted.sort_values("sourcedId", ignore_index=True)
        self.spool.write(name, [ordered])
        return ordered

    def _codes(self, vocabulary: str) -> DataFrame:
        own = getattr(self.settings.codes, vocabulary)
        shipped = queries.folder(self.settings.sis.kind) / "codes" / f"{vocabulary}.csv"
        return codes.load(shipped, self.settings.folder / own if own else None)

    @property
    def _year(self) -> int:
        return self.settings.school_year(self.as_of)


def queries_used(settings: Settings) -> list[str]:
    """Return the names of the queries that a run for all vendors of the settings sends."""
    files = files_of(grant for vendor in settings.vendor for grant in vendor.grants)
    every = queries.names(settings.sis.kind)
    return [name for name in every if name != DEMOGRAPHICS or "demographics" in files]


def render(settings: Settings, query: str, as_of: date) -> queries.Query:
    """Render a query as a run with these settings would send it."""
    values = {
        "schools": settings.schools(),
        "homeroom_schools": settings.scheduled_as("elementary"),
        "section_schools": settings.scheduled_as("secondary", "elementary_mst", "flex"),
        "as_of": as_of,
        "next_day": as_of + timedelta(days=1),
    }
    return queries.render(settings.sis.kind, query, settings.sis.schema_, values)
