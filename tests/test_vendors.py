"""Any vendor of any district: its bundle is clean, and holds nothing that was not granted."""

import tempfile
import zipfile
from pathlib import Path

import pytest
from conftest import AS_OF, some_settings
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from planted import GRADES, OWN, Planted, planted, schools_of
from test_scope import SETS

from extractor.dress import dress
from extractor.findings import Findings
from extractor.grants import files_of, roles_of
from extractor.package import package, publish
from extractor.profiles import load, names
from extractor.scope import Scope
from extractor.settings import Settings, Vendor
from extractor.spec import BY_NAME, Required
from extractor.validate import validate
from extractor.vendor_problems import vendor_problems

BIG = [grants for grants in SETS if len(grants) > 11]  # of chance few would hold everything
KEY = "0123456789abcdef0123456789abcdef"
METADATA = [
    {"file": file, "column": name, "query": "students", "source": "x"}
    for file, columns in OWN.items()
    for name in columns
]
# What no vendor with pseudonyms gets, said here once more.
NEVER = {
    "users": "sourcedId username userIds givenName familyName middleName identifier email sms "
    "phone password",
    "demographics": "birthDate cityOfBirth",
    "lineItems": "description",
    "results": "comment",
}


def optional(file: str) -> list[str]:
    free = [c.name for c in BY_NAME[file].columns if c.required is Required.NO]
    return [*free, *OWN.get(file, ())]


@st.composite
def vendors(draw) -> dict[str, object]:
    """Draw the settings of a vendor, as somebody could write them."""
    grants = draw(st.sampled_from(SETS) | st.sampled_from(BIG))
    some = st.lists(st.sampled_from((1, 2, 3)), min_size=1, unique=True).map(tuple)
    made: dict[str, object] = {
        "name": "acme",
        "grants": grants,
        "schools": draw(st.none() | some),
        "profile": draw(st.just("standard") | st.sampled_from(names())),
        "co_teachers": draw(st.booleans()),
        "exclude_grades": draw(st.sampled_from(((), (), (), GRADES[:1], GRADES[2:]))),
        "end_dates": draw(st.sampled_from(("exclusive", "inclusive"))),
        "course_school_year": draw(st.booleans()),
    }
    if draw(st.booleans()):
        made["pseudonyms"] = {"env": "ACME_PSEUDONYMS"}
    chosen = [draw(st.dictionaries(st.sampled_from(sorted(files_of(grants))), st.none())), {}]
    for key, files in (("columns", list(chosen[0])[::2]), ("blank", list(chosen[0])[1::2])):
        made[key] = {
            file: tuple(
                draw(st.lists(st.sampled_from(free), unique=True))
                if (free := [one for one in optional(file) if _may(made, key, file, one)])
                else ()
            )
            for file in files
        }
    return made


def _may(made: dict[str, object], key: str, file: str, name: str) -> bool:
    return key == "blank" or "pseudonyms" not in made or name not in NEVER.get(file, "").split()


def refused(config: Settings) -> list[tuple[str, str]]:
    vendor = config.vendor[0]
    return list(vendor_problems(vendor, load(config.profile_of(vendor)), config))


def bundle(folder: Path, district: Planted, config: Settings) -> Path:
    work = folder / "spool"
    work.mkdir()
    vendor = config.vendor[0]
    dressed = dress(vendor, config, Findings(), AS_OF)
    scope = Scope(district.spooled(work), vendor, config, None, dressed)
    source = ("Aeries", "aeries")
    publish([package(folder / dressed.shape.zip_name, scope.files(), source, dressed.shape)])
    return folder / dressed.shape.zip_name


def raw_of(path: Path) -> str:
    with zipfile.ZipFile(path) as opened:
        return "\n".join(opened.read(name).decode() for name in opened.namelist())


def filled(vendor: Vendor, file: str, column: str) -> bool:
    """Tell whether settings let a column be filled."""
    if file not in files_of(vendor.grants):
        return False
    if vendor.pseudonyms and column in NEVER.get(file, "").split():
        return False
    listed = vendor.columns.get(file)
    if vendor.pseudonyms and (column.startswith("metadata.") or (file, column) == TITLE):
        return listed is not None and column in listed
    if column not in optional(file):
        return True
    return column not in vendor.blank.get(file, ()) and (listed is None or column in listed)


TITLE = ("lineItems", "title")


def granted_people(district: Planted, vendor: Vendor) -> set[str]:
    """Return who may be in the bundle: by role, by school, by grade."""
    mine = {str(code) for code in vendor.schools or (1, 2, 3)}
    people = {
        name
        for name, row in district.users().items()
        if row["role"] in roles_of(vendor.grants)
        and set(schools_of(row)) & mine
        and not (row["role"] == "student" and row["grades"] in vendor.exclude_grades)
    }
    children = {name for name in people if name.startswith("STU")}
    return {
        name
        for name in people
        if not name.startswith("PAT")
        or set(str(district.users()[name].get("agentSourcedIds")).split(",")) & children
    }


@settings(max_examples=80)
@given(planted(), vendors())
def test_a_bundle_is_clean_and_tells_nothing_that_is_not_granted(district, drawn):
    config = some_settings(Vendor.model_validate(drawn), metadata=METADATA)
    assume(not refused(config))
    vendor = config.vendor[0]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACME_PSEUDONYMS", KEY)
        path = bundle(Path(folder), district, config)
        verdict = validate(path, as_of=AS_OF, profile=vendor.profile)
        raw = raw_of(path)
    errors = [one for one in verdict.findings if one.severity.value == "error"]
    assert not errors, errors[0]
    people, mine = granted_people(district, vendor), set(map(str, vendor.schools or (1, 2, 3)))
    for told in district.told:
        if told.text not in raw:
            continue
        assert filled(vendor, told.file, told.column), told
        assert told.schools & mine, told
        if told.owner and told.owner.startswith("homeroom"):
            assert not vendor.pseudonyms, told
        elif told.owner:
            assert told.owner in people, told
