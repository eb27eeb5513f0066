"""Values that a profile limits, made to fit where that harms nobody, and never in silence.

Titles and other texts are cut to a length; titles and names lose characters that are not
allowed; optional values that still break a limit are withheld. Ids are never changed: one that
is too long stops the run.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
from pandas import DataFrame, Series

from extractor.errors import DataError
from extractor.findings import Findings
from extractor.frames import among, changed, distinct
from extractor.profiles import Profile, Requirement
from extractor.spec import Column, File, Kind, Required

_TEXTS = ("title", "description", "comment", "location", "name")
_NAMES = ("givenName", "familyName", "middleName")
_IDS = (Kind.GUID, Kind.REF)
_APOSTROPHES = "'’‘ʻ`´"


@dataclass(slots=True)
class Fit:
    """The limits of one vendor's profile on values."""

    vendor: str
    profile: Profile
    findings: Findings
    _limits: dict[tuple[str, str], list[Requirement]] = field(init=False)

    def __post_init__(self) -> None:
        """Sort the limits by column; characters come before lengths."""
        self._limits = {}
        for asked in self.profile.every("characters", "values"):
            self._add(asked)
        for asked in self.profile.every("length"):
            self._add(asked)

    def _add(self, asked: Requirement) -> None:
        for place in asked.columns if asked.hard else ():  # nothing is changed for mere advice
            self._limits.setdefault(place, []).append(asked)

    def fitted(self, file: File, rows: DataFrame) -> DataFrame:
        """
        Return rows within the limits, as far as that may be.

        Raises:
            DataError: an id is longer than the consumer takes.
        """
        for column in file.columns:
            for asked in self._limits.get((file.name, column.name), ()):
                rows = self._within(rows, file, column, asked)
        return rows

    def _within(self, rows: DataFrame, file: File, column: Column, asked: Requirement) -> DataFrame:
        fits = _judge(asked)
        whole = (lambda one: all(map(fits, one.split(",")))) if column.many else fits
        values = rows[column.name]
        bad = [one for one in _suspects(values, asked) if not whole(one)]
        if not bad:
            return rows
        wrong = among(values, bad)
        if column.kind in _IDS and asked.key == "length":
            raise DataError(
                f"vendor {self.vendor}: {file.csv}: {int(wrong.sum())} value(s) of {column.name} "
                f"are longer than its profile allows: {asked.cited}. An id is never cut: shorten "
                "the key in the SIS, or ask the vendor. Nothing was written."
            )
        mended, what = self._mended(column, asked, fits)
        after = changed(values.where(wrong), mended)
        for finding, mask in (
            (what, wrong & (after != values).fillna(value=True)),
            ("value_kept", wrong & (after == values).fillna(value=False)),
        ):
            keys = rows["sourcedId"][mask]
            self.findings.add(finding, f"{self.vendor} {file.csv} {column.name} " + keys)
        return rows.assign(**{column.name: values.mask(wrong, after)})

    def _mended(
        self, column: Column, asked: Requirement, fits: Callable[[str], bool]
    ) -> tuple[Callable[[str], str | None], str]:
        """Return what is done to a value that breaks a limit, and the finding that names it."""
        kept = (lambda one: one), "value_kept"
        plain = column.name in _TEXTS or column.name in _NAMES
        if asked.key == "length" and plain:
            return (lambda one: one[: asked.number].rstrip() or one), "value_shortened"
        if asked.key == "characters" and plain:
            return (lambda one: _simplified(one, fits) or one), "value_simplified"
        free = column.required is Required.NO and column.kind not in _IDS
        if not free:
            return kept
        if not column.many:
            return (lambda _: None), "value_withheld"
        return (
            lambda one: ",".join(item for item in one.split(",") if fits(item)) or None
        ), "value_withheld"


def _judge(asked: Requirement) -> Callable[[str], bool]:
    if asked.key == "length":
        return lambda one: len(one) <= asked.number
    if asked.key == "values":
        known = frozenset(asked.items)
        return lambda one: one in known
    pattern = re.compile(asked.text)
    return lambda one: pattern.fullmatch(one) is not None


def _suspects(values: Series, asked: Requirement) -> list[str]:
    """Return the distinct values that may break a limit: for lengths, the long ones only."""
    if asked.key != "length":
        return distinct(values)
    text = pa.array(values.array, pa.large_string())
    long = pc.fill_null(pc.greater(pc.utf8_length(text), asked.number), False)
    found: list[str] = pc.unique(text.filter(long)).to_pylist()
    return found


def _simplified(text: str, fits: Callable[[str], bool]) -> str | None:
    """Return a text without the characters that do not fit: accents go, O'Brien is OBrien."""
    made = " ".join("".join(_plain(one, fits) for one in text).split())
    return made if made and fits(made) else None


def _plain(character: str, fits: Callable[[str], bool]) -> str:
    if fits(character) or character in _APOSTROPHES:
        return character if fits(character) else ""
    parts = unicodedata.normalize("NFKD", character)
    return "".join(one for one in parts if fits(one)) or " "
