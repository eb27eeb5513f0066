"""Every option, with and without it, on the demo district; and what is no option is refused."""

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from conftest import AS_OF, Frame, edit

from extractor.errors import DataError, SettingsError, SourceError
from extractor.frames import settled
from extractor.pipeline import extract
from extractor.progress import Quiet
from extractor.settings import Options, Users, load

BASE = """
[district]
name = "Eagle"
time_zone = "America/Los_Angeles"
[sis]
kind = "aeries"
connection = "sqlite:///district.sqlite"
[[vendor]]
name = "all"
grants = [
    "schools", "terms", "courses", "classes", "enrollments", "students", "teachers", "parents",
    "demographics", "staff", "resources",
]
[[staff]]
role = "administrator"
titles = ["principal"]
[resources]
file = "resources.csv"
"""
# A section without students, and now without a teacher.
NOBODY = "UPDATE MST SET TN = 0 WHERE SC = 994 AND SE = 9004"


@dataclass(frozen=True)
class Extracted:
    """One bundle, each file's rows by sourcedId, and what was found."""

    files: dict[str, dict[str, dict[str, str]]]
    findings: dict[str, list[str]]

    def users(self, role: str) -> dict[str, dict[str, str]]:
        """Return the users of a role."""
        return {key: row for key, row in self.files["users"].items() if row["role"] == role}

    def column(self, file: str, column: str, role: str | None = None) -> set[str]:
        """Return the values of a column."""
        rows = self.users(role) if role else self.files[file]
        return {row[column] for row in rows.values()}


def extracted(folder: Path, more: str, as_of: date = AS_OF, base: str = BASE) -> Extracted:
    (folder / "oneroster.toml").write_text(base + more, "utf-8")
    settings = load(folder / "oneroster.toml")
    report = extract(settings, settings.vendor, as_of, folder / "out", Quiet())
    files = {}
    with zipfile.ZipFile(report.bundles[0].path) as bundle:
        for name in set(bundle.namelist()) - {"manifest.csv"}:
            text = bundle.read(name).decode("utf-8")
            rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
            files[name.removesuffix(".csv")] = {row["sourcedId"]: row for row in rows}
    return Extracted(files, {one.name: one.keys for one in report.findings})


@pytest.fixture(scope="module")
def without(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Extracted:
    """Return what comes out when no option is set."""
    folder = tmp_path_factory.mktemp("without")
    for name in ("district.sqlite", "resources.csv"):
        (folder / name).write_bytes((demo / name).read_bytes())
    edit(folder / "district.sqlite", NOBODY)
    return extracted(folder, "")


Check = Callable[[Extracted, Extracted], None]


def more_students(a: Extracted, b: Extracted) -> None:
    new = set(b.files["users"]) - set(a.files["users"])
    assert {b.files["users"][one]["role"] for one in new} >= {"student"}
    assert not {row["userSourcedId"] for row in b.files["enrollments"].values()} & new


def more_classes(a: Extracted, b: Extracted) -> None:
    new = set(b.files["classes"]) - set(a.files["classes"])
    assert new
    assert not {row["classSourcedId"] for row in b.files["enrollments"].values()} & new


def one_teacher_each(a: Extracted, b: Extracted) -> None:
    gone = set(a.files["enrollments"]) - set(b.files["enrollments"])
    assert gone
    assert {a.files["enrollments"][one]["primary"] for one in gone} == {"false"}
    assert {a.files["enrollments"][one]["role"] for one in gone} == {"teacher"}


def homerooms_of_a_course(a: Extracted, b: Extracted) -> None:
    assert a.column("classes", "classType") == {"scheduled"}
    marked = [row for row in b.files["classes"].values() if row["classType"] == "homeroom"]
    assert {row["courseSourcedId"] for row in marked} == {"2000"}
    assert {row["schoolSourcedId"] for row in marked} == {"992"}


def homerooms_by_mark(a: Extracted, b: Extracted) -> None:
    marked = [row for row in b.files["classes"].values() if row["classType"] == "homeroom"]
    assert {row["schoolSourcedId"] for row in marked} == {"992"}
    assert a.column("classes", "classType") == {"scheduled"}


def homeroom_titles(a: Extracted, b: Extracted) -> None:
    title = {row["sourcedId"]: row["title"] for row in b.files["classes"].values()}
    assert title["990_TN_421"] == "Room 21"
    assert title["991_TN_422"].endswith(" B")
    assert a.files["classes"]["994_1001"] == b.files["classes"]["994_1001"]


def class_titles(a: Extracted, b: Extracted) -> None:
    assert a.files["classes"]["994_1001"]["title"] == "AP Statistics"
    assert b.files["classes"]["994_1001"]["title"] == "AP Statistics 0634 1001 P6 S1 F FIRST"
    assert a.files["classes"]["990_TN_421"] == b.files["classes"]["990_TN_421"]


def current_terms(a: Extracted, b: Extracted) -> None:
    assert "994_S" in a.column("classes", "termSourcedIds")
    assert "994_S" not in b.column("classes", "termSourcedIds")
    assert {"994_F", "994_Y", "990_Y"} <= b.column("classes", "termSourcedIds")
    same_but_left_out(a, b)


def no_spring(a: Extracted, b: Extracted) -> None:
    assert "994_S" in a.column("classes", "termSourcedIds")
    assert not {one for one in b.column("classes", "termSourcedIds") if one.endswith("_S")}
    same_but_left_out(a, b)


def no_statistics(a: Extracted, b: Extracted) -> None:
    assert "0634" in a.files["courses"]
    assert "0634" not in b.files["courses"]
    assert "0634" not in b.column("courseResources", "courseSourcedId")
    same_but_left_out(a, b)


def not_that_teacher(a: Extracted, b: Extracted) -> None:
    assert {"TCH_990421", "TCH_993501"} <= set(a.files["users"])
    assert not {"TCH_990421", "TCH_993501"} & set(b.files["users"])
    assert "990_TN_421" not in b.files["classes"]
    assert "TCH_990421" not in b.files["courses"]
    same_but_left_out(a, b)


def no_kindergarten(a: Extracted, b: Extracted) -> None:
    assert {"KG", "TK"} <= a.column("users", "grades", "student")
    assert not {"KG", "TK"} & b.column("users", "grades", "student")
    assert set(b.files["demographics"]) <= set(b.files["users"])
    same_but_left_out(a, b)


def same_but_left_out(a: Extracted, b: Extracted) -> None:
    """Nothing new is complained of, and nothing dangles."""
    assert "left_out_by_settings" not in a.findings
    assert b.findings["left_out_by_settings"]
    quiet = {"left_out_by_settings", "student_without_class", "section_without_teacher"}
    quiet |= {"section_without_enrollment", "school_without_class", "resource_of_nothing"}
    assert set(b.findings) - set(a.findings) <= quiet
    for name in ("enrollment_without_section", "homeroom_without_staff_id", "dangling_row"):
        assert set(b.findings.get(name, [])) <= set(a.findings.get(name, [])), name
    for row in b.files["enrollments"].values():
        assert row["userSourcedId"] in b.files["users"]
        assert row["classSourcedId"] in b.files["classes"]


def badges(a: Extracted, b: Extracted) -> None:
    assert "STU_99400003" in a.files["users"]
    assert "STU_99400003" not in b.files["users"]
    students = set(b.users("student"))
    assert {one[:6] for one in students} == {"STU_EB", "STU_99"}
    assert "STU_99400012" in students  # whose row in SUP is deleted
    assert "STU.ID 99400012" in b.findings["own_id_blank"]
    assert len(students) == len(a.users("student"))
    assert b.column("enrollments", "userSourcedId") - set(b.files["users"]) == set()
    assert set(b.files["demographics"]) <= students
    named = ",".join(b.column("users", "agentSourcedIds", "parent")).split(",")
    assert set(named) <= students
    assert len(a.files["enrollments"]) == len(b.files["enrollments"])
    for key, row in b.files["enrollments"].items():
        assert key.startswith(f"{row['schoolSourcedId']}_{row['userSourcedId']}_")
    held = " ".join(key for rows in b.files.values() for key in rows)
    held += " ".join(b.column("users", "identifier") | b.column("users", "username", "teacher"))
    assert not [one for one in a.users("student") if one not in students and one[4:] in held]


def educator_ids(a: Extracted, b: Extracted) -> None:
    assert set(a.users("teacher")) != set(b.users("teacher"))
    assert len(a.users("teacher")) == len(b.users("teacher"))
    assert all(len(one) == len("TCH_1000000000") for one in b.users("teacher"))
    assert b.column("enrollments", "userSourcedId") <= set(b.files["users"])
    assert {one[:4] for one in b.users("administrator")} == {"ADM_"}


def bare_ids(a: Extracted, b: Extracted) -> None:
    assert {one.split("_")[0] for one in a.files["users"]} == {"STU", "TCH", "PAT", "ADM"}
    assert not {one for one in b.files["users"] if "_" in one}
    assert b.column("enrollments", "userSourcedId") <= set(b.files["users"])
    assert set(b.files["demographics"]) <= set(b.files["users"])


def own_usernames(a: Extracted, b: Extracted) -> None:
    assert a.files["users"]["STU_99400003"]["username"].endswith(".example")
    assert not {one for one in b.column("users", "username", "student") if "@" in one}
    assert b.files["users"]["STU_99300010"]["username"] == "STU_99300010"  # blank in DSD
    assert "STU.ID 99300010" in b.findings["username_blank"]
    assert a.users("teacher") == b.users("teacher")


def staff_logins(a: Extracted, b: Extracted) -> None:
    for row in b.users("teacher").values():
        assert row["username"] in {row["email"].split("@")[0], row["sourcedId"]}
    assert a.users("student") == b.users("student")
    assert {row["username"] for row in a.users("teacher").values()} & {
        row["email"] for row in b.users("teacher").values()
    }


def student_items(a: Extracted, b: Extracted) -> None:
    assert a.column("users", "userIds") == {""}
    assert b.files["users"]["STU_99400003"]["userIds"].startswith("{SSID:7")
    assert ",{Badge:EB" in b.files["users"]["STU_99400003"]["userIds"]
    assert b.column("users", "userIds", "teacher") == {""}


def staff_items(a: Extracted, b: Extracted) -> None:
    assert b.files["users"]["TCH_990421"]["userIds"].startswith("{SEID:1")
    assert b.column("users", "userIds", "student") == {""}


def filled(column: str, role: str) -> Check:
    def check(a: Extracted, b: Extracted) -> None:
        assert a.column("users", column) == {""}
        assert b.column("users", column, role) - {""}
        others = {row[column] for row in b.files["users"].values() if row["role"] != role}
        assert others <= ({""} if role == "student" else b.column("users", column))

    return check


def no_student_emails(a: Extracted, b: Extracted) -> None:
    assert a.column("users", "email", "student") - {""}
    assert b.column("users", "email", "student") == {""}
    assert b.column("users", "email", "parent") == {""}
    assert a.column("users", "email", "teacher") == b.column("users", "email", "teacher")


def no_grades(a: Extracted, b: Extracted) -> None:
    assert a.column("users", "grades") - {""}
    assert b.column("users", "grades") == {""}


def names_in_use(a: Extracted, b: Extracted) -> None:
    assert b.files["users"]["STU_99400012"]["givenName"] == "Rowan"
    assert a.files["users"]["STU_99400012"]["givenName"] != "Rowan"
    assert b.files["users"]["STU_99400013"]["familyName"] == "Moreno Vale"
    assert b.files["users"]["STU_99200007"]["middleName"] == "Rain"
    assert b.files["users"]["TCH_994605"]["givenName"] == "Sam"
    assert a.files["users"]["STU_99400003"] == b.files["users"]["STU_99400003"]


CASES: dict[str, tuple[str, Check]] = {
    "options.unscheduled_students": ("unscheduled_students = true", more_students),
    "options.empty_classes": ("empty_classes = true", more_classes),
    "options.co_teachers": ("co_teachers = false", one_teacher_each),
    "options.homeroom_courses": ('homeroom_courses = ["2000"]', homerooms_of_a_course),
    "options.homeroom_primary_class": ("homeroom_primary_class = true", homerooms_by_mark),
    "options.homeroom_title": ('homeroom_title = "Room {room} {track}"', homeroom_titles),
    "options.class_title": (
        'class_title = "{courseTitle} {courseId} {section} P{period} {room} {term} {splitTerm}"',
        class_titles,
    ),
    "options.terms": ('terms = "current"', current_terms),
    "options.exclude_terms": ('exclude_terms = ["s"]', no_spring),
    "options.exclude_courses": ('exclude_courses = ["0634"]', no_statistics),
    "options.exclude_staff": ("exclude_staff = [990421, 993501]", not_that_teacher),
    "options.exclude_grades": ('exclude_grades = ["KG", "TK"]', no_kindergarten),
    "users.student_id": ('student_id = "SUP.BADGE"', badges),
    "users.staff_id": ('staff_id = "STF.SID"', educator_ids),
    "users.prefixes": ("prefixes = false", bare_ids),
    "users.student_username": ('student_username = "DSD.UNM"', own_usernames),
    "users.staff_username": ('staff_username = "local part"', staff_logins),
    "users.student_user_ids": (
        'student_user_ids = ["SSID:STU.CID", "Badge:SUP.BADGE"]',
        student_items,
    ),
    "users.staff_user_ids": ('staff_user_ids = ["SEID:STF.SID"]', staff_items),
    "users.student_phone": ('student_phone = "STU.TL"', filled("phone", "student")),
    "users.student_sms": ('student_sms = "STU.MPH"', filled("sms", "student")),
    "users.staff_phone": ('staff_phone = "STF.TL"', filled("phone", "teacher")),
    "users.staff_sms": ('staff_sms = "STF.CP"', filled("sms", "teacher")),
    "users.emails": ('emails = ["teacher", "administrator"]', no_student_emails),
    "users.grades": ("grades = false", no_grades),
    "users.preferred_names": ("preferred_names = true", names_in_use),
}


def test_every_option_has_a_case() -> None:
    keys = {f"options.{name}" for name in Options.model_fields}
    assert set(CASES) == keys | {f"users.{name}" for name in Users.model_fields}


@pytest.mark.parametrize("key", CASES)
def test_option_changes_what_it_says_and_nothing_without_it(
    key: str, own_demo: Path, without: Extracted
) -> None:
    line, check = CASES[key]
    edit(own_demo / "district.sqlite", NOBODY)
    check(without, extracted(own_demo, f"[{key.split('.', maxsplit=1)[0]}]\n{line}\n"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[options]\nterms = 'summer'", "'all' or 'current'"),
        ("[options]\nexclude_grades = ['K']", "'K' is no grade; there are IT, PR, PK"),
        ("[options]\nclass_title = '{teacher}'", "it may name courseTitle, courseId"),
        ("[options]\nexclude_staff = ['x']", "must be a whole number"),
        (
            "[users]\nstudent_id = 'STU.SSN'",
            "there are STU.ID, STU.CID, STU.SEM, STU.NID, SUP.",
        ),
        ("[users]\nstaff_id = 'SUP.X'", "there are STF.ID, STF.SID, STF.NID, UGN.UN"),
        ("[users]\nstudent_username = 'SUP.A; DROP'", "is no choice; there are STU.ID"),
        ("[users]\nstaff_username = 'email'", "there are EM, local part, STF.ID"),
        ("[users]\nstudent_user_ids = ['STU.CID']", "is no type and field; write one like"),
        ("[users]\nstudent_user_ids = ['a:STU.XX']", "'STU.XX' is no choice"),
        (f"[users]\nstudent_user_ids = {['a:STU.CID'] * 4}", "at most 3 items"),
        ("[users]\nstaff_user_ids = ['a:STU.CID']", "there are STF.ID"),
        ("[users]\nstudent_phone = 'STF.TL'", "there are STU.TL, STU.MPH"),
        ("[users]\nstaff_sms = 'STU.TL'", "there are STF.TL, STF.CP"),
        ("[users]\nemails = ['students']", "'students' is no role; there are administrator"),
        ("[[staff]]\nrole = 'teacher'", "'administrator' or 'aide'"),
        ("[[staff]]\nrole = 'aide'", "it would be everybody"),
        ("[[vendor]]\nname = 'x'\ngrants = ['schools', 'resource']", "did you mean 'resources'"),
        (
            "[[metadata]]\nfile = 'users'\ncolumn = 'metadata.a'\nquery = 'students'\n"
            "source = 'grade'\nvendors = ['acme']",
            "'acme' is no vendor; there are all",
        ),
    ],
)
def test_unknown_value_is_refused_with_those_there_are(
    line: str, said: str, own_demo: Path
) -> None:
    with pytest.raises(SettingsError) as refused:
        extracted(own_demo, line + "\n")
    assert said in str(refused.value)


def test_grants_for_tables_that_are_not_there_are_refused(own_demo: Path) -> None:
    config = own_demo / "oneroster.toml"
    config.write_text(BASE[: BASE.index("[[staff]]")], "utf-8")
    with pytest.raises(SettingsError) as refused:
        load(config)
    assert "'staff' needs a table [[staff]]" in str(refused.value)
    assert "'resources' needs a table [resources]" in str(refused.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[users]\nstudent_username = 'DSD.UNN'", "DSD.UNN is no column .* did you mean 'UNM'"),
        ("[users]\nstudent_id = 'SUP.Q'", "SUP.Q is no column .* there are ADPW, BADGE, DEL"),
    ],
)
def test_a_supplemental_column_is_checked_against_the_catalog(
    line: str, said: str, own_demo: Path
) -> None:
    with pytest.raises(SettingsError, match=said):
        extracted(own_demo, line)


def test_a_supplemental_column_may_be_written_in_any_case(own_demo: Path) -> None:
    made = extracted(own_demo, "[users]\nstudent_username = 'DSD.unm'\n")
    assert not {one for one in made.column("users", "username", "student") if "@" in one}


@pytest.mark.shows_values  # the ids that a district chose to send are named, to be mended
def test_two_people_never_share_a_chosen_id(own_demo: Path) -> None:
    with pytest.raises(DataError, match=r"student .* 99100003; student .* 99100004"):
        extracted(own_demo, "[users]\nstudent_id = 'STU.CID'\n")  # whose value is not told


def test_values_that_match_nothing_are_told(own_demo: Path) -> None:
    made = extracted(
        own_demo,
        "[options]\nexclude_courses = ['ZZZZ']\nexclude_terms = ['w']\nexclude_staff = [1234]\n"
        "exclude_grades = ['PS']\n[[staff]]\nrole = 'aide'\ntitles = ['Wizard']\n"
        "[[staff]]\nrole = 'aide'\ntitles = ['Instructional Aide']\n",
    )
    assert made.findings["setting_matches_nothing"] == [
        "options.exclude_courses ZZZZ",
        "options.exclude_grades PS",
        "options.exclude_staff 1234",
        "options.exclude_terms w",
        "staff rule 2 (aide)",
    ]


def test_a_teacher_who_is_an_administrator_needs_the_prefixes(own_demo: Path) -> None:
    edit(own_demo / "district.sqlite", "UPDATE STF SET TI = 'Principal' WHERE ID = 994605")
    both = extracted(own_demo, "").files["users"]
    assert {"TCH_994605", "ADM_994605"} <= set(both)
    with pytest.raises(DataError, match=r"administrator [^;]*994605; teacher"):
        extracted(own_demo, "[users]\nprefixes = false\n")


def test_rows_of_somebody_who_is_not_sent_never_attach_to_who_has_the_same_id(
    own_demo: Path,
) -> None:
    edit(
        own_demo / "district.sqlite",
        "UPDATE STU SET ID = 994605, FN = '', LN = '' WHERE ID = 99400008",
        "UPDATE SUP SET BADGE = 'DUP1' WHERE SC = 994 AND SN IN (10, 7)",
        "DELETE FROM SEC WHERE SC = 994 AND SN = 10",
        "UPDATE PWA SET FN = '', LN = '' WHERE AID = 1",
    )
    made = extracted(own_demo, "[users]\nprefixes = false\n")
    mine = [row for row in made.files["enrollments"].values() if row["userSourcedId"] == "994605"]
    assert {row["role"] for row in mine} == {"teacher"}
    assert "994605" not in made.files["demographics"]
    badges = extracted(own_demo, "[users]\nstudent_id = 'SUP.BADGE'\n")
    assert "STU_99400007" not in badges.files["demographics"]
    assert set(badges.files["demographics"]) <= set(badges.users("student"))


def test_an_id_that_nobody_has_stops_the_run(own_demo: Path) -> None:
    edit(own_demo / "district.sqlite", "UPDATE SUP SET BADGE = ''")
    with pytest.raises(DataError, match="is blank for every student; all their accounts would be"):
        extracted(own_demo, "[users]\nstudent_id = 'SUP.BADGE'\n")


@pytest.mark.parametrize(
    ("day", "kept", "gone"),
    [
        ("2026-10-01", {"994_F", "994_Y", "990_Y"}, {"994_S"}),
        ("2026-12-28", {"994_S", "994_Y", "990_Y"}, {"994_F"}),  # the winter break
        ("2026-07-05", {"994_F", "994_Y", "990_Y"}, {"994_S"}),  # before the year
        ("2027-07-20", {"994_S", "994_Y", "990_Y"}, {"994_F"}),  # after it
    ],
)
def test_current_terms_in_a_break_are_the_next_and_after_the_year_the_last(
    day: str, kept: set[str], gone: set[str], own_demo: Path
) -> None:
    made = extracted(own_demo, "[options]\nterms = 'current'\n", date.fromisoformat(day))
    terms = made.column("classes", "termSourcedIds")
    assert kept <= terms
    assert not gone & terms


def test_staff_of_a_school_that_is_not_rostered_are_not_the_districts(own_demo: Path) -> None:
    edit(own_demo / "district.sqlite", "UPDATE STF SET PSC = 999 WHERE ID = 994001")
    made = extracted(own_demo, "")
    assert "ADM_994001" not in made.files["users"]
    assert made.findings["staff_school_not_rostered"] == ["STF.ID 994001"]


def test_who_has_two_rows_at_one_school_gets_one_id_whatever_their_order(frame: Frame) -> None:
    rows = frame("""
        staff_id | school_id | teacher_number | username
        1        | 994       | 1              | B
        1        | 994       | 1              | A
        """)
    names = ("staff_id", "school_id", "teacher_number")
    assert settled(rows, *names).username.tolist() == ["A", "B"]
    assert settled(rows[::-1], *names).username.tolist() == ["A", "B"]


def test_two_own_columns_may_come_from_one_source(own_demo: Path) -> None:
    table = "[[metadata]]\nfile = 'users'\nquery = 'students'\nsource = 'state_id'\n"
    made = extracted(own_demo, f"{table}column = 'metadata.a'\n{table}column = 'metadata.b'\n")
    assert made.column("users", "metadata.a") == made.column("users", "metadata.b") > {""}


def test_an_item_of_user_ids_is_cleaned_like_other_text(own_demo: Path) -> None:
    edit(own_demo / "district.sqlite", "UPDATE SUP SET BADGE = 'A' || char(10) || 'B' || char(7)")
    made = extracted(own_demo, "[users]\nstudent_user_ids = ['Badge:SUP.BADGE']\n")
    assert made.files["users"]["STU_99400003"]["userIds"] == "{Badge:A B}"


def test_a_person_has_an_identifier_at_a_school_of_the_vendor(own_demo: Path) -> None:
    every = extracted(own_demo, "").files["users"]
    at = {key: row["orgSourcedIds"] for key, row in every.items() if row["role"] == "student"}
    both = [key for key, schools in at.items() if schools == "894,994"]
    assert both
    base = BASE.replace('name = "all"', 'name = "all"\nschools = [994]')
    one = extracted(own_demo, "[[vendor]]\nname = 'b'\nschools = [894]\n", base=base)
    for key in both:
        assert one.files["users"][key]["identifier"] == f"994_{key}"


def test_a_field_that_nobody_chose_is_not_read(own_demo: Path) -> None:
    edit(own_demo / "district.sqlite", "ALTER TABLE STU DROP COLUMN MPH", "DROP TABLE SUP")
    assert extracted(own_demo, "").files["users"]
    with pytest.raises(SourceError, match="no such column"):
        extracted(own_demo, "[users]\nstudent_sms = 'STU.MPH'\n")
