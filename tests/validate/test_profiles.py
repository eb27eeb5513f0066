"""Profiles of consumers: the data, the look at a bundle, and what is made of it."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from generated import DOCS, consumers_page

from extractor.errors import SettingsError
from extractor.profiles import STANDARD, Profile, load, names, parse
from extractor.profiles.keys import KEYS
from extractor.spec import BY_NAME, FILES, MANIFEST_HEADER
from extractor.validate import validate
from extractor.validate.asked import JUDGES
from extractor.validate.consumers import forecasts
from extractor.validate.limits import Limits
from extractor.validate.look import facts_of
from extractor.validate.profiles import ALL, add, check, described, forecast, rule_name
from extractor.validate.verdict import LISTED, Severity, Verdict

TODAY = date(2026, 10, 1)
ORDER = {severity: place for place, severity in enumerate(Severity)}
Rows = list[dict[str, str]]
Bundle = dict[str, Rows]


def bundle() -> Bundle:
    """Return a small bundle: one school, one class, a teacher, two students."""
    manifest = {"manifest.version": "1.0", "oneroster.version": "1.1"}
    filled = ("academicSessions", "classes", "courses", "enrollments", "orgs", "users")
    manifest |= {f"file.{file.name}": "bulk" if file.name in filled else "absent" for file in FILES}
    session = {"title": "Fall", "type": "term", "schoolYear": "2027"}
    dates = {"startDate": "2026-08-14", "endDate": "2026-12-19"}
    people = [("t1", "teacher"), ("s1", "student"), ("s2", "student")]
    return {
        "manifest": [{"propertyName": name, "value": value} for name, value in manifest.items()],
        "academicSessions": [{"sourcedId": "f", **session, **dates}],
        "classes": [{"sourcedId": "k1", "title": "Algebra", "termSourcedIds": "f", "periods": "1"}],
        "courses": [{"sourcedId": "c1", "title": "Algebra"}],
        "enrollments": [
            {"sourcedId": f"e-{user}", "classSourcedId": "k1", "userSourcedId": user, "role": role}
            for user, role in people
        ],
        "orgs": [{"sourcedId": "994", "name": "Eagle High", "type": "school"}],
        "users": [
            {"sourcedId": user, "role": role, "username": user, "email": f"{user}@example.org"}
            for user, role in people
        ],
    }


def text_of(
    file: str, rows: Rows, *, end: str = "\r\n", quoting: int = csv.QUOTE_MINIMAL, more: str = ""
) -> bytes:
    header = list(BY_NAME[file].header if file in BY_NAME else MANIFEST_HEADER)
    header += [name for row in rows for name in row if name not in header]
    out = io.StringIO()
    writer = csv.DictWriter(out, header, "", lineterminator=end, quoting=quoting)
    writer.writeheader()
    writer.writerows(rows)
    return (more + out.getvalue()).encode()


def written(folder: Path, files: Bundle, name: str = "OneRoster.zip", **form: object) -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w") as out:
        for file, rows in files.items():
            out.writestr(f"{file}.csv", text_of(file, rows, **form))
    return path


def asking(key: str, value: str, on: str = "", effect: str = "reject") -> Profile:
    """Return a made-up profile with one requirement."""
    return parse(
        f"""
        name = "test"
        title = "Test"
        code = "TEST"
        summary = "Made up."
        [[requirement]]
        code = "TEST-01"
        key = "{key}"
        value = {value}
        {f"on = {on}" if on else ""}
        effect = "{effect}"
        evidence = "documented"
        source = "nowhere"
        note = "it is so"
        """,
        "test",
    )


def changed(file: str, row: int = 0, **values: str) -> Callable[[Bundle], None]:
    return lambda files: files[file][row].update(values)


def without(file: str) -> Callable[[Bundle], None]:
    return lambda files: files.pop(file) and None


def also(file: str, *rows: dict[str, str]) -> Callable[[Bundle], None]:
    return lambda files: files.setdefault(file, []).extend(rows)


def of_property(name: str, value: str) -> Callable[[Bundle], None]:
    def edit(files: Bundle) -> None:
        for row in files["manifest"]:
            if row["propertyName"] == name:
                row["value"] = value

    return edit


def nothing(_: Bundle) -> None:
    """Leave the bundle as it is."""


STUDENT = {"sourcedId": "e-9", "classSourcedId": "k1", "userSourcedId": "s9", "role": "student"}
TEACHER = {"sourcedId": "e-8", "classSourcedId": "k1", "userSourcedId": "t8", "role": "teacher"}
SECOND = {"sourcedId": "e-7", "classSourcedId": "k2", "userSourcedId": "t1", "role": "teacher"}
BLANKS = {"status": "active", "dateLastModified": "2026-09-30T00:00:00.000Z"}
GRADES, EMAIL, USERNAME = '["users.grades"]', '["users.email"]', '["users.username"]'

# key, value, on; what breaks the whole bundle, in which file and line, and what keeps it.
Case = tuple[str, str, str, Callable[[Bundle], None], str | None, int | None]
CASES: list[Case] = [
    ("files", '["demographics"]', "", nothing, "demographics.csv", None),
    ("only_files", '["manifest", "orgs", "users"]', "", nothing, "academicSessions.csv", None),
    ("header_only", '["orgs"]', "", lambda files: files["users"].clear(), "users.csv", None),
    ("modes", '["bulk"]', "", of_property("file.users", "delta"), "users.csv", None),
    ("status", '"blank"', "", changed("users", 1, **BLANKS), "users.csv", 3),
    ("status", '"uniform"', "", changed("users", 1, **BLANKS), "users.csv", 3),
    ("properties", '["file.orgs"]', "", of_property("file.orgs", ""), "manifest.csv", None),
    ("metadata", '"absent"', "", changed("users", **{"metadata.x": "1"}), "users.csv", None),
    ("columns", '["metadata.x"]', '["users"]', nothing, "users.csv", None),
    ("values", '["03", "04"]', GRADES, changed("users", 2, grades="03,5"), "users.csv", 4),
    ("characters", '"[0-9]+"', GRADES, changed("users", 2, grades="03,K"), "users.csv", 4),
    ("length", "20", EMAIL, changed("users", 1, email="x" * 21), "users.csv", 3),
    ("filled", '["*"]', EMAIL, changed("users", 0, email=""), "users.csv", 2),
    ("filled", '["student"]', EMAIL, changed("users", 1, email=""), "users.csv", 3),
    ("unique", '"file"', USERNAME, changed("users", 2, username="t1"), "users.csv", 4),
    ("students_per_class", "2", "", also("enrollments", STUDENT), "classes.csv", 2),
    ("teachers_per_class", "1", "", also("enrollments", TEACHER), "classes.csv", 2),
    ("classes_per_teacher", "1", "", also("enrollments", SECOND), "users.csv", None),
    (
        "future_terms",
        '"absent"',
        "",
        changed("academicSessions", startDate="2026-10-02"),
        "classes.csv",
        2,
    ),
]
# Kept: the columns are there, and what the fixture leaves blank is filled.
KEEPS: dict[str, Callable[[Bundle], None]] = {
    "files": also("demographics", {"sourcedId": "s1"}),
    "columns": changed("users", **{"metadata.x": "1"}),
    "only_files": lambda files: (
        [files.pop(name) for name in ("academicSessions", "classes", "courses", "enrollments")]
        and None
    ),
    "values": changed("users", 2, grades="03,04"),
    "characters": changed("users", 2, grades="03,04"),
    "future_terms": changed("academicSessions", startDate="2026-10-01"),
}
FORMS = {"zip_name", "zip_name_pattern", "line_end", "quoting", "byte_order_mark"}


@pytest.mark.parametrize(
    ("key", "value", "on", "breaks", "file", "line"), CASES, ids=lambda case: str(case)[:20]
)
def test_a_bundle_that_breaks_a_requirement_and_one_that_keeps_it(
    key: str,
    value: str,
    on: str,
    breaks: Callable[[Bundle], None],
    file: str | None,
    line: int | None,
    tmp_path: Path,
) -> None:
    profile = asking(key, value, on)
    kept, broken = bundle(), bundle()
    KEEPS.get(key, nothing)(kept)
    breaks(broken)
    assert list(check(profile, facts_of(written(tmp_path, kept), [profile]), TODAY)) == []
    first = next(check(profile, facts_of(written(tmp_path, broken), [profile]), TODAY))
    (finding, *_) = first.findings
    assert (finding.file, finding.line) == (file, line)
    assert (finding.rule, finding.code) == (f"test_01_{key}", "TEST-01")
    assert finding.severity is Severity.ERROR
    assert finding.remedy
    assert finding.message


@pytest.mark.parametrize(
    ("key", "value", "breaks", "keeps"),
    [
        ("zip_name", '"OneRoster.zip"', {"name": "oneroster.zip"}, {}),
        ("zip_name_pattern", r"'[A-Za-z]+\.zip'", {"name": "one_roster.zip"}, {}),
        ("line_end", '"crlf"', {"end": "\n"}, {"end": "\r\n"}),
        ("line_end", '"lf"', {"end": "\r\n"}, {"end": "\n"}),
        ("quoting", '"needed"', {"quoting": csv.QUOTE_ALL}, {"quoting": csv.QUOTE_MINIMAL}),
        ("quoting", '"always"', {"quoting": csv.QUOTE_MINIMAL}, {"quoting": csv.QUOTE_ALL}),
        ("byte_order_mark", '"absent"', {"more": "\ufeff"}, {}),
    ],
)
def test_a_form_that_breaks_a_requirement_and_one_that_keeps_it(
    key: str, value: str, breaks: dict[str, object], keeps: dict[str, object], tmp_path: Path
) -> None:
    profile = asking(key, value)
    good = written(tmp_path, bundle(), **keeps)
    assert list(check(profile, facts_of(good, [profile]), TODAY)) == []
    bad = written(tmp_path, bundle(), **breaks)
    assert next(check(profile, facts_of(bad, [profile]), TODAY)).findings[0].code == "TEST-01"


def test_every_key_has_a_judge_and_a_case() -> None:
    assert set(JUDGES) == set(KEYS) == {key for key, *_ in CASES} | FORMS


def test_a_bundle_with_status_in_every_row_is_uniform(tmp_path: Path) -> None:
    files = bundle()
    for name in set(files) - {"manifest"}:
        for row in files[name]:
            row.update(BLANKS)
    profile = asking("status", '"uniform"')
    assert list(check(profile, facts_of(written(tmp_path, files), [profile]), TODAY)) == []


def test_quotes_around_spaces_commas_and_quotes_are_needed(tmp_path: Path) -> None:
    profile = asking("quoting", '"needed"')
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "orgs.csv").write_bytes(b'a,b\r\n"x y","1,""2"""\r\n"3",4\r\n')
    facts = facts_of(folder, [profile])
    assert facts.files["orgs"].needless_quotes == 1
    assert facts.files["orgs"].unquoted == 3


def test_a_student_who_left_and_came_back_counts_once(tmp_path: Path) -> None:
    files = bundle()
    files["enrollments"].append({**files["enrollments"][1], "sourcedId": "e-again"})
    facts = facts_of(written(tmp_path, files), [])
    assert (facts.classes["k1"].students, facts.classes["k1"].teachers) == (2, 1)
    assert facts.classes["k1"].starts == "2026-08-14"
    assert facts.teachers == {"t1": 1}


def test_a_folder_has_no_name_to_judge(tmp_path: Path) -> None:
    profile = asking("zip_name", '"OneRoster.zip"')
    with zipfile.ZipFile(written(tmp_path, bundle())) as packed:
        packed.extractall(tmp_path / "out")
    facts = facts_of(tmp_path / "out", [profile])
    assert facts.rows("users") == 3
    assert list(check(profile, facts, TODAY)) == []


def test_a_file_that_is_no_table_is_left_to_the_rules(tmp_path: Path) -> None:
    path = tmp_path / "OneRoster.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("users.csv", b'sourcedId,role\n\xff\xfe"\n"open,student\n')
        out.writestr("orgs.csv", b"")
        out.writestr("classes.csv", b"sourcedId,sourcedId\n1,2\n")
        out.writestr("folder/users.csv", b"sourcedId\n1\n")
    facts = facts_of(path, [load(name) for name in names()])
    assert set(facts.files) == {"users", "orgs", "classes"}


def test_the_look_finds_places_beyond_the_first_piece(tmp_path: Path) -> None:
    files = bundle()
    files["users"] += [
        {"sourcedId": f"s{row}", "role": "student", "email": "x" * 60, "username": "y" * 60}
        for row in range(60_000)
    ]
    files["users"].append({"sourcedId": "last", "role": "student", "email": ""})
    profile = asking("filled", '["*"]', EMAIL)
    (breach,) = check(profile, facts_of(written(tmp_path, files), [profile]), TODAY)
    (finding,) = breach.findings
    assert (finding.line, finding.sourced_id) == (60_005, "last")


@pytest.mark.parametrize("name", names())
def test_profile_loads_and_each_requirement_has_source_and_evidence(name: str) -> None:
    profile = load(name)
    for each in (*profile.requirement, *profile.note):
        assert each.source.strip()
        assert each.evidence.value in ("documented", "observed")
    assert len({rule_name(each) for each in profile.requirement}) == len(profile.requirement)


def test_codes_of_profiles_belong_to_one_alone() -> None:
    codes = [load(name).code for name in names()]
    assert len(set(codes)) == len(codes)


def test_standard_asks_nothing_beyond_the_standard() -> None:
    standard = load(STANDARD)
    assert names()[0] == STANDARD
    assert standard.requirement == standard.note == ()


def test_the_consumers_that_must_have_a_profile_have_one() -> None:
    assert set(names()) >= {
        *("classlink", "clever", "apple-school-manager", "hmh", "mcgraw-hill", "renaissance"),
        *("great-minds", "imagine-learning", "amplify", "st-math", "d2l", "moodle", "turnitin"),
    }


def test_misspelt_profile_names_the_one_that_was_meant() -> None:
    with pytest.raises(SettingsError, match="'clevr' is no profile; did you mean 'clever'"):
        load("clevr")
    with pytest.raises(SettingsError, match="there are standard, "):
        load("../../etc/passwd")


@pytest.mark.parametrize(
    ("key", "value", "on", "said"),
    [
        ("line_ends", '"crlf"', "", "'line_ends' is no key; did you mean 'line_end'"),
        ("line_end", '"cr"', "", "must be of crlf, lf"),
        ("length", '"long"', EMAIL, "must be of type int"),
        ("length", "5", "", "`on` of length must name columns"),
        ("length", "5", '["users.mail"]', "names no column"),
        ("columns", '["metadata.x"]', '["user"]', "names no file"),
        ("zip_name", '"x.zip"', EMAIL, "must name nothing"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(key: str, value: str, on: str, said: str) -> None:
    with pytest.raises(SettingsError, match=r"test\.toml: requirement\.0") as error:
        asking(key, value, on)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "Invalid value"),
        ('name = "other"\ntitle = "x"\ncode = "X"\nsummary = "x"', "must be 'test', not 'other'"),
        ('name = "test"\ntitle = "x"\ncode = "X"\nsummary = "x"\nextra = 1', "extra"),
    ],
)
def test_a_file_that_is_no_profile_is_refused(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=r"test\.toml") as error:
        parse(text, "test")
    assert said in str(error.value)


def test_counts_of_breaches_are_never_capped_and_their_list_is(tmp_path: Path) -> None:
    files = bundle()
    files["users"] += [{"sourcedId": f"s{row}", "role": "student"} for row in range(LISTED + 50)]
    profile = asking("filled", '["*"]', EMAIL, effect="drop")
    verdict = Verdict("x.zip", rules={"other": 1}, counts={Severity.WARNING: 1})
    add(verdict, check(profile, facts_of(written(tmp_path, files), [profile]), TODAY))
    assert verdict.rules == {"other": 1, "test_01_filled": LISTED + 50}
    assert verdict.counts == {Severity.WARNING: LISTED + 51}
    assert verdict.by_file == {"users.csv": {Severity.WARNING: LISTED + 50}}
    assert len(verdict.findings) == LISTED


def test_a_file_with_a_header_alone_is_no_error_where_the_consumer_takes_it(tmp_path: Path) -> None:
    files = bundle()
    files["courses"], files["demographics"] = [], []
    path = written(tmp_path, files)
    plain, pardoned = (validate(path, as_of=TODAY, profile=name) for name in (None, "hmh"))
    told = {each.file: each.severity for each in plain.findings if each.code == "C07"}
    assert told == {"courses.csv": Severity.ERROR, "demographics.csv": Severity.ERROR}
    told = {each.file: each.severity for each in pardoned.findings if each.code == "C07"}
    assert told == {"courses.csv": Severity.INFO, "demographics.csv": Severity.INFO}
    assert pardoned.regraded == {"no_rows": "info: HMH Ed takes files with a header alone"}
    for verdict in (plain, pardoned):
        for severity in Severity:
            listed = sum(1 for each in verdict.findings if each.severity is severity)
            assert verdict.counts.get(severity, 0) == listed
        assert verdict.findings == sorted(verdict.findings, key=lambda one: ORDER[one.severity])


def test_an_observed_requirement_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, bundle(), end="\n")
    told = {
        breach.requirement.code: breach.findings[0].message
        for breach in check(load("clever"), facts_of(path, [load("clever")]), TODAY)
    }
    assert "(observed, not documented)" not in told["CLEVER-03"]
    assert "(observed, not documented)" in told["CLEVER-04"]


def test_forecast_tells_what_each_consumer_would_take(tmp_path: Path) -> None:
    files = bundle()
    files["academicSessions"][0]["startDate"] = "2026-11-01"
    path = written(tmp_path, files)
    profiles = [load(name) for name in ("standard", "clever", "lab-aids", "amplify")]
    told = {each.name: each for each in forecast(profiles, facts_of(path, profiles), TODAY)}
    everything = {file: len(rows) for file, rows in files.items() if file != "manifest"}
    assert {name: each.outcome for name, each in told.items()} == {
        "standard": "accept",
        "clever": "drop",
        "lab-aids": "reject",
        "amplify": "accept",
    }
    assert told["standard"].rows == everything
    assert told["clever"].dropped == {"classes": 1, "enrollments": 3}
    assert told["clever"].rows == {**everything, "classes": 0, "enrollments": 0}
    assert (told["lab-aids"].rows, told["lab-aids"].dropped) == ({}, {})


def test_every_consumer_has_a_forecast(tmp_path: Path) -> None:
    told = forecasts(written(tmp_path, bundle()), TODAY, Limits())
    assert tuple(each.name for each in told) == names()
    assert {each.name for each in told if each.outcome == "reject"} >= {"lab-aids", "hmh"}


def test_a_bundle_beyond_the_limits_is_not_looked_at(tmp_path: Path) -> None:
    facts = facts_of(written(tmp_path, bundle()), [], Limits(entries=3))
    assert (facts.files, len(facts.entries)) == ({}, 7)


def test_the_rules_of_a_profile_are_described() -> None:
    clever = described("clever")
    assert clever["clever_04_line_end"].code == "CLEVER-04"
    assert clever["clever_04_line_end"].explanation.startswith("Observed: ")
    assert set(described(ALL)) >= set(clever)


def test_consumers_page_is_what_the_profiles_give() -> None:
    assert (DOCS / "consumers.md").read_text("utf-8") == consumers_page()


def test_the_command_forecasts_what_all_consumers_would_do(tmp_path: Path) -> None:
    path = written(tmp_path, bundle())
    command = [sys.executable, "-m", "extractor", "validate", str(path), "--profile", "all"]
    done = subprocess.run([*command, "--format", "json"], capture_output=True, encoding="utf-8")
    told = json.loads(done.stdout)
    assert [each["profile"] for each in told["forecast"]] == list(names())
    assert told["profile"] is None
