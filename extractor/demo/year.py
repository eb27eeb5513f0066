"""The school year around the as-of date: its terms, and moments before that date."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from extractor.demo.chance import Chance, Ints

Moments = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Term:
    """One row of TRM; both days are inside the term."""

    code: str
    first: np.datetime64
    last: np.datetime64


@dataclass(frozen=True, slots=True)
class Year:
    """A school year, named by the year it starts in, seen on one day."""

    start: int
    as_of: np.datetime64

    @classmethod
    def around(cls, as_of: date) -> "Year":
        """Return the year whose July to June holds the day."""
        start = as_of.year if as_of.month >= 7 else as_of.year - 1
        return cls(start, np.datetime64(as_of, "D"))

    def day(self, month: int, day: int) -> np.datetime64:
        """Return the first weekday on or after this day of the school year."""
        year = self.start if month >= 7 else self.start + 1
        return np.busday_offset(np.datetime64(date(year, month, day), "D"), 0, roll="forward")

    def terms(self, spans: str) -> tuple[Term, ...]:
        """Return the terms of a calendar; see `CALENDARS`."""
        return tuple(
            Term(code, self.day(*first), self.day(*last)) for code, first, last in CALENDARS[spans]
        )

    def moments(self, chance: Chance, salt: str, index: Ints) -> Moments:
        """Return when a row was last changed: school hours in the eight weeks before as-of."""
        days = chance.below(56, f"{salt} day", index) + 1
        # 64 distinct times of day, from 7 o'clock on, keep the big tables cheap to write as text.
        times = 25_200_000 + chance.below(64, f"{salt} time", index) * 562_507
        start = self.as_of.astype("datetime64[ms]")
        return np.asarray(
            start - days.astype("timedelta64[D]") + times.astype("timedelta64[ms]"),
            dtype="datetime64[ms]",
        )


_Spans = tuple[tuple[str, tuple[int, int], tuple[int, int]], ...]

_FIRST, _LAST = (8, 14), (6, 4)

CALENDARS: dict[str, _Spans] = {
    "year": (("Y", _FIRST, _LAST),),
    "year_round": (("Y", (7, 8), (6, 24)),),
    "trimesters": (
        ("Y", _FIRST, _LAST),
        ("1", _FIRST, (11, 6)),
        ("2", (11, 9), (2, 26)),
        ("3", (3, 1), _LAST),
    ),
    "semesters": (
        ("Y", _FIRST, _LAST),
        ("F", _FIRST, (12, 18)),
        ("S", (1, 6), _LAST),
        ("1", _FIRST, (10, 9)),
        ("2", (10, 12), (12, 18)),
        ("3", (1, 6), (3, 12)),
        ("4", (3, 15), _LAST),
    ),
    "none": (),
}
