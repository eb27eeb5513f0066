"""One vendor's share: closed over the references, and nobody in it whom nothing needs."""

import tempfile
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from conftest import some_settings
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas import DataFrame

from extractor import spec
from extractor.frames import TEXT, empty, stack
from extractor.grants import GRANTS, files_of, lacking, roles_of
from extractor.scope import Scope
from extractor.settings import Options, Vendor
from extractor.spool import Spool

ROSTER = ("schools", "terms", "courses", "classes", "enrollments", "students", "teachers")
MODIFIED = "2026-08-17T14:05:09.123Z"


@pytest.fixture
def district(frame, tmp_path):
    """Spool a district of two schools, and a third in which nobody is in a class."""
    tables = {
        "orgs": """
            sourcedId | name  | type     | parentSourcedId
            0         | Eagle | district |
            1         | One   | school   | 0
            2         | Two   | school   | 0
            3         | Three | school   | 0
            """,
        "academicSessions": """
            sourcedId | title | type       | startDate  | endDate    | parentSourcedId | schoolYear
            SY_2027   | 26-27 | schoolYear | 2026-08-17 | 2027-06-05 |                 | 2027
            1_Y       | Year  | term       | 2026-08-17 | 2027-06-05 | SY_2027         | 2027
            1_F       | Fall  | term       | 2026-08-17 | 2026-12-19 | 1_Y             | 2027
            1_S       | Spring| term       | 2027-01-06 | 2027-06-05 | 1_Y             | 2027
            2_Y       | Year  | term       | 2026-08-17 | 2027-06-05 | SY_2027         | 2027
            """,
        "courses": """
            sourcedId | title | orgSourcedId | schoolYearSourcedId
            0634      | Art   | 0            | SY_2027
            0700      | Choir | 0            | SY_2027
            TCH_7     | R     | 2            | SY_2027
            """,
        "classes": """
            sourcedId | title | courseSourcedId | classType | schoolSourcedId | termSourcedIds
            1_10      | Art   | 0634            | scheduled | 1               | 1_F
            1_11      | Choir | 0700            | scheduled | 1               | 1_S
            2_TN_7    | R KG  | TCH_7           | scheduled | 2               | 2_Y
            """,
        "users": """
            sourcedId | enabledUser | orgSourcedIds | role    | username | givenName | familyName
            STU_1     | true        | 1,2           | student | a        | A         | A
            STU_2     | true        | 2             | student | b        | B         | B
            STU_3     | true        | 1             | student | c        | C         | C
            TCH_6     | true        | 1             | teacher | d        | D         | D
            TCH_7     | true        | 2             | teacher | e        | E         | E
            """,
        "enrollments": """
            sourcedId    | classSourcedId | userSourcedId | role    | beginDate  | endDate
            1_STU_1_10   | 1_10           | STU_1         | student | 2026-08-17 | 2026-12-19
            1_TCH_6_10   | 1_10           | TCH_6         | teacher | 2026-08-17 | 2026-12-19
            2_STU_1_TN_7 | 2_TN_7         | STU_1         | student | 2026-08-17 |
            2_STU_2_TN_7 | 2_TN_7         | STU_2         | student |            | 2027-01-01
            2_TCH_7_TN_7 | 2_TN_7         | TCH_7         | teacher | 2026-08-17 | 2027-06-05
            """,
        "resources": """
            sourcedId | vendorResourceId
            r-art     | A
            r-two     | B
            r-loose   | C
            """,
        "classResources": """
            sourcedId    | classSourcedId | resourceSourcedId
            2_TN_7_r-two | 2_TN_7         | r-two
            """,
        "courseResources": """
            sourcedId  | courseSourcedId | resourceSourcedId
            0634_r-art | 0634            | r-art
            0700_r-art | 0700            | r-art
            """,
        "demographics": "sourcedId | sex\n STU_1 | male\n STU_2 | female\n STU_3 | male",
    }
    frames = {name: frame(table) for name, table in tables.items()}
    school = frames["enrollments"]["classSourcedId"].str.slice(0, 1)
    frames["enrollments"] = frames["enrollments"].assign(schoolSourcedId=school)
    return spooled(tmp_path, frames)


def spooled(folder, frames):
    spool = Spool(folder)
    for name, rows in frames.items():
        file = spec.BY_NAME[name]
        changed = rows.assign(dateLastModified=MODIFIED)
        fitted = changed.reindex(columns=list(file.header)).astype(TEXT)
        spool.write(name, [fitted.head(1), fitted.tail(-1)])
    return spool


def share(spool, vendor, options=None):
    """Return the vendor's files, whole."""
    scope = Scope(spool, vendor, some_settings(vendor, options))
    return {file.name: stack(list(rows), file.header) for file, rows in scope.files()}


def ids(files):
    return {name: rows["sourcedId"].tolist() for name, rows in files.items()}


def test_vendor_of_all_schools_gets_what_classes_need(district):
    assert ids(share(district, Vendor(name="a"))) == {
        "academicSessions": ["SY_2027", "1_Y", "1_F", "2_Y"],
        "classes": ["1_10", "2_TN_7"],
        "courses": ["0634", "TCH_7"],
        "enrollments": ["1_STU_1_10", "1_TCH_6_10", "2_STU_1_TN_7", "2_STU_2_TN_7", "2_TCH_7_TN_7"],
        "orgs": ["0", "1", "2"],
        "users": ["STU_1", "STU_2", "TCH_6", "TCH_7"],
    }


def test_vendor_of_one_school_gets_nothing_of_the_others(district):
    files = share(district, Vendor(name="a", schools=(2,)))
    assert ids(files) == {
        "academicSessions": ["SY_2027", "2_Y"],
        "classes": ["2_TN_7"],
        "courses": ["TCH_7"],
        "enrollments": ["2_STU_1_TN_7", "2_STU_2_TN_7", "2_TCH_7_TN_7"],
        "orgs": ["0", "2"],
        "users": ["STU_1", "STU_2", "TCH_7"],
    }
    assert files["users"]["orgSourcedIds"].tolist() == ["2", "2", "2"]


def test_student_of_two_schools_keeps_both_where_the_vendor_gets_both(district):
    users = share(district, Vendor(name="a", schools=(2, 1)))["users"]
    assert users["orgSourcedIds"].tolist() == ["1,2", "2", "1", "2"]


def test_file_without_a_grant_is_not_there(district):
    vendor = Vendor(name="a", grants=("schools", "students"))
    assert ids(share(district, vendor)) == {"orgs": ["0", "1", "2"], "users": ["STU_1", "STU_2"]}


def test_vendor_without_people_gets_what_classes_need_all_the_same(district):
    grants = ("schools", "terms", "courses", "classes")
    assert ids(share(district, Vendor(name="a", grants=grants))) == {
        "academicSessions": ["SY_2027", "1_Y", "1_F", "2_Y"],
        "classes": ["1_10", "2_TN_7"],
        "courses": ["0634", "2_TN_7"],  # TCH_7 is the id of a teacher, who is not granted
        "orgs": ["0", "1", "2"],
    }


def test_people_of_a_role_that_is_not_granted_are_left_out_with_their_enrollments(district):
    grants = tuple(name for name in ROSTER if name != "teachers")
    files = ids(share(district, Vendor(name="a", grants=grants)))
    assert files["users"] == ["STU_1", "STU_2"]
    assert files["enrollments"] == ["1_STU_1_10", "2_STU_1_TN_7", "2_STU_2_TN_7"]


def test_demographics_are_those_of_the_students_in_the_bundle(district):
    vendor = Vendor(name="a", grants=(*ROSTER, "demographics"), schools=(2,))
    assert ids(share(district, vendor))["demographics"] == ["STU_1", "STU_2"]


def test_demographics_are_not_there_unless_granted(district):
    assert "demographics" not in share(district, Vendor(name="a"))


def test_students_without_a_class_are_there_when_options_ask(district):
    files = ids(share(district, Vendor(name="a"), Options(unscheduled_students=True)))
    assert files["users"] == ["STU_1", "STU_2", "STU_3", "TCH_6", "TCH_7"]
    two = ids(share(district, Vendor(name="a", schools=(2,)), Options(unscheduled_students=True)))
    assert two["users"] == ["STU_1", "STU_2", "TCH_7"]


def test_empty_classes_are_there_with_what_they_name_when_options_ask(district):
    files = ids(share(district, Vendor(name="a"), Options(empty_classes=True)))
    assert files["classes"] == ["1_10", "1_11", "2_TN_7"]
    assert files["courses"] == ["0634", "0700", "TCH_7"]
    assert files["academicSessions"] == ["SY_2027", "1_Y", "1_F", "1_S", "2_Y"]


def test_resources_are_those_that_kept_classes_and_courses_use_and_those_of_nobody(district):
    grants = (*ROSTER, "resources")
    every = ids(share(district, Vendor(name="a", grants=grants)))
    assert every["resources"] == ["r-art", "r-two", "r-loose"]
    assert every["courseResources"] == ["0634_r-art"]  # nobody is in a class of 0700
    two = ids(share(district, Vendor(name="a", grants=grants, schools=(2,))))
    assert two["resources"] == ["r-two", "r-loose"]
    assert (two["classResources"], two["courseResources"]) == (["2_TN_7_r-two"], [])
    assert "resources" not in share(district, Vendor(name="a"))


@pytest.fixture
def with_staff(district, frame):
    """Return the district with a principal of school 1 and a superintendent."""
    more = frame("""
        sourcedId | enabledUser | orgSourcedIds | role          | username | givenName | familyName
        ADM_1     | true        | 1             | administrator | p        | P         | P
        ADM_2     | true        | 0             | administrator | s        | S         | S
        """)
    users = stack([district.frame("users"), more], spec.USERS.header)
    district.write("users", [users.reindex(columns=list(spec.USERS.header)).astype(TEXT)])
    return district


@pytest.mark.parametrize(
    ("schools", "kept"), [(None, ["ADM_1", "ADM_2"]), ((1,), ["ADM_1"]), ((2,), [])]
)
def test_staff_are_those_of_the_vendors_schools(schools, kept, with_staff):
    vendor = Vendor(name="a", grants=(*ROSTER, "staff"), schools=schools)
    users = ids(share(with_staff, vendor))["users"]
    assert [one for one in users if one.startswith("ADM")] == kept
    without = ids(share(with_staff, Vendor(name="a", schools=schools)))["users"]
    assert not [one for one in without if one.startswith("ADM")]


def test_a_column_of_the_districts_own_goes_to_the_vendors_it_is_for(tmp_path, frame):
    rows = frame("sourcedId | name | type | metadata.x | metadata.y\n 1 | A | school | X | Y")
    spool, own = Spool(tmp_path), ("metadata.x", "metadata.y")
    for file in spec.FILES:
        spool.write(file.name, [])
    columns = [*spec.ORGS.header, *own]
    spool.write("orgs", [rows.reindex(columns=columns).astype(TEXT)], own)
    vendor = Vendor(name="b", grants=("schools",))
    shared = {"file": "orgs", "query": "schools"}
    metadata = [
        {**shared, "column": "metadata.x", "source": "tag", "vendors": ["a"]},
        {**shared, "column": "metadata.y", "source": "tag"},
    ]
    scope = Scope(spool, vendor, some_settings(vendor, metadata=metadata))
    for _, frames in scope.files():
        assert [list(rows.columns) for rows in frames] == [[*spec.ORGS.header, "metadata.y"]]


def test_status_and_date_of_change_are_blank_in_bulk(district):
    for rows in share(district, Vendor(name="a", grants=(*ROSTER, "demographics"))).values():
        assert rows[["status", "dateLastModified"]].isna().all(axis=None)


def test_inclusive_ends_are_the_day_before_and_begins_stay(district):
    plain = share(district, Vendor(name="a"))
    inclusive = share(district, Vendor(name="a", end_dates="inclusive"))
    sessions, enrollments = inclusive["academicSessions"], inclusive["enrollments"]
    assert sessions["endDate"].tolist() == ["2027-06-04", "2027-06-04", "2026-12-18", "2027-06-04"]
    assert sessions["startDate"].equals(plain["academicSessions"]["startDate"])
    assert enrollments["endDate"].fillna("").tolist() == [
        "2026-12-18",
        "2026-12-18",
        "",
        "2026-12-31",
        "2027-06-04",
    ]
    assert enrollments["beginDate"].equals(plain["enrollments"]["beginDate"])


def test_school_year_of_courses_is_blank_unless_the_vendor_wants_it(district):
    assert share(district, Vendor(name="a"))["courses"]["schoolYearSourcedId"].isna().all()
    wanted = share(district, Vendor(name="a", course_school_year=True))
    assert wanted["courses"]["schoolYearSourcedId"].tolist() == ["SY_2027", "SY_2027"]


def test_roles_are_those_that_somebody_in_the_bundle_has(district):
    every, third = Vendor(name="a"), Vendor(name="a", schools=(3,))
    assert Scope(district, every, some_settings(every)).roles() == {"student", "teacher"}
    nobody = Scope(district, third, some_settings(third))
    assert nobody.roles() == set()
    assert all(not len(rows) for _, batches in nobody.files() for rows in batches)


# --- any small district

SCHOOLS = ("1", "2", "3")
SETS = [
    grants
    for grants in (
        tuple(name for at, name in enumerate(GRANTS) if chosen & 1 << at)
        for chosen in range(1, 2 ** len(GRANTS))
    )
    if not lacking(grants)
]


@st.composite
def districts(draw):
    """Draw the frames of a district: whoever is in a class has its school."""
    terms = [(f"{school}_{code}", code) for school in SCHOOLS for code in ("Y", "F")]
    classes = draw(
        st.lists(
            st.tuples(st.sampled_from(SCHOOLS), st.sampled_from("YF"), st.sampled_from("abc")),
            max_size=5,
        )
    )
    people = draw(
        st.lists(
            st.tuples(
                st.sampled_from(("student", "teacher")),
                st.lists(st.sampled_from(SCHOOLS), min_size=1, unique=True).map(sorted),
            ),
            max_size=5,
        )
    )
    possible = [
        (place, who)
        for place, (school, *_) in enumerate(classes)
        for who, (_, schools) in enumerate(people)
        if school in schools
    ]
    joined = draw(st.lists(st.sampled_from(possible), unique=True)) if possible else []
    year = {"startDate": "2026-08-17", "endDate": "2027-06-05", "schoolYear": "2027"}
    rows = {
        "orgs": [
            {"sourcedId": "0", "name": "d", "type": "district"},
            *(
                {"sourcedId": school, "name": "s", "type": "school", "parentSourcedId": "0"}
                for school in SCHOOLS
            ),
        ],
        "academicSessions": [
            {"sourcedId": "SY", "title": "y", "type": "schoolYear", **year},
            *(
                {
                    "sourcedId": term,
                    "title": code,
                    "type": "term",
                    "parentSourcedId": "SY" if code == "Y" else term[0] + "_Y",
                    **year,
                }
                for term, code in terms
            ),
        ],
        "courses": [
            {
                "sourcedId": course + owner,
                "title": course,
                "orgSourcedId": owner,
                "schoolYearSourcedId": "SY",
            }
            for course, owner in [("a", "0"), ("b", "0"), *(("c", one) for one in SCHOOLS)]
        ],
        "classes": [
            {
                "sourcedId": f"C{place}",
                "title": "c",
                "courseSourcedId": course + (school if course == "c" else "0"),
                "classType": "scheduled",
                "schoolSourcedId": school,
                "termSourcedIds": f"{school}_{term}",
            }
            for place, (school, term, course) in enumerate(classes)
        ],
        "users": [
            {
                "sourcedId": f"U{who}",
                "enabledUser": "true",
                "orgSourcedIds": ",".join(schools),
                "role": role,
                "username": "u",
                "givenName": "g",
                "familyName": "f",
            }
            for who, (role, schools) in enumerate(people)
        ],
        "enrollments": [
            {
                "sourcedId": f"E{at}",
                "classSourcedId": f"C{place}",
                "schoolSourcedId": classes[place][0],
                "userSourcedId": f"U{who}",
                "role": people[who][0],
                "beginDate": "2026-08-17",
                "endDate": "2026-12-19",
            }
            for at, (place, who) in zip(count(), joined, strict=False)
        ],
        "demographics": [
            {"sourcedId": f"U{who}"} for who, (role, _) in enumerate(people) if role == "student"
        ],
    }
    return {name: DataFrame(made) if made else empty(["sourcedId"]) for name, made in rows.items()}


VENDORS = st.builds(
    Vendor,
    name=st.just("a"),
    grants=st.sampled_from(SETS),
    schools=st.none() | st.lists(st.sampled_from((1, 2, 3)), min_size=1, unique=True).map(tuple),
    end_dates=st.sampled_from(("exclusive", "inclusive")),
)
OPTIONS = st.builds(Options, unscheduled_students=st.booleans(), empty_classes=st.booleans())


def named(rows, column):
    values = rows[column.name].dropna()
    return set(values.str.split(",").explode() if column.many else values)


def drawn_share(frames, vendor, options):
    with tempfile.TemporaryDirectory() as folder:
        return share(spooled(Path(folder), frames), vendor, options)


@settings(max_examples=20)
@given(districts(), VENDORS, OPTIONS)
def test_no_share_dangles_or_oversteps_its_grants_and_schools(frames, vendor, options):
    files = drawn_share(frames, vendor, options)
    schools = {str(code) for code in vendor.schools or (1, 2, 3)}
    assert set(files) == files_of(vendor.grants)
    assert all(rows["sourcedId"].is_unique for rows in files.values())
    for file, column, target in spec.references():
        if file.name in files and target.file in files:
            there = set(files[target.file]["sourcedId"])
            assert named(files[file.name], column) <= there, (file.name, column.name)
    if "users" in files:
        assert set(files["users"]["role"]) <= roles_of(vendor.grants)
        assert named(files["users"], spec.USERS["orgSourcedIds"]) <= schools
        assert not files["users"]["orgSourcedIds"].isna().any()
    if "classes" in files:
        assert set(files["classes"]["schoolSourcedId"]) <= schools
    if "schools" in vendor.grants:
        assert set(files["orgs"]["sourcedId"]) <= schools | {"0"}


@settings(max_examples=20)
@given(districts(), VENDORS, OPTIONS)
def test_nobody_and_nothing_is_in_a_share_without_need(frames, vendor, options):
    files = drawn_share(frames, vendor, options)
    held = {name: set(rows["sourcedId"]) for name, rows in files.items()}
    if "enrollments" in files:
        users, enrollments = files["users"], files["enrollments"]
        spare = users[~users["sourcedId"].isin(enrollments["userSourcedId"])]
        assert set(spare["role"]) <= ({"student"} if options.unscheduled_students else set())
        attended = set(frames["enrollments"].get("classSourcedId", ()))
        assert options.empty_classes or held["classes"] <= attended
    if "classes" in files:
        used = named(files["classes"], spec.CLASSES["termSourcedIds"])
        assert held["courses"] == named(files["classes"], spec.CLASSES["courseSourcedId"])
        above = {f"{term[0]}_Y" for term in used} | {"SY"}
        assert held["academicSessions"] == (used | above if used else set())
    if "demographics" in files:
        students = files["users"][files["users"]["role"] == "student"]
        assert held["demographics"] == set(students["sourcedId"])


@settings(max_examples=20)
@given(districts(), VENDORS)
def test_vendor_gets_every_enrollment_of_its_schools_and_roles(frames, vendor):
    if "enrollments" not in vendor.grants or not len(frames["enrollments"]):
        return
    files = drawn_share(frames, vendor, Options())
    rows = frames["enrollments"]
    schools = {str(code) for code in vendor.schools or (1, 2, 3)}
    mine = rows["schoolSourcedId"].isin(schools) & rows["role"].isin(roles_of(vendor.grants))
    assert files["enrollments"]["sourcedId"].tolist() == rows["sourcedId"][mine].tolist()
    end = date(2026, 12, 19) - timedelta(days=vendor.end_dates == "inclusive")
    assert set(files["enrollments"]["endDate"]) <= {end.isoformat()}
