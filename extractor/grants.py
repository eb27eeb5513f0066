"""What a vendor may see: the grants an Aeries administrator knows, and the files they open.

A file whose grants are missing is absent. Which grants need which others follows from the
required references of the standard.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from extractor.spec import BY_NAME, Required


@dataclass(frozen=True, slots=True)
class Opens:
    """What one grant opens: files, and for users.csv some roles of it."""

    files: tuple[str, ...]
    roles: tuple[str, ...] = ()


_USERS = ("users",)
STAFF_ROLES = ("administrator", "aide")

GRANTS: dict[str, Opens] = {
    "schools": Opens(("orgs",)),
    "terms": Opens(("academicSessions",)),
    "courses": Opens(("courses",)),
    "classes": Opens(("classes",)),
    "students": Opens(_USERS, ("student",)),
    "teachers": Opens(_USERS, ("teacher",)),
    "enrollments": Opens(("enrollments",)),
    "parents": Opens(_USERS, ("parent",)),
    "staff": Opens(_USERS, STAFF_ROLES),
    "demographics": Opens(("demographics",)),
    "gradebook_categories": Opens(("categories",)),
    "gradebook_assignments": Opens(("lineItems",)),
    "gradebook_scores": Opens(("results",)),
    "resources": Opens(("resources", "classResources", "courseResources")),
}
# Off until granted: they need a reason.
DEFAULT = ("schools", "terms", "courses", "classes", "enrollments", "students", "teachers")


# What hangs on students and not on just any user.
_OF_STUDENTS = {
    "demographics": "only students have demographics",
    "parents": "a parent is sent with the students",
    "gradebook_scores": "a result is a student's",
}


def files_of(grants: Iterable[str]) -> set[str]:
    """Return the names of the files that these grants open."""
    return {file for grant in grants for file in GRANTS[grant].files}


def roles_of(grants: Iterable[str]) -> set[str]:
    """Return the roles of users.csv that these grants open."""
    return {role for grant in grants for role in GRANTS[grant].roles}


def lacking(grants: Iterable[str]) -> list[str]:
    """
    Say which grants are missing, so that no required reference of the bundle dangles.

    Returns:
        One sentence per grant that needs another; empty when all is well.
    """
    held = list(grants)
    files = files_of(held)
    problems = [
        f"{grant!r} needs {' or '.join(map(repr, opening))}: "
        f"{column.name} of {file}.csv refers to {column.target.file}.csv"
        for grant in held
        for file in GRANTS[grant].files
        for column in BY_NAME[file].references
        if column.required is Required.ALWAYS and column.target and column.target.file not in files
        for opening in [
            [name for name, opens in GRANTS.items() if column.target.file in opens.files]
        ]
    ]
    if "students" not in held:
        problems += [
            f"{grant!r} needs 'students': {why}"
            for grant, why in _OF_STUDENTS.items()
            if grant in held
        ]
    return problems
