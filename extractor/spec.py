"""OneRoster 1.1 CSV as data: every file, column, enumeration and reference, once.

Source: OneRoster CSV Tables 1.1 (17 April 2017) and 1.1.1 (22 August 2023); section numbers
in comments are those of the reference kept with this project's design. Tuple order is header
order. Writing, validation, documentation and tests read this module; nothing else spells out
a header, a token or a reference.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

VERSION = "1.1"
MANIFEST_VERSION = "1.0"


class Kind(Enum):
    """The data type of a column (reference, section 1.6)."""

    GUID = "GUID"
    REF = "GUIDRef"
    ID = "ID"
    STRING = "String"
    ENUM = "Enumeration"
    DATE = "Date"
    DATETIME = "DateTime"
    YEAR = "Year"
    FLOAT = "Float"
    USER_ID = "UserId"


class Required(Enum):
    """When a column must hold a value; DELTA means filled in delta and blank in bulk."""

    ALWAYS = "always"
    DELTA = "delta"
    NO = "no"


class Level(Enum):
    """How hard the standard asks that a reference's target row is of one type."""

    MUST = "must"
    ADVISORY = "advisory"


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference names: a file, and the values that a column of the row named may hold."""

    file: str
    where: tuple[str, tuple[str, ...]] | None = None
    level: Level = Level.MUST


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one file, as the standard's own table gives it."""

    name: str
    kind: Kind = Kind.STRING
    required: Required = Required.NO
    many: bool = False
    values: tuple[str, ...] = ()
    target: Target | None = None
    vocabulary: str | None = None
    suggested: tuple[str, ...] = ()
    paired_with: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One data file: its base name, its columns in header order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def csv(self) -> str:
        """The name of the file inside a bundle."""
        return f"{self.name}.csv"

    @property
    def header(self) -> tuple[str, ...]:
        """The standard columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def references(self) -> tuple[Column, ...]:
        """The columns that name rows of a file (this one or another)."""
        return tuple(column for column in self.columns if column.target)

    def __getitem__(self, name: str) -> Column:
        """Return the column of that name; KeyError if the standard has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


ALWAYS = Required.ALWAYS

# Closed token lists (section 4.1); 1.1 forbids extending them.
TRUE_FALSE = ("true", "false")
STATUS = ("active", "tobedeleted")
CLASS_TYPE = ("homeroom", "scheduled")
SEX = ("male", "female")
IMPORTANCE = ("primary", "secondary")
ORG_TYPE = ("department", "school", "district", "local", "state", "national")
USER_ROLE = (
    "administrator",
    "aide",
    "guardian",
    "parent",
    "proctor",
    "relative",
    "student",
    "teacher",
)
ENROLLMENT_ROLE = ("administrator", "proctor", "student", "teacher")
SCORE_STATUS = ("exempt", "fully graded", "not submitted", "partially graded", "submitted")
SESSION_TYPE = ("gradingPeriod", "semester", "schoolYear", "term")
MODE = ("absent", "bulk", "delta")

# Open vocabularies (section 4.3): checked softly.
GRADES = (
    *("IT", "PR", "PK", "TK", "KG"),
    *(f"{grade:02}" for grade in range(1, 14)),
    *("PS", "UG", "Other"),
)

LONGEST_GUID = 255  # characters
GUID_PATTERN = rf"^[0-9A-Za-z.\-_/@]{{1,{LONGEST_GUID}}}$"
USER_ID_PATTERN = r"^\{[^{}:,]+:[^{}:,]+\}$"


def _ref(
    name: str,
    file: str,
    *,
    required: Required = Required.NO,
    many: bool = False,
    where: tuple[str, tuple[str, ...]] | None = None,
    level: Level = Level.MUST,
) -> Column:
    return Column(name, Kind.REF, required, many, target=Target(file, where, level))


def _flag(name: str, required: Required = Required.NO) -> Column:
    return Column(name, Kind.ENUM, required, values=TRUE_FALSE)


_LIFE = (
    Column("status", Kind.ENUM, Required.DELTA, values=STATUS),
    Column("dateLastModified", Kind.DATETIME, Required.DELTA),
)
_BASE = (Column("sourcedId", Kind.GUID, ALWAYS), *_LIFE)
_GRADES = Column("grades", many=True, vocabulary="CEDS-EntryGradeLevel", suggested=GRADES)
_SUBJECTS = (
    Column("subjects", many=True, vocabulary="SCED-CourseTitle", paired_with="subjectCodes"),
    Column("subjectCodes", many=True, vocabulary="SCED-CourseCode", paired_with="subjects"),
)
_SCHOOL = _ref("schoolSourcedId", "orgs", required=ALWAYS, where=("type", ("school",)))

ACADEMIC_SESSIONS = File(
    "academicSessions",
    (
        *_BASE,
        Column("title", required=ALWAYS),
        Column("type", Kind.ENUM, ALWAYS, values=SESSION_TYPE),
        Column("startDate", Kind.DATE, ALWAYS),
        Column("endDate", Kind.DATE, ALWAYS),  # exclusive (A8)
        _ref("parentSourcedId", "academicSessions"),
        Column("schoolYear", Kind.YEAR, ALWAYS),  # the year in which it ends
    ),
)
CATEGORIES = File("categories", (*_BASE, Column("title", required=ALWAYS)))
CLASSES = File(
    "classes",
    (
        *_BASE,
        Column("title", required=ALWAYS),
        _GRADES,
        _ref("courseSourcedId", "courses", required=ALWAYS),
        Column("classCode"),
        Column("classType", Kind.ENUM, ALWAYS, values=CLASS_TYPE),
        Column("location"),
        _SCHOOL,
        _ref(
            "termSourcedIds",
            "academicSessions",
            required=ALWAYS,
            many=True,
            where=("type", ("term", "semester")),
            level=Level.ADVISORY,
        ),
        *_SUBJECTS,
        Column("periods", many=True),
    ),
)
CLASS_RESOURCES = File(
    "classResources",
    (
        *_BASE,
        Column("title"),
        _ref("classSourcedId", "classes", required=ALWAYS),
        _ref("resourceSourcedId", "resources", required=ALWAYS),
    ),
)
COURSES = File(
    "courses",
    (
        *_BASE,
        _ref("schoolYearSourcedId", "academicSessions", where=("type", ("schoolYear",))),
        Column("title", required=ALWAYS),
        Column("courseCode"),
        _GRADES,
        _ref("orgSourcedId", "orgs", required=ALWAYS),
        *_SUBJECTS,
    ),
)
COURSE_RESOURCES = File(
    "courseResources",
    (
        *_BASE,
        Column("title"),
        _ref("courseSourcedId", "courses", required=ALWAYS),
        _ref("resourceSourcedId", "resources", required=ALWAYS),
    ),
)
DEMOGRAPHICS = File(
    "demographics",
    (
        _ref("sourcedId", "users", required=ALWAYS),  # key and reference in one
        *_LIFE,
        Column("birthDate", Kind.DATE),
        Column("sex", Kind.ENUM, values=SEX),
        _flag("americanIndianOrAlaskaNative"),
        _flag("asian"),
        _flag("blackOrAfricanAmerican"),
        _flag("nativeHawaiianOrOtherPacificIslander"),
        _flag("white"),
        _flag("demographicRaceTwoOrMoreRaces"),
        _flag("hispanicOrLatinoEthnicity"),
        Column("countryOfBirthCode", vocabulary="CEDS-CountryOfBirthCode"),
        Column("stateOfBirthAbbreviation", vocabulary="CEDS-StateOfBirthAbbreviation"),
        Column("cityOfBirth"),
        Column("publicSchoolResidenceStatus", vocabulary="CEDS-PublicSchoolResidenceStatus"),
    ),
)
ENROLLMENTS = File(
    "enrollments",
    (
        *_BASE,
        _ref("classSourcedId", "classes", required=ALWAYS),
        _SCHOOL,
        _ref("userSourcedId", "users", required=ALWAYS),
        Column("role", Kind.ENUM, ALWAYS, values=ENROLLMENT_ROLE),
        _flag("primary"),
        Column("beginDate", Kind.DATE),
        Column("endDate", Kind.DATE),  # exclusive
    ),
)
LINE_ITEMS = File(
    "lineItems",
    (
        *_BASE,
        Column("title", required=ALWAYS),
        Column("description"),
        Column("assignDate", Kind.DATE, ALWAYS),
        Column("dueDate", Kind.DATE, ALWAYS),
        _ref("classSourcedId", "classes", required=ALWAYS),
        _ref("categorySourcedId", "categories", required=ALWAYS),
        _ref(
            "gradingPeriodSourcedId",
            "academicSessions",
            required=ALWAYS,
            where=("type", ("gradingPeriod",)),
            level=Level.ADVISORY,
        ),
        Column("resultValueMin", Kind.FLOAT, ALWAYS),
        Column("resultValueMax", Kind.FLOAT, ALWAYS),
    ),
)
ORGS = File(
    "orgs",
    (
        *_BASE,
        Column("name", required=ALWAYS),
        Column("type", Kind.ENUM, ALWAYS, values=ORG_TYPE),
        Column("identifier"),
        _ref("parentSourcedId", "orgs"),
    ),
)
RESOURCES = File(
    "resources",
    (
        *_BASE,
        Column("vendorResourceId", Kind.ID, ALWAYS),
        Column("title"),
        Column("roles", Kind.ENUM, many=True, values=USER_ROLE),
        Column("importance", Kind.ENUM, values=IMPORTANCE),
        Column("vendorId", Kind.ID),
        Column("applicationId", Kind.ID),
    ),
)
RESULTS = File(
    "results",
    (
        *_BASE,
        _ref("lineItemSourcedId", "lineItems", required=ALWAYS),
        _ref("studentSourcedId", "users", required=ALWAYS, where=("role", ("student",))),
        Column("scoreStatus", Kind.ENUM, ALWAYS, values=SCORE_STATUS),
        Column("score", Kind.FLOAT, ALWAYS),
        Column("scoreDate", Kind.DATE, ALWAYS),
        Column("comment"),
    ),
)
USERS = File(
    "users",
    (
        *_BASE,
        _flag("enabledUser", ALWAYS),
        _ref("orgSourcedIds", "orgs", required=ALWAYS, many=True),
        Column("role", Kind.ENUM, ALWAYS, values=USER_ROLE),
        Column("username", required=ALWAYS),
        Column("userIds", Kind.USER_ID, many=True),
        Column("givenName", required=ALWAYS),
        Column("familyName", required=ALWAYS),
        Column("middleName"),
        Column("identifier"),
        Column("email"),
        Column("sms"),
        Column("phone"),
        _ref("agentSourcedIds", "users", many=True),
        _GRADES,
        Column("password"),
    ),
)

# In the manifest's canonical order (section 2).
FILES: tuple[File, ...] = (
    ACADEMIC_SESSIONS,
    CATEGORIES,
    CLASSES,
    CLASS_RESOURCES,
    COURSES,
    COURSE_RESOURCES,
    DEMOGRAPHICS,
    ENROLLMENTS,
    LINE_ITEMS,
    ORGS,
    RESOURCES,
    RESULTS,
    USERS,
)
BY_NAME: dict[str, File] = {file.name: file for file in FILES}

# The files that every rostering system must support (section 6, rule M08).
ROSTERING_CORE: tuple[File, ...] = (
    ACADEMIC_SESSIONS,
    CLASSES,
    COURSES,
    ENROLLMENTS,
    ORGS,
    USERS,
)

MANIFEST = "manifest.csv"
MANIFEST_HEADER = ("propertyName", "value")


@dataclass(frozen=True, slots=True)
class Property:
    """One row of manifest.csv; `values` empty means any text."""

    name: str
    required: bool
    values: tuple[str, ...] = ()


PROPERTIES: tuple[Property, ...] = (
    Property("manifest.version", required=True, values=(MANIFEST_VERSION,)),
    Property("oneroster.version", required=True, values=(VERSION,)),
    *(Property(f"file.{file.name}", required=True, values=MODE) for file in FILES),
    Property("source.systemName", required=False),
    Property("source.systemCode", required=False),
)


def references() -> Iterator[tuple[File, Column, Target]]:
    """Yield every reference of the standard: the file and column it stands in, and its target."""
    for file in FILES:
        for column in file.references:
            if column.target:
                yield file, column, column.target
