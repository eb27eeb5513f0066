"""How rows look to one vendor: which columns are filled, how ends and ids are written.

Which rows they are is `scope`'s; which bytes, `write`'s.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from string import Formatter

import pandas as pd
from pandas import DataFrame, Series

from extractor.disguise import Disguise, Pseudonyms, neutral, pseudonymous, without_teachers
from extractor.findings import Findings
from extractor.fit import Fit
from extractor.frames import TEXT, changed
from extractor.grants import files_of
from extractor.personal import PERSONAL
from extractor.profiles import Profile, load
from extractor.profiles.keys import Effect
from extractor.settings import Settings, Vendor, reveal
from extractor.shape import BundleShape, shape_of
from extractor.spec import COURSES, File, Kind, Required
from extractor.transform.user_ids import UserIds

_LIFE = ("status", "dateLastModified")
_ENDS = ("endDate",)


@dataclass(slots=True)
class Dress:
    """What the settings and the profile of one vendor make of its rows."""

    vendor: Vendor
    settings: Settings
    profile: Profile
    shape: BundleShape
    findings: Findings
    as_of: date | None = None
    pseudonyms: Pseudonyms | None = None
    ids: UserIds | None = None  # those that settings choose, known when the SIS was read
    disguise: Disguise | None = field(init=False, default=None)
    _fit: Fit = field(init=False)

    def __post_init__(self) -> None:
        """Set out for the vendor's bundle."""
        self._fit = Fit(self.vendor.name, self.profile, self.findings)
        if self.pseudonyms:
            self.disguise = pseudonymous(self.pseudonyms)

    @property
    def files(self) -> set[str]:
        """The files that are granted, as far as the consumer knows them."""
        granted = files_of(self.vendor.grants)
        known = self.shape.only_files
        return granted if known is None else granted & known

    def blank(self, file: File) -> set[str]:
        """Return the columns of a file that are blank in every row."""
        gone = {c.name for c in file.references if c.target and c.target.file not in self.files}
        gone |= set(self.vendor.blank.get(file.name, ()))
        if file.name in self.vendor.columns:
            gone |= set(file.header) - set(self.vendor.columns[file.name])
        if self.pseudonyms:
            gone |= set(PERSONAL.get(file.name, ()))
        if file is COURSES and not self.vendor.course_school_year:
            gone.add("schoolYearSourcedId")
        required = {c.name for c in file.columns if c.required is Required.ALWAYS}
        return (gone - required) | set(_LIFE)

    def own(self, file: File) -> tuple[str, ...]:
        """Return the district's own columns of a file that the vendor gets."""
        own = self.settings.metadata_of(file.name, self.vendor.name)
        listed = self.vendor.columns.get(file.name)
        if not self.shape.metadata:
            return ()
        if listed is None:
            return () if self.pseudonyms else own
        return tuple(name for name in own if name in listed)

    def name_homerooms(self, homerooms: Mapping[str, str]) -> None:
        """Hide who teaches homerooms from a vendor without teachers; a class by each course."""
        if self.disguise or "teachers" in self.vendor.grants:
            return
        template = Formatter().parse(self.settings.options.homeroom_title)
        named = any(name == "familyName" for _, name, _, _ in template)
        self.disguise = without_teachers(homerooms, titles=named)

    def of(self, rows: DataFrame, file: File) -> DataFrame:
        """Return rows of one file, in its header's columns, as the vendor wants them."""
        made = rows.reindex(columns=[*file.header, *self.own(file)])
        if self.ids and not self.pseudonyms:  # these are of the published ids, which stay
            made = self.ids.sent(file, made)
        blank = {*self.blank(file), *self.vendor.blank.get(file.name, ())} & set(made.columns)
        nothing = pd.Series(pd.NA, index=made.index, dtype=TEXT)
        made = made.assign(**dict.fromkeys(sorted(blank), nothing))
        if self.vendor.end_dates == "inclusive":
            ends = [c.name for c in file.columns if c.name in _ENDS and c.kind is Kind.DATE]
            made = made.assign(**{name: _last_day(made, name) for name in ends})
        if self.disguise:
            before = made["sourcedId"]
            made = self.disguise.titled(file, self.disguise.worn(file, made), before)
        if self.pseudonyms:
            made = neutral(file, made, self.vendor.columns.get(file.name, ()))
        return self._fit.fitted(file, made)


def dress(
    vendor: Vendor, settings: Settings, findings: Findings, as_of: date | None = None
) -> Dress:
    """
    Return how a vendor's rows are dressed; names what its profile advises and settings withhold.

    Args:
        as_of: the day that tells terms to come; None takes every term for begun.

    Raises:
        SettingsError: the key of its pseudonyms is not where settings say, or is too short; its
            profile cannot be read.
    """
    profile = load(settings.profile_of(vendor))
    shape = shape_of(vendor, profile)
    hashes = _pseudonyms(vendor, settings)
    made = Dress(vendor, settings, profile, shape, findings, as_of, hashes)
    findings.add("profile_wish", _wishes(made))
    findings.add("profile_overruled", _overruled(made))
    return made


def _pseudonyms(vendor: Vendor, settings: Settings) -> Pseudonyms | None:
    if vendor.pseudonyms is None:
        return None
    key = f"vendor {vendor.name}: pseudonyms"
    return Pseudonyms.of_secret(reveal(vendor.pseudonyms, key, settings.folder), vendor.name)


def _wishes(made: Dress) -> list[str]:
    """Name the files, rows and columns that the profile only advises, and that are not there."""
    wishes = []
    for asked in made.profile.requirement:
        start = f"{made.vendor.name} {asked.code}"
        if asked.key == "files" and asked.effect is not Effect.REJECT:
            missing = set(asked.items) - made.files - made.shape.header_only - {"manifest"}
            wishes += [f"{start} {file}.csv" for file in missing]
        elif asked.key == "columns":
            for name in asked.on:
                own = made.settings.metadata_of(name, made.vendor.name)
                wishes += [f"{start} {one} of {name}" for one in asked.items if one not in own]
    return wishes


def _overruled(made: Dress) -> list[str]:
    """Name the requirements on the name of the zip that the settings' own name does not meet."""
    name = made.shape.zip_name
    return [
        f"{made.vendor.name} {asked.cited}"
        for asked in made.profile.every("zip_name", "zip_name_pattern")
        if not re.fullmatch(asked.text if "pattern" in asked.key else re.escape(asked.text), name)
    ]


def _last_day(rows: DataFrame, name: str) -> Series:
    """Return the last day itself; one that would not be after the first stays exclusive."""
    last = changed(rows[name], _day_before)
    first = rows["startDate" if "startDate" in rows else "beginDate"]
    return last.where((last > first) | first.isna(), rows[name])


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
