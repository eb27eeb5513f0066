"""The settings file and its secrets: TOML in, one frozen `Settings` out.

All problems of a file are reported at once, each with its key and line.
"""

import tomllib
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PrivateAttr, StrictBool, StrictInt, ValidationError

from extractor import profiles
from extractor.deliver.tables import FolderSettings, SftpSettings
from extractor.errors import SettingsError
from extractor.fields import EMAIL, MOST_USER_IDS
from extractor.grants import DEFAULT
from extractor.notify.settings import Notify
from extractor.secret import KeptSecret, Secret, reveal
from extractor.settings_gate import Gate, OwnGate, Record, laid_over
from extractor.settings_problems import explain, place, worth_saying
from extractor.settings_values import (
    METADATA_NAME,
    PASSWORD,
    VENDOR_NAME,
    ZIP_NAME,
    ClassTitle,
    FileName,
    FilePath,
    Grade,
    GrantList,
    HomeroomTitle,
    Identifier,
    OptionalColumns,
    ProfileName,
    Role,
    Scheduling,
    SchoolCode,
    SomeColumns,
    StaffField,
    StaffPhone,
    StaffUserId,
    StaffUsername,
    StudentField,
    StudentPhone,
    StudentUserId,
    StudentUsername,
    Table,
    Zone,
)
from extractor.source import Reader
from extractor.source.sessions import Conduct, Isolation
from extractor.spec import USER_ROLE
from extractor.vendor_problems import vendor_problems

__all__ = ["Secret", "Settings", "Vendor", "load", "reveal"]

# Names below the output folder that are taken, and those that Windows keeps for devices.
_TAKEN = ("report.json",)
_DEVICES = (
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789"),
)


def _connection(value: str | Secret) -> str | Secret:
    if isinstance(value, str) and PASSWORD.search(value):
        message = (
            "holds a password; secrets are never in this file: put the whole string into an "
            'environment variable and write connection = {env = "SIS_CONNECTION"}'
        )
        raise ValueError(message)
    return value


class District(Table):
    """The district: its name where the SIS has none, and the time zone of its datetimes."""

    name: Annotated[str, Field(min_length=1)]
    time_zone: Zone
    school_year: Annotated[StrictInt, Field(ge=2000, le=2100)] | None = None


class Sis(Table):
    """The student information system's database; times in seconds."""

    kind: Literal["aeries"]
    connection: Annotated[str | Secret, AfterValidator(_connection)]
    schema_: Identifier | None = Field(None, alias="schema")
    login_timeout: Annotated[StrictInt, Field(ge=1, le=600)] = 30
    reader: Reader = "auto"
    query_timeout: Annotated[StrictInt, Field(ge=1, le=86_400)] = 3600
    lock_timeout: Annotated[StrictInt, Field(ge=1, le=3600)] = 60
    isolation: Isolation = "snapshot"
    attempts: Annotated[StrictInt, Field(ge=1, le=10)] = 3
    overlay: FilePath | None = None

    def conduct(self) -> Conduct:
        """Return how a read behaves towards the database."""
        return Conduct(self.isolation, self.login_timeout, self.query_timeout, self.lock_timeout)


class Options(Table):
    """Who and what is extracted, for all vendors."""

    unscheduled_students: StrictBool = False
    empty_classes: StrictBool = False
    co_teachers: StrictBool = True
    homeroom_courses: tuple[str, ...] = ()
    homeroom_primary_class: StrictBool = False
    homeroom_title: HomeroomTitle = "{familyName} {grades}"
    class_title: ClassTitle = "{courseTitle}"
    terms: Literal["all", "current"] = "all"
    exclude_terms: tuple[str, ...] = ()
    exclude_courses: tuple[str, ...] = ()
    exclude_staff: tuple[StrictInt, ...] = ()
    exclude_grades: tuple[Grade, ...] = ()


class Users(Table):
    """Where the ids, usernames and the like of users come from."""

    student_id: StudentField = "STU.ID"
    staff_id: StaffField = "STF.ID"
    prefixes: StrictBool = True
    student_username: StudentUsername = "STU.SEM"
    staff_username: StaffUsername = EMAIL
    student_user_ids: Annotated[tuple[StudentUserId, ...], Field(max_length=MOST_USER_IDS)] = ()
    staff_user_ids: Annotated[tuple[StaffUserId, ...], Field(max_length=MOST_USER_IDS)] = ()
    student_phone: StudentPhone | None = None
    student_sms: StudentPhone | None = None
    staff_phone: StaffPhone | None = None
    staff_sms: StaffPhone | None = None
    emails: tuple[Role, ...] = USER_ROLE
    grades: StrictBool = True
    preferred_names: StrictBool = False


class Staff(Table):
    """Which staff are users of a role: all whose title and user type are among these."""

    role: Literal["administrator", "aide"]
    titles: tuple[str, ...] | None = None
    user_types: tuple[str, ...] | None = None


class Resources(Table):
    """Where a district lists the resources that its courses and classes use."""

    file: FilePath


class Codes(Table):
    """A district's own code tables, laid over the shipped ones."""

    grades: Path | None = None
    sessions: Path | None = None
    sexes: Path | None = None
    races: Path | None = None


class Metadata(Table):
    """One column of the district's own, right of the standard ones."""

    file: FileName
    column: Annotated[str, Field(pattern=METADATA_NAME)]
    query: str
    source: Identifier
    vendors: tuple[str, ...] | None = None


class School(Table):
    """How one school is scheduled, where what is detected is wrong."""

    code: SchoolCode
    scheduling: Scheduling


class Output(Table):
    """Where bundles appear: one folder per vendor below this one."""

    directory: Path = Path("out")


class Log(Table):
    """A file that gets every event of every run, as JSON lines, beside what stderr shows."""

    file: FilePath | None = None
    keep: Annotated[StrictInt, Field(ge=1, le=3660)] = 90


class Vendor(Table):
    """One receiver: what it is granted, and how it wants it."""

    name: Annotated[str, Field(pattern=VENDOR_NAME)]
    profile: ProfileName = "standard"
    grants: GrantList = DEFAULT
    schools: Annotated[tuple[SchoolCode, ...], Field(min_length=1)] | None = None
    exclude_grades: tuple[Grade, ...] = ()
    co_teachers: StrictBool = True
    columns: SomeColumns = Field(default_factory=dict)
    blank: OptionalColumns = Field(default_factory=dict)
    pseudonyms: KeptSecret | None = None
    zip_name: Annotated[str, Field(pattern=ZIP_NAME)] | None = None  # None: as the profile says
    end_dates: Literal["exclusive", "inclusive"] = "exclusive"
    course_school_year: StrictBool = False
    sftp: SftpSettings | None = None
    folder: FolderSettings | None = None
    unpacked: StrictBool = False
    gate: OwnGate | None = None

    @property
    def delivery(self) -> SftpSettings | FolderSettings | None:
        """Return where bundles go; None means that they stay on disk."""
        return self.sftp or self.folder


class Settings(Table):
    """Everything a run needs to know; `folder` is where relative paths start."""

    district: District
    sis: Sis
    options: Options = Options()
    users: Users = Users()
    codes: Codes = Codes()
    output: Output = Output()
    gate: Gate = Gate()
    record: Record = Record()
    resources: Resources | None = None
    school: tuple[School, ...] = ()
    staff: tuple[Staff, ...] = ()
    notify: Notify = Notify()
    log: Log = Log()
    metadata: tuple[Metadata, ...] = ()
    vendor: Annotated[tuple[Vendor, ...], Field(min_length=1)]
    _folder: Path = PrivateAttr(Path())

    @property
    def folder(self) -> Path:
        """Return the folder of the settings file."""
        return self._folder

    def profile_of(self, vendor: Vendor) -> str:
        """Return the name of a vendor's profile, or the path of one of the district's own."""
        own = vendor.profile.endswith(".toml")
        return str(self.folder / vendor.profile) if own else vendor.profile

    def today(self) -> date:
        """Return the date it is in the district."""
        return datetime.now(ZoneInfo(self.district.time_zone)).date()

    def schools(self) -> list[int] | None:
        """Return the codes of the schools that some vendor gets; None means all."""
        lists = [vendor.schools for vendor in self.vendor]
        if None in lists:
            return None
        return sorted({code for codes in lists for code in codes or ()})

    def gate_of(self, vendor: Vendor) -> Gate:
        """Return the gate's settings for a vendor: its own keys laid over those of all."""
        return laid_over(self.gate, vendor.gate)

    @property
    def overlay(self) -> Path | None:
        """Return the folder of the district's own queries."""
        return self.folder / self.sis.overlay if self.sis.overlay else None

    def metadata_of(self, file: str, vendor: str | None = None) -> tuple[str, ...]:
        """Return the names of a file's own columns, those of one vendor or all, in order."""
        mine = (
            own.column
            for own in self.metadata
            if own.file == file and (None in (vendor, own.vendors) or vendor in (own.vendors or ()))
        )
        return tuple(dict.fromkeys(mine))

    def declared(self) -> dict[str, str]:
        """Return how settings say that schools are scheduled, by school code."""
        return {str(school.code): school.scheduling for school in self.school}

    def scheduled_as(self, *kinds: Scheduling) -> list[int]:
        """Return the codes of the schools that settings say are scheduled in one of the ways."""
        return sorted(school.code for school in self.school if school.scheduling in kinds)


def load(path: Path) -> Settings:
    """
    Read a settings file.

    Raises:
        SettingsError: listing every problem, each with its line and key.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be read ({error.strerror}); write one with `oneroster init`, or name "
            "another with --config"
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{path}: is not UTF-8 at byte {error.start}; save it as UTF-8"
        ) from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: is no TOML: {error}") from error
    try:
        settings = Settings.model_validate(data)
        settings._folder = path.parent
    except ValidationError as error:
        found = worth_saying(error.errors(), data)
        raise SettingsError.of(explain(path, one, text, data, Settings) for one in found) from None
    problems = list(_inconsistent(settings))
    if problems:
        raise SettingsError.of(f"{place(path, where, text)}: {what}" for where, what in problems)
    return settings


def _inconsistent(settings: Settings) -> Iterable[tuple[tuple[str | int, ...], str]]:
    """Yield what no single key can tell: where, and what."""
    yield from _wrong_vendors(settings)
    yield from _wrong_tables(settings)
    for at, vendor in enumerate(settings.vendor):
        profile = profiles.load(settings.profile_of(vendor))
        for key, problem in vendor_problems(vendor, profile, settings):
            yield ("vendor", at, key), problem
    secret = settings.sis.connection
    if isinstance(secret, Secret):
        kept = [secret.env, secret.file, secret.keyring]
        if sum(place is not None for place in kept) != 1:
            yield ("sis", "connection"), "must have one of env, file and keyring"


def _wrong_vendors(settings: Settings) -> Iterable[tuple[tuple[str | int, ...], str]]:
    for at, vendor in enumerate(settings.vendor):
        before = [other.name.casefold() for other in settings.vendor[:at]]
        if vendor.name.casefold() in before:
            yield ("vendor", at, "name"), f"{vendor.name!r} names two vendors; rename one"
        name = vendor.name.casefold()
        if name in _TAKEN or name.partition(".")[0] in _DEVICES:
            yield ("vendor", at, "name"), f"{vendor.name!r} is taken; choose another name"
        if vendor.sftp and vendor.folder:
            yield ("vendor", at, "folder"), "stands beside sftp; keep one of the two"
        for grant, there, table in (
            ("staff", settings.staff, "[[staff]]"),
            ("resources", settings.resources, "[resources]"),
        ):
            if grant in vendor.grants and not there:
                yield ("vendor", at, "grants"), f"{grant!r} needs a table {table}; add one"


def _wrong_tables(settings: Settings) -> Iterable[tuple[tuple[str | int, ...], str]]:
    known = [vendor.name for vendor in settings.vendor]
    for at, own in enumerate(settings.metadata):
        for name in own.vendors or ():
            if name not in known:
                there = ", ".join(known)
                yield ("metadata", at, "vendors"), f"{name!r} is no vendor; there are {there}"
    for at, rule in enumerate(settings.staff):
        if not rule.titles and not rule.user_types:
            yield ("staff", at), "names no titles and no user_types; it would be everybody"
    for at, school in enumerate(settings.school):
        if school.code in [other.code for other in settings.school[:at]]:
            yield ("school", at, "code"), f"school {school.code} is listed twice; remove one"
