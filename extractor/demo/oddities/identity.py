"""Names, ids, emails and demographics that are ragged on purpose."""

from extractor.demo.oddities.edits import Drop, Oddity, Of, Put, Shift, again, joins, student

NAMES = (
    Oddity("mononym", "blank first name", (student(99300012, FN="", LN="Teguh"),)),
    Oddity("surname_null", "the surname Null", (student(99100005, LN="Null"),)),
    Oddity("surname_na", "the surname NA", (student(99100006, LN="NA"),)),
    Oddity("apostrophe", "an apostrophe in a surname", (student(99100007, LN="O'Brien"),)),
    Oddity("tilde", "a letter outside ASCII", (student(99100008, LN="Nuñez"),)),
    Oddity("comma", "a comma in a surname", (student(99200002, LN="de la Cruz, Jr."),)),
    Oddity("chinese", "a name in Chinese characters", (student(99200004, LN="欧阳", FN="小明"),)),
    Oddity(
        "combining",
        "an e and a combining acute accent, two code points",
        (student(99000001, FN="Rene\u0301e"),),
    ),
    Oddity(
        "supplementary_plane",
        "a rare character and an emoji outside the basic plane",
        (student(99000002, LN="𠮷田", FNA="Sunny 🦅"),),
    ),
    Oddity("quotes", "quote characters in a name", (student(99300001, FN='Robert "Bo"'),)),
    Oddity("tab", "a tab in a name", (student(99300002, FN="Anna\tMaria"),)),
    Oddity("line_feed", "a line feed in a name", (student(99300003, MN="Lee\nAnn"),)),
    Oddity("formula_equals", "a surname that starts with =", (student(89400003, LN="=Smith"),)),
    Oddity("formula_plus", "a first name that starts with +", (student(89400004, FN="+Max"),)),
    Oddity("trailing_blanks", "blanks after a surname", (student(89400005, LN="Harris   "),)),
)

PREFERRED = (
    Oddity(
        "preferred_first_name",
        "students who go by another first name: in a homeroom, in middle and in high school",
        (
            student(99000003, FNA="Lupe"),
            student(99300011, FNA="Kit"),
            student(99400012, FNA="Rowan"),
        ),
    ),
    Oddity(
        "preferred_last_name",
        "students who go by another last name, one by another first name too",
        (
            student(99200006, LNA="Rivera-Stone"),
            student(99400013, FNA="Sky", LNA="Moreno Vale"),
        ),
    ),
    Oddity(
        "preferred_middle_name",
        "a student who goes by another middle name",
        (student(99200007, MNA="Rain"),),
    ),
    Oddity(
        "preferred_name_blanks",
        "preferred names of blanks are none",
        (student(99300010, FNA="  ", LNA=" ", MNA=" "),),
    ),
    Oddity(
        "preferred_name_padded",
        "blanks around a preferred first name",
        (student(99300009, FNA=" Ari "),),
    ),
)

EMAILS = (
    Oddity("student_email_blank", "student email ''", (student(99300005, SEM=""),)),
    Oddity("student_email_null", "student email NULL", (student(99300007, SEM=None),)),
    Oddity(
        "student_email_shared",
        "a brother and a sister with one email",
        (
            student(99300008, SEM="siblings@eagle-unified.example", FK=7),
            student(99200003, SEM="siblings@eagle-unified.example", FK=7),
        ),
    ),
    Oddity(
        "student_email_blanks",
        "blanks around a student email",
        (student(99300009, SEM="  padded99300009@eagle-unified.example "),),
    ),
    Oddity(
        "student_email_space",
        "a blank inside a student email",
        (student(99300010, SEM="two words99300010@eagle-unified.example"),),
    ),
)

_SECOND = ((99400002, 9002), (99400003, 9003), (99400004, 9004))

IDS = (
    Oddity(
        "state_id_shared",
        "two students with one state id",
        (student(99100003, CID=Of("STU", (991, 4), "CID")),),
    ),
    Oddity(
        "state_id_differs",
        "one ID in two schools, another state id in each",
        (again(99400002, 894, 9002, CID="7999999999"), *joins(894, 9002, 1006)),
    ),
    Oddity(
        "birth_date_differs",
        "one ID in two schools, another birth date in each",
        (again(99400003, 894, 9003, BD=Shift("BD", 1)), *joins(894, 9003, 1007)),
    ),
    Oddity(
        "first_name_differs",
        "one ID in two schools, a nickname in one",
        (
            student(99400004, FN="Katherine"),
            again(99400004, 894, 9004, FN="Kate"),
            *joins(894, 9004, 1008),
        ),
    ),
)

SUPPLEMENTS = (
    Oddity(
        "user_name_blank",
        "the district's own user name '' and ' '",
        (
            Put("DSD", (99300010,), {"UNM": ""}),
            Put("DSD", (99300011,), {"UNM": " "}),
        ),
    ),
    Oddity(
        "district_supplement_missing",
        "a student without a DSD row",
        (Drop("DSD", {"ID": 99400009}),),
    ),
    Oddity(
        "district_supplement_deleted",
        "a deleted DSD row",
        (Put("DSD", (99400008,), {"DEL": 1}),),
    ),
    Oddity(
        "school_supplement_deleted",
        "a deleted SUP row",
        (Put("SUP", (994, 12), {"DEL": 1}),),
    ),
)

_GRADES = {
    -2: 99100001,
    15: 99100002,
    16: 99100003,
    17: 99100004,
    13: 99400013,
    14: 89400001,
    18: 89400002,
    21: 99400014,
}

DEMOGRAPHICS = (
    Oddity(
        "rare_grades",
        "the grade codes that no school here has; 21 is not a grade",
        tuple(student(identity, GR=grade) for grade, identity in _GRADES.items()),
    ),
    Oddity("race_declined", "race code ZZZ", (student(99200001, RC1="ZZZ"),)),
    Oddity(
        "race_one_family",
        "Chinese and Vietnamese: two codes, one race",
        (student(99200005, RC1="201", RC2="204"),),
    ),
    Oddity("race_two", "two races", (student(99200006, RC1="700", RC2="600"),)),
    Oddity("race_filipino", "Filipino", (student(99200007, RC1="400"),)),
    Oddity("race_unknown", "a race code that is in no list", (student(99200008, RC1="888"),)),
    Oddity("ethnicity_blank", "no answer on ethnicity", (student(99200009, ETH=""),)),
    Oddity("gender_x", "gender X in both columns", (student(99400011, SX="X", GN="X"),)),
    Oddity("gender_n", "gender N, sex blank", (student(99400012, SX="", GN="N"),)),
    Oddity("birth_date_null", "no birth date", (student(99300011, BD=None),)),
)
