"""Any vendor of any district: its bundle is clean, and holds nothing that was not granted."""

import re
import tempfile
import zipfile
from pathlib import Path

import pytest
from conftest import AS_OF, some_settings
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from pandas import DataFrame
from planted import GRADES, OWN, Planted, planted, schools_of
from test_scope import SETS

from extractor.disguise import Pseudonyms
from extractor.dress import dress
from extractor.errors import SettingsError
from extractor.findings import Findings
from extractor.frames import stack
from extractor.grants import files_of, roles_of
from extractor.package import package, publish
from extractor.profiles import load, names
from extractor.scope import Scope
from extractor.settings import Settings, Vendor
from extractor.settings import load as load_settings
from extractor.spec import BY_NAME, Required, references
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


@settings(max_examples=50, phases=[Phase.generate])  # to shrink one takes minutes
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
        assert told.schools & mine, told
        if told.owner and told.owner.startswith("homeroom"):  # its course is named after it
            assert not vendor.pseudonyms, told
            assert {"classes", "courses"} & set(vendor.grants), told
            continue
        assert filled(vendor, told.file, told.column), told
        assert told.owner is None or told.owner in people, told


# --- pseudonyms


EVERYTHING = {"grants": max(SETS, key=len)}
ROSTER = ("schools", "terms", "courses", "classes", "enrollments", "students", "teachers")


def shared(
    district: Planted, folder: Path, key: str = KEY, **given: object
) -> dict[str, DataFrame]:
    """Return the files of a vendor, whole."""
    drawn = {"name": "acme", **EVERYTHING, **given}
    config = some_settings(Vendor.model_validate(drawn), metadata=METADATA)
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACME_PSEUDONYMS", key)
        scope = Scope(district.spooled(folder), config.vendor[0], config)
        return {file.name: stack(list(rows), file.header) for file, rows in scope.files()}


@pytest.fixture(scope="module")
def district() -> Planted:
    """Return one of the districts, with people of every role."""
    found: list[Planted] = []

    @settings(max_examples=30, phases=[Phase.generate])
    @given(planted())
    def look(one: Planted) -> None:
        if {row["role"] for row in one.rows["users"]} >= {"parent", "administrator"}:
            found.append(one)

    look()
    return max(found, key=lambda one: len(one.told))


SECRET = {"env": "ACME_PSEUDONYMS"}


@pytest.fixture
def hidden(district, tmp_path):
    """Return the files of a vendor with pseudonyms."""
    return shared(district, tmp_path / "hidden", pseudonyms=SECRET)


def test_pseudonyms_lose_no_row_and_no_reference(district, hidden, tmp_path):
    plain = shared(district, tmp_path / "plain")
    assert {name: len(rows) for name, rows in hidden.items()} == {
        name: len(rows) for name, rows in plain.items()
    }
    assert all(rows["sourcedId"].is_unique for rows in hidden.values())
    for file, column, target in references():
        named = hidden[file.name][column.name].dropna()
        named = named.str.split(",").explode() if column.many else named
        assert set(named) <= set(hidden[target.file]["sourcedId"]), (file.name, column.name)
        real = plain[file.name][column.name]
        assert hidden[file.name][column.name].notna().equals(real.notna())


def test_pseudonyms_join_the_same_rows(district, hidden, tmp_path):
    plain = shared(district, tmp_path / "plain")
    real = dict(zip(hidden["users"]["sourcedId"], plain["users"]["sourcedId"], strict=True))
    for file, column in (
        ("enrollments", "userSourcedId"),
        ("results", "studentSourcedId"),
        ("demographics", "sourcedId"),
    ):
        assert [real[one] for one in hidden[file][column]] == plain[file][column].tolist()
    lists = hidden["users"]["agentSourcedIds"].dropna()
    agents = [",".join(real[one] for one in whole.split(",")) for whole in lists]
    assert agents == plain["users"]["agentSourcedIds"].dropna().tolist()


def test_pseudonyms_are_ids_that_every_consumer_takes(hidden):
    users = hidden["users"]
    assert users["sourcedId"].str.fullmatch("[a-z2-7]{24}").all()
    assert users["username"].equals(users["sourcedId"])
    assert set(users["givenName"]) == {"Student", "Teacher", "Parent", "Staff"}
    homerooms = hidden["classes"][hidden["classes"]["classType"] == "homeroom"]
    assert homerooms["title"].str.fullmatch("Homeroom [a-z2-7]{8}").all()
    assert set(hidden["lineItems"]["title"]) == {"Assignment"}
    for name in ("enrollments", "results"):
        assert hidden[name]["sourcedId"].str.len().max() <= 100


def test_pseudonyms_are_the_same_every_night_and_others_for_others(district, hidden, tmp_path):
    def ids(folder: str, **given: str) -> set[str]:
        given = {"pseudonyms": SECRET, **given}
        return set(shared(district, tmp_path / folder, **given)["users"]["sourcedId"])

    mine = set(hidden["users"]["sourcedId"])
    assert ids("again") == mine
    assert not ids("vendor", name="other") & mine
    assert not ids("key", key=KEY[::-1]) & mine


def test_pseudonym_of_a_person_is_the_one_it_was():
    assert (
        Pseudonyms(KEY, "acme").of("STU_99400001") == "izsgdlkk54vjm3x3dl3s2wmt"
    )  # who changes it re-keys all


def test_column_that_teachers_type_is_sent_where_it_is_listed(district, tmp_path):
    listed = {"lineItems": ("title",), "users": ("metadata.bus", "grades")}
    files = shared(district, tmp_path / "a", pseudonyms=SECRET, columns=listed)
    assert files["lineItems"]["title"].str.startswith("T mk").all()
    assert files["users"]["metadata.bus"].notna().all()
    assert files["users"]["grades"].notna().any()


@pytest.mark.parametrize("key", ["too few", "a" * 64])
def test_key_that_can_be_guessed_is_refused_and_not_repeated(key, monkeypatch):
    monkeypatch.setenv("ACME_PSEUDONYMS", key)
    vendor = Vendor.model_validate({"name": "acme", "pseudonyms": SECRET})
    with pytest.raises(SettingsError, match=r"secrets\.token_hex") as error:
        dress(vendor, some_settings(vendor), Findings())
    assert key not in str(error.value)


def test_key_that_is_not_there_is_said_before_anything_is_read(monkeypatch):
    monkeypatch.delenv("ACME_PSEUDONYMS", raising=False)
    vendor = Vendor.model_validate({"name": "acme", "pseudonyms": SECRET})
    with pytest.raises(SettingsError, match=r"vendor acme: pseudonyms: .* ACME_PSEUDONYMS is not"):
        dress(vendor, some_settings(vendor), Findings())


# --- columns


def test_listed_columns_are_filled_and_others_blank_in_a_whole_header(district, tmp_path):
    columns = {"users": ("sourcedId", "email"), "demographics": ()}
    files = shared(district, tmp_path / "a", columns=columns)
    users = files["users"]
    assert tuple(users.columns) == BY_NAME["users"].header
    assert users[["email", "givenName", "username"]].notna().all(axis=None)
    assert users[["phone", "grades", "identifier", "agentSourcedIds"]].isna().all(axis=None)
    assert files["demographics"].drop(columns="sourcedId").isna().all(axis=None)
    assert files["classes"]["metadata.note"].notna().all()


def test_blanked_columns_are_blank_and_others_stay(district, tmp_path):
    blank = {"users": ("email", "metadata.bus"), "orgs": ("parentSourcedId",)}
    files = shared(district, tmp_path / "a", blank=blank)
    assert files["users"][["email", "metadata.bus"]].isna().all(axis=None)
    assert files["users"][["phone", "identifier"]].notna().all(axis=None)


def test_nothing_is_there_for_a_blank_column_alone(district, tmp_path):
    roster = {"grants": ROSTER, "blank": {"academicSessions": ("parentSourcedId",)}}
    files = shared(district, tmp_path / "a", **roster)
    terms = set(files["classes"]["termSourcedIds"])
    assert set(files["academicSessions"]["sourcedId"]) == terms
    whole = shared(district, tmp_path / "b", grants=ROSTER)
    assert set(whole["academicSessions"]["sourcedId"]) > terms


# --- rows


def test_students_of_excluded_grades_go_with_the_classes_that_are_theirs(district, tmp_path):
    everybody = shared(district, tmp_path / "all", grants=ROSTER)["users"]
    grades = tuple(sorted(set(everybody["grades"][everybody["role"] == "student"])))
    assert len(grades) > 1
    files = shared(district, tmp_path / "a", exclude_grades=grades[1:], grants=ROSTER)
    people = files["users"][files["users"]["role"] == "student"]
    assert set(people["grades"]) == {grades[0]}
    rows = files["enrollments"]
    assert set(rows["classSourcedId"][rows["role"] == "student"]) == set(
        files["classes"]["sourcedId"]
    )
    assert set(rows["userSourcedId"]) == set(files["users"]["sourcedId"])


def test_only_primary_teachers_are_sent_without_co_teachers(district, tmp_path):
    files = shared(district, tmp_path / "a", co_teachers=False, grants=ROSTER)
    teaching = files["enrollments"][files["enrollments"]["role"] == "teacher"]
    assert set(teaching["primary"]) == {"true"}
    staff = files["users"][files["users"]["role"] == "teacher"]
    assert set(staff["sourcedId"]) == set(teaching["userSourcedId"])


def test_homeroom_does_not_tell_who_teaches_it_where_teachers_are_not_granted(district, tmp_path):
    grants = tuple(name for name in ROSTER if name != "teachers")
    files = shared(district, tmp_path / "a", grants=grants)
    homerooms = files["classes"][files["classes"]["classType"] == "homeroom"]
    assert homerooms["title"].str.fullmatch("Homeroom mk[0-9]{4}x").all()
    assert homerooms["courseSourcedId"].equals(homerooms["sourcedId"])
    courses = files["courses"].set_index("sourcedId").loc[homerooms["courseSourcedId"]]
    assert courses["title"].tolist() == homerooms["title"].tolist()
    assert courses["courseCode"].tolist() == homerooms["sourcedId"].tolist()


# --- settings


@pytest.fixture
def said(tmp_path):
    """Return what is said about a vendor's lines of a settings file."""

    def refused(lines: str) -> str:
        config = tmp_path / "oneroster.toml"
        config.write_text(
            '[district]\nname = "E"\ntime_zone = "America/Los_Angeles"\n[sis]\nkind = "aeries"\n'
            f'connection = "sqlite:///x"\n[[vendor]]\nname = "a"\n{lines}\n',
            "utf-8",
        )
        with pytest.raises(SettingsError) as error:
            load_settings(config)
        return str(error.value)

    return refused


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('blank = {users = ["username"]}', "line 9: .*'username' of users must be filled.*email"),
        ('blank = {orgs = ["nme"]}', r"'nme' is no column of orgs; did you mean 'name'\?"),
        ('columns = {user = ["email"]}', r"'user' is no file; did you mean 'users'\?"),
        ('columns = {demographics = ["sex"]}', "line 9: .*not granted; grant 'demographics'"),
        ('columns = {users = ["metadata.x"]}', "'metadata.x' of users is no column that the"),
        ('columns={users=["sms"]}\nblank={users=["sms"]}', "'sms' of users is listed in columns"),
        ('columns={users=["email"]}\npseudonyms={env="X"}', "'email' of users is never sent"),
        ("pseudonyms = {}", "line 9: vendor.0.pseudonyms: must have one of env, file"),
        ('profile = "clevr"', r"'clevr' is no profile; did you mean 'clever'\?"),
        ('profile = "imagine-learning"', "line 9|vendor.0.grants: .*needs demographics.csv; grant"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_what_may_be(said, lines, says):
    assert re.search(says, said(lines)), said(lines)


def test_excluded_grades_need_grades(said):
    assert "users.grades = true" in said('exclude_grades = ["12"]\n[users]\ngrades = false')
