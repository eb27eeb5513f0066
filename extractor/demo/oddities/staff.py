"""Teachers who are in two places, nobody, unreachable, gone, or named like another."""

from extractor.demo.oddities.edits import Add, Before, Oddity, Put, joins, section, student


def _login(staff: int) -> tuple[int]:
    return (5_000_000 + staff,)


PEOPLE = (
    Oddity(
        "teacher_in_two_schools",
        "a high school teacher with a section of the middle school; no email in the second row",
        (
            Add("TCH", (994, 601), {"SC": 993, "TN": 951, "EM": "", "LO": 6, "HI": 8}),
            Add("MST", (993, 1001), {"SE": 9001, "SM": "Y", "TN": 951, "PD": 7, "TS": 1}),
            *joins(993, 1, 9001),
        ),
    ),
    Oddity(
        "vacant_homeroom",
        "TCH.ID 0: a homeroom with students and no teacher",
        (
            Add(
                "TCH",
                (990, 421),
                {"TN": 951, "ID": 0, "TE": "VACANCY", "TF": "", "TLN": "Vacancy", "EM": ""},
            ),
            student(99000005, CU=951),
            student(99000006, CU=951),
        ),
    ),
    Oddity(
        "vacant_section",
        "a section with students, taught by TBA (TCH.ID 0)",
        (
            Add(
                "TCH", (994, 601), {"TN": 951, "ID": 0, "TE": "TBA", "TF": "", "TLN": "", "EM": ""}
            ),
            *section(9001, 11, 12, TN=951),
        ),
    ),
    Oddity(
        "two_homerooms",
        "one teacher, two homerooms in one school",
        (
            Add("TCH", (990, 421), {"TN": 952, "RM": "22", "LO": 0, "HI": 0}),
            student(99000008, CU=952),
        ),
    ),
    Oddity(
        "combination_class",
        "kindergarten and first grade in one homeroom",
        (Put("TCH", (990, 421), {"LO": 0, "HI": 1}), student(99000009, CU=421)),
    ),
    Oddity(
        "homerooms_of_one_name",
        "two teachers named Rivera with the same grades in one school",
        tuple(
            Put("TCH", (990, number), {"TLN": "Rivera", "TE": "RIVERA", "LO": 1, "HI": 2})
            for number in (422, 423)
        ),
    ),
    Oddity(
        "display_name",
        "a display name with room and programme in it",
        (Put("TCH", (994, 603), {"TE": "SMITH (Rm 12) / RSP", "TG": " "}),),
    ),
    Oddity(
        "teacher_without_record",
        "sections of a TN that no TCH row has",
        section(9017, 11, TN=998),
    ),
    Oddity(
        "teacher_deleted",
        "a section of a deleted TCH row",
        (
            Add("TCH", (994, 601), {"TN": 952, "DEL": 1}),
            *section(9015, 12, TN=952),
        ),
    ),
    Oddity(
        "teacher_tagged",
        "a section of a tagged TCH row",
        (
            Add("TCH", (994, 602), {"TN": 953, "TG": "I"}),
            *section(9016, 12, TN=953),
        ),
    ),
    Oddity(
        "teacher_deletion_null",
        "DEL and TG NULL in a live TCH row",
        (Put("TCH", (993, 501), {"DEL": None, "TG": None}),),
    ),
    Oddity(
        "teacher_left",
        "a leave date in the past, still teaching",
        (Put("STF", (994604,), {"LD": Before(20)}),),
    ),
    Oddity(
        "staff_tag_null",
        "STF.TG NULL is blank",
        (Put("STF", (994601,), {"TG": None}),),
    ),
)

PREFERRED = (
    Oddity(
        "staff_preferred_name",
        "teachers who go by another first name: of a homeroom and of sections",
        (
            Put("STF", (990424,), {"FNP": "Robin"}),
            Put("STF", (993502,), {"FNP": "Alex"}),
            Put("STF", (994605,), {"FNP": "Sam"}),
        ),
    ),
    Oddity(
        "staff_preferred_name_blanks",
        "a preferred name of blanks is none",
        (Put("STF", (993503,), {"FNP": "  "}),),
    ),
)

EMAILS = (
    Oddity(
        "teacher_without_email",
        "no email in TCH, STF and UGN",
        (
            Put("STF", (994602,), {"EM": "", "NID": ""}),
            Put("TCH", (994, 602), {"EM": None}),
            Put("UGN", _login(994602), {"EM": ""}),
        ),
    ),
    Oddity(
        "emails_differ",
        "one email in UGN, another in STF and TCH",
        (Put("UGN", _login(994603), {"EM": "login994603@eagle-unified.example"}),),
    ),
    Oddity(
        "teacher_email_in_staff_only",
        "TCH.EM blank, STF.EM there",
        (Put("TCH", (994, 607), {"EM": " "}),),
    ),
    Oddity(
        "login_expired",
        "an expired login",
        (Put("UGN", _login(994606), {"XD": Before(60)}),),
    ),
)

_PRIMARY = (894, 1001, 894605, 1)

SECTION_STAFF = (
    Oddity(
        "second_teacher",
        "a second, non-primary teacher in a flex section",
        (Add("SSE", _PRIMARY, {"ID": 894601, "SQ": 2, "PR": 0, "RL": "CT"}),),
    ),
    Oddity(
        "section_staff_ended",
        "a primary teacher who has gone, followed by another",
        (
            Put("SSE", (894, 1005, 894606, 1), {"SD": Before(60), "ED": Before(10)}),
            Add(
                "SSE", (894, 1005, 894606, 1), {"ID": 894602, "SQ": 2, "SD": Before(9), "ED": None}
            ),
        ),
    ),
    Oddity(
        "section_staff_future",
        "a teacher who starts next month",
        (Add("SSE", _PRIMARY, {"ID": 894603, "SQ": 2, "PR": 0, "SD": Before(-30)}),),
    ),
    Oddity(
        "section_without_primary",
        "section staff, none of them primary",
        (Put("SSE", (894, 1009, 894607, 1), {"PR": 0}),),
    ),
    Oddity(
        "section_staff_unknown",
        "section staff whose ID no STF row has",
        (Add("SSE", _PRIMARY, {"SE": 1013, "ID": 894999, "PR": 0}),),
    ),
    Oddity(
        "section_staff_deleted",
        "a deleted row of section staff",
        (Add("SSE", _PRIMARY, {"ID": 894604, "SQ": 2, "DEL": 1}),),
    ),
    Oddity(
        "staff_twice_in_section",
        "one person in a flex section twice, for two spells",
        (
            Put("SSE", (894, 1017, 894602, 1), {"SD": Before(90), "ED": Before(40)}),
            Add("SSE", (894, 1017, 894602, 1), {"SQ": 2, "SD": Before(30), "ED": None}),
        ),
    ),
)
