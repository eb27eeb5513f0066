"""Where the settings of one vendor contradict each other, or what its profile cannot do without.

What a profile demands and settings withhold is refused before anything is read: the consumer
would refuse the bundle, or leave its rows out, every night.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from extractor.grants import GRANTS, files_of, roles_of
from extractor.personal import PERSONAL
from extractor.profiles import Profile, Requirement
from extractor.profiles.keys import ANY, Effect
from extractor.spec import BY_NAME, Required

if TYPE_CHECKING:  # settings import this module
    from extractor.settings import Settings, Vendor

Problem = tuple[str, str]
DEFAULT_ZIP = "OneRoster.zip"
_BULK = "bulk"
_NEVER_FILLED = ("password",)  # no SIS gives it away, so no settings can fill it


def vendor_problems(vendor: "Vendor", profile: Profile, settings: "Settings") -> Iterator[Problem]:
    """Yield what is wrong with one vendor: the key it stands in, and what it is."""
    yield from _columns_of_no_use(vendor)
    yield from _own_columns_unknown(vendor, settings)
    if vendor.exclude_grades and not settings.users.grades:
        yield "exclude_grades", "needs the grades of students; set users.grades = true"
    for asked in profile.requirement:
        if asked.key == "files" and asked.effect is Effect.REJECT:
            yield from _files_lacking(vendor, profile, asked)
        elif asked.key == "modes" and _BULK not in asked.items:
            yield "profile", f"{asked.cited}: only bulk bundles are made"
        elif asked.key == "zip_name_pattern" and not profile.first("zip_name"):
            if not vendor.zip_name and not re.fullmatch(asked.text, DEFAULT_ZIP):
                yield "zip_name", f"must be set: {asked.cited}; it matches {asked.text}"
        elif asked.key == "filled" and asked.hard:
            yield from _columns_lacking(vendor, asked, settings)


def _columns_of_no_use(vendor: "Vendor") -> Iterator[Problem]:
    granted = files_of(vendor.grants)
    for key, chosen in (("columns", vendor.columns), ("blank", vendor.blank)):
        for file, names in chosen.items():
            if file not in granted:
                opening = " or ".join(map(repr, _opening(file)))
                yield key, f"{file} is not granted; grant {opening}, or remove it from {key}"
            personal = [name for name in names if name in PERSONAL.get(file, ())]
            if vendor.pseudonyms and key == "columns" and personal:
                yield key, f"{personal[0]!r} of {file} is never sent with pseudonyms; remove one"
    for file in set(vendor.columns) & set(vendor.blank):
        both = sorted(set(vendor.columns[file]) & set(vendor.blank[file]))
        if both:
            yield "blank", f"{both[0]!r} of {file} is listed in columns, too; remove one"


def _own_columns_unknown(vendor: "Vendor", settings: "Settings") -> Iterator[Problem]:
    for key, chosen in (("columns", vendor.columns), ("blank", vendor.blank)):
        for file, names in chosen.items():
            known = (*BY_NAME[file].header, *settings.metadata_of(file, vendor.name))
            for name in names:
                if name not in known:
                    yield key, f"{name!r} of {file} is no column that the vendor gets; see metadata"


def _files_lacking(vendor: "Vendor", profile: Profile, asked: Requirement) -> Iterator[Problem]:
    granted, bare = files_of(vendor.grants), profile.first("header_only")
    for file in asked.items:
        if file in ("manifest", *granted) or (bare and file in bare.items):
            continue
        opening = " or ".join(map(repr, _opening(file)))
        yield (
            "grants",
            f"the profile {profile.name} needs {file}.csv; grant {opening}. {asked.cited}",
        )


def _columns_lacking(
    vendor: "Vendor", asked: Requirement, settings: "Settings"
) -> Iterator[Problem]:
    granted = files_of(vendor.grants)
    for file, name in asked.columns:
        if file not in granted or name in _NEVER_FILLED:
            continue
        key = _withheld(vendor, file, name)
        if key:
            yield key, f"leaves {name} of {file} blank. {asked.cited}"
        roles = roles_of(vendor.grants) if ANY in asked.items else set(asked.items)
        silent = sorted((roles & roles_of(vendor.grants)) - set(settings.users.emails))
        if (file, name) == ("users", "email") and silent:
            yield (
                "profile",
                f"users.emails leaves out the email of {silent[0]}, which {asked.cited}",
            )


def _withheld(vendor: "Vendor", file: str, name: str) -> str | None:
    """Return the key of the settings by which an optional column stays blank."""
    if name in vendor.blank.get(file, ()):
        return "blank"
    optional = BY_NAME[file][name].required is Required.NO
    if optional and name not in vendor.columns.get(file, (name,)):
        return "columns"
    return "pseudonyms" if vendor.pseudonyms and name in PERSONAL.get(file, ()) else None


def _opening(file: str) -> list[str]:
    return [name for name, opens in GRANTS.items() if file in opens.files]
