"""What was once wrong, one test each, where no other module has a place for it."""

from decimal import Decimal
from pathlib import Path

import pytest
from conftest import some_settings
from pandas import DataFrame

from extractor import codes, queries, spec
from extractor.conform import conform, refuse_repeats
from extractor.errors import DataError, SettingsError
from extractor.findings import Findings
from extractor.frames import TEXT, empty, stack
from extractor.grants import GRANTS, lacking
from extractor.queries import Header, Query
from extractor.scope import Scope
from extractor.settings import Secret, Vendor, load, reveal
from extractor.source.text import as_frame
from extractor.spool import Spool
from extractor.transform import (
    academic_sessions,
    courses,
    demographics,
    enrollments,
    users,
)
from extractor.transform.people import Choices

CODES = queries.folder("aeries") / "codes"
GRADES = codes.load(CODES / "grades.csv")
SESSIONS = codes.load(CODES / "sessions.csv")


def of_query(name: str, rows: DataFrame) -> DataFrame:
    """Add the columns that a literal table leaves out."""
    return rows.reindex(columns=list(queries.header("aeries", name).returns)).astype(TEXT)


def nothing(name: str) -> DataFrame:
    return empty(queries.header("aeries", name).returns)


def test_two_students_are_told_apart_whichever_row_lacks_the_state_id(frame):
    rows = frame(
        """
        school_id | student_number | student_id | state_id | first_name | last_name
        990       | 1              | 5          |          | Ana        | Lopez
        994       | 2              | 5          | 123      | Bob        | Chen
        """
    )
    for order in (rows, rows[::-1].reset_index(drop=True)):
        with pytest.raises(DataError, match=r"STU\.ID 5"):
            users.students(
                of_query("students", order),
                ["STU_5"],
                GRADES,
                Choices(),
                Findings(),
                unscheduled=False,
            )


SETTINGS = """{top}
[district]
name = "E"
time_zone = "UTC"
[sis]
kind = "aeries"
connection = {connection}
[[vendor]]
name = "{vendor}"
{more}
"""


def complaint(
    folder: Path, connection: str = '{env = "X"}', more: str = "", top: str = "", vendor: str = "a"
) -> list[str]:
    path = folder / "oneroster.toml"
    filled = SETTINGS.format(connection=connection, more=more, top=top, vendor=vendor)
    path.write_text(filled, "utf-8")
    with pytest.raises(SettingsError) as caught:
        load(path)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    "connection",
    [
        '{password = "hunter2"}',
        '{env = "X", password = "hunter2"}',
        '["Driver=x;PWD=hunter2"]',
        '"Driver=x;passwd=hunter2"',
        '"postgresql://reader:hunter2@db/sis"',
    ],
)
def test_no_message_repeats_a_secret(connection, tmp_path):
    assert "hunter2" not in "".join(complaint(tmp_path, connection=connection))


def test_one_problem_of_a_vendor_is_one_line(tmp_path):
    assert len(complaint(tmp_path, more='end_dates = "x"')) == 1


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"top": 'folder = "/etc"'}, "folder: is no setting"),
        ({"more": "grants = []"}, "vendor.0.grants"),
        ({"connection": '{env = ""}'}, "sis.connection"),
        ({"vendor": "report.json"}, "vendor.0.name: 'report.json' is taken"),
        ({"vendor": "CON"}, "vendor.0.name: 'CON' is taken"),
        ({"vendor": "nul.2026"}, "vendor.0.name: 'nul.2026' is taken"),
        ({"vendor": "Com1"}, "vendor.0.name: 'Com1' is taken"),
    ],
)
def test_settings_that_were_once_taken_in_silence(wrong, named, tmp_path):
    assert named in complaint(tmp_path, **wrong)[0]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("int", 2**63),
        ("int", "1_000"),
        ("date", 20260817),
        ("date", 1.5),
        ("date", True),
        ("date", "2026-08-17garbage"),
        ("datetime", 5),
        ("decimal", Decimal("Infinity")),
    ],
)
def test_a_value_of_another_type_is_refused(kind, value):
    query = Query("q", Header("", "", {"v": kind}, (), {}), "", ())
    with pytest.raises(DataError, match="column v"):
        as_frame([[value]], query, "America/Los_Angeles", Findings())


def fitted(file, **values):
    return conform(DataFrame([values]).astype(TEXT), file, Findings())


@pytest.mark.parametrize("day", ["2026-02-30", "2026-01-01\n", "2026-13-01"])
def test_a_day_that_is_in_no_calendar_is_refused(day):
    ids = {"classSourcedId": "c", "schoolSourcedId": "1", "userSourcedId": "u"}
    with pytest.raises(DataError, match="beginDate"):
        fitted(spec.ENROLLMENTS, sourcedId="x", role="student", beginDate=day, **ids)


def test_an_id_with_a_line_break_is_refused():
    with pytest.raises(DataError, match="sourcedId"):
        fitted(spec.ORGS, sourcedId="x\n", name="n", type="school")


def test_a_year_in_other_digits_is_refused():
    days = {"startDate": "2026-01-01", "endDate": "2026-01-02"}
    with pytest.raises(DataError, match="schoolYear"):
        fitted(
            spec.ACADEMIC_SESSIONS, sourcedId="x", title="t", type="term", schoolYear="٢٠٢٦", **days
        )


def test_a_list_with_an_empty_item_is_refused():
    with pytest.raises(DataError, match="grades"):
        fitted(
            spec.USERS,
            sourcedId="x",
            enabledUser="true",
            orgSourcedIds="1",
            role="student",
            username="u",
            givenName="g",
            familyName="f",
            grades="09,,10",
        )


def test_the_title_of_a_homeroom_course_does_not_depend_on_the_order_of_rows(frame):
    rows = frame(
        """
        school_id | teacher_number | staff_id | last_name
        990       | 1              | 7        | Rivera
        991       | 2              | 7        | Rivera-Lopez
        """
    )

    def made(homerooms):
        return courses.courses(
            nothing("course_catalog"),
            nothing("sections"),
            of_query("homerooms", homerooms),
            frame("school_id | low_grade\n 990 | 0"),
            GRADES,
            2027,
            Findings(),
        )

    assert made(rows).equals(made(rows[::-1].reset_index(drop=True)))
    assert list(made(rows).title) == ["Rivera class"]


HEAD = "-- T\n-- grain: g\n-- returns: {returns}\n-- needs: as_of\n-- reads: A(B)\n{body}\n"


def refused(folder, monkeypatch, body, returns="a int"):
    monkeypatch.setattr(queries, "folder", lambda _: folder)
    (folder / "q.sql.j2").write_text(HEAD.format(returns=returns, body=body), "utf-8")
    with pytest.raises(SettingsError, match="query q"):
        queries.render("x", "q", None, {"as_of": "1; DROP TABLE STU"})


@pytest.mark.parametrize(
    "expression",
    [
        "as_of",
        "as_of|safe",
        "as_of|e",
        "bind(as_of) ~ as_of",
        "bind(as_of) + as_of",
        "[bind(as_of), as_of]|join",
        "'%s'|safe|format(as_of)",
        "bind(nothing)",
        "bind('text')",
    ],
)
def test_no_filter_pastes_a_value_into_sql(expression, tmp_path, monkeypatch):
    refused(tmp_path, monkeypatch, f"SELECT {{{{ {expression} }}}}")


@pytest.mark.parametrize(
    ("returns", "body"), [("a", "SELECT 1"), ("a int, a text", "SELECT 1"), ("a int", "")]
)
def test_a_header_that_cannot_be_read_is_refused(returns, body, tmp_path, monkeypatch):
    refused(tmp_path, monkeypatch, body, returns)


def test_an_ethnicity_that_is_neither_y_nor_n_is_a_finding(frame):
    rows = of_query("student_demographics", frame("student_id | hispanic\n7 | U"))
    found = Findings()
    tables = (codes.load(CODES / "sexes.csv"), codes.load(CODES / "races.csv"))
    made = demographics.demographics(rows, *tables, found)
    assert made["hispanicOrLatinoEthnicity"].isna().all()
    assert found["unknown_hispanic"].keys == ["STU.ID 7"]


def test_a_districts_own_code_table_may_only_name_known_flags(tmp_path):
    (tmp_path / "races.csv").write_text("code,column\n700,White\n", "utf-8")
    with pytest.raises(SettingsError, match=r"column holds 'White'; it may hold asian, white"):
        codes.load(CODES / "races.csv", tmp_path / "races.csv", {"column": ("asian", "white")})


def test_a_co_teacher_without_a_staff_id_is_a_finding(frame):
    terms = DataFrame({"start": ["2026-08-17"], "end": ["2026-12-19"]}, index=["994_1001"])
    rows = frame(
        """
        school_id | section_id | slot | teacher_number | staff_id
        994       | 1001       | 1    | 3              | 7
        994       | 1001       | 2    | 4              | 0
        """
    )
    found = Findings()
    enrollments.teachers(
        of_query("teachers_of_sections", rows),
        nothing("homerooms"),
        terms.astype(TEXT),
        found,
        co_teachers=True,
    )
    assert found["teacher_without_staff_id"].keys == ["MST 994 1001 TCH.TN 4"]


def test_two_term_codes_that_become_one_id_stop_the_run(frame):
    terms = frame(
        """
        school_id | term_code | first_day  | last_day
        990       | *         | 2026-08-01 | 2027-06-01
        990       | .2a       | 2026-08-01 | 2027-06-01
        """
    )
    with pytest.raises(DataError, match=r"990_\.2a"):
        academic_sessions.academic_sessions(
            frame("school_id\n990"), of_query("terms", terms), SESSIONS, 2027, Findings()
        )


def test_a_term_without_a_code_is_left_out_with_a_finding(frame):
    terms = frame(
        """
        school_id | term_code | first_day  | last_day
        990       | Y         | 2026-08-01 | 2027-06-01
        990       |           | 2026-08-01 | 2027-06-01
        """
    )
    found = Findings()
    made = academic_sessions.academic_sessions(
        frame("school_id\n990"), of_query("terms", terms), SESSIONS, 2027, found
    )
    assert list(made["sourcedId"]) == ["SY_2027", "990_Y"]
    assert found["term_without_code"].count == 1


DISTRICT = {
    "orgs": "sourcedId | name | type | parentSourcedId\n0 | E | district |\n1 | O | school | 0",
    "academicSessions": """
        sourcedId | title | type       | startDate  | endDate    | schoolYear
        SY        | y     | schoolYear | 2026-08-17 | 2027-06-05 | 2027
        1_Y       | y     | term       | 2026-08-17 | 2027-06-05 | 2027
        """,
    "courses": "sourcedId | title | orgSourcedId | schoolYearSourcedId\na | a | 0 | SY",
    "classes": """
        sourcedId | title | courseSourcedId | classType | schoolSourcedId | termSourcedIds
        C         | c     | a               | scheduled | 1               | 1_Y
        """,
    "users": """
        sourcedId | enabledUser | orgSourcedIds | role    | username | givenName | familyName
        U         | true        | 1             | student | u        | g         | f
        """,
    "enrollments": """
        sourcedId | classSourcedId | schoolSourcedId | userSourcedId | role
        E         | C              | 1               | U             | student
        """,
}


def share(folder, frame, vendor):
    spool = Spool(folder)
    for name, table in DISTRICT.items():
        header = list(spec.BY_NAME[name].header)
        spool.write(name, [frame(table).reindex(columns=header).astype(TEXT)])
    files = Scope(spool, vendor, some_settings(vendor)).files()
    return {file.name: stack(list(rows), file.header) for file, rows in files}


def test_an_optional_reference_to_a_file_that_is_not_granted_is_blank(tmp_path, frame):
    grants = ("schools", "courses", "students")
    vendor = Vendor(name="a", grants=grants, course_school_year=True)
    assert share(tmp_path, frame, vendor)["courses"]["schoolYearSourcedId"].isna().all()


def test_a_vendor_of_schools_and_terms_gets_them(tmp_path, frame):
    files = share(tmp_path, frame, Vendor(name="a", grants=("schools", "terms")))
    assert list(files["orgs"]["sourcedId"]) == ["0", "1"]
    assert list(files["academicSessions"]["sourcedId"]) == ["SY", "1_Y"]


YEARS = """
school_id | term_code | first_day  | last_day
990       | Y         | 2026-08-01 | 2027-06-01
992       | Y         | 2026-08-01 | 2027-06-03
994       | Y         | 2026-08-01 | 2072-06-01
994       | S         | 2026-08-01 | 2026-12-01
"""


def test_the_school_year_is_that_of_most_year_terms(frame):
    assert academic_sessions.school_year(frame(YEARS), None) == 2027
    assert academic_sessions.school_year(frame(YEARS), 2027) == 2027


def test_a_school_year_that_is_not_that_of_the_terms_is_refused(frame):
    with pytest.raises(SettingsError, match="it is 2028, but the terms of the SIS end in 2027"):
        academic_sessions.school_year(frame(YEARS), 2028)


def test_a_finding_that_is_not_in_the_catalogue_is_a_mistake_even_without_keys():
    with pytest.raises(KeyError):
        Findings().add("nope", [])


def test_a_student_without_a_class_who_stays_is_no_finding(frame):
    rows = frame(
        """
        school_id | student_number | student_id | first_name | last_name | email
        990       | 1              | 5          | A          | B         | c@example.org
        """
    )
    found = Findings()
    users.students(of_query("students", rows), [], GRADES, Choices(), found, unscheduled=True)
    assert list(found) == []


def test_a_secret_file_may_begin_with_a_byte_order_mark(tmp_path):
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbfDriver=x\r\n")
    assert reveal(Secret(file=Path("secret")), "sis.connection", tmp_path) == "Driver=x"


def test_an_empty_secret_file_is_refused(tmp_path):
    (tmp_path / "secret").write_bytes(b"\n")
    with pytest.raises(SettingsError, match="is empty"):
        reveal(Secret(file=Path("secret")), "sis.connection", tmp_path)


def test_a_line_item_that_comes_again_stops_the_run_also_at_the_seam_of_batches():
    def batch(*ids):
        return DataFrame({"sourcedId": ids}, dtype=TEXT)

    assert len(list(refuse_repeats(iter([batch("a", "b"), batch("c")]), spec.RESULTS))) == 2
    for frames in ([batch("a", "a")], [batch("a", "b"), batch("b", "c")]):
        with pytest.raises(DataError, match="sourcedId stands for two records"):
            list(refuse_repeats(iter(frames), spec.RESULTS))


@pytest.mark.parametrize(
    ("first", "other", "stops"),
    [
        (("John", "Smith-Lee"), ("J.", "Smith"), False),
        (("John", "Rivera"), ("John", "Lopez"), False),
        (("John", "Rivera"), ("Maria", "Lopez"), True),
    ],
)
def test_short_forms_of_a_teachers_name_are_one_person(first, other, stops, frame):
    rows = frame(
        f"""
        school_id | teacher_number | staff_id | first_name | last_name
        990       | 1              | 7        | {first[0]} | {first[1]}
        994       | 2              | 7        | {other[0]} | {other[1]}
        """
    )
    if stops:
        with pytest.raises(DataError, match=r"TCH\.ID 7"):
            users.teachers(of_query("staff", rows), ["TCH_7"], Choices(), Findings())
    else:
        made = users.teachers(of_query("staff", rows), ["TCH_7"], Choices(), Findings())
        assert made["familyName"].tolist() == [first[1]]


@pytest.mark.parametrize("login", ["public", "Guest", "a b", "x]; DROP", ""])
def test_rights_for_everybody_or_for_no_name_are_refused(login):
    with pytest.raises(SettingsError, match="--grants"):
        queries.grant_script([], None, login)


@pytest.mark.parametrize("grant", ["demographics", "parents", "gradebook_scores"])
def test_what_hangs_on_students_is_not_granted_without_them(grant):
    every = [name for name in GRANTS if name != "students"]
    assert any(line.startswith(f"'{grant}' needs 'students'") for line in lacking(every))
    assert lacking(GRANTS) == []


def test_a_windows_login_is_written_in_brackets():
    terms = queries.render("aeries", "terms", None, {"schools": None})
    assert "TO [EAGLE\\reader];" in queries.grant_script([terms], None, "EAGLE\\reader")
