"""The settings file: every problem at once, with line and key, and no secret in sight."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from extractor import settings_file
from extractor.errors import OutputError, SettingsError
from extractor.grants import DEFAULT
from extractor.settings import Secret, Settings, Vendor, load, reveal

GOOD = """\
[district]
name = "Eagle Unified"
time_zone = "America/Los_Angeles"

[sis]
kind = "aeries"
connection = {env = "SIS_CONNECTION"}

[[vendor]]
name = "acme-math"
"""
LINES = {line: at for at, line in enumerate(GOOD.splitlines(), 1)}
EXAMPLE = settings_file.example()


@pytest.fixture
def config(tmp_path):
    """Write a settings file: the good one, with some lines replaced and others added."""

    def write(added="", **replaced):
        text = GOOD
        for key, line in replaced.items():
            text = re.sub(rf"(?m)^{key} = .*$", lambda _, line=line: line, text)
        path = tmp_path / "oneroster.toml"
        path.write_text(text + added, "utf-8")
        return path

    return write


@pytest.fixture
def problems(config):
    """Return what is said about a settings file, line by line."""

    def refused(added="", **replaced):
        with pytest.raises(SettingsError) as error:
            load(config(added, **replaced))
        return str(error.value).splitlines()

    return refused


# --- files that are in order


def test_shortest_file_has_the_documented_defaults(config, tmp_path):
    settings = load(config())
    (vendor,) = settings.vendor
    assert vendor == Vendor(name="acme-math")
    assert vendor.grants == DEFAULT
    assert (vendor.profile, vendor.schools, vendor.zip_name) == ("standard", None, None)
    assert (vendor.end_dates, vendor.course_school_year) == ("exclusive", False)
    assert settings.sis.connection == Secret(env="SIS_CONNECTION")
    assert settings.options.co_teachers
    assert not settings.options.unscheduled_students
    assert settings.folder == tmp_path


def test_byte_order_mark_of_an_editor_is_no_problem(config):
    path = config()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load(path).district.name == "Eagle Unified"


def test_settings_cannot_be_changed(config):
    with pytest.raises(ValueError, match="frozen"):
        load(config()).district.name = "Other"


def test_schools_are_those_of_all_vendors_and_all_when_one_gets_all(config):
    listed = 'schools = [994, 990]\n[[vendor]]\nname = "b"\nschools = [990, 1]\n'
    assert load(config(listed)).schools() == [1, 990, 994]
    assert load(config(listed + '[[vendor]]\nname = "c"\n')).schools() is None


def test_schools_are_found_by_how_they_are_scheduled(config):
    added = "".join(
        f'[[school]]\ncode = {code}\nscheduling = "{kind}"\n'
        for code, kind in [(3, "flex"), (1, "elementary"), (2, "secondary"), (4, "elementary_mst")]
    )
    settings = load(config(added))
    assert settings.scheduled_as("elementary") == [1]
    assert settings.scheduled_as("secondary", "elementary_mst", "flex") == [2, 3, 4]


# --- files that are not


def test_every_problem_is_reported_at_once_with_line_and_key(problems):
    said = problems(
        '[options]\nco_teacher = false\n[[school]]\ncode = 0\nscheduling = "flexible"\n',
        time_zone='time_zone = "Pacific"',
        kind='kind = "powerschool"',
    )
    places = [line.rsplit(": ", line.count(": ") - 1)[0] for line in said]
    assert sorted(place.split(": ")[0] + ": " + place.split(": ")[1] for place in places) == [
        "oneroster.toml, line 12: options.co_teacher",
        "oneroster.toml, line 14: school.0.code",
        "oneroster.toml, line 15: school.0.scheduling",
        "oneroster.toml, line 3: district.time_zone",
        "oneroster.toml, line 6: sis.kind",
    ]


@pytest.mark.parametrize(
    ("added", "key", "meant"),
    [
        ("[option]\n", "option", "options"),
        ("[options]\nco_teacher = true\n", "options.co_teacher", "co_teachers"),
        ("[codes]\ngrade = 'g.csv'\n", "codes.grade", "grades"),
        ("[output]\ndirectry = 'out'\n", "output.directry", "directory"),
        (
            "[[school]]\ncode = 1\nscheduling = 'flex'\nschedulling = 1\n",
            "0.schedulling",
            "scheduling",
        ),
        ("enddates = 'inclusive'\n", "vendor.0.enddates", "end_dates"),
        ("grant = ['schools']\n", "vendor.0.grant", "grants"),
    ],
)
def test_misspelt_key_is_refused_with_the_one_that_was_meant(problems, added, key, meant):
    said = problems(added)
    assert any(f"{key}: is no setting; did you mean {meant!r}?" in line for line in said)


def test_key_like_no_other_is_refused_with_the_list_of_keys(problems):
    (said,) = problems("[output]\nxyzzy = 1\n")
    assert said == "oneroster.toml, line 12: output.xyzzy: is no setting; there are directory"


def test_missing_key_and_table_are_named(problems):
    assert any("district.name: is missing" in line for line in problems(name=""))
    said = problems(kind="", connection="")
    assert [line.split(": ")[1] for line in said] == ["sis.kind", "sis.connection"]


@pytest.mark.parametrize(
    "connection",
    [
        "Driver={ODBC Driver 18 for SQL Server};Server=x;UID=u;PWD=hunter2",
        "driver=x;pwd = hunter2;",
        "Driver=x;Password={hunter2}",
    ],
)
def test_password_in_the_connection_is_refused_and_not_repeated(problems, connection):
    (said,) = problems(connection=f'connection = "{connection}"')
    assert said.startswith("oneroster.toml, line 7: sis.connection: holds a password")
    assert "{env = " in said
    assert "hunter2" not in said


@pytest.mark.parametrize("secret", ["{}", '{env = "A", file = "b"}', '{env = "A", keyring = "b"}'])
def test_secret_must_be_in_exactly_one_place(problems, secret):
    (said,) = problems(connection=f"connection = {secret}")
    assert said == (
        "oneroster.toml, line 7: sis.connection: must have one of env, file and keyring"
    )


def test_unknown_grant_is_refused_with_the_one_that_was_meant(problems):
    said = problems('grants = ["schools", "student"]\n')
    assert (
        "oneroster.toml, line 11: vendor.0.grants.1: 'student' is no grant; "
        "did you mean 'students'?" in said
    )


def test_grant_that_needs_another_is_refused(problems):
    said = "\n".join(problems('grants = ["schools", "classes"]\n'))
    assert "oneroster.toml, line 11: vendor.0.grants: " in said
    assert "'classes' needs 'courses'" in said
    assert "'classes' needs 'terms'" in said


@pytest.mark.parametrize("zone", ["Pacific", "PST8", "America/Los Angeles", "", "GMT+8", "../etc"])
def test_time_zone_that_does_not_exist_is_refused(problems, zone):
    (said,) = problems(time_zone=f'time_zone = "{zone}"')
    assert f"line 3: district.time_zone: {zone!r} is no IANA time zone" in said


@pytest.mark.parametrize(
    "template",
    [
        "{surname}",
        "{familyName",
        "familyName}",
        "{}",
        "{0}",
        "{familyName!r}",
        "{grades:>9}",
        "{familyName.upper}",
        "{familyName[0]}",
    ],
)
def test_homeroom_title_that_cannot_be_filled_is_refused(problems, template):
    (said,) = problems(f'[options]\nhomeroom_title = "{template}"\n')
    assert said.startswith("oneroster.toml, line 12: options.homeroom_title: ")


@pytest.mark.parametrize(
    "template", ["{familyName} {grades}", "{room}-{teacherNumber}", "Home {{1}}"]
)
def test_homeroom_title_may_name_its_four_fields(config, template):
    assert (
        load(config(f'[options]\nhomeroom_title = "{template}"\n')).options.homeroom_title
        == template
    )


def test_two_vendors_of_one_name_are_refused_whatever_the_case(problems):
    (said,) = problems('[[vendor]]\nname = "ACME-Math"\n')
    assert (
        said == "oneroster.toml, line 12: vendor.1.name: 'ACME-Math' names two vendors; rename one"
    )


def test_school_that_is_listed_twice_is_refused(problems):
    school = '[[school]]\ncode = 990\nscheduling = "flex"\n'
    (said,) = problems(school + school)
    assert said == "oneroster.toml, line 15: school.1.code: school 990 is listed twice; remove one"


@pytest.mark.parametrize(
    "line",
    [
        'zip_name = "a/b.zip"',
        'zip_name = "../b.zip"',
        'zip_name = ".zip"',
        'zip_name = "a.csv"',
        'end_dates = "included"',
        'profile = "none"',
        "schools = []",
        'schools = ["Sparrow"]',
        "course_school_year = 7",
    ],
)
def test_vendor_setting_of_a_wrong_value_is_refused(problems, line):
    key = line.split(" = ", maxsplit=1)[0]
    said = problems(line + "\n")
    assert any(one.startswith(f"oneroster.toml, line 11: vendor.0.{key}") for one in said)


@pytest.mark.parametrize("name", ["", "a/b", "..", ".a", "a.", "a b", "é", "x" * 65])
def test_vendor_name_that_is_no_folder_name_is_refused(tmp_path, name):
    path = tmp_path / "oneroster.toml"
    path.write_text(GOOD.replace("acme-math", name), "utf-8")
    with pytest.raises(SettingsError, match=r"line 10: vendor\.0\.name: "):
        load(path)


@pytest.mark.parametrize("schema", ["dbo;", "a b", "[dbo]", "a.b.c", ""])
def test_schema_that_is_no_identifier_is_refused(problems, schema):
    (said,) = problems(kind=f'kind = "aeries"\nschema = "{schema}"')
    assert "line 7: sis.schema: " in said


def test_file_without_vendors_is_refused(tmp_path):
    path = tmp_path / "oneroster.toml"
    path.write_text(GOOD.split("[[vendor]]", maxsplit=1)[0], "utf-8")
    with pytest.raises(SettingsError, match=r"oneroster\.toml: vendor: is missing"):
        load(path)


def test_file_that_is_not_there_is_refused_with_the_way_to_make_one(tmp_path):
    with pytest.raises(SettingsError, match=r"cannot be read .*`oneroster init`"):
        load(tmp_path / "nowhere.toml")


def test_file_that_is_no_toml_or_no_utf_8_is_refused(tmp_path):
    path = tmp_path / "oneroster.toml"
    path.write_text("[district\n", "utf-8")
    with pytest.raises(SettingsError, match=r"is no TOML: .*line 1"):
        load(path)
    path.write_bytes(b'name = "Zo\xeb"')
    with pytest.raises(SettingsError, match="is not UTF-8 at byte 10"):
        load(path)


# --- secrets


def test_plain_value_is_itself(tmp_path):
    assert reveal("sqlite:///x", "sis.connection", tmp_path) == "sqlite:///x"


def test_secret_comes_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("A_SECRET", "Driver=x;PWD=hunter2")
    assert reveal(Secret(env="A_SECRET"), "sis.connection", tmp_path) == "Driver=x;PWD=hunter2"


@pytest.mark.parametrize("value", [None, ""])
def test_environment_variable_that_is_not_set_is_named(monkeypatch, tmp_path, value):
    monkeypatch.delenv("A_SECRET", raising=False)
    if value is not None:
        monkeypatch.setenv("A_SECRET", value)
    with pytest.raises(SettingsError, match=r"sis\.connection: .* A_SECRET is not set"):
        reveal(Secret(env="A_SECRET"), "sis.connection", tmp_path)


def test_secret_comes_from_a_file_beside_the_settings_without_its_line_end(tmp_path):
    (tmp_path / "secret.txt").write_text("hunter2\r\n", "utf-8")
    assert reveal(Secret(file=Path("secret.txt")), "sis.connection", tmp_path) == "hunter2"


def test_secret_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(
        SettingsError, match=r"sis\.connection: the file secret\.txt cannot be read"
    ):
        reveal(Secret(file=Path("secret.txt")), "sis.connection", tmp_path)


# --- the example that `oneroster init` writes


def switched_on():
    """Return the example with every key behind a # in force."""
    table = re.compile(r"(?m)^# (?=\[\[?[a-z.]+\]\]?$|[a-z_]+ = )")
    return table.sub("", EXAMPLE)


def keys(model, path=()):
    """Yield every key of the settings, as (table, key)."""
    for name, field in model.model_fields.items():
        tables = [
            kind
            for kind in (field.annotation, *get_args(field.annotation))
            if isinstance(kind, type) and hasattr(kind, "model_fields") and kind is not Secret
            if not hasattr(kind, "INLINE")  # a small table that is written as one value
        ]
        if tables:
            yield from keys(tables[0], (*path, name))
        else:
            yield ".".join(path), field.alias or name, field.default


def test_example_is_valid_as_it_is(tmp_path):
    path = tmp_path / "oneroster.toml"
    path.write_text(EXAMPLE, "utf-8")
    assert load(path).vendor[0].grants == DEFAULT


def test_example_is_valid_with_every_commented_key_switched_on(tmp_path):
    path = tmp_path / "oneroster.toml"
    path.write_text(switched_on(), "utf-8")
    settings = load(path)
    assert settings.school[0].scheduling == "elementary_mst"
    assert settings.vendor[0].schools == (990, 994)


@pytest.mark.parametrize(("table", "key", "default"), list(keys(Settings)))
def test_example_documents_every_key_and_shows_its_default(table, key, default):
    tables = [tomllib.loads(switched_on())]
    for name in table.split("."):
        inner = [one[name] for one in tables if name in one]
        tables = [row for one in inner for row in (one if isinstance(one, list) else [one])]
    shown = tables[0][key]
    if isinstance(default, BaseModel):
        assert type(default).model_validate(shown) == default
    elif default not in {None, PydanticUndefined}:
        assert (tuple(shown) if isinstance(shown, list) else shown) == (
            str(default) if isinstance(default, Path) else default
        )


def test_new_file_is_written_once_and_never_over_another(tmp_path):
    path = tmp_path / "oneroster.toml"
    settings_file.write_new(path, "a = 1\n")
    assert path.read_bytes() == b"a = 1\n"
    with pytest.raises(SettingsError, match="exists already"):
        settings_file.write_new(path, "b = 2\n")
    assert path.read_bytes() == b"a = 1\n"


def test_new_file_in_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        settings_file.write_new(tmp_path / "nowhere" / "oneroster.toml", "")


@pytest.mark.parametrize(
    "line",
    ["pseudonyms = 'hush hush'", "pseudonyms = {env = 'hush hush'}", "pseudonyms = 5"],
)
def test_a_key_of_pseudonyms_is_refused_and_not_repeated(problems, line):
    (said,) = problems(f"[[vendor]]\nname = 'x'\n{line}\n")
    assert "vendor.1.pseudonyms" in said
    assert "hush" not in said
    assert ": 5" not in said


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("name = 'x'\ngrants = []", "needs 1 item(s) at least"),
        ("name = 'x'\nschools = ['x']", "'x' must be a whole number"),
        ("name = 'x'\nschools = [123456]", "123456 must be 9999 or less"),
        ("name = 'x'\nend_dates = 'on'", "'on' is not one of 'exclusive' or 'inclusive'"),
        ("name = 'x'\nunpacked = 'maybe'", "'maybe' must be true or false"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_in_plain_words(problems, lines, said):
    assert said in problems(f"[[vendor]]\n{lines}\n")[0]
