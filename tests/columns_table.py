"""Where each column of OneRoster gets its value from in Aeries, by kind of school, as data.

`docs/columns.md` is made from this module, and `test_columns.py` holds it against the queries,
the settings, the standard and an extracted district. Every column of the SIS is written out,
`MST.TN2` and not `TN2`, so that the tests can find it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

KINDS = {
    "secondary": "secondary",
    "flex": "flex",
    "elementary_mst": "elementary with master schedule",
    "elementary": "elementary without",
}


class Holds(Enum):
    """What the cells of a column hold."""

    VALUE = "value"
    BLANK = "blank"
    NO_ROWS = "no rows"


@dataclass(frozen=True, slots=True)
class Cell:
    """One column at one kind of school; `key` is the setting without which it is blank."""

    says: str
    holds: Holds = Holds.VALUE
    key: str = ""


Row = Mapping[str, Cell]  # by kind of school


@dataclass(frozen=True, slots=True)
class Table:
    """
    The columns of one file, or of the rows of some roles in it.

    `also` are the queries that feed it beside those of `plan.FEEDS`, each with what for;
    `of_schools` is false where rows belong to no school.
    """

    file: str
    columns: Mapping[str, Row]
    roles: tuple[str, ...] = ()
    note: str = ""
    also: Mapping[str, str] | None = None
    of_schools: bool = True


def _every(says: str) -> Row:
    return dict.fromkeys(KINDS, Cell(says))


def _preferred(plain: str, preferred: str, other: str = "") -> Row:
    """Tell where a name comes from; a required one that is blank is the other part of it."""
    instead = f"; else as `{other}`" if other else ""
    return _every(f"{plain}; `users.preferred_names` puts {preferred} before it{instead}")


def _by_class(sections: str | Cell, homerooms: str | Cell) -> Row:
    """Tell schools whose classes are sections from those whose classes are homerooms."""
    first, last = (one if isinstance(one, Cell) else Cell(one) for one in (sections, homerooms))
    return dict.fromkeys(KINDS, first) | {"elementary": last}


def _blank(why: str) -> Row:
    return dict.fromkeys(KINDS, Cell(f"blank: {why}", Holds.BLANK))


def _asked(key: str, says: str) -> Row:
    return dict.fromkeys(KINDS, Cell(f"blank, unless `{key}` asks for it: {says}", key=key))


def _gradebook(says: str | Row) -> Row:
    """Return a row of a file that hangs on sections."""
    none = Cell("no rows: gradebooks serve sections", Holds.NO_ROWS)
    first = says if isinstance(says, str) else says["secondary"]
    return _by_class(first, none)


_LIFE = {"status": _blank("bulk"), "dateLastModified": _blank("bulk")}
_GRADEBOOK_LIFE = {name: _gradebook(row) for name, row in _LIFE.items()}
_UNMAPPED = _blank("Aeries maps none")
_SUBJECTS = {"subjects": _UNMAPPED, "subjectCodes": _UNMAPPED}
_TERM = "the class's term (MST.SM)"
_TERM_END = "the day after TRM.D2 (with `vendor.end_dates`, the day itself)"
_HOMEROOM_NAME = "TCH.TLN, else STF.LN, else TCH.TE"

_ACADEMIC_SESSIONS = Table(
    "academicSessions",
    {
        "sourcedId": _every(
            "TRM.SC, TRM.TM: `994_F`; its grading period, where assignments need one, "
            "`994_F_GP`; the district's school year `SY_2027`"
        ),
        **_LIFE,
        "title": _every(
            "code table `codes.sessions` of TRM.TM, by whether the school has just the terms 1 "
            "to 3; a code that is not in it: `Term` and TRM.TM; the school year: `2026-2027`"
        ),
        "type": _every("`term`; `gradingPeriod`; `schoolYear`"),
        "startDate": _every("TRM.D1; the school year: the first of its `Y` terms"),
        "endDate": _every(f"{_TERM_END}; the school year: the last of its `Y` terms"),
        "parentSourcedId": _every(
            "the school's `Y` term, of that term the school year; of a grading period its term"
        ),
        "schoolYear": _every(
            "the year in which most `Y` terms end (TRM.D2); `district.school_year` must agree"
        ),
    },
    note="A `Y` term that a school lacks is made from its other terms, else from the district's.",
)
_CATEGORIES = Table(
    "categories",
    {
        "sourcedId": _gradebook(
            "GBC.GN, GBC.CD: `9940001_H`; GBA.GN, GBA.CD of an assignment whose category its "
            "gradebook lacks; `none` for a blank GBA.CD"
        ),
        **_GRADEBOOK_LIFE,
        "title": _gradebook("GBC.DE, else GBC.CD or GBA.CD; `Uncategorized` for a blank GBA.CD"),
    },
    also={"gradebook_assignments": "categories that only an assignment names"},
)
_CLASSES = Table(
    "classes",
    {
        "sourcedId": _by_class("MST.SC, MST.SE: `994_1001`", "TCH.SC, TCH.TN: `990_TN_421`"),
        **_LIFE,
        "title": _by_class(
            "the course's: CRS.CO, else CRS.DE, else MST.CN; `options.class_title` may add "
            "MST.CN, MST.SE, FTF.STI (of MST.FSQ) or MST.PD, MST.RM, MST.SM, MST.SP, MST.TR",
            f"`options.homeroom_title`: the name ({_HOMEROOM_NAME}) and the ends of the grades "
            "(TCH.LO, TCH.HI), `Rivera KG-01`; it may name TCH.RM, TCH.TN, TCH.TR; where nothing "
            "is filled, the sourcedId",
        ),
        "grades": _by_class(
            "MST.LO to MST.HI by code table `codes.grades`; 0 to 0 is blank, unless LOC.LO is 0 or "
            "lower",
            "TCH.LO to TCH.HI by code table `codes.grades`",
        ),
        "courseSourcedId": _by_class("MST.CN, spelt as CRS.CN: `0634`", "TCH.ID: `TCH_990421`"),
        "classCode": _UNMAPPED,
        "classType": _every("`scheduled`")
        | {
            "elementary_mst": Cell(
                "`homeroom` for sections of `options.homeroom_courses` (MST.CN), and those that "
                "MST.PC marks with `options.homeroom_primary_class`; else `scheduled`"
            )
        },
        "location": _by_class("MST.RM", "TCH.RM"),
        "schoolSourcedId": _by_class("MST.SC", "TCH.SC"),
        "termSourcedIds": _by_class(
            "MST.SC, MST.SM: `994_F`; the `Y` term where no TRM.TM is MST.SM",
            "TCH.SC: `990_Y`",
        ),
        **_SUBJECTS,
        "periods": _by_class("MST.PD and the MST.BL - 1 after it: `2,3,4`", "`0`")
        | {
            "flex": Cell(
                "FTF.STI (FTF.ST - FTF.ET) of MST.FSQ: `P0 (7:05 AM - 7:55 AM)`; a section "
                "without: MST.PD and the MST.BL - 1 after it"
            )
        },
    },
    also={
        "course_catalog": "titles, and the spelling of ids, of courses",
        "schools": "the lowest grade of a school",
        "terms": "which terms there are",
    },
)
_CLASS_RESOURCES = Table(
    "classResources",
    {
        "sourcedId": _every("class and resource: `990_TN_421_res-spelling`"),
        **_LIFE,
        "title": _every("title of the resource, from `resources.file`"),
        "classSourcedId": _every("each of classSourcedIds of `resources.file`"),
        "resourceSourcedId": _every("sourcedId of `resources.file`"),
    },
    of_schools=False,
)
_COURSES = Table(
    "courses",
    {
        "sourcedId": _by_class(
            "MST.CN, spelt as CRS.CN: `0634`", "TCH.ID: `TCH_990421`, one for each teacher"
        ),
        **_LIFE,
        "schoolYearSourcedId": _asked("vendor.course_school_year", "`SY_2027`"),
        "title": _by_class(
            "CRS.CO, else CRS.DE, else CRS.CN; MST.CN where CRS has no such course",
            f"{_HOMEROOM_NAME}, and `class`: `Rivera class`; without a name the sourcedId",
        ),
        "courseCode": _by_class("CRS.CN", "TCH.ID: `TCH_990421`"),
        "grades": _by_class(
            "CRS.LO to CRS.HI by code table `codes.grades`; 0 to 0 is blank",
            "lowest TCH.LO to highest TCH.HI of the teacher's homerooms, by code table "
            "`codes.grades`",
        ),
        "orgSourcedId": _by_class(
            "`0`, the district", "TCH.SC; `0` for a teacher with homerooms at several schools"
        ),
        **_SUBJECTS,
    },
    also={"sections": "which courses are used", "homerooms": "courses of homerooms"},
)
_COURSE_RESOURCES = Table(
    "courseResources",
    {
        "sourcedId": _every("course and resource: `0634_res-statistics`"),
        **_LIFE,
        "title": _every("title of the resource, from `resources.file`"),
        "courseSourcedId": _every("each of courseSourcedIds of `resources.file`"),
        "resourceSourcedId": _every("sourcedId of `resources.file`"),
    },
    of_schools=False,
)
_RACE_CODES = "STU.RC1, STU.RC2, STU.RC3, STU.RC4, STU.RC5"
_RACE = _every(
    f"`true` where code table `codes.races` sets it for one of {_RACE_CODES}, else `false`; blank "
    "where none of them sets any"
)
_DEMOGRAPHICS = Table(
    "demographics",
    {
        "sourcedId": _every("as in users.csv: STU.ID; `users.student_id`, `users.prefixes`"),
        **_LIFE,
        "birthDate": _every("STU.BD"),
        "sex": _every("code table `codes.sexes` of STU.GN, else STU.SX; blank for other codes"),
        "americanIndianOrAlaskaNative": _RACE,
        "asian": _RACE,
        "blackOrAfricanAmerican": _RACE,
        "nativeHawaiianOrOtherPacificIslander": _RACE,
        "white": _RACE,
        "demographicRaceTwoOrMoreRaces": _every(
            f"`true` where two or more of the above are, `false` where not; {_RACE_CODES}"
        ),
        "hispanicOrLatinoEthnicity": _every("STU.ETH: `true` for Y, `false` for N, else blank"),
        "countryOfBirthCode": _every("STU.BCU"),
        "stateOfBirthAbbreviation": _every("STU.BST"),
        "cityOfBirth": _every("STU.BCY"),
        "publicSchoolResidenceStatus": _UNMAPPED,
    },
    note="Students only. Each value is that of the lowest school code that has one; the race "
    "codes are all of one row.",
)
_IN_SECTION, _IN_HOMEROOM = "SEC.SC, STU.ID, SEC.SE", "STU.SC, STU.ID, STU.CU"
_STUDENT_ENROLLMENTS = Table(
    "enrollments",
    {
        "sourcedId": _by_class(
            f"{_IN_SECTION}: `994_STU_99400001_1001`; `users.student_id`, `users.prefixes`",
            f"{_IN_HOMEROOM}: `990_STU_99000001_TN_421`; `users.student_id`, `users.prefixes`",
        ),
        **_LIFE,
        "classSourcedId": _by_class("SEC.SC, SEC.SE", "STU.SC, STU.CU"),
        "schoolSourcedId": _by_class("SEC.SC", "STU.SC"),
        "userSourcedId": _by_class(
            "STU.ID of the student SEC.SC, SEC.SN; `users.student_id`, `users.prefixes`",
            "STU.ID; `users.student_id`, `users.prefixes`",
        ),
        "role": _every("`student`"),
        "primary": _every("`false`"),
        "beginDate": _by_class(
            f"CAR.DS of the stay (CAR.DS to CAR.DE) that covers the day of the run, else of the "
            f"last one, cut to {_TERM}; where CAR and SEC disagree, TRM.D1 of that term",
            "TRM.D1 of the `Y` term",
        ),
        "endDate": _by_class(
            f"the day after CAR.DE of that stay (CAR.DS to CAR.DE), cut to {_TERM}; where CAR and "
            f"SEC disagree, {_TERM_END}",
            f"{_TERM_END}, of the `Y` term",
        ),
    },
    roles=("student",),
    also={"terms": "dates", "sections": "the term of the class"},
)
_TAUGHT = "SSE.ID where the section has staff that day, else TCH.ID of MST.TN, MST.TN2, MST.TN3"
_TEACHER_ENROLLMENTS = Table(
    "enrollments",
    {
        "sourcedId": _by_class(
            f"MST.SC, staff id, MST.SE: `994_TCH_994605_1001`; {_TAUGHT}",
            "TCH.SC, TCH.ID, TCH.TN: `990_TCH_990421_TN_421`",
        ),
        **_LIFE,
        "classSourcedId": _by_class("MST.SC, MST.SE", "TCH.SC, TCH.TN"),
        "schoolSourcedId": _by_class("MST.SC", "TCH.SC"),
        "userSourcedId": _by_class(
            f"{_TAUGHT}; `users.staff_id`, `users.prefixes`",
            "TCH.ID; `users.staff_id`, `users.prefixes`",
        ),
        "role": _every("`teacher`"),
        "primary": _by_class(
            "`true` for one of a class, the one of SSE.PR or of MST.TN; where that is nobody or "
            "several, the lowest staff id; else `false`",
            "`true`",
        ),
        "beginDate": _by_class(f"TRM.D1 of {_TERM}", "TRM.D1 of the `Y` term"),
        "endDate": _by_class(f"{_TERM_END}, of {_TERM}", f"{_TERM_END}, of the `Y` term"),
    },
    roles=("teacher",),
    also={
        "terms": "dates",
        "sections": "the term of the class",
        "homerooms": "teachers of homerooms",
    },
)
_LINE_ITEMS = Table(
    "lineItems",
    {
        "sourcedId": _gradebook("GBL.SC, GBL.SE, GBA.GN, GBA.AN: `994_1001_9940001_1`"),
        **_GRADEBOOK_LIFE,
        "title": _gradebook("GBA.AD, else `Assignment` and GBA.AN"),
        "description": _gradebook(_blank("the SIS holds none")),
        "assignDate": _gradebook(f"GBA.DA, else GBA.DD, else TRM.D1 of {_TERM}"),
        "dueDate": _gradebook(f"GBA.DD, else GBA.DA, else TRM.D1 of {_TERM}"),
        "classSourcedId": _gradebook("GBL.SC, GBL.SE"),
        "categorySourcedId": _gradebook("GBA.GN, GBA.CD; `none` for a blank GBA.CD"),
        "gradingPeriodSourcedId": _gradebook(f"{_TERM}: `994_F_GP`"),
        "resultValueMin": _gradebook("`0.0`"),
        "resultValueMax": _gradebook("GBA.NP, else `100.0`"),
    },
    also={"sections": "the term of the class", "terms": "dates, where the assignment has none"},
)
_ORGS = Table(
    "orgs",
    {
        "sourcedId": _every("LOC.CD; `0` is the district"),
        **_LIFE,
        "name": _every("LOC.NM, else LOC.CD; the district: LOC.NM, else `district.name`"),
        "type": _every("`school`; `district`"),
        "identifier": _every("LOC.CC, LOC.DC, LOC.SC joined; blank where one of them is"),
        "parentSourcedId": _every("`0`; of the district blank"),
    },
)
_RESOURCES = Table(
    "resources",
    {
        name: _LIFE.get(name) or _every(f"{name} of `resources.file`")
        for name in (
            *("sourcedId", "status", "dateLastModified", "vendorResourceId", "title", "roles"),
            *("importance", "vendorId", "applicationId"),
        )
    },
    note="No SIS holds resources: the district keeps a list, which `resources.file` names.",
    of_schools=False,
)
_RESULTS = Table(
    "results",
    {
        "sourcedId": _gradebook(
            "GBS.SC, SEC.SE, GBS.GN, GBS.AN, STU.ID: `994_1001_9940001_1_99400001`; "
            "`users.student_id`"
        ),
        **_GRADEBOOK_LIFE,
        "lineItemSourcedId": _gradebook("GBS.SC, SEC.SE of the student's section, GBS.GN, GBS.AN"),
        "studentSourcedId": _gradebook(
            "STU.ID of the student GBS.SC, GBS.SN; `users.student_id`, `users.prefixes`"
        ),
        "scoreStatus": _gradebook(
            "with GBS.SCR `fully graded` or, by GBA.GC, `partially graded`; without, "
            "`submitted` or, for a blank GBS.DC, `not submitted`"
        ),
        "score": _gradebook("GBS.SCR, else `0.0`, because 1.1 requires one"),
        "scoreDate": _gradebook("GBS.DC, else GBA.DD, else GBA.DA, else the day of GBS.DTS"),
        "comment": _gradebook("GBS.TX"),
    },
)
_NO_PASSWORD = _blank("never sent")
_STUDENT_FIELDS = "STU.ID, STU.CID, STU.SEM, STU.NID, or any column of SUP and DSD"
_STAFF_FIELDS = "STF.ID, STF.SID, STF.NID, UGN.UN"
_STUDENTS = Table(
    "users",
    {
        "sourcedId": _every(
            f"STU.ID: `STU_99400001`; `users.student_id` chooses among {_STUDENT_FIELDS}, "
            "`users.prefixes` leaves `STU_` out"
        ),
        **_LIFE,
        "enabledUser": _every("`true`"),
        "orgSourcedIds": _every("STU.SC of every live row without a tag"),
        "role": _every("`student`"),
        "username": _every(
            f"STU.SEM; `users.student_username` chooses among {_STUDENT_FIELDS}, and the local "
            "part of STU.SEM; where that is blank, the sourcedId"
        ),
        "userIds": _asked("users.student_user_ids", _STUDENT_FIELDS),
        "givenName": _preferred("STU.FN", "STU.FNA", "familyName"),
        "familyName": _preferred("STU.LN", "STU.LNA", "givenName"),
        "middleName": _preferred("STU.MN", "STU.MNA"),
        "identifier": _every(
            "the lowest STU.SC that the vendor gets, and the sourcedId: `994_STU_99400001`"
        ),
        "email": _every("STU.SEM; blank for roles that `users.emails` leaves out"),
        "sms": _asked("users.student_sms", "STU.TL or STU.MPH"),
        "phone": _asked("users.student_phone", "STU.TL or STU.MPH"),
        "agentSourcedIds": _every(
            "PWA.AID of the parents: `PAT_1`; blank without `parents` among `vendor.grants`"
        ),
        "grades": _every("STU.GR by code table `codes.grades`; blank with `users.grades` off"),
        "password": _NO_PASSWORD,
    },
    roles=("student",),
    note="A student at several schools is one row: each value is that of the lowest school code "
    "that has one.",
)
_STAFF_EMAIL = "UGN.EM, else STF.EM"
_OF_STUDENTS = _blank("of students and parents only")
_STUDENTS_ONLY = _blank("of students only")


def _staff(prefix: str, number: str, email: str) -> dict[str, Row]:
    """Return the columns that all staff have."""
    return {
        "username": _every(
            f"{email}; `users.staff_username` chooses among {_STAFF_FIELDS}, and the local part of "
            f"the email; where that is blank, the sourcedId"
        ),
        "userIds": _asked("users.staff_user_ids", _STAFF_FIELDS),
        "middleName": _blank("not read for staff"),
        "email": _every(f"{email}; blank for roles that `users.emails` leaves out"),
        "sms": _asked("users.staff_sms", "STF.TL or STF.CP"),
        "phone": _asked("users.staff_phone", "STF.TL or STF.CP"),
        "agentSourcedIds": _OF_STUDENTS,
        "grades": _STUDENTS_ONLY,
        "password": _NO_PASSWORD,
    }


_TEACHERS = Table(
    "users",
    {
        "sourcedId": _every(
            f"TCH.ID or SSE.ID: `TCH_994605`; `users.staff_id` chooses among {_STAFF_FIELDS}, "
            "`users.prefixes` leaves `TCH_` out"
        ),
        **_LIFE,
        "enabledUser": _every("`true`"),
        "orgSourcedIds": _every("every TCH.SC and SSE.SC of the person"),
        "role": _every("`teacher`"),
        **_staff("`TCH_`", "TCH.ID or SSE.ID", f"{_STAFF_EMAIL}, else TCH.EM"),
        "givenName": _preferred("TCH.TF, else STF.FN", "STF.FNP", "familyName"),
        "familyName": _every("TCH.TLN, else STF.LN; else as `givenName`"),
        "identifier": _every(
            "the lowest of TCH.SC and SSE.SC that the vendor gets, and the sourcedId: "
            "`994_TCH_994605`"
        ),
    },
    roles=("teacher",),
    note="Staff of sections (SSE) need no teacher record: their names are those of STF.",
)
_PARENTS = Table(
    "users",
    {
        "sourcedId": _every("PWA.AID: `PAT_1`; `users.prefixes` leaves `PAT_` out"),
        **_LIFE,
        "enabledUser": _every("`true`"),
        "orgSourcedIds": _every("STU.SC of the students in the bundle that PWS.ID names"),
        "role": _every("`parent`"),
        "username": _every("PWA.EM; where that is blank, the sourcedId"),
        "userIds": _blank("none is read for parents"),
        "givenName": _every("PWA.FN; else as `familyName`"),
        "familyName": _every("PWA.LN; else as `givenName`"),
        "middleName": _blank("not read for parents"),
        "identifier": _every("PWA.AID: `0_PAT_1`"),
        "email": _every("PWA.EM; blank for roles that `users.emails` leaves out"),
        "sms": _blank("not read for parents"),
        "phone": _blank("not read for parents"),
        "agentSourcedIds": _every(
            "STU.ID of the students in the bundle that PWS.ID names; `users.student_id`, "
            "`users.prefixes`"
        ),
        "grades": _STUDENTS_ONLY,
        "password": _NO_PASSWORD,
    },
    roles=("parent",),
    note="Open portal accounts of type P. Only for vendors that are granted `parents`.",
)
_OTHER_STAFF = Table(
    "users",
    {
        "sourcedId": _every(
            f"STF.ID: `ADM_994001`, `AID_994003`; `users.staff_id` chooses among {_STAFF_FIELDS}, "
            "`users.prefixes` leaves `ADM_` and `AID_` out"
        ),
        **_LIFE,
        "enabledUser": _every("`true`"),
        "orgSourcedIds": _every("STF.PSC; `0`, the district, where that is no rostered school"),
        "role": _every(
            "`staff.role` of the first rule that fits STF.TI (`staff.titles`) and UGN.UTY "
            "(`staff.user_types`)"
        ),
        **_staff("`ADM_` or `AID_`", "STF.ID", _STAFF_EMAIL),
        "givenName": _preferred("STF.FN", "STF.FNP", "familyName"),
        "familyName": _every("STF.LN; else as `givenName`"),
        "identifier": _every("STF.PSC or `0`, and STF.ID: `994_ADM_994001`"),
    },
    roles=("administrator", "aide"),
    note="Only for vendors that are granted `staff`.",
)

TABLES = (
    _ACADEMIC_SESSIONS,
    _CATEGORIES,
    _CLASSES,
    _CLASS_RESOURCES,
    _COURSES,
    _COURSE_RESOURCES,
    _DEMOGRAPHICS,
    _STUDENT_ENROLLMENTS,
    _TEACHER_ENROLLMENTS,
    _LINE_ITEMS,
    _ORGS,
    _RESOURCES,
    _RESULTS,
    _STUDENTS,
    _TEACHERS,
    _PARENTS,
    _OTHER_STAFF,
)

INTRODUCTION = """\
# Where each column gets its value

Every column of the standard's 13 files, and what of Aeries becomes its value at each kind of
school. Names like MST.SM are a table and a column of Aeries; names like `options.class_title` are
keys of the settings. *The same* means: as in the cell to the left.

| kind of school | which, unless `school.scheduling` says otherwise |
| --- | --- |
| secondary | every other one |
| flex | has live sections (MST.SC) and staff of sections (SSE.SC) |
| elementary with master schedule | has live sections, and LOC.HI is 6 or lower |
| elementary without | has no live section, LOC.LO is 5 or lower and LOC.HI 1 to 8 |

`status` and `dateLastModified` are blank in bulk bundles, as the standard requires. Text is
trimmed, and blank text counts as none. Columns of the district's own, `metadata.column`, stand
right of these: each is the column `metadata.source` of the query `metadata.query`.
"""
