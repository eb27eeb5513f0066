"""Gradebooks: GBK, GBL, GBC, GBA, GBS."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pandas import DataFrame

from extractor.demo.chance import Chance, Flags, Ints, Objects
from extractor.demo.rows import rows
from extractor.demo.schedule import Schedule
from extractor.demo.year import Moments, Year

ASSIGNMENTS, MOST_ASSIGNMENTS = 6, 100
_SECTIONS_PER_BOOK = 3
_SCORES_AT_ONCE = 100_000


@dataclass(frozen=True, slots=True)
class Books:
    """One school's gradebooks: a number and the place of a section per book, a book per section."""

    plan: Schedule
    number: Ints
    section: Ints
    of_section: Ints


def books(plan: Schedule) -> Books:
    """Give each teacher a gradebook per course and term, for up to three sections."""
    course, term = (
        np.unique(c.astype(str), return_inverse=True)[1] for c in (plan.course, plan.term)
    )
    same = np.lexsort((plan.number, term, course, plan.teacher))
    keys = np.stack([plan.teacher[same], course[same], term[same]])
    starts = np.append(True, (keys[:, 1:] != keys[:, :-1]).any(axis=0))
    first = np.maximum.accumulate(np.where(starts, np.arange(len(same)), 0))
    opens = (np.arange(len(same)) - first) % _SECTIONS_PER_BOOK == 0
    of_section = np.empty(len(same), dtype=np.int64)
    of_section[same] = np.cumsum(opens) - 1
    number = plan.school.code * 10_000 + np.arange(1, int(opens.sum()) + 1, dtype=np.int64)
    return Books(plan, number, same[opens], of_section)


def gradebooks(own: Books, titles: dict[str, str], year: Year, chance: Chance) -> DataFrame:
    """Build the rows of GBK; `titles` are the courses' (CRS.CO by CRS.CN)."""
    plan, place = own.plan, own.section
    names = [
        f"{titles[c]} ({t})" for c, t in zip(plan.course[place], plan.term[place], strict=True)
    ]
    return rows(
        "GBK",
        len(place),
        GN=own.number,
        SC=plan.school.code,
        TN=0 if plan.school.kind == "flex" else plan.teacher[place],
        NM=np.array(names, dtype=object),
        LO=plan.low[place],
        HI=plan.high[place],
        SM=plan.term[place],
        DTS=year.moments(chance, "GBK.DTS", own.number),
    )


def gradebook_sections(own: Books, year: Year, chance: Chance) -> DataFrame:
    """Build the rows of GBL."""
    number = own.number[own.of_section]
    order = np.lexsort((own.plan.number, number))
    return rows(
        "GBL",
        len(order),
        GN=number[order],
        SC=own.plan.school.code,
        SE=own.plan.number[order],
        DTS=year.moments(chance, "GBL.DTS", number[order]),
    )


_CATEGORIES = (("H", "Homework", 30.0), ("Q", "Quizzes", 30.0), ("T", "Tests", 40.0))


def categories(own: Books, year: Year, chance: Chance) -> DataFrame:
    """Build the rows of GBC."""
    count = len(own.number)
    code, name, weight = zip(*_CATEGORIES, strict=True)
    number = np.repeat(own.number, len(_CATEGORIES))
    return rows(
        "GBC",
        len(number),
        GN=number,
        CD=np.tile(np.array(code, dtype=object), count),
        DE=np.tile(np.array(name, dtype=object), count),
        PC=np.tile(np.array(weight), count),
        DTS=year.moments(chance, "GBC.DTS", number),
    )


_KINDS = (
    ("H", "Homework", 10.0),
    ("Q", "Quiz", 20.0),
    ("T", "Chapter {} Test", 60.0),
    ("H", "Worksheet", 12.5),
    ("Q", "Vocabulary Quiz", 25.0),
    ("T", "Unit {} Test", 100.0),
)


def assignments(own: Books, count: int, year: Year, chance: Chance) -> DataFrame:
    """Build the rows of GBA: `count` per gradebook, from the term's start to the as-of date."""
    number = np.repeat(own.number, count)
    turn = np.tile(np.arange(count, dtype=np.int64), len(own.number))
    codes, _, points = zip(*_KINDS, strict=True)
    kind = turn % len(_KINDS)
    due = _due(own, count, year).ravel()
    done = due < year.as_of.astype("datetime64[ms]")
    index = number * count + turn
    return rows(
        "GBA",
        len(number),
        GN=number,
        AN=turn + 1,
        AD=_titles(turn, chance.below(12, "GBA.AD", number) + 1),
        GC=(done & ~chance.happens(0.1, "GBA.GC", index)).astype(np.int64),
        CD=np.array(codes, dtype=object)[kind],
        NP=np.array(points)[kind],
        DA=due - np.timedelta64(7, "D"),
        DD=due,
        DTS=year.moments(chance, "GBA.DTS", index),
    )


def _titles(turn: Ints, chapter: Ints) -> Objects:
    """Titles that differ within a gradebook: the kinds go round, and a round is numbered."""
    rounds = zip((turn // len(_KINDS)).tolist(), turn.tolist(), chapter.tolist(), strict=True)
    names = []
    for again, place, first in rounds:
        title = _KINDS[place % len(_KINDS)][1]
        ending = f" {again + 1}" if again and "{}" not in title else ""
        names.append(title.format(first + again) + ending)
    return np.array(names, dtype=object)


def _due(own: Books, count: int, year: Year) -> Moments:
    """A row per gradebook, a column per assignment; several on a day where days are few."""
    spans, turn = {}, np.arange(1, count + 1)
    for term in year.terms(own.plan.school.shape.calendar):
        last = min(term.last, year.as_of) if year.as_of > term.first + 42 else term.last
        length = (last - term.first).astype(np.int64)
        after = (
            turn * (length // count) if length >= count else np.maximum(turn * length // count, 1)
        )
        days = term.first + after.astype("timedelta64[D]") - 1
        spans[term.code] = np.busday_offset(days, 0, roll="backward").astype("datetime64[ms]")
    return np.array([spans[code] for code in own.plan.term[own.section]])


_COMMENTS = ("",) * 57 + ("Late", "Great work!", "See me, please")


def scores(own: Books, count: int, year: Year, chance: Chance) -> Iterator[DataFrame]:
    """
    Yield the rows of GBS for one school: a row per student and assignment, by GN, AN, SN.

    Gradebooks come together until they have a hundred thousand rows.
    """
    book = own.of_section[own.plan.classes.ravel()]
    size = np.bincount(book, minlength=len(own.number)) * count
    part = (np.cumsum(size) - size) // _SCORES_AT_ONCE
    for one in np.unique(part):
        yield _scores(own, (part == one)[book], count, year, chance)


def _scores(own: Books, chosen: Flags, count: int, year: Year, chance: Chance) -> DataFrame:
    """Build the rows of GBS of the chosen classes of students (`Schedule.classes`, flat)."""
    plan = own.plan
    book, student, turn = _sittings(own, chosen, count)
    due = _due(own, count, year)[book, turn]
    points = np.array([kind[2] for kind in _KINDS])[turn % len(_KINDS)]
    index = (plan.school.code * 10_000 + student) * 1000 + turn * 10 + plan.slot[own.section[book]]
    scored = (due < year.as_of.astype("datetime64[ms]")) & ~chance.happens(0.04, "GBS.DC", index)
    halves = (points * 2).astype(np.int64)
    score = (halves - chance.below(halves // 2, "GBS.SCR", index)) / 2
    never = np.datetime64("NaT", "ms")
    comment = chance.pick(_COMMENTS, "GBS.TX", index)
    return rows(
        "GBS",
        len(book),
        GN=own.number[book],
        AN=turn + 1,
        SC=plan.school.code,
        SN=student,
        SCR=np.where(scored, score, np.nan),
        DC=np.where(scored, due, never),
        TX=np.where(scored, comment, "").astype(object),
        DTS=year.moments(chance, "GBS.DTS", index),
    )


def _sittings(own: Books, chosen: Flags, count: int) -> tuple[Ints, Ints, Ints]:
    """Book, student and assignment of every score, in the order of the primary key."""
    plan = own.plan
    book = own.of_section[plan.classes.ravel()[chosen]]
    student = np.repeat(plan.school.numbers, plan.classes.shape[1])[chosen]
    order = np.lexsort((student, book))
    book, student = book[order], student[order]
    turn = np.repeat(np.arange(count, dtype=np.int64), len(book))
    book, student = np.tile(book, count), np.tile(student, count)
    key = np.lexsort((student, turn, book))
    return book[key], student[key], turn[key]
