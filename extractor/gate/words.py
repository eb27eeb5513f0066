"""Names that a district knows: of files, roles, schools, and shares of them."""

from extractor.gate.compare import Changes

FILES = {
    "academicSessions": "Terms",
    "categories": "Gradebook categories",
    "classes": "Classes",
    "classResources": "Resources of classes",
    "courses": "Courses",
    "courseResources": "Resources of courses",
    "demographics": "Demographics",
    "enrollments": "Enrollments",
    "lineItems": "Assignments",
    "orgs": "Schools and district",
    "resources": "Resources",
    "results": "Scores",
    "users": "Users",
}
ROLES = {
    "administrator": "Administrators",
    "aide": "Aides",
    "guardian": "Guardians",
    "parent": "Parents",
    "proctor": "Proctors",
    "relative": "Relatives",
    "student": "Students",
    "teacher": "Teachers",
}


def school(changes: Changes, sourced_id: str) -> str:
    """Return a school's name with its id: `Lincoln Middle (0634)`."""
    org = changes.orgs.get(sourced_id)
    return f"{org.name} ({sourced_id})" if org and org.name else sourced_id


def subject(changes: Changes, file: str, at: str | None, role: str | None) -> str:
    """Return who or what is counted: `Teachers at Lincoln Middle (0634)`."""
    what = FILES[file]
    if role:
        what = ROLES[role] if file == "users" else f"{what} of {ROLES[role].lower()}"
    where = f" at {school(changes, at)}" if at else ""
    return f"{what}{where}"


def share(number: int, before: int) -> str:
    """Return a share of what was before: `95 %`; nothing where there was nothing."""
    if not before:
        return ""
    percent = 100 * number / before
    return f"{percent:,.0f} %" if percent >= 10 or percent == int(percent) else f"{percent:.1f} %"


def percent(value: float) -> str:
    """Return a limit as it was written."""
    return f"{value:g} %"


def school_year(ends: str) -> str:
    """Return a school year by the year it ends in: `2026-27`."""
    return f"{int(ends) - 1}-{int(ends) % 100:02}" if ends.isdigit() else ends


def some(names: list[str], shown: int = 5) -> str:
    """List a few of many."""
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")
