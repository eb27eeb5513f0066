"""How a bundle looks to one consumer: what its profile asks of those who choose and write rows.

The validator reads the same profile for itself and shares nothing with this reading of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from extractor.profiles import Profile, load
from extractor.settings import Settings, Vendor
from extractor.spec import BY_NAME, Kind, Required
from extractor.vendor_problems import DEFAULT_ZIP
from extractor.write import LINE_END

_ENDS = {"crlf": LINE_END, "lf": "\n"}
_SYSTEM_CODE = "source.systemCode"


@dataclass(frozen=True, slots=True)
class BundleShape:
    """
    What is done for one consumer; without arguments, the standard and nothing beyond it.

    `header_only` files are written with their header where they have no row, granted or not.
    `only_files` are those that the consumer knows; None means all. `taken` holds the values, by
    file and column, without which a row is left out by the consumer, so it is not sent.
    """

    zip_name: str = DEFAULT_ZIP
    line_end: str = LINE_END
    quote_all: bool = False
    metadata: bool = True
    header_only: frozenset[str] = frozenset()
    only_files: frozenset[str] | None = None
    taken: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    co_teachers: bool = True
    future_terms: bool = True
    system_code: bool = False


def zip_name_of(settings: Settings, vendor: Vendor) -> str:
    """Return the name of a vendor's bundles, here and at the vendor's."""
    return shape_of(vendor, load(settings.profile_of(vendor))).zip_name


def shape_of(vendor: Vendor, profile: Profile) -> BundleShape:
    """Return the shape of a vendor's bundles; what its settings say wins over its profile."""
    end, quoting = profile.first("line_end"), profile.first("quoting")
    teachers = [each.number for each in profile.every("teachers_per_class")]
    properties = {name for each in profile.every("properties") for name in each.items}
    zip_name = profile.first("zip_name")
    return BundleShape(
        zip_name=vendor.zip_name or (zip_name.text if zip_name else DEFAULT_ZIP),
        line_end=_ENDS[end.text] if end else LINE_END,
        quote_all=bool(quoting and quoting.text == "always"),
        metadata=not profile.every("metadata"),
        header_only=_header_only(profile),
        only_files=_only_files(profile),
        taken=_taken(profile),
        co_teachers=vendor.co_teachers and not any(most == 1 for most in teachers),
        future_terms=not profile.every("future_terms"),
        system_code=_SYSTEM_CODE in properties,
    )


def _header_only(profile: Profile) -> frozenset[str]:
    """Return the files that must be there, and may be there with a header alone."""
    needed = {file for each in profile.every("files") for file in each.items}
    bare = {file for each in profile.every("header_only") for file in each.items}
    return frozenset(needed & bare & set(BY_NAME))


def _only_files(profile: Profile) -> frozenset[str] | None:
    """Return the files that the consumer knows, and those that they cannot be without."""
    lists = [set(each.items) & set(BY_NAME) for each in profile.every("only_files")]
    if not lists:
        return None
    known = set.intersection(*lists)
    while True:
        more = {
            column.target.file
            for file in known
            for column in BY_NAME[file].references
            if column.target and column.required is Required.ALWAYS
        }
        if more <= known:
            return frozenset(known)
        known |= more


def _taken(profile: Profile) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return which tokens the consumer takes, of columns that decide about their row."""
    taken: dict[tuple[str, str], tuple[str, ...]] = {}
    for asked in profile.every("values"):
        for file, name in asked.columns:
            column = BY_NAME[file][name]
            if asked.hard and column.kind is Kind.ENUM and not column.many:
                before = taken.get((file, name), asked.items)
                taken[file, name] = tuple(one for one in asked.items if one in before)
    return taken
