"""Gradebooks: GBK, GBL, GBC, GBA, GBS."""

from dataclasses import dataclass

import numpy as np
from pandas import DataFrame

from extractor.demo.chance import Chance, Ints
from extractor.demo.rows import rows
from extractor.demo.schedule import Schedule
from extractor.demo.year import Moments, Year

ASSIGNMENTS = 6
_SECTIONS_PER_BOOK = 3


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


def assignments(own: Books, year: Year, chance: Chance) -> DataFrame:
    """Build the rows of GBA: six per gradebook, due from the term's start to the as-of date."""
    number = np.repeat(own.number, ASSIGNMENTS)
    turn = np.tile(np.arange(ASSIGNMENTS, dtype=np.int64), len(own.number))
    codes, titles, points = zip(*_KINDS, strict=True)
    chapter = chance.below(12, "GBA.AD", number) + 1
    names = [titles[t].format(c) for t, c in zip(turn.tolist(), chapter.tolist(), strict=True)]
    due = _due(own, year).ravel()
    done = due < year.as_of.astype("datetime64[ms]")
    index = number * ASSIGNMENTS + turn
    return rows(
        "GBA",
        len(number),
        GN=number,
        AN=turn + 1,
        AD=np.array(names, dtype=object),
        GC=(done & ~chance.happens(0.1, "GBA.GC", index)).astype(np.int64),
        CD=np.array(codes, dtype=object)[turn],
        NP=np.array(points)[turn],
        DA=due - np.timedelta64(7, "D"),
        DD=due,
        DTS=year.moments(chance, "GBA.DTS", index),
    )


def _due(own: Books, year: Year) -> Moments:
    """A row per gradebook, a column per assignment."""
    spans = {}
    for term in year.terms(own.plan.school.shape.calendar):
        last = min(term.last, year.as_of) if year.as_of > term.first + 42 else term.last
        step = (last - term.first).astype(np.int64) // ASSIGNMENTS
        days = term.first + (np.arange(1, ASSIGNMENTS + 1) * step).astype("timedelta64[D]") - 1
        spans[term.code] = np.busday_offset(days, 0, roll="backward").astype("datetime64[ms]")
    return np.array([spans[code] for code in own.plan.term[own.section]])


_COMMENTS = ("",) * 57 + ("Late", "Great work!", "See me, please")


def scores(own: Books, year: Year, chance: Chance) -> DataFrame:
    """Build the rows of GBS for one school: a row per student and assignment, by GN, AN, SN."""
    plan = own.plan
    book, student, turn = _sittings(own)
    due = _due(own, year)[book, turn]
    points = np.array([kind[2] for kind in _KINDS])[turn]
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


def _sittings(own: Books) -> tuple[Ints, Ints, Ints]:
    """Book, student and assignment of every score, in the order of the primary key."""
    plan = own.plan
    book = own.of_section[plan.classes.ravel()]
    student = np.repeat(plan.school.numbers, plan.classes.shape[1])
    order = np.lexsort((student, book))
    book, student = book[order], student[order]
    book, student = np.tile(book, ASSIGNMENTS), np.tile(student, ASSIGNMENTS)
    turn = np.repeat(np.arange(ASSIGNMENTS, dtype=np.int64), plan.classes.size)
    key = np.lexsort((student, turn, book))
    return book[key], student[key], turn[key]
