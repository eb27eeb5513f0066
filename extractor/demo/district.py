"""The whole synthetic district, table by table; the order of the builders, nothing else."""

from collections.abc import Iterable, Iterator
from datetime import date

from pandas import DataFrame, concat

from extractor.demo import courses, families, gradebook, records, schedule, schools, staff, students
from extractor.demo.chance import Chance
from extractor.demo.gradebook import ASSIGNMENTS, MOST_ASSIGNMENTS
from extractor.demo.oddities import applied, sprinkled
from extractor.demo.schedule import Schedule
from extractor.demo.schools import School
from extractor.demo.year import Year

SMALLEST: int = schools.SMALLEST

Tables = dict[str, DataFrame]
Chunks = Iterator[tuple[str, DataFrame]]


def district(students: int, seed: int, as_of: date, assignments: int = ASSIGNMENTS) -> Chunks:
    """
    Yield every table of the district, the big ones (SEC, CAR, GBA, GBS) in chunks.

    The same arguments give the same rows on every machine. The seven named schools
    carry every oddity whatever the size; further schools follow them.

    Args:
        assignments: in each gradebook; 6, which the oddities need, to 100.

    Raises:
        ValueError: `students` is below SMALLEST, or `assignments` out of range.
    """
    if students < SMALLEST:
        msg = f"the smallest demo district has {SMALLEST} students, not {students}"
        raise ValueError(msg)
    if not ASSIGNMENTS <= assignments <= MOST_ASSIGNMENTS:
        msg = f"a gradebook has {ASSIGNMENTS} to {MOST_ASSIGNMENTS} assignments, not {assignments}"
        raise ValueError(msg)
    year, chance = Year.around(as_of), Chance(seed)
    named, more = schools.core(students), schools.added(students)
    plans = tuple((school, schedule.schedule(school)) for school in named + more)
    layout = tuple(plan for _, plan in plans if plan is not None)
    early = tuple(plan for plan in layout if plan.school in named)
    tables = _whole(plans, layout, year, chance)
    tables |= _rosters(early, assignments, year, chance)
    # The oddities are in the first gradebooks of a school.
    scores = [_scores(plan, assignments, year, chance) for plan in early]
    tables["GBS"] = _stacked(next(chunks) for chunks in scores)
    tables = applied(_sprinkled(tables, chance), year)
    yield from tables.items()
    yield from applied(_records(tables["STU"], year, chance), year).items()
    yield from (("GBS", chunk) for chunks in scores for chunk in chunks)
    for plan in layout[len(early) :]:
        yield from _sprinkled(_rosters((plan,), assignments, year, chance), chance).items()
        yield from (("GBS", chunk) for chunk in _scores(plan, assignments, year, chance))


def _sprinkled(tables: Tables, chance: Chance) -> Tables:
    return {name: sprinkled(name, frame, chance) for name, frame in tables.items()}


def _whole(
    plans: tuple[tuple[School, Schedule | None], ...],
    layout: tuple[Schedule, ...],
    year: Year,
    chance: Chance,
) -> Tables:
    """Build the tables that fit in memory at any size."""
    everyone = tuple(school for school, _ in plans)
    pupils = students.students(students.body(everyone, year, chance), year, chance)
    return (
        _schools(everyone, year, chance)
        | _people(pupils, year, chance)
        | _staff(plans, year, chance)
        | _sections(layout, year, chance)
    )


def _schools(everyone: tuple[School, ...], year: Year, chance: Chance) -> Tables:
    return {
        "LOC": schools.locations(everyone, year, chance),
        "TRM": schools.terms(everyone, year, chance),
        "FTF": schools.flex_periods(everyone, year, chance),
        "OPT": schools.options(everyone, year, chance),
        "COD": courses.codes(),
        "CRS": courses.courses(year, chance),
    }


def _people(pupils: DataFrame, year: Year, chance: Chance) -> Tables:
    accounts, links = families.portal_accounts(pupils, year, chance)
    return {
        "STU": pupils,
        "CON": families.contacts(pupils, year, chance),
        "PWA": accounts,
        "PWS": links,
    }


def _records(pupils: DataFrame, year: Year, chance: Chance) -> Tables:
    """Build what every row of STU has, those that are there on purpose included."""
    entered = pupils[pupils.ED.notna()]
    return {
        "ENR": records.enrolment_history(entered, year),
        "ATT": records.attendance(entered, chance),
        "SUP": records.school_supplement(pupils, chance),
        "DSD": records.district_supplement(pupils.drop_duplicates("ID"), chance),
    }


def _staff(plans: tuple[tuple[School, Schedule | None], ...], year: Year, chance: Chance) -> Tables:
    people = staff.faculty(plans)
    employed = staff.staff(people, year, chance)
    return {
        "STF": employed,
        "TCH": staff.teachers(people, employed, year, chance),
        "UGN": staff.logins(people, employed, year, chance),
    }


def _sections(layout: tuple[Schedule, ...], year: Year, chance: Chance) -> Tables:
    own = [gradebook.books(plan) for plan in layout]
    flex = [plan for plan in layout if plan.school.kind == "flex"]
    titles = courses.TITLES
    return {
        "MST": _stacked(schedule.sections(plan, year, chance) for plan in layout),
        "SSE": _stacked(schedule.section_staff(plan, year, chance) for plan in flex),
        "GBK": _stacked(gradebook.gradebooks(book, titles, year, chance) for book in own),
        "GBL": _stacked(gradebook.gradebook_sections(book, year, chance) for book in own),
        "GBC": _stacked(gradebook.categories(book, year, chance) for book in own),
    }


def _rosters(layout: tuple[Schedule, ...], assignments: int, year: Year, chance: Chance) -> Tables:
    """Build the big tables for a few schools; the biggest, GBS, is apart."""
    own = [gradebook.books(plan) for plan in layout]
    return {
        "SEC": _stacked(schedule.student_classes(plan, year, chance) for plan in layout),
        "CAR": _stacked(schedule.student_stays(plan, year, chance) for plan in layout),
        "GBA": _stacked(gradebook.assignments(b, assignments, year, chance) for b in own),
    }


def _scores(plan: Schedule, assignments: int, year: Year, chance: Chance) -> Iterator[DataFrame]:
    chunks = gradebook.scores(gradebook.books(plan), assignments, year, chance)
    return (sprinkled("GBS", chunk, chance) for chunk in chunks)


def _stacked(frames: Iterable[DataFrame]) -> DataFrame:
    return concat(list(frames), ignore_index=True)
