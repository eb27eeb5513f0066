"""Sections and courses that dangle, are empty, tagged, placeholders or badly spelt."""

from extractor.demo.oddities.edits import Add, Before, Edit, Oddity, Put, section


def _course(number: str, **values: object) -> Add:
    """Add a course."""
    usual: dict[str, object] = {"CN": number, "CO": f"Course {number}", "DE": "", "C3": ""}
    return Add("CRS", ("0634",), usual | values)


SECTIONS = (
    Oddity("term_missing", "SM names no TRM row", section(9002, 11, SM="Q")),
    Oddity("course_missing", "CN names no CRS row", section(9003, 11, CN="9999")),
    Oddity("empty_section", "a section with no students", section(9004)),
    Oddity("second_teacher_only", "TN 0, TN2 filled", section(9005, 11, TN=0, TN2=602)),
    Oddity(
        "co_teachers",
        "three teachers",
        (Put("MST", (994, 1002), {"TN2": 601, "TN3": 602}),),
    ),
    Oddity(
        "same_teacher_twice",
        "one teacher as first and as second",
        section(9021, 12, TN=601, TN2=601),
    ),
    Oddity("section_tag_x", "ST X, with students", section(9013, 12, ST="X")),
    Oddity("section_deleted", "DEL 1, with live SEC rows", section(9014, 12, DEL=1)),
    Oddity(
        "section_tag_null",
        "ST NULL and ' ' are blank",
        (Put("MST", (994, 1005), {"ST": None}), Put("MST", (994, 1003), {"ST": " "})),
    ),
    Oddity(
        "split_term",
        "SP: halves of the fall and of the spring term, every other day of the year",
        tuple(
            Put("MST", (994, number), {"SP": split})
            for number, split in (
                (1001, "FIRST"),
                (1002, "SECOND"),
                (1021, "A-DAYS"),
                (1022, "B-DAYS"),
                (1023, "A-DAYS"),
                (1024, "B-DAYS"),
                (1025, "FIRST"),
                (1026, "SECOND"),
            )
        ),
    ),
    Oddity(
        "split_term_own_word",
        "SP is a word of the school's own",
        (Put("MST", (994, 1019), {"SP": "MWF"}),),
    ),
    Oddity(
        "split_term_blank",
        "SP ' ' is blank",
        (Put("MST", (994, 1012), {"SP": " "}),),
    ),
    Oddity(
        "placeholder",
        "a section of No Zero Period, period 0",
        section(9019, 13, CN="0001", PD=0),
    ),
    Oddity(
        "grades_zero",
        "LO and HI 0 in course and section",
        (_course("0991", LO=0, HI=0), *section(9010, 12, CN="0991", LO=0, HI=0)),
    ),
    Oddity(
        "grades_reversed",
        "LO above HI in course and section",
        (_course("0992", LO=12, HI=9), *section(9011, 12, CN="0992", LO=12, HI=9)),
    ),
)

COURSES = (
    Oddity(
        "course_id_blank_inside",
        "a course id with a blank in it",
        (_course("06 34"), *section(9007, 13, CN="06 34")),
    ),
    Oddity(
        "course_id_ampersand",
        "a course id with an ampersand in it",
        (_course("A&P1", CO="Anatomy & Physiology"), *section(9008, 13, CN="A&P1")),
    ),
    Oddity(
        "course_title_blank",
        "no course title",
        (_course("0990", CO=""), *section(9009, 13, CN="0990")),
    ),
    Oddity(
        "course_inactive",
        "an inactive course that is taught",
        (_course("0993", TG="I"), *section(9012, 13, CN="0993")),
    ),
    Oddity(
        "course_deletion_null",
        "DEL NULL in a live course",
        (Put("CRS", ("0634",), {"DEL": None}),),
    ),
    Oddity(
        "course_deleted",
        "a deleted course that is taught",
        (_course("0995", DEL=1), *section(9022, 13, CN="0995")),
    ),
    Oddity("course_unused", "a course that nobody teaches", (_course("0996"),)),
)


def _breaks() -> tuple[Edit, ...]:
    return (
        _course("0994", CO="Woodshop\r\nBeginning"),
        *section(9018, 14, CN="0994", RM="B\n12"),
    )


TEXTS = (
    Oddity("line_breaks", "CR LF in a course title, LF in a room", _breaks()),
    Oddity("room_comma", "a comma in a room", (Put("MST", (994, 1004), {"RM": "B,12"}),)),
    Oddity(
        "title_quotes",
        "quote characters in a course title",
        (Put("CRS", ("0702",), {"CO": 'Jazz Band "Blue"'}),),
    ),
)

_BOOK, _PUPIL = 9940001, 1

GRADEBOOKS = (
    Oddity(
        "score_above_points",
        "more points than possible",
        (Put("GBS", (_BOOK, 1, 994, _PUPIL), {"SCR": 11.5, "DC": Before(5)}),),
    ),
    Oddity(
        "score_missing",
        "assignment done, no score",
        (Put("GBS", (_BOOK, 2, 994, _PUPIL), {"SCR": None, "DC": Before(5)}),),
    ),
    Oddity(
        "points_zero",
        "an assignment of 0 points",
        (Put("GBA", (_BOOK, 3), {"NP": 0.0}),),
    ),
    Oddity(
        "category_unknown",
        "a category the gradebook does not have",
        (Put("GBA", (_BOOK, 4), {"CD": "?"}),),
    ),
    Oddity(
        "assignment_text",
        "quotes, comma and line feed in a title",
        (Put("GBA", (_BOOK, 5), {"AD": 'Read "Emma",\npages 1-20'}),),
    ),
    Oddity(
        "due_date_missing",
        "no due date",
        (Put("GBA", (_BOOK, 6), {"DD": None}),),
    ),
    Oddity(
        "score_without_student",
        "a score of a student who was never in the class",
        (Add("GBS", (_BOOK, 1, 994, _PUPIL), {"SN": 9001}),),
    ),
    Oddity(
        "gradebook_deleted",
        "a deleted gradebook with assignments and scores",
        (Put("GBK", (9940002,), {"DEL": 1}),),
    ),
)
