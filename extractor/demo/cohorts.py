"""Groups of students of one grade who have their classes together."""

from dataclasses import dataclass

import numpy as np

from extractor.demo.chance import Ints
from extractor.demo.schools import School


@dataclass(frozen=True, slots=True)
class Cohorts:
    """
    The cohorts of a school, by grade and then by number within the grade.

    `grade` is a position in the shape's grades. The first student of each grade is
    always in cohort number 0 of it, whatever the size of the school.
    """

    grade: Ints
    number: Ints
    of_student: Ints

    @property
    def early(self) -> Ints:
        """The rank of each cohort by number, then grade: fixed for number 0."""
        order = np.lexsort((self.grade, self.number))
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        return rank


def cohorts(school: School) -> Cohorts:
    """Divide the students of each grade into as few groups as the class size allows."""
    cycle = len(school.shape.grades)
    position = (school.numbers - 1) % cycle
    groups = -(-np.bincount(position, minlength=cycle) // school.shape.class_size)
    first = np.cumsum(groups) - groups
    within = (school.numbers - 1) // cycle % groups[position]
    grade = np.repeat(np.arange(cycle, dtype=np.int64), groups)
    number = np.arange(len(grade), dtype=np.int64) - first[grade]
    return Cohorts(grade, number, first[position] + within)


def teacher_of_homeroom(school: School, groups: Cohorts) -> Ints:
    """Return TCH.TN per cohort where one teacher has the class all day."""
    return school.shape.base + 1 + groups.early
