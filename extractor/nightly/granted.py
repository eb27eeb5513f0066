"""Whether a bundle that was made before holds more than its vendor is granted by now."""

from collections.abc import Iterator

from extractor.dress import Dress, dress
from extractor.errors import SettingsError
from extractor.findings import Findings
from extractor.gate.compare import Changes
from extractor.grants import roles_of
from extractor.settings import Settings, Vendor
from extractor.spec import BY_NAME, USER_ROLE

# Blank for other reasons than that somebody must not see them.
_HARMLESS = {"status", "dateLastModified", "schoolYearSourcedId"}
_SHOWN = 5


def refuse_beyond(settings: Settings, vendor: Vendor, new: Changes) -> None:
    """
    Refuse a bundle that tells a vendor what settings do not grant it, or no longer do.

    Files, roles of people, schools and filled columns are looked at. What a bundle of tonight
    holds is right anyway; held ones, old ones and those of a killed run may be of other settings.

    Args:
        new: `changes` with the bundle as the new one.

    Raises:
        SettingsError: naming what is too much.
    """
    found = [*_columns(dress(vendor, settings, Findings()), new), *_rows(vendor, new)]
    if found:
        more = f" and {len(found) - _SHOWN} more" if found[_SHOWN:] else ""
        raise SettingsError(
            f"vendor {vendor.name}: the bundle holds what settings do not grant it: "
            f"{', '.join(found[:_SHOWN])}{more}. It is not sent; run `oneroster run` for one that "
            "fits, or grant it"
        )


def _columns(dressed: Dress, new: Changes) -> Iterator[str]:
    for name, content in new.contents.items():
        file = BY_NAME[name]
        if content.rows and name not in dressed.files:
            yield file.csv
            continue
        withheld = dressed.blank(file) - _HARMLESS
        known = {*file.header, *dressed.own(file)}
        for column in content.columns:
            if column in withheld or column not in known:
                yield f"{column} of {file.csv}"


def _rows(vendor: Vendor, new: Changes) -> Iterator[str]:
    for role in USER_ROLE:
        if role not in roles_of(vendor.grants) and new.of("users", None, role).after:
            yield f"the role {role} of users.csv"
    if vendor.schools is not None:
        mine = {str(code) for code in vendor.schools}
        for org, told in sorted(new.orgs.items()):
            if told.type == "school" and org not in mine and new.of("orgs", org).after:
                yield f"school {org}"
