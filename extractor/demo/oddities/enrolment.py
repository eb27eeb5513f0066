"""Who is a student where: concurrent, tagged, deleted, unscheduled, in the wrong homeroom."""

from extractor.demo.oddities.edits import Add, Before, Drop, Oddity, Put, again, joins, student

CONCURRENT = (
    Oddity(
        "concurrent_flex",
        "a student of the high school who also has classes at the flex school",
        (again(99400001, 894, 9001), *joins(894, 9001, 1005, 1009)),
    ),
    Oddity(
        "preferred_name_in_one_school",
        "one ID in two schools, a preferred first name in the second only",
        (Put("STU", (894, 9001), {"FNA": "Maxi"}), student(99400001, FNA="")),
    ),
    Oddity(
        "concurrent_high",
        "an eighth-grader with one class at the high school",
        (again(99300003, 994, 9001), *joins(994, 9001, 1006)),
    ),
    Oddity(
        "also_in_holding_school",
        "a student with a second, live row in the school for inactive students",
        (again(99400011, 999, 9001),),
    ),
)

TAGS = (
    Oddity("student_inactive", "tag I, classes still there", (student(99400005, TG="I"),)),
    Oddity("student_no_show", "tag N, classes still there", (student(99400006, TG="N"),)),
    Oddity("student_other_tag", "a letter of the district's own", (student(99300004, TG="Z"),)),
    Oddity("student_deleted", "DEL 1, classes still there", (student(99400007, DEL=1),)),
    Oddity("tag_one_blank", "tag ' ' is blank", (student(99400008, TG=" "),)),
    Oddity("tag_null", "tag NULL is blank", (student(99400009, TG=None),)),
    Oddity(
        "pre_enrolled",
        "tag *: a new kindergartner, and an eighth-grader, enrolled for next year",
        (
            Add(
                "STU",
                (990, 1),
                {"SN": 9001, "ID": 99009001, "CID": "7990090010", "TG": "*", "CU": 0, "ED": None},
            ),
            again(99300006, 994, 9002, TG="*", GR=9, ED=None),
        ),
    ),
    Oddity(
        "inactive_school_tag",
        "a tagged student of the school for inactive students",
        (student(99900002, TG="I"),),
    ),
    Oddity(
        "left_but_not_tagged",
        "a leave date in the past, tag blank",
        (student(99100002, LD=Before(30)),),
    ),
)

PLACES = (
    Oddity(
        "no_class",
        "a live student of the high school with no class at all",
        (Drop("SEC", {"SC": 994, "SN": 10}), Drop("CAR", {"SC": 994, "SN": 10})),
    ),
    Oddity("no_homeroom", "homeroom teacher 0", (student(99000004, CU=0),)),
    Oddity(
        "homeroom_without_teacher",
        "a homeroom number that no TCH row has",
        (student(99000007, CU=999),),
    ),
    Oddity(
        "year_term_missing",
        "a school without a master schedule that has no Y term",
        (Drop("TRM", {"SC": 991, "TM": "Y"}),),
    ),
)

_FAMILY = (89400001, 99000001, 99400001)


def _account(number: int, **values: object) -> Add:
    """Add an open portal account, a parent's unless said otherwise."""
    email = f"account{number}@mail.example"
    usual = {"AID": number, "EM": email, "TY": "P", "XD": None, "DEL": 0}
    return Add("PWA", (1,), usual | values)


PARENTS = (
    Oddity(
        "parent_of_three",
        "one portal account, three children in three schools",
        (
            Drop("PWS", {"AID": 1}),
            Put("PWA", (1,), {"EM": "parent@eagle-unified.example", "XD": None}),
            *(student(identity, FK=1) for identity in _FAMILY),
            *(Add("PWS", None, {"AID": 1, "ID": identity, "DEL": 0}) for identity in _FAMILY),
        ),
    ),
    Oddity(
        "parent_expired",
        "an expired portal account",
        (Put("PWA", (2,), {"XD": Before(30)}),),
    ),
    Oddity(
        "parent_deleted",
        "a deleted portal account, its links still there",
        (Put("PWA", (3,), {"DEL": 1}),),
    ),
    Oddity(
        "parent_of_tagged_student",
        "a portal account whose one child is inactive",
        (_account(900_001), Add("PWS", None, {"AID": 900_001, "ID": 99400005})),
    ),
    Oddity(
        "parent_link_deleted",
        "a portal account whose one link is deleted",
        (_account(900_002), Add("PWS", None, {"AID": 900_002, "ID": 99400002, "DEL": 1})),
    ),
    Oddity(
        "student_account",
        "a student's own portal account",
        (
            _account(900_003, TY="S", PID=99400002),
            Add("PWS", None, {"AID": 900_003, "ID": 99400002}),
        ),
    ),
)
