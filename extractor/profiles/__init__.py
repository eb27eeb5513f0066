"""What each consumer of OneRoster CSV wants beyond the standard: one TOML file each, data only.

Both sides read it: the writing side for names, line ends, quotes and files, the validator for
all of it. A file has `name`, `title`, `code`, `summary` and any number of `[[requirement]]`,
which a bundle keeps or breaks, and `[[note]]`, which no look at a bundle can tell (folders,
hours, thresholds). Each names its source, and whether that documents or observed it.
"""

import difflib
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from extractor.errors import SettingsError
from extractor.profiles.keys import KEYS, Effect, Evidence, On, Value
from extractor.spec import BY_NAME, FILES

STANDARD = "standard"
Words = Annotated[str, Field(min_length=1)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Note(_Table):
    """A fact about a consumer that no look at a bundle can tell."""

    text: Words
    evidence: Evidence
    source: Words


class Requirement(_Table):
    """
    One thing that a bundle keeps or breaks.

    `on` names files (`users`) or columns (`users.email`; `*.sourcedId` in every file that has
    it, `*.*` all), for the keys that ask something of them. `note` says what happens otherwise.
    """

    code: Annotated[str, Field(pattern=r"^[A-Z0-9]+-[0-9]{2}$")]
    key: Words
    value: Annotated[Value, Field(union_mode="left_to_right")]
    on: tuple[str, ...] = ()
    effect: Effect
    evidence: Evidence
    source: Words
    note: Words

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        key = KEYS.get(self.key)
        if key is None:
            raise ValueError(f"{self.key!r} is no key{_meant(self.key, KEYS)}")
        if not isinstance(self.value, key.kind):
            raise ValueError(f"the value of {self.key} must be of type {key.kind.__name__}")
        said = self.value if isinstance(self.value, tuple) else (self.value,)
        if key.choices and not set(said) <= set(key.choices):
            raise ValueError(f"the value of {self.key} must be of {', '.join(key.choices)}")
        if bool(self.on) is not (key.on is not On.NOTHING):
            raise ValueError(f"`on` of {self.key} must name {key.on.value}")
        if key.on is On.FILES and not set(self.on) <= set(BY_NAME):
            raise ValueError(f"`on` names no file: {self.on}")
        if key.on is On.COLUMNS and not all(_columns(each) for each in self.on):
            raise ValueError(f"`on` names no column: {self.on}")
        return self

    @property
    def cited(self) -> str:
        """The line of the profile for a message: its code, what it says, and its source."""
        return f"{self.code}: {self.note} ({self.source})"

    @property
    def hard(self) -> bool:
        """Whether the consumer refuses or leaves out what breaks it, rather than just minds."""
        return self.effect in (Effect.REJECT, Effect.DROP)

    @property
    def text(self) -> str:
        """The value, of a key that takes a text."""
        return str(self.value)

    @property
    def number(self) -> int:
        """The value, of a key that takes a number."""
        return self.value if isinstance(self.value, int) else 0

    @property
    def items(self) -> tuple[str, ...]:
        """The value, of a key that takes a list."""
        return self.value if isinstance(self.value, tuple) else ()

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """The file and name of every column of the standard that `on` names."""
        return tuple(column for each in self.on for column in _columns(each))


class Profile(_Table):
    """One consumer; `code` begins the codes of its requirements, which are for ever."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Words
    code: Annotated[str, Field(pattern=r"^[A-Z0-9]+$")]
    summary: Words
    requirement: tuple[Requirement, ...] = ()
    note: tuple[Note, ...] = ()

    @model_validator(mode="after")
    def _own_codes(self) -> Self:
        codes = [each.code for each in self.requirement]
        foreign = [code for code in codes if code.split("-")[0] != self.code]
        if foreign or len(set(codes)) < len(codes):
            raise ValueError(f"codes must begin with {self.code}- and occur once")
        return self

    def first(self, key: str) -> Requirement | None:
        """Return the first requirement with this key, for a writer that wants to obey it."""
        return next(iter(self.every(key)), None)

    def every(self, *keys: str) -> tuple[Requirement, ...]:
        """Return all requirements with one of these keys."""
        return tuple(each for each in self.requirement if each.key in keys)


def names() -> tuple[str, ...]:
    """Return the names of all profiles; `standard`, which asks nothing more, is the first."""
    found = (file.name for file in files(__name__).iterdir() if file.name.endswith(".toml"))
    stems = {name.removesuffix(".toml") for name in found}
    return (STANDARD, *sorted(stems - {STANDARD}))


def load(name: str) -> Profile:
    """
    Read one profile: a shipped one by its name, or a district's own by the path of its TOML file.

    Raises:
        SettingsError: when there is none of that name, or it is not well formed.
    """
    return _own(Path(name)) if name.endswith(".toml") else _shipped(name)


@cache
def _shipped(name: str) -> Profile:
    if name not in names():
        raise SettingsError(f"{name!r} is no profile{_meant(name, names())}")
    return parse((files(__name__) / f"{name}.toml").read_text("utf-8"), name)


def _own(path: Path) -> Profile:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"{path}: the profile cannot be read ({why})") from error
    return parse(text, path.stem)


def parse(text: str, name: str) -> Profile:
    """
    Read a profile from its TOML text; `name` is what it must call itself.

    Raises:
        SettingsError: listing every problem.
    """
    try:
        profile = Profile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{name}.toml: {error}") from error
    except ValidationError as error:
        raise SettingsError.of(
            f"{name}.toml: {'.'.join(str(part) for part in each['loc'])}: {each['msg']}"
            for each in error.errors()
        ) from error
    if profile.name != name:
        raise SettingsError(f"{name}.toml: name: must be {name!r}, not {profile.name!r}")
    return profile


def _columns(on: str) -> tuple[tuple[str, str], ...]:
    file, _, column = on.partition(".")
    return tuple(
        (each.name, name)
        for each in FILES
        if file in ("*", each.name)
        for name in each.header
        if column in ("*", name)
    )


def _meant(word: str, known: Iterable[str]) -> str:
    """Suggest what a misspelt word was meant to be, or list what there is."""
    there = list(known)
    near = difflib.get_close_matches(word, there, 1, 0.6)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(there)}"
