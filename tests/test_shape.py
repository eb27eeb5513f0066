"""A bundle made with a profile passes the validation of that profile: every profile there is."""

import re
import zipfile
from pathlib import Path

import pytest
from conftest import AS_OF, edit, some_settings

from extractor import spec
from extractor.demo.district import SMALLEST
from extractor.demo.folder import make
from extractor.dress import dress
from extractor.errors import DataError, SettingsError
from extractor.findings import Findings
from extractor.fit import Fit
from extractor.package import package, publish
from extractor.pipeline import extract
from extractor.profiles import load, names, parse
from extractor.progress import Quiet
from extractor.report import Report
from extractor.settings import Vendor
from extractor.settings import load as load_settings
from extractor.shape import BundleShape, shape_of
from extractor.validate import validate
from extractor.vendor_problems import vendor_problems

GRANTS = ["schools", "terms", "courses", "classes", "enrollments", "students", "teachers"]
# What no writer can avoid: the code, and why.
UNAVOIDABLE = {
    "APPLE-06": "ids have underscores, for they are those that Aeries publishes",
    "APPLE-07": "some people of the demo have no email address",
    "TURNITIN-02": "some people of the demo have no email address",
    "CLASSLINK-03": "two people of the demo share a username",
    "HMH-10": "two people of the demo share a username",
    "HMH-11": "the district has to name a source for metadata.positionTitle",
    "MOODLE-01": "courses.csv is required by classes.csv, says the standard",
    "MOODLE-04": "names of the demo that have no Latin letter",
    "MOODLE-06": "no SIS gives passwords away",
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Extract the demo for one vendor of each profile, with everything granted that rosters."""
    folder = tmp_path_factory.mktemp("profiles")
    config = make(folder, SMALLEST, 1, AS_OF, Quiet())
    edit(folder / "district.sqlite", "UPDATE CRS SET CO = 'Art: \"A\" * b?' WHERE CN = '0634'")
    granted = [*GRANTS, "demographics", "parents", "staff"]
    with config.open("a") as out:
        for name in names():
            out.write(f'[[vendor]]\nname = "of-{name}"\nprofile = "{name}"\ngrants = {granted}\n')
    settings = load_settings(config)
    mine = [vendor for vendor in settings.vendor if vendor.name.startswith("of-")]
    return extract(settings, mine, AS_OF, folder / "out", Quiet())


def bundle_of(report: Report, profile: str) -> Path:
    return next(one.path for one in report.bundles if one.vendor == f"of-{profile}")


def texts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


@pytest.mark.parametrize("name", names())
def test_bundle_of_a_profile_passes_its_validation(name: str, report: Report) -> None:
    verdict = validate(bundle_of(report, name), as_of=AS_OF, profile=name)
    assert not verdict.counts.get("error")
    assert [one for one in verdict.findings if one.severity.value == "error"] == []
    code = f"{load(name).code}-"
    broken = {one.code for one in verdict.findings if one.code.startswith(code)}
    assert broken <= set(UNAVOIDABLE)


def test_profiles_differ_in_name_line_ends_and_quotes(report: Report) -> None:
    assert bundle_of(report, "lab-aids").name == "OneRosterv1p1BaseCSV.zip"
    apple = texts(bundle_of(report, "apple-school-manager"))
    assert not any("\r" in text for text in apple.values())
    assert all("\r\n" in text for text in texts(bundle_of(report, "clever")).values())
    hmh = texts(bundle_of(report, "hmh"))
    assert hmh["orgs.csv"].splitlines()[0].startswith('"sourcedId","status",')
    assert hmh["orgs.csv"].splitlines()[1].startswith('"0",,,"')
    assert hmh["manifest.csv"].splitlines()[1] == '"manifest.version","1.0"'


def test_consumer_of_students_and_teachers_gets_nobody_else(report: Report) -> None:
    rows = texts(bundle_of(report, "apple-school-manager"))["users.csv"].splitlines()[1:]
    assert {re.split(",(?=student|teacher|parent|adm|aide)", row)[1][:5] for row in rows} == {
        "stude",
        "teach",
    }
    assert ",parent," in texts(bundle_of(report, "clever"))["users.csv"]


def test_manifest_names_the_source_twice_where_a_profile_asks(report: Report) -> None:
    assert "source.systemCode,aeries" in texts(bundle_of(report, "turnitin"))["manifest.csv"]
    assert "source.systemCode" not in texts(bundle_of(report, "clever"))["manifest.csv"]


def test_what_is_changed_or_left_out_for_a_profile_is_found(report: Report) -> None:
    found = {one.name: one for one in report.findings}
    assert "of-hmh enrollments.csv" in found["profile_leaves_out"].keys
    assert "of-hmh HMH-11 metadata.positionTitle of users" in found["profile_wish"].keys
    assert any("d2l courses.csv title" in key for key in found["value_simplified"].keys)
    assert found["value_withheld"].count
    assert found["value_kept"].count


# --- files


def write(folder: Path, vendor: Vendor) -> dict[str, str]:
    """Write a bundle of an empty district."""
    dressed = dress(vendor, some_settings(vendor), Findings())
    shape = dressed.shape
    files = [(file, iter(())) for file in spec.FILES]
    publish([package(folder / shape.zip_name, files, (), shape)])
    return texts(folder / shape.zip_name)


def test_file_that_a_consumer_wants_has_a_header_where_it_has_no_row(tmp_path: Path) -> None:
    made = write(tmp_path, Vendor(name="a", profile="hmh"))
    assert set(made) == {"manifest.csv", "academicSessions.csv", "courses.csv", "demographics.csv"}
    header = ",".join(f'"{name}"' for name in spec.DEMOGRAPHICS.header)
    assert made["demographics.csv"] == f"{header}\r\n"
    assert '"file.demographics","bulk"' in made["manifest.csv"]
    assert '"file.results","absent"' in made["manifest.csv"]
    assert set(write(tmp_path, Vendor(name="a"))) == {"manifest.csv"}


def test_only_files_are_those_known_and_those_that_they_need() -> None:
    shape = shape_of(Vendor(name="a", profile="moodle"), load("moodle"))
    core = {"academicSessions", "classes", "enrollments", "orgs", "users"}
    assert shape.only_files == core | {"courses"}
    assert shape_of(Vendor(name="a"), load("standard")) == BundleShape()


def test_name_in_the_settings_wins_and_is_found() -> None:
    vendor = Vendor(name="a", profile="clever", zip_name="mine.zip")
    findings = Findings()
    assert dress(vendor, some_settings(vendor), findings).shape.zip_name == "mine.zip"
    (key,) = findings["profile_overruled"].keys
    assert "CLEVER-01" in key
    odd, findings = Vendor(name="a", profile="summit-k12", zip_name="my_own.zip"), Findings()
    dress(odd, some_settings(odd), findings)
    (key,) = findings["profile_overruled"].keys
    assert "SUMMIT-01" in key
    plain, findings = Vendor(name="a", profile="summit-k12"), Findings()
    dress(plain, some_settings(plain), findings)
    assert not findings["profile_overruled"].count


# --- what settings must solve


def problems(**given: object) -> list[str]:
    vendor = Vendor.model_validate({"name": "a", **given})
    settings = some_settings(vendor)
    profile = load(settings.profile_of(vendor))
    return [f"{key}: {what}" for key, what in vendor_problems(vendor, profile, settings)]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"profile": "imagine-learning"},
            r"grants: .*demographics.csv; grant 'demog.*IMAGINE-01: ",
        ),
        (
            {"profile": "clever", "grants": ("schools",)},
            r"grants: .*users.csv; grant 'students' or",
        ),
        ({"profile": "turnitin", "blank": {"users": ("email",)}}, r"blank: .*TURNITIN-02: "),
        ({"profile": "turnitin", "columns": {"users": ("phone",)}}, r"columns: .*TURNITIN-02"),
        ({"profile": "moodle", "pseudonyms": {"env": "X"}}, r"pseudonyms: .*MOODLE-06: "),
    ],
)
def test_what_a_profile_needs_and_settings_withhold_is_refused(
    given: dict[str, object], says: str
) -> None:
    assert any(re.search(says, one) for one in problems(**given)), problems(**given)


def test_advice_is_no_demand() -> None:
    assert problems(profile="clever") == []
    assert problems(profile="hmh") == []
    assert problems(profile="renaissance") == []
    vendor, findings = Vendor(name="a", profile="clever"), Findings()
    dress(vendor, some_settings(vendor), findings)
    assert findings["profile_wish"].keys == ["a CLEVER-03 demographics.csv"]


OWN = """
name = "acme"
title = "Acme"
code = "ACME"
summary = "Made up."
"""


def asking(key: str, value: str, on: str = "", effect: str = "reject") -> str:
    return f"""
[[requirement]]
code = "ACME-0{len(key) % 10}"
key = "{key}"
value = {value}
{f"on = {on}" if on else ""}
effect = "{effect}"
evidence = "documented"
source = "a letter of theirs"
note = "it is so"
"""


def test_profile_of_the_districts_own_is_a_file_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_text(OWN + asking("line_end", '"lf"'), "utf-8")
    config = tmp_path / "oneroster.toml"
    config.write_text(
        '[district]\nname = "E"\ntime_zone = "America/Los_Angeles"\n[sis]\nkind = "aeries"\n'
        'connection = "sqlite:///x"\n[[vendor]]\nname = "a"\nprofile = "acme.toml"\n',
        "utf-8",
    )
    settings = load_settings(config)
    made = dress(settings.vendor[0], settings, Findings())
    assert (made.profile.title, made.shape.line_end) == ("Acme", "\n")
    (tmp_path / "acme.toml").unlink()
    with pytest.raises(SettingsError, match=r"acme\.toml: the profile cannot be read"):
        load_settings(config)


def test_default_name_that_a_profile_does_not_take_must_be_set() -> None:
    profile = parse(OWN + asking("zip_name_pattern", "'acme-.*'"), "acme")
    vendor = Vendor(name="a")
    ((key, what),) = vendor_problems(vendor, profile, some_settings(vendor))
    assert key == "zip_name"
    assert "a letter of theirs" in what
    named = Vendor(name="a", zip_name="acme-1.zip")
    assert list(vendor_problems(named, profile, some_settings(named))) == []


# --- values


def fitted(rows, file: spec.File, *asked: str):
    findings = Findings()
    fit = Fit("a", parse(OWN + "".join(asked), "acme"), findings)
    return fit.fitted(file, rows.reindex(columns=file.header).astype(rows.dtypes.iloc[0])), findings


def test_long_titles_are_cut_and_found(frame) -> None:
    rows = frame("sourcedId | title\n c1 | Algebra I Honors\n c2 | Art")
    made, findings = fitted(rows, spec.CLASSES, asking("length", "9", '["*.*"]'))
    assert made["title"].tolist() == ["Algebra I", "Art"]
    assert findings["value_shortened"].keys == ["a classes.csv title c1"]


def test_long_ids_stop_the_run(frame) -> None:
    rows = frame("sourcedId | title\n 0123456789 | x\n c2 | Art")
    asked = asking("length", "9", '["*.sourcedId"]')
    with pytest.raises(DataError, match=r"classes.csv: 1 value\(s\) of sourcedId .*ACME-06: it is"):
        fitted(rows, spec.CLASSES, asked)
    made, findings = fitted(rows, spec.CLASSES, asked.replace("reject", "warn"))
    assert made["sourcedId"].tolist() == ["0123456789", "c2"]
    assert list(findings) == []


def test_long_optional_values_are_withheld_and_required_ones_kept(frame) -> None:
    rows = frame("sourcedId | email | username\n u1 | zoe@example.org | zoe@example.org")
    made, findings = fitted(rows, spec.USERS, asking("length", "9", '["*.*"]'))
    assert made["email"].isna().all()
    assert made["username"].tolist() == ["zoe@example.org"]
    assert findings["value_withheld"].keys == ["a users.csv email u1"]
    assert findings["value_kept"].keys == ["a users.csv username u1"]


def test_names_lose_what_a_consumer_does_not_take(frame) -> None:
    rows = frame("sourcedId | givenName | familyName\n u1 | Zoë | O'Brien\n u2 | 李 | Smith/Lee")
    asked = asking("characters", '"[0-9A-Za-z .,-]*"', '["users.givenName", "users.familyName"]')
    made, findings = fitted(rows, spec.USERS, asked)
    assert made["givenName"].tolist() == ["Zoe", "李"]
    assert made["familyName"].tolist() == ["OBrien", "Smith Lee"]
    assert findings["value_kept"].keys == ["a users.csv givenName u2"]
    assert findings["value_simplified"].count == 3


def test_items_that_a_consumer_does_not_know_are_withheld(frame) -> None:
    rows = frame("sourcedId | grades\n c1 | KG,01,02\n c2 | PS\n c3 | 01")
    made, findings = fitted(rows, spec.CLASSES, asking("values", '["01"]', '["classes.grades"]'))
    assert made["grades"].fillna("").tolist() == ["01", "", "01"]
    assert findings["value_withheld"].count == 2
