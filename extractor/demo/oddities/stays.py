"""Rosters (SEC) and dated stays (CAR) that disagree with each other or with the calendar."""

from extractor.demo.oddities.edits import Add, Drop, Oddity, Of, Put, Shift, section

ROSTERS = (
    Oddity(
        "section_missing",
        "a SEC row of a section that does not exist",
        (Add("SEC", (994, 1, 1001, 1), {"SN": 11, "SE": 9099}),),
    ),
    Oddity(
        "section_twice",
        "one student in one section twice, SQ 1 and 2",
        (Add("SEC", (994, 2, 1002, 1), {"SQ": 2}),),
    ),
    Oddity(
        "roster_deleted",
        "a deleted SEC row; the student has dropped the class",
        (*section(9020, 13, 14), Put("SEC", (994, 13, 9020, 1), {"DEL": 1})),
    ),
    Oddity(
        "roster_deletion_null",
        "DEL NULL in a live SEC row",
        (Put("SEC", (993, 1, 1001, 1), {"DEL": None}),),
    ),
)

STAYS = (
    Oddity("stay_missing", "no CAR row", (Drop("CAR", {"SC": 994, "SN": 3, "SQ": 3}),)),
    Oddity("start_blank", "DS NULL", (Put("CAR", (994, 1, 2), {"DS": None}),)),
    Oddity("end_blank", "DE NULL", (Put("CAR", (994, 1, 3), {"DE": None}),)),
    Oddity("dates_blank", "DS and DE NULL", (Put("CAR", (994, 1, 4), {"DS": None, "DE": None}),)),
    Oddity(
        "end_before_start",
        "DE before DS",
        (Put("CAR", (994, 2, 2), {"DE": Shift("DS", -3)}),),
    ),
    Oddity(
        "overlap",
        "two stays in one section that overlap",
        (Add("CAR", (994, 2, 3), {"SQ": 51, "DS": Shift("DS", 14)}),),
    ),
    Oddity(
        "came_back",
        "left after six weeks, came back two weeks later",
        (
            Add("CAR", (994, 3, 2), {"SQ": 51, "DS": Shift("DS", 56)}),
            Put("CAR", (994, 3, 2), {"DE": Shift("DS", 42)}),
        ),
    ),
    Oddity(
        "outside_term",
        "from before the term to after it",
        (Put("CAR", (994, 4, 2), {"DS": Shift("DS", -60), "DE": Shift("DE", 20)}),),
    ),
    Oddity(
        "dropped_class",
        "a past stay in a section that SEC does not have any more",
        (
            Add(
                "CAR",
                (994, 4, 3),
                {
                    "SQ": 51,
                    "SE": 1001,
                    "CN": Of("MST", (994, 1001), "CN"),
                    "PD": Of("MST", (994, 1001), "PD"),
                    "DE": Shift("DS", 30),
                },
            ),
        ),
    ),
    Oddity(
        "stay_deleted",
        "a deleted CAR row beside the live one",
        (Add("CAR", (994, 4, 4), {"SQ": 52, "DE": Shift("DS", 5), "DEL": 1}),),
    ),
)
