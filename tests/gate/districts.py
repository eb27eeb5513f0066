"""A small made-up district as rows that a test may edit, and bundles written from it."""

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from validate.golden import manifest

from extractor import spec

Rows = list[dict[str, str]]
District = dict[str, Rows]
SCHOOLS = {"0634": "Lincoln Middle", "0701": "Muir High", "0800": "Oak Independent Study"}
SIZES = {"0634": (400, 43), "0701": (600, 50), "0800": (12, 2)}  # students, teachers
GIVEN = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gia", "Hal", "Ida", "Jon", "Kim")
YEAR = 2027


def sourced_id(school: str, kind: str, number: int) -> str:
    return f"{kind}_{school}{number:04}"


def user(school: str, role: str, number: int) -> dict[str, str]:
    """Return a user whom name, email and identifier tell from all others."""
    kind = "STU" if role == "student" else "TCH"
    given, family = GIVEN[number % len(GIVEN)], f"{kind}son{school}x{chr(97 + number % 26)}{number}"
    return {
        "sourcedId": sourced_id(school, kind, number),
        "enabledUser": "true",
        "orgSourcedIds": school,
        "role": role,
        "username": f"{given}.{family}@eagle.example".lower(),
        "givenName": given,
        "familyName": family,
        "identifier": f"SSID{kind}{int(school) * 7 + number * 13}",
        "email": f"{given}.{family}@eagle.example".lower(),
    }


def district() -> District:
    """Return three schools, one of them tiny, with classes, enrollments and a gradebook."""
    files: District = {name: [] for name in spec.BY_NAME}
    files["orgs"].append({"sourcedId": "0", "name": "Eagle Unified", "type": "district"})
    files["academicSessions"] += [session("SY", "Year", "schoolYear", "2027-06-11")]
    files["courses"].append({"sourcedId": "C1", "title": "Algebra", "orgSourcedId": "0"})
    files["categories"].append({"sourcedId": "CAT", "title": "Homework"})
    for school, name in SCHOOLS.items():
        org = {"sourcedId": school, "name": name, "type": "school", "parentSourcedId": "0"}
        files["orgs"].append(org)
        files["academicSessions"] += [
            session(f"{school}_F", "Fall", "term", "2026-12-19"),
            session(f"{school}_S", "Spring", "term", "2027-06-11"),
        ]
        _people(files, school)
    return files


def session(sourced: str, title: str, type_: str, end: str, year: int = YEAR) -> dict[str, str]:
    return {
        "sourcedId": sourced,
        "title": title,
        "type": type_,
        "startDate": "2026-08-14",
        "endDate": end,
        "schoolYear": str(year),
    }


def _people(files: District, school: str) -> None:
    students, teachers = SIZES[school]
    for number in range(teachers):
        files["users"].append(user(school, "teacher", number))
        files["classes"].append(
            {
                "sourcedId": f"{school}_{number}",
                "title": f"Algebra {number}",
                "courseSourcedId": "C1",
                "classType": "scheduled",
                "schoolSourcedId": school,
                "termSourcedIds": f"{school}_F",
            }
        )
        _enrolled(files, school, "TCH", number, number)
        files["lineItems"].append(_line_item(school, number))
    for number in range(students):
        files["users"].append(user(school, "student", number))
        files["demographics"].append(
            {"sourcedId": sourced_id(school, "STU", number), "sex": "female"}
        )
        for place in range(min(3, teachers)):
            _enrolled(files, school, "STU", number, (number + place) % teachers)
        files["results"].append(
            {
                "sourcedId": f"R_{school}_{number}",
                "lineItemSourcedId": f"L_{school}_{number % teachers}",
                "studentSourcedId": sourced_id(school, "STU", number),
                "scoreStatus": "fully graded",
                "score": "9.5",
                "scoreDate": "2026-09-10",
            }
        )


def _line_item(school: str, number: int) -> dict[str, str]:
    return {
        "sourcedId": f"L_{school}_{number}",
        "title": "Homework 1",
        "assignDate": "2026-09-01",
        "dueDate": "2026-09-08",
        "classSourcedId": f"{school}_{number}",
        "categorySourcedId": "CAT",
        "gradingPeriodSourcedId": f"{school}_F",
        "resultValueMin": "0.0",
        "resultValueMax": "10.0",
    }


def _enrolled(files: District, school: str, kind: str, number: int, class_: int) -> None:
    files["enrollments"].append(
        {
            "sourcedId": f"{school}_{kind}_{number}_{class_}",
            "classSourcedId": f"{school}_{class_}",
            "schoolSourcedId": school,
            "userSourcedId": sourced_id(school, kind, number),
            "role": "student" if kind == "STU" else "teacher",
        }
    )


def at(school: str, role: str | None = None) -> Callable[[dict[str, str]], bool]:
    """Return what tells the users or enrollments of a school and role."""
    return lambda row: (
        school in (row.get("orgSourcedIds"), row.get("schoolSourcedId"))
        and role in (None, row.get("role"))
    )


def drop(rows: Rows, which: Callable[[dict[str, str]], bool], count: int | None = None) -> None:
    """Remove the first so many rows of a kind; all when left out."""
    chosen = [row for row in rows if which(row)][:count]
    assert count is None or len(chosen) == count
    gone = {id(row) for row in chosen}
    rows[:] = [row for row in rows if id(row) not in gone]


def write(path: Path, files: District, columns: dict[str, tuple[str, ...]] | None = None) -> Path:
    """Write a bundle; files without rows are absent."""
    there = {name: rows for name, rows in files.items() if rows}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "manifest", manifest(dict.fromkeys(there, "bulk")))
        for name, rows in there.items():
            header = (columns or {}).get(name, spec.BY_NAME[name].header)
            out = io.StringIO()
            writer = csv.DictWriter(out, header, restval="", lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(rows)
            _put(archive, name, out.getvalue())
    return path


def _put(archive: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(f"{name}.csv")  # no clock in the bytes: the same rows, the same hash
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, text)
