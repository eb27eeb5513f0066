"""Sections and who is in them: MST, SEC, CAR, SSE."""

from dataclasses import dataclass

import numpy as np
from pandas import DataFrame

from extractor.demo.chance import Chance, Ints, Objects
from extractor.demo.cohorts import Cohorts, cohorts, teacher_of_homeroom
from extractor.demo.courses import DAYS, Course, Slot
from extractor.demo.rows import rows
from extractor.demo.schools import FLEX_PERIODS, School, flex_sequence
from extractor.demo.students import first_days
from extractor.demo.year import Moments, Year

FIRST_SECTION = 1001
_SECTIONS_PER_TEACHER = 5
_SPECIALISTS = 700


@dataclass(frozen=True, slots=True)
class Schedule:
    """
    One school's sections, an array item each, ordered by section number.

    `classes` has a row per student (SN 1, 2, ...) and a column per slot; it holds
    positions in the other arrays.
    """

    school: School
    number: Ints
    slot: Ints
    course: Objects
    low: Ints
    high: Ints
    term: Objects
    split: Objects
    period: Ints
    block: Ints
    teacher: Ints
    room: Objects
    classes: Ints

    @property
    def staff(self) -> Ints:
        """STF.ID of the teacher of each section."""
        return self.school.code * 1000 + self.teacher


def schedule(school: School) -> Schedule | None:
    """Lay out the sections of a school; None where it has no master schedule."""
    slots = DAYS.get(school.kind)
    if slots is None:
        return None
    groups = cohorts(school)
    slot, cohort = _places(len(slots), groups)
    place = np.empty((len(slots), len(groups.grade)), dtype=np.int64)
    place[slot, cohort] = np.arange(len(slot))
    taught = [_course(slots[s], groups, c) for s, c in zip(slot, cohort, strict=True)]
    teacher = _teachers(school, groups, slot, cohort, len(slots))
    period = _periods(school, slots, slot, cohort)
    return Schedule(
        school=school,
        number=FIRST_SECTION + np.arange(len(slot), dtype=np.int64),
        slot=slot,
        course=np.array([course.number for course in taught], dtype=object),
        low=np.array([course.low for course in taught], dtype=np.int64),
        high=np.array([course.high for course in taught], dtype=np.int64),
        term=_terms(slots, groups, slot, cohort),
        split=_splits(school, slots, groups, slot, cohort),
        period=period,
        block=_blocks(school, slots, slot, period),
        teacher=teacher,
        room=_rooms(school, slot, teacher),
        classes=place[:, groups.of_student].T,
    )


def _places(slots: int, groups: Cohorts) -> tuple[Ints, Ints]:
    """Slot and cohort of each section; the first cohort of every grade comes first."""
    cohort = np.tile(np.arange(len(groups.grade), dtype=np.int64), slots)
    slot = np.repeat(np.arange(slots, dtype=np.int64), len(groups.grade))
    order = np.lexsort((groups.grade[cohort], slot, groups.number[cohort]))
    return slot[order], cohort[order]


def _course(slot: Slot, groups: Cohorts, cohort: int) -> Course:
    grade, number = int(groups.grade[cohort]), int(groups.number[cohort])
    turn = grade * 3 + number if slot.elective else number
    line = slot.choices[turn % len(slot.choices)]
    return line[grade % len(line)]


def _terms(slots: tuple[Slot, ...], groups: Cohorts, slot: Ints, cohort: Ints) -> Objects:
    turn = groups.number[cohort] * 3 + groups.grade[cohort]
    codes = [slots[s].terms[int(t) % len(slots[s].terms)] for s, t in zip(slot, turn, strict=True)]
    return np.array(codes, dtype=object)


def _splits(
    school: School, slots: tuple[Slot, ...], groups: Cohorts, slot: Ints, cohort: Ints
) -> Objects:
    """MST.SP of a grade's first cohort and every fourth after it; flex schools have none."""
    codes = [
        splits[int(groups.grade[c]) % len(splits)] if groups.number[c] % 4 == 0 else ""
        for splits, c in ((slots[s].splits, c) for s, c in zip(slot, cohort, strict=True))
    ]
    return np.array(codes if school.kind != "flex" else [""] * len(codes), dtype=object)


def _teachers(school: School, groups: Cohorts, slot: Ints, cohort: Ints, slots: int) -> Ints:
    """TCH.TN per section: subject teachers, or a homeroom teacher and two specialists."""
    if school.kind != "elementary_mst":
        turn = cohort // _SECTIONS_PER_TEACHER
        return np.asarray(school.shape.base + 1 + turn * slots + (slot + 4) % slots)
    special = slot >= slots - 2
    specialist = _SPECIALISTS + cohort // 7 * 2 + slot - (slots - 2) + 1
    return np.where(special, specialist, teacher_of_homeroom(school, groups)[cohort])


def _periods(school: School, slots: tuple[Slot, ...], slot: Ints, cohort: Ints) -> Ints:
    """No student has two classes at once, and no teacher, for the slots go round."""
    if school.kind == "flex":
        return np.zeros(len(slot), dtype=np.int64)
    if school.kind == "elementary_mst":
        turn = (slot - 1 + cohort) % (len(slots) - 1) + 1
        return np.where(slot == 0, 0, turn)
    if school.kind == "high":
        # The last slot is the spring half of the first.
        day = len(slots) - 1
        return np.asarray((slot % day + cohort + day - 1) % day + 1)
    return np.asarray((slot + cohort) % len(slots) + 1)


def _blocks(school: School, slots: tuple[Slot, ...], slot: Ints, period: Ints) -> Ints:
    """Electives at the end of a high school's day run on: three periods in fall, two after."""
    last = (school.kind == "high") & (period == len(slots) - 1)
    fall, spring = last & (slot == 0), last & (slot == len(slots) - 1)
    return np.where(fall, 3, np.where(spring, 2, 1)).astype(np.int64)


def _rooms(school: School, slot: Ints, teacher: Ints) -> Objects:
    """A room per teacher: a wing's letter and a number."""
    turn = (teacher - school.shape.base - 1) // 7 + 1
    wings = "SEMNHPW"
    return np.array(
        [f"{wings[s % 7]}{t}" for s, t in zip(slot.tolist(), turn.tolist(), strict=True)],
        dtype=object,
    )


def sections(plan: Schedule, year: Year, chance: Chance) -> DataFrame:
    """Build the rows of MST for one school."""
    code, count = plan.school.code, len(plan.number)
    flex = plan.school.kind == "flex"
    sequence = flex_sequence(code, (plan.slot + plan.number) % FLEX_PERIODS)
    homeroom = (plan.school.kind == "elementary_mst") & (plan.slot == 0)
    return rows(
        "MST",
        count,
        SC=code,
        SE=plan.number,
        PD=plan.period,
        BL=plan.block,
        SM=plan.term,
        SP=plan.split,
        CN=plan.course,
        TN=0 if flex else plan.teacher,
        RM=plan.room,
        LO=plan.low,
        HI=plan.high,
        MX=36,
        TS=np.bincount(plan.classes.ravel(), minlength=count),
        CR=np.where(plan.term == "Y", 10.0, 5.0),
        FSQ=sequence if flex else 0,
        PC=homeroom.astype(np.int64),
        DTS=year.moments(chance, "MST.DTS", code * 100_000 + plan.number),
    )


def student_classes(plan: Schedule, year: Year, chance: Chance) -> DataFrame:
    """Build the rows of SEC for one school."""
    place = plan.classes.ravel()
    return rows(
        "SEC",
        len(place),
        SC=plan.school.code,
        SN=_student_numbers(plan),
        SE=plan.number[place],
        SQ=1,
        CN=plan.course[place],
        DTS=year.moments(chance, "SEC.DTS", _stays(plan)),
    )


def student_stays(plan: Schedule, year: Year, chance: Chance) -> DataFrame:
    """Build the rows of CAR for one school: each class while held, from the student's entry."""
    place = plan.classes.ravel()
    first, last = _dates(plan, year)
    entered = np.repeat(first_days(plan.school, year, chance), plan.classes.shape[1])
    return rows(
        "CAR",
        len(place),
        SC=plan.school.code,
        SN=_student_numbers(plan),
        SQ=np.tile(np.arange(1, plan.classes.shape[1] + 1), len(plan.classes)),
        SE=plan.number[place],
        CN=plan.course[place],
        PD=plan.period[place],
        DS=np.maximum(first[place], entered),
        DE=last[place],
        DTS=year.moments(chance, "CAR.DTS", _stays(plan)),
    )


def _student_numbers(plan: Schedule) -> Ints:
    return np.repeat(plan.school.numbers, plan.classes.shape[1])


def _stays(plan: Schedule) -> Ints:
    return plan.school.code * 1_000_000 + np.arange(plan.classes.size, dtype=np.int64)


# Half a semester is a quarter. Other terms are not halved: classes on A-DAYS last the whole year.
_HALVES = {("F", "FIRST"): "1", ("F", "SECOND"): "2", ("S", "FIRST"): "3", ("S", "SECOND"): "4"}


def _dates(plan: Schedule, year: Year) -> tuple[Moments, Moments]:
    """First and last day of each section: its term's, or those of the half it is held in."""
    terms = {term.code: term for term in year.terms(plan.school.shape.calendar)}
    held = [
        terms[_HALVES.get((code, split), code)]
        for code, split in zip(plan.term, plan.split, strict=True)
    ]
    first = np.array([term.first for term in held], dtype="datetime64[ms]")
    last = np.array([term.last for term in held], dtype="datetime64[ms]")
    return first, last


def section_staff(plan: Schedule, year: Year, chance: Chance) -> DataFrame:
    """Build the rows of SSE for one flex school: a primary, and for some a second teacher."""
    code = plan.school.code
    index = code * 100_000 + plan.number
    second = chance.happens(0.2, "SSE second", index)
    colleague = np.roll(plan.staff, 1)
    second &= colleague != plan.staff
    section = np.concatenate([plan.number, plan.number[second]])
    primary = np.arange(len(section)) < len(plan.number)
    return rows(
        "SSE",
        len(section),
        SC=code,
        SE=section,
        ID=np.concatenate([plan.staff, colleague[second]]),
        SQ=1,
        PR=primary.astype(np.int64),
        RL=np.where(primary, "T", "CT").astype(object),
        DTS=year.moments(chance, "SSE.DTS", code * 100_000 + section),
    )
