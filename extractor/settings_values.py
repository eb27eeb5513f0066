"""What a single setting may hold: each kind of value, checked, with what is wrong said plainly."""

import re
from collections.abc import Sequence
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictInt,
)

from extractor import fields
from extractor.grants import GRANTS, lacking
from extractor.profiles import names
from extractor.queries import IDENTIFIER
from extractor.settings_problems import close
from extractor.spec import BY_NAME, GRADES, USER_ROLE, Required
from extractor.transform.classes import CLASS_TITLE_FIELDS, HOMEROOM_TITLE_FIELDS

Scheduling = Literal["secondary", "elementary", "elementary_mst", "flex"]
# No dot at the end: Windows drops it from the name of a folder.
VENDOR_NAME = r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?$"
ZIP_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.zip$"
METADATA_NAME = r"^metadata\.[A-Za-z0-9_.-]+$"
PASSWORD = re.compile(r"(?i)\b(pwd|passwd|password)\s*=|://[^/\s:@]*:[^/\s@]+@")


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


def _profile(name: str) -> str:
    if name.endswith(".toml") or name in names():
        return name
    message = f"{name!r} is no profile{close(name, names())}; or name a file of your own, acme.toml"
    raise ValueError(message)


def _some_columns(chosen: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Refuse columns that their file does not have."""
    for file, columns in chosen.items():
        wrong = [
            name
            for name in columns
            if name not in BY_NAME[file].header and not re.match(METADATA_NAME, name)
        ]
        if wrong:
            message = f"{wrong[0]!r} is no column of {file}{close(wrong[0], BY_NAME[file].header)}"
            raise ValueError(message)
    return chosen


def _optional_columns(chosen: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Refuse columns that the standard wants filled."""
    for file, columns in _some_columns(chosen).items():
        free = [c.name for c in BY_NAME[file].columns if c.required is Required.NO]
        needed = [c.name for c in BY_NAME[file].columns if c.required is Required.ALWAYS]
        wrong = [name for name in columns if name in needed]
        if wrong:
            there = ", ".join(free) or "none"
            message = (
                f"{wrong[0]!r} of {file} must be filled, says the standard; of {file} may be "
                f"blank: {there}"
            )
            raise ValueError(message)
    return chosen


def _variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        message = (
            "names no environment variable; write the variable's name, and put the value in it"
        )
        raise ValueError(message)
    return name


def _named(path: Path) -> Path:
    if path == Path() or "\0" in str(path) or PASSWORD.search(str(path)):
        message = "names no file"
        raise ValueError(message)
    return path


def _filled_in(template: str, names: Sequence[str]) -> str:
    try:
        fields = [
            (name, spec, conv)
            for _, name, spec, conv in Formatter().parse(template)
            if name is not None
        ]
    except ValueError as error:
        message = f"{template!r} is no template: {error}"
        raise ValueError(message) from error
    wrong = [name for name, spec, conv in fields if name not in names or spec or conv]
    if wrong:
        message = f"{template!r} names {wrong[0]!r}; it may name {', '.join(names)}"
        raise ValueError(message)
    return template


def _homeroom_title(template: str) -> str:
    return _filled_in(template, HOMEROOM_TITLE_FIELDS)


def _class_title(template: str) -> str:
    return _filled_in(template, CLASS_TITLE_FIELDS)


def _one_of(known: Sequence[str], what: str) -> AfterValidator:
    def check(name: str) -> str:
        if name not in known:
            message = f"{name!r} is no {what}; there are {', '.join(known)}"
            raise ValueError(message)
        return name

    return AfterValidator(check)


def _student_field(text: str) -> str:
    return fields.checked(text, fields.STUDENT_FIELDS, fields.SUPPLEMENTAL)


def _student_username(text: str) -> str:
    known = (*fields.STUDENT_FIELDS, fields.LOCAL_PART)
    return fields.checked(text, known, fields.SUPPLEMENTAL)


def _staff_username(text: str) -> str:
    return fields.checked(text, (fields.EMAIL, fields.LOCAL_PART, *fields.STAFF_FIELDS))


def _staff_field(text: str) -> str:
    return fields.checked(text, fields.STAFF_FIELDS)


def _student_user_id(item: str) -> str:
    return fields.user_id(item, fields.STUDENT_FIELDS, fields.SUPPLEMENTAL)


def _staff_user_id(item: str) -> str:
    return fields.user_id(item, fields.STAFF_FIELDS)


def _student_phone(text: str) -> str:
    return fields.checked(text, fields.STUDENT_PHONES)


def _staff_phone(text: str) -> str:
    return fields.checked(text, fields.STAFF_PHONES)


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


Zone = Annotated[str, AfterValidator(_zone)]
Identifier = Annotated[str, AfterValidator(_identifier)]
FileName = Annotated[str, AfterValidator(_file)]
Variable = Annotated[str, AfterValidator(_variable)]
FilePath = Annotated[Path, AfterValidator(_named)]
ProfileName = Annotated[str, AfterValidator(_profile)]
SomeColumns = Annotated[dict[FileName, tuple[str, ...]], AfterValidator(_some_columns)]
OptionalColumns = Annotated[dict[FileName, tuple[str, ...]], AfterValidator(_optional_columns)]
HomeroomTitle = Annotated[str, AfterValidator(_homeroom_title)]
ClassTitle = Annotated[str, AfterValidator(_class_title)]
GrantList = Annotated[tuple[Grant, ...], Field(min_length=1), AfterValidator(_grants)]
Grade = Annotated[str, _one_of(GRADES, "grade")]
Role = Annotated[str, _one_of(USER_ROLE, "role")]
StudentField = Annotated[str, AfterValidator(_student_field)]
StudentUsername = Annotated[str, AfterValidator(_student_username)]
StudentUserId = Annotated[str, AfterValidator(_student_user_id)]
StudentPhone = Annotated[str, AfterValidator(_student_phone)]
StaffField = Annotated[str, AfterValidator(_staff_field)]
StaffUsername = Annotated[str, AfterValidator(_staff_username)]
StaffUserId = Annotated[str, AfterValidator(_staff_user_id)]
StaffPhone = Annotated[str, AfterValidator(_staff_phone)]
SchoolCode = Annotated[StrictInt, Field(ge=1, le=9999)]


class Table(BaseModel):
    """A table of the settings file: frozen, and without keys that nobody knows."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True
    )
