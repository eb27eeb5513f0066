"""What hangs on a student's row: ENR, ATT, SUP, DSD."""

import numpy as np
from pandas import DataFrame, concat

from extractor.demo.chance import Chance, Objects
from extractor.demo.names import joined
from extractor.demo.rows import rows
from extractor.demo.year import Year


def enrolment_history(students: DataFrame, year: Year) -> DataFrame:
    """Build ENR: this year's stay of each student, and last year's of most."""
    before = students[(students.SN % 4 != 0) & (students.GR > 0)]
    this = rows(
        "ENR",
        len(students),
        **_columns(students, "ID SC ED LD GR DTS"),
        YR=year.start,
    )
    last = Year(year.start - 1, year.as_of)
    past = rows(
        "ENR",
        len(before),
        **_columns(before, "ID SC DTS"),
        GR=before.GR.to_numpy() - 1,
        YR=last.start,
        ED=last.day(8, 14),
        LD=last.day(6, 4),
        ER="E",
    )
    return concat([this, past], ignore_index=True)


def attendance(students: DataFrame, chance: Chance) -> DataFrame:
    """Build ATT: everyone's enter row, and an absence of some."""
    entered = rows(
        "ATT",
        len(students),
        **_columns(students, "SC SN GR DTS"),
        DT=students.ED.to_numpy(),
        CD="E",
        TN=students.CU.to_numpy(),
    )
    away = students[chance.happens(0.1, "absent", students.ID.to_numpy())]
    weeks = (chance.below(6, "absence", away.ID.to_numpy()) + 1) * 7
    absences = rows(
        "ATT",
        len(away),
        **_columns(away, "SC SN GR DTS"),
        DT=away.ED.to_numpy() + weeks.astype("timedelta64[D]"),
        TN=away.CU.to_numpy(),
        AL="A",
    )
    return concat([entered, absences], ignore_index=True)


def school_supplement(students: DataFrame, chance: Chance) -> DataFrame:
    """
    Build SUP, whose fields of our own are a first password and the number of a badge.

    A student of two schools has two badges.
    """
    code = chance.below(9000, "SUP.ADPW", students.ID.to_numpy()) + 1000
    badge = (students.SC.to_numpy() * 100_000 + students.SN.to_numpy()) * 7 + 1
    return rows(
        "SUP",
        len(students),
        **_columns(students, "SC SN DTS"),
        ADPW=joined("Eagle-", _text(code)),
        BADGE=joined("EB", _text(badge)),
    )


def district_supplement(students: DataFrame, chance: Chance) -> DataFrame:
    """Build DSD, whose fields of our own are a user name, of nearly all, and a lent device."""
    index = students.ID.to_numpy()
    named = ~chance.happens(0.03, "DSD.UNM", index)
    lent = chance.happens(0.7, "DSD.DEV", index)
    return rows(
        "DSD",
        len(students),
        **_columns(students, "ID DTS"),
        UNM=np.where(named, joined("eagle", _text(index)), "").astype(object),
        DEV=np.where(lent, joined("CB", _text(index)), "").astype(object),
    )


def _columns(frame: DataFrame, names: str) -> dict[str, object]:
    return {name: frame[name].to_numpy() for name in names.split()}


def _text(numbers: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Objects:
    return np.asarray(numbers.astype(str).astype(object), dtype=object)
