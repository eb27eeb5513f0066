"""The settings file and its secrets: TOML in, one frozen `Settings` out.

All problems of a file are reported at once, each with its key and line.
"""

import os
import re
import tomllib
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StrictBool,
    StrictInt,
    ValidationError,
)

from extractor.errors import SettingsError
from extractor.grants import DEFAULT, GRANTS, lacking
from extractor.queries import IDENTIFIER
from extractor.settings_problems import close, explain, place, worth_saying
from extractor.spec import BY_NAME
from extractor.transform.classes import HOMEROOM_TITLE_FIELDS

Scheduling = Literal["secondary", "elementary", "elementary_mst", "flex"]
_VENDOR_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_ZIP_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.zip$"
_METADATA = r"^metadata\.[A-Za-z0-9_.-]+$"
_PASSWORD = re.compile(r"(?i)\b(pwd|passwd|password)\s*=|://[^/\s:@]*:[^/\s@]+@")
# Names below the output folder that are taken, and those that Windows keeps for devices.
_TAKEN = ("report.json", "con", "prn", "aux", "nul")


def _zone(name: str) -> str:
    if name not in available_timezones():
        message = f"{name!r} is no IANA time zone; write one like 'America/Los_Angeles'"
        raise ValueError(message)
    return name


def _identifier(name: str) -> str:
    if not IDENTIFIER.fullmatch(name):
        message = f"{name!r} is no schema name; write one like 'dbo'"
        raise ValueError(message)
    return name


def _file(name: str) -> str:
    if name not in BY_NAME:
        message = f"{name!r} is no file{close(name, BY_NAME)}"
        raise ValueError(message)
    return name


def _variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        message = (
            "names no environment variable; write the variable's name, and put the value in it"
        )
        raise ValueError(message)
    return name


def _named(path: Path) -> Path:
    if path == Path() or "\0" in str(path) or _PASSWORD.search(str(path)):
        message = "names no file"
        raise ValueError(message)
    return path


def _template(template: str) -> str:
    try:
        fields = [
            (name, spec, conv)
            for _, name, spec, conv in Formatter().parse(template)
            if name is not None
        ]
    except ValueError as error:
        message = f"{template!r} is no template: {error}"
        raise ValueError(message) from error
    wrong = [
        name for name, spec, conv in fields if name not in HOMEROOM_TITLE_FIELDS or spec or conv
    ]
    if wrong:
        message = f"{template!r} names {wrong[0]!r}; it may name {', '.join(HOMEROOM_TITLE_FIELDS)}"
        raise ValueError(message)
    return template


def _grant(name: str) -> str:
    if name not in GRANTS:
        message = f"{name!r} is no grant{close(name, GRANTS)}"
        raise ValueError(message)
    return name


Grant = Annotated[str, AfterValidator(_grant)]


def _grants(grants: tuple[str, ...]) -> tuple[str, ...]:
    problems = lacking(grants)
    if problems:
        raise ValueError("; ".join(problems))
    return grants


def _connection(value: "str | Secret") -> "str | Secret":
    if isinstance(value, str) and _PASSWORD.search(value):
        message = (
            "holds a password; secrets are never in this file: put the whole string into an "
            'environment variable and write connection = {env = "SIS_CONNECTION"}'
        )
        raise ValueError(message)
    return value


SchoolCode = Annotated[StrictInt, Field(ge=1, le=9999)]


class _Table(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True
    )


class Secret(_Table):
    """Where a secret is kept; exactly one of the three."""

    env: Annotated[str, AfterValidator(_variable)] | None = None
    file: Annotated[Path, AfterValidator(_named)] | None = None
    keyring: Annotated[str, Field(min_length=1)] | None = None


class District(_Table):
    """The district: its name where the SIS has none, and the time zone of its datetimes."""

    name: Annotated[str, Field(min_length=1)]
    time_zone: Annotated[str, AfterValidator(_zone)]
    school_year: Annotated[StrictInt, Field(ge=2000, le=2100)] | None = None


class Sis(_Table):
    """The student information system's database."""

    kind: Literal["aeries"]
    connection: Annotated[str | Secret, AfterValidator(_connection)]
    schema_: Annotated[str, AfterValidator(_identifier)] | None = Field(None, alias="schema")
    login_timeout: Annotated[StrictInt, Field(ge=1, le=600)] = 30
    overlay: Annotated[Path, AfterValidator(_named)] | None = None


class Options(_Table):
    """Who and what is extracted, for all vendors."""

    unscheduled_students: StrictBool = False
    empty_classes: StrictBool = False
    co_teachers: StrictBool = True
    homeroom_courses: tuple[str, ...] = ()
    homeroom_primary_class: StrictBool = False
    homeroom_title: Annotated[str, AfterValidator(_template)] = "{familyName} {grades}"


class Codes(_Table):
    """A district's own code tables, laid over the shipped ones."""

    grades: Path | None = None
    sessions: Path | None = None
    sexes: Path | None = None
    races: Path | None = None


class Metadata(_Table):
    """One column of the district's own, right of the standard ones."""

    file: Annotated[str, AfterValidator(_file)]
    column: Annotated[str, Field(pattern=_METADATA)]
    query: str
    source: Annotated[str, AfterValidator(_identifier)]


class School(_Table):
    """How one school is scheduled, where what is detected is wrong."""

    code: SchoolCode
    scheduling: Scheduling


class Output(_Table):
    """Where bundles appear: one folder per vendor below this one."""

    directory: Path = Path("out")


class Vendor(_Table):
    """One receiver: what it is granted, and how it wants it."""

    name: Annotated[str, Field(pattern=_VENDOR_NAME)]
    profile: Literal["standard"] = "standard"
    grants: Annotated[tuple[Grant, ...], Field(min_length=1), AfterValidator(_grants)] = DEFAULT
    schools: Annotated[tuple[SchoolCode, ...], Field(min_length=1)] | None = None
    zip_name: Annotated[str, Field(pattern=_ZIP_NAME)] = "OneRoster.zip"
    end_dates: Literal["exclusive", "inclusive"] = "exclusive"
    course_school_year: StrictBool = False


class Settings(_Table):
    """Everything a run needs to know; `folder` is where relative paths start."""

    district: District
    sis: Sis
    options: Options = Options()
    codes: Codes = Codes()
    output: Output = Output()
    school: tuple[School, ...] = ()
    metadata: tuple[Metadata, ...] = ()
    vendor: Annotated[tuple[Vendor, ...], Field(min_length=1)]
    _folder: Path = PrivateAttr(Path())

    @property
    def folder(self) -> Path:
        """Return the folder of the settings file."""
        return self._folder

    def today(self) -> date:
        """Return the date it is in the district."""
        return datetime.now(ZoneInfo(self.district.time_zone)).date()

    def schools(self) -> list[int] | None:
        """Return the codes of the schools that some vendor gets; None means all."""
        lists = [vendor.schools for vendor in self.vendor]
        if None in lists:
            return None
        return sorted({code for codes in lists for code in codes or ()})

    @property
    def overlay(self) -> Path | None:
        """Return the folder of the district's own queries."""
        return self.folder / self.sis.overlay if self.sis.overlay else None

    def metadata_of(self, file: str) -> tuple[str, ...]:
        """Return the names of a file's own columns, in the order of the settings."""
        return tuple(dict.fromkeys(own.column for own in self.metadata if own.file == file))

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


def reveal(secret: str | Secret, key: str, folder: Path) -> str:
    """
    Return the value of a setting that may be a secret.

    Raises:
        SettingsError: if it is not where the settings say; never repeats a value.
    """
    if isinstance(secret, str):
        return secret
    if secret.env:
        value = os.environ.get(secret.env)
        if not value:
            raise SettingsError(f"{key}: the environment variable {secret.env} is not set; set it")
        return value
    if secret.file:
        try:
            value = (folder / secret.file).read_text("utf-8-sig").strip()
        except OSError as error:
            raise SettingsError(
                f"{key}: the file {secret.file} cannot be read ({error.strerror})"
            ) from error
        except UnicodeDecodeError:
            raise SettingsError(
                f"{key}: the file {secret.file} is not UTF-8; save it as UTF-8"
            ) from None
        if not value:
            raise SettingsError(f"{key}: the file {secret.file} is empty; write the value into it")
        return value
    return _from_keyring(secret.keyring or "", key)


def _from_keyring(name: str, key: str) -> str:
    try:
        import keyring
    except ImportError as error:
        raise SettingsError(
            f"{key}: the package keyring is not installed; "
            "run: pip install 'oneroster-extractor[keyring]'"
        ) from error
    value = keyring.get_password("oneroster", name)
    if not value:
        raise SettingsError(
            f"{key}: the keyring has no password {name!r} of service 'oneroster'; "
            f"run: keyring set oneroster {name}"
        )
    return str(value)


def _inconsistent(settings: Settings) -> Iterable[tuple[tuple[str | int, ...], str]]:
    """Yield what no single key can tell: where, and what."""
    for at, vendor in enumerate(settings.vendor):
        before = [other.name.casefold() for other in settings.vendor[:at]]
        if vendor.name.casefold() in before:
            yield ("vendor", at, "name"), f"{vendor.name!r} names two vendors; rename one"
        if vendor.name.casefold() in _TAKEN:
            yield ("vendor", at, "name"), f"{vendor.name!r} is taken; choose another name"
    for at, school in enumerate(settings.school):
        if school.code in [other.code for other in settings.school[:at]]:
            yield ("school", at, "code"), f"school {school.code} is listed twice; remove one"
    secret = settings.sis.connection
    if isinstance(secret, Secret):
        kept = [secret.env, secret.file, secret.keyring]
        if sum(place is not None for place in kept) != 1:
            yield ("sis", "connection"), "must have one of env, file and keyring"
