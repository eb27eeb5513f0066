"""The district set: every OneRoster file of the whole district, made once per run and spooled.

Which query and which code table feeds which transform stands here, in the order in which one
needs the other.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import pandas as pd
from pandas import DataFrame

from extractor.errors import SettingsError
from extractor.filling import Filling
from extractor.findings import Findings
from extractor.frames import TEXT, among, distinct, look_up, stack
from extractor.grants import STAFF_ROLES
from extractor.ids import label
from extractor.plan import choices, queries_for
from extractor.reading import Reading
from extractor.settings import Settings
from extractor.spec import (
    DEMOGRAPHICS,
    ENROLLMENTS,
    LINE_ITEMS,
    RESULTS,
)
from extractor.transform.academic_sessions import academic_sessions, grading_periods, school_year
from extractor.transform.categories import categories, category_codes
from extractor.transform.classes import classes, with_homerooms
from extractor.transform.courses import catalogued, courses
from extractor.transform.demographics import demographics
from extractor.transform.enrollments import (
    class_terms,
    students_of_homerooms,
    students_of_sections,
    teachers,
)
from extractor.transform.grades import unset
from extractor.transform.left_out import (
    homerooms_left_out,
    sections_left_out,
    staff_left_out,
    students_left_out,
)
from extractor.transform.line_items import line_items
from extractor.transform.orgs import orgs, rostered_schools, scheduling
from extractor.transform.other_staff import other_staff
from extractor.transform.parents import parents as parent_users
from extractor.transform.parents import with_parents
from extractor.transform.resources import class_resources, course_resources, resources
from extractor.transform.results import results
from extractor.transform.user_ids import UserIds, user_ids
from extractor.transform.users import nameable
from extractor.transform.users import students as student_users
from extractor.transform.users import teachers as teacher_users

# The order in which `DistrictSet` asks.
_QUERIES = (
    "schools",
    "terms",
    "course_catalog",
    "sections",
    "homerooms",
    "students_in_sections",
    "students_in_homerooms",
    "teachers_of_sections",
    "students",
    "staff",
    "other_staff",
    "parents",
    "student_demographics",
    "gradebook_assignments",
    "gradebook_categories",
    "gradebook_scores",
)


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

    reading: Reading
    filling: Filling
    # Those that some vendor is granted; what is sensitive is read only then.
    files: set[str]
    roles: set[str]
    listed: DataFrame | None  # the resources; None when nobody gets them
    ids: UserIds | None = field(init=False, default=None)  # None: those that Aeries publishes
    pupils: DataFrame | None = field(init=False, default=None)
    year: int = field(init=False)  # in which the school year ends
    kinds: dict[str, str] = field(init=False)  # how each school is scheduled, by its code
    _classes_by_id: DataFrame = field(init=False)

    @property
    def settings(self) -> Settings:
        """The settings of the run."""
        return self.reading.settings

    @property
    def findings(self) -> Findings:
        """What was found so far."""
        return self.reading.findings

    def build(self) -> None:
        """Read the SIS once, and spool all files but the results, which name only what is there."""
        self.reading.expect(self._queries())
        self._leave_students_out()
        rostered = self._orgs()
        sessions = self._academic_sessions(rostered)
        homerooms, made = self._classes(rostered, sessions)
        terms = class_terms(made, sessions)
        enrolled = self._enrollments(homerooms, terms)
        self._report_empty(made, enrolled)
        self._users(enrolled)
        if DEMOGRAPHICS.name in self.files:
            self._demographics()
        if self.listed is not None:
            self._resources(made, self.listed)
        self._classes_by_id = made.set_index("sourcedId")
        if LINE_ITEMS.name in self.files:
            self._line_items(self._classes_by_id, terms)
        if RESULTS.name in self.files:
            self.filling.spool.expect(RESULTS.name)

    def finish(self, between: Callable[[], None]) -> None:
        """Read and spool the results; `between` is called after each batch, and may raise."""

        def rows() -> Iterator[DataFrame]:
            for batch in self.reading.batches("gradebook_scores"):
                yield results(batch, self._classes_by_id, self.findings)
                between()

        if RESULTS.name in self.files:
            self.filling.stream(RESULTS, rows())

    def _queries(self) -> list[str]:
        # Without the grades that settings leave out, nothing may name a student before.
        first = ("students",) if self.settings.options.exclude_grades else ()
        return queries_for(self.files | self.roles, dict.fromkeys((*first, *_QUERIES)))

    def _leave_students_out(self) -> None:
        """Find out, before anything names a student, whose grades settings leave out."""
        grades = self.settings.options.exclude_grades
        if grades:
            table = self.reading.codes("grades")
            gone = students_left_out(self._students(), table, grades, self.findings)
            self.reading.left_out = replace(self.reading.left_out, students=gone)

    def _students(self) -> DataFrame:
        """Return the query, read once: at another moment it might be another answer."""
        if self.pupils is None:
            self.pupils = self.reading.whole("students")
        return self.reading.left_out.without("students", self.pupils)

    @property
    def _has_staff(self) -> bool:
        return bool(self.roles & set(STAFF_ROLES))

    def _orgs(self) -> DataFrame:
        schools = self.reading.whole("schools")
        rostered = rostered_schools(schools, self.settings.schools(), self.findings)
        refuse_unknown_schools(self.settings, schools, rostered)
        unnamed = rostered.school_id[rostered["name"].isna()]
        self.findings.add("school_without_name", label("LOC", unnamed))
        self.filling.whole("orgs", orgs(schools, rostered, self.settings.district.name))
        self.kinds = scheduling(rostered, self.settings.declared())
        return rostered

    def _academic_sessions(self, rostered: DataFrame) -> DataFrame:
        terms, sessions = self.reading.whole("terms"), self.reading.codes("sessions")
        self.year = school_year(terms, self.settings.district.school_year)
        made = academic_sessions(rostered, terms, sessions, self.year, self.findings)
        if LINE_ITEMS.name in self.files:
            made = stack([made, grading_periods(made)], made.columns)
        return self.filling.whole("academicSessions", made)

    def _classes(self, rostered: DataFrame, sessions: DataFrame) -> tuple[DataFrame, DataFrame]:
        """Spool courses and classes; return the homerooms with a teacher, and the classes."""
        catalog, grades = self.reading.whole("course_catalog"), self.reading.codes("grades")
        options = self.settings.options
        sections = catalogued(self.reading.whole("sections"), catalog)
        homerooms = self.reading.whole("homerooms")
        self._leave_out(sections, homerooms, sessions)
        sections = self.reading.left_out.without("sections", sections)
        homerooms = self.reading.left_out.without("homerooms", homerooms)
        staffed = homerooms.staff_id.notna() & (homerooms.staff_id != "0")
        homerooms = homerooms[staffed].reset_index(drop=True)  # the others: students_of_homerooms
        low = look_up(homerooms.school_id, rostered.set_index("school_id").low_grade)
        homerooms = unset(homerooms, low)
        found = self.findings
        made = courses(catalog, sections, homerooms, rostered, grades, self.year, found)
        self.filling.whole("courses", made)
        every = with_homerooms(
            classes(
                sections,
                homerooms,
                rostered,
                made,
                sessions,
                grades,
                options.class_title,
                options.homeroom_title,
                found,
            ),
            sections,
            self.kinds,
            options.homeroom_courses,
            found,
            primary_class=options.homeroom_primary_class,
        )
        return homerooms, self.filling.whole("classes", every)

    def _leave_out(self, sections: DataFrame, homerooms: DataFrame, sessions: DataFrame) -> None:
        options = self.settings.options
        gone = sections_left_out(
            sections,
            sessions,
            self.reading.as_of,
            self.findings,
            exclude_courses=options.exclude_courses,
            exclude_terms=options.exclude_terms,
            current_only=options.terms == "current",
        )
        rooms = homerooms_left_out(homerooms, self.reading.left_out.staff, self.findings)
        self.reading.left_out = self.reading.left_out.and_classes(gone | rooms)

    def _enrollments(self, homerooms: DataFrame, terms: DataFrame) -> Enrolled:
        """Stream students, sections before homerooms, then the teachers of both."""
        enrolled = Enrolled()

        def rows() -> Iterator[DataFrame]:
            for batch in self.reading.batches("students_in_sections"):
                yield students_of_sections(batch, terms, self.reading.as_of, self.findings)
            for batch in self.reading.batches("students_in_homerooms"):
                yield students_of_homerooms(batch, terms, self.findings)
            staff = self.reading.whole("teachers_of_sections")
            yield teachers(
                staff,
                homerooms,
                terms,
                self.findings,
                co_teachers=self.settings.options.co_teachers,
                attended=enrolled.classes,  # all students have passed `watch` by now
            )

        self.filling.stream(ENROLLMENTS, enrolled.watch(rows()))
        return enrolled

    def _users(self, enrolled: Enrolled) -> None:
        who = pd.Series(sorted(enrolled.users), dtype="str")
        unscheduled = self.settings.options.unscheduled_students
        students = student_users(
            self._students(),
            who,
            self.reading.codes("grades"),
            choices(self.settings.users, "student"),
            self.findings,
            unscheduled=unscheduled,
        )
        made = [students, *self._staff(who)]
        if "parent" in self.roles:
            accounts, chosen = self.reading.whole("parents"), choices(self.settings.users, "parent")
            made[0] = with_parents(students, accounts)
            made.append(parent_users(accounts, students["sourcedId"], chosen, self.findings))
        users = nameable(stack(made, made[0].columns), self.findings)
        self.pupils = None
        options = self.settings.users
        roles = ["student"] if options.student_id != "STU.ID" else []
        roles += ["teacher", *STAFF_ROLES] if options.staff_id != "STF.ID" else []
        if roles or not options.prefixes:
            self.ids = user_ids(users, self.findings, prefixes=options.prefixes, chosen=roles)
        self.filling.whole("users", users.drop(columns=["key", "own_id"]))
        self._report_dangling(enrolled.users - set(users["sourcedId"]))

    def _staff(self, who: pd.Series) -> list[DataFrame]:
        """Return the teachers among `who`, and staff of the roles that settings give."""
        chosen, gone = choices(self.settings.users, "staff"), self.reading.left_out.staff
        asked = ["staff", "other_staff"] if self._has_staff else ["staff"]
        staff, *others = staff_left_out(
            [self.reading.whole(query) for query in asked], gone, self.findings
        )
        made = [teacher_users(staff, who, chosen, self.findings)]
        rules = [
            (rule.role, rule.titles or (), rule.user_types or ()) for rule in self.settings.staff
        ]
        made += [other_staff(rows, rules, chosen, self.findings) for rows in others]
        return made

    def _demographics(self) -> None:
        rows, sexes, races = (
            self.reading.whole("student_demographics"),
            self.reading.codes("sexes"),
            self.reading.codes("races"),
        )
        self.filling.whole(DEMOGRAPHICS.name, demographics(rows, sexes, races, self.findings))

    def _resources(self, made: DataFrame, listed: DataFrame) -> None:
        """Spool what the district's own list holds, and what of it courses and classes use."""
        courses = made["courseSourcedId"].drop_duplicates()
        links = {
            "classResources": class_resources(listed, made["sourcedId"], self.findings),
            "courseResources": course_resources(listed, courses, self.findings),
        }
        linked = {one for rows in links.values() for one in distinct(rows["resourceSourcedId"])}
        self.filling.whole("resources", resources(listed, linked))
        for name, rows in links.items():
            self.filling.whole(name, rows)

    def _line_items(self, by_id: DataFrame, terms: DataFrame) -> None:
        """Stream assignments, and spool the categories that they name."""
        used: set[tuple[str, str]] = set()
        graded: set[str] = set()

        def rows() -> Iterator[DataFrame]:
            for batch in self.reading.batches("gradebook_assignments"):
                pairs = DataFrame({"book": batch.gradebook_id, "code": category_codes(batch)})
                used.update(pairs.drop_duplicates().itertuples(index=False, name=None))
                made = line_items(batch, by_id, terms, self.findings)
                graded.update(distinct(look_up(made["classSourcedId"], by_id.schoolSourcedId)))
                yield made

        self.filling.stream(LINE_ITEMS, rows())
        silent = sorted(set(distinct(by_id["schoolSourcedId"])) - graded, key=int)
        self.findings.add("school_without_gradebook", [f"LOC {code}" for code in silent])
        pairs = DataFrame(sorted(used), columns=["gradebook_id", "category_code"], dtype=TEXT)
        known = self.reading.whole("gradebook_categories")
        self.filling.whole("categories", categories(known, pairs, self.findings))

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
        for rows in self.filling.spool.batches("enrollments", ("sourcedId", "userSourcedId")):
            ids = rows["sourcedId"][among(rows["userSourcedId"], absent)]
            self.findings.add("dangling_row", label("enrollments.csv", ids))


def refuse_unknown_schools(settings: Settings, schools: DataFrame, rostered: DataFrame) -> None:
    """
    Stop when settings name a school that the SIS does not have, or has as inactive.

    Raises:
        SettingsError: listing every one, with the schools there are.
    """
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
