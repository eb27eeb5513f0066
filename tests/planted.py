"""Any small district, with a text of its own in every cell that tells about somebody.

`Planted.told` lists these texts: where each stands, whose it is, and at which schools. Whoever
finds one in the bytes of a bundle can tell whether the vendor was granted it.
"""

from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st
from pandas import DataFrame

from extractor import spec
from extractor.frames import TEXT
from extractor.spool import Spool

SCHOOLS = ("1", "2", "3")
OWN = {"users": ("metadata.bus",), "classes": ("metadata.note",), "enrollments": ("metadata.seat",)}
YEAR = {"startDate": "2026-08-17", "endDate": "2027-06-05", "schoolYear": "2027"}
PREFIX = {"student": "STU", "teacher": "TCH", "parent": "PAT", "administrator": "ADM"}
GRADES = ("KG", "03", "07", "12")


@dataclass(frozen=True)
class Told:
    """A text of one cell; `owner` is a user's sourcedId, None for what is nobody's."""

    text: str
    file: str
    column: str
    owner: str | None
    schools: frozenset[str]


class Planted:
    """The rows of a district, file by file, and what is planted in them."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, str | None]]] = {file.name: [] for file in spec.FILES}
        self.told: list[Told] = []

    def __repr__(self) -> str:
        return f"<a district of {len(self.rows['users'])} users>"  # all of it would be a book

    def mark(self, file: str, column: str, owner: str | None, schools: object, form: str) -> str:
        """Return a text that stands nowhere else, and remember it."""
        text = form.format(f"mk{len(self.told):04}x")
        self.told.append(Told(text, file, column, owner, frozenset(schools)))
        return text

    def add(
        self, file: str, owner: str | None, schools: object, marked: str, **row: str | None
    ) -> dict[str, str | None]:
        """Add a row with texts of its own in the marked columns."""
        for name in marked.split():
            row[name] = self.mark(file, name, owner, schools, FORMS.get(name, "{}"))
        self.rows[file].append(row)
        return row

    def spooled(self, folder: Path) -> Spool:
        """Spool the district in batches of three rows."""
        spool = Spool(folder)
        for file in spec.FILES:
            own = OWN.get(file.name, ())
            frame = DataFrame(self.rows[file.name], columns=[*file.header, *own])
            fitted = frame.assign(dateLastModified="2026-09-01T00:00:00.000Z").astype(TEXT)
            batches = [fitted[at : at + 3] for at in range(0, len(fitted), 3)]
            spool.write(file.name, batches, own)
        return spool

    def users(self) -> dict[str, dict[str, str | None]]:
        """Return the users by sourcedId."""
        return {str(row["sourcedId"]): row for row in self.rows["users"]}


FORMS = {"email": "{}@example.org", "userIds": "{{Badge:{}}}", "phone": "{}", "title": "T {}"}
_PERSONAL = "username userIds givenName familyName middleName email sms phone password metadata.bus"


@st.composite
def planted(draw) -> Planted:
    """Draw a district; each school has a homeroom and a section with a teacher and a student."""
    made = Planted()
    _whole_district(made)
    for school in SCHOOLS:
        _school(made, school)
        teacher = _person(made, "teacher", [school])
        student = _person(made, "student", [school], draw(st.sampled_from(GRADES)))
        for place in (_homeroom(made, school, teacher), _section(made, school, draw(TERMS))):
            _enroll(made, place, teacher, "teacher", primary=True)
            _enroll(made, place, student, "student")
            _graded(made, place, student)
    people = [_person(made, *one) for one in draw(PEOPLE)]
    for parent in [one for one in people if one["role"] == "parent"]:
        _bring_up(made, parent, draw)
    places = list(made.rows["classes"])
    for school, term in draw(st.lists(st.tuples(st.sampled_from(SCHOOLS), TERMS), max_size=3)):
        places.append(_section(made, school, term))
    for person in people:
        if person["role"] in ("student", "teacher"):
            here = [one for one in places if str(one["schoolSourcedId"]) in schools_of(person)]
            for place in draw(st.lists(st.sampled_from(here), max_size=2, unique_by=id)):
                _enroll(made, place, person, str(person["role"]))
                if person["role"] == "student" and draw(st.booleans()):
                    _graded(made, place, person)
    return made


TERMS = st.sampled_from(("Y", "F", "S"))
_SOME = st.lists(st.sampled_from(SCHOOLS), min_size=1, max_size=2, unique=True).map(sorted)
PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(("student", "teacher", "parent", "administrator")),
        _SOME,
        st.sampled_from(GRADES),
    ),
    max_size=5,
)


def schools_of(person: dict[str, str | None]) -> list[str]:
    """Return a user's schools."""
    return str(person["orgSourcedIds"]).split(",")


def _whole_district(made: Planted) -> None:
    made.add("orgs", None, SCHOOLS, "name", sourcedId="0", type="district")
    year = {"sourcedId": "SY_2027", "title": "26-27", "type": "schoolYear"}
    made.rows["academicSessions"].append({**year, **YEAR})
    made.add("courses", None, SCHOOLS, "title", sourcedId="0634", orgSourcedId="0")
    made.rows["courses"][-1] |= {"courseCode": "0634", "schoolYearSourcedId": "SY_2027"}
    made.add("resources", None, SCHOOLS, "title", sourcedId="r1", vendorResourceId="v1")
    made.rows["courseResources"].append(
        {"sourcedId": "0634_r1", "courseSourcedId": "0634", "resourceSourcedId": "r1"}
    )


def _school(made: Planted, school: str) -> None:
    made.add("orgs", None, [school], "name", sourcedId=school, type="school", parentSourcedId="0")
    for code, above in (("Y", "SY_2027"), ("F", f"{school}_Y"), ("S", f"{school}_Y")):
        begins = "2027-01-06" if code == "S" else YEAR["startDate"]
        term = {"sourcedId": f"{school}_{code}", "parentSourcedId": above, **YEAR}
        term["startDate"] = begins
        made.add("academicSessions", None, [school], "title", type="term", **term)
        period = {**term, "sourcedId": f"{school}_{code}_GP", "parentSourcedId": term["sourcedId"]}
        made.rows["academicSessions"].append({**period, "title": "GP", "type": "gradingPeriod"})


def _person(
    made: Planted, role: str, schools: list[str], grade: str = "03"
) -> dict[str, str | None]:
    number = f"7{len(made.rows['users']):05}"
    owner = f"{PREFIX[role]}_{number}"
    made.told.append(Told(number, "users", "sourcedId", owner, frozenset(schools)))
    row = made.add("users", owner, schools, _PERSONAL, sourcedId=owner, role=role)
    row |= {"enabledUser": "true", "orgSourcedIds": ",".join(schools)}
    row["identifier"] = f"{schools[0]}_{owner}"
    if role == "student":
        row["grades"] = grade
        born = f"2015-01-{len(made.rows['users']) % 28 + 1:02}"
        made.told.append(Told(born, "demographics", "birthDate", owner, frozenset(schools)))
        made.add("demographics", owner, schools, "cityOfBirth", sourcedId=owner, birthDate=born)
        made.rows["demographics"][-1]["sex"] = "female"
    return row


def _bring_up(made: Planted, parent: dict[str, str | None], draw) -> None:
    """Join a parent and some student, both ways; the parent's schools are the student's."""
    students = [one for one in made.rows["users"] if one["role"] == "student"]
    child = draw(st.sampled_from(students))
    agents = [one for one in (child.get("agentSourcedIds"), parent["sourcedId"]) if one]
    child["agentSourcedIds"] = ",".join(agents)
    parent |= {"agentSourcedIds": child["sourcedId"], "orgSourcedIds": child["orgSourcedIds"]}
    schools = frozenset(schools_of(child))
    made.told[:] = [
        Told(one.text, one.file, one.column, one.owner, schools)
        if one.owner == parent["sourcedId"]
        else one
        for one in made.told
    ]


def _homeroom(made: Planted, school: str, teacher: dict[str, str | None]) -> dict[str, str | None]:
    number = made.mark("classes", "sourcedId", f"homeroom {teacher['sourcedId']}", [school], "{}")
    course = str(teacher["sourcedId"])
    name = f"{teacher['familyName']} KG"
    made.rows["courses"].append(
        {"sourcedId": course, "title": name, "courseCode": course, "orgSourcedId": school}
    )
    place = {"sourcedId": f"{school}_TN_{number}", "title": name, "classType": "homeroom"}
    return _class(made, school, "Y", place, course)


def _section(made: Planted, school: str, term: str) -> dict[str, str | None]:
    place = {"sourcedId": f"{school}_{1000 + len(made.rows['classes'])}", "classType": "scheduled"}
    place["title"] = made.mark("classes", "title", None, [school], "Art {}")
    return _class(made, school, term, place, "0634")


def _class(
    made: Planted, school: str, term: str, place: dict[str, str], course: str
) -> dict[str, str | None]:
    named = {"courseSourcedId": course, "schoolSourcedId": school}
    named["termSourcedIds"] = f"{school}_{term}"
    row = made.add("classes", None, [school], "location classCode metadata.note", **place, **named)
    link = {"classSourcedId": row["sourcedId"], "resourceSourcedId": "r1"}
    made.rows["classResources"].append({"sourcedId": f"{row['sourcedId']}_r1", **link})
    return row


def _enroll(
    made: Planted,
    place: dict[str, str | None],
    person: dict[str, str | None],
    role: str,
    *,
    primary: bool = False,
) -> None:
    school, rest = str(place["sourcedId"]).split("_", 1)
    one = f"{school}_{person['sourcedId']}_{rest}"
    if one in [row["sourcedId"] for row in made.rows["enrollments"]]:
        return
    names = {"classSourcedId": place["sourcedId"], "userSourcedId": person["sourcedId"]}
    made.add(
        "enrollments",
        str(person["sourcedId"]),
        [school],
        "metadata.seat",
        sourcedId=one,
        schoolSourcedId=school,
        role=role,
        primary="true" if primary else "false",
        beginDate="2026-08-17" if str(place["termSourcedIds"])[-1] != "S" else "2027-01-06",
        endDate="2027-06-05",
        **names,
    )


def _graded(made: Planted, place: dict[str, str | None], student: dict[str, str | None]) -> None:
    """Add the class's line item, once, and a result of the student."""
    school, item = str(place["schoolSourcedId"]), f"{place['sourcedId']}_9_1"
    if "_TN_" in item:  # homerooms without a master schedule have no gradebook
        return
    if item not in [row["sourcedId"] for row in made.rows["lineItems"]]:
        made.add("categories", None, [school], "title", sourcedId=f"c{place['sourcedId']}")
        made.add(
            "lineItems",
            None,
            [school],
            "title description",
            sourcedId=item,
            assignDate="2026-09-01",
            dueDate="2026-09-02",
            classSourcedId=place["sourcedId"],
            categorySourcedId=f"c{place['sourcedId']}",
            gradingPeriodSourcedId=f"{place['termSourcedIds']}_GP",
            resultValueMin="0.0",
            resultValueMax="9.0",
        )
    one = f"{item}_{str(student['sourcedId'])[4:]}"
    if one not in [row["sourcedId"] for row in made.rows["results"]]:
        made.add(
            "results",
            str(student["sourcedId"]),
            [school],
            "comment",
            sourcedId=one,
            lineItemSourcedId=item,
            studentSourcedId=student["sourcedId"],
            scoreStatus="fully graded",
            score="5.0",
            scoreDate="2026-09-03",
        )
