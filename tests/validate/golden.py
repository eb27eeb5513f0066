"""A small bundle with all thirteen files in which no rule finds anything, and ways to edit it."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from extractor import spec

AS_OF = date(2024, 10, 1)

ROWS = {
    "academicSessions": """
sy-2025,,,2024-2025,schoolYear,2024-08-12,2025-06-07,,2025
t1-2025,,,Semester 1,term,2024-08-12,2024-12-21,sy-2025,2025
q1-2025,,,Quarter 1,gradingPeriod,2024-08-12,2024-10-19,t1-2025,2025
""",
    "categories": """
cat-hw,,,Homework
""",
    "classes": """
k-1001,,,Algebra I - Period 2,08,c-alg1,ALG1-2,scheduled,Room 12,s1,t1-2025,Algebra I,02052,2
""",
    "classResources": """
kr-1,,,Algebra I - Period 2,k-1001,res-1
""",
    "courses": """
c-alg1,,,sy-2025,Algebra I,ALG1,"08,09",d1,Algebra I,02052
""",
    "courseResources": """
cr-1,,,Algebra I,c-alg1,res-1
""",
    "demographics": """
u-s1,,,2011-03-04,female,false,true,false,false,true,true,false,US,CA,Eagle,01652
""",
    "enrollments": """
e-1,,,k-1001,s1,u-t1,teacher,true,2024-08-12,2024-12-21
e-2,,,k-1001,s1,u-s1,student,false,2024-08-12,2024-12-21
e-3,,,k-1001,s1,u-s2,student,,,
""",
    "lineItems": """
li-1,,,HW 1,,2024-09-02,2024-09-06,k-1001,cat-hw,q1-2025,0.0,10.0
""",
    "orgs": """
d1,,,Example District,district,,
s1,,,Example Middle School,school,490001200345,d1
""",
    "resources": """
res-1,,,9780000000001,Algebra I eBook,"student,teacher",primary,vend-1,app-1
""",
    "results": """
r-1,,,li-1,u-s1,fully graded,8.5,2024-09-09,Good work
""",
    "users": """
u-t1,,,true,s1,teacher,ada.teacher,{LDAP:ada.teacher},Ada,Teacher,,,ada@example.org,,,,,
u-s1,,,true,s1,student,sam.student,"{LDAP:sam},{LTI:9001}",Sam,"Student, Jr.",,9001,,,,u-p1,08,
u-s2,,,true,s1,student,zoe.student,,Zoë,Null,,9002,,,,,09,
u-p1,,,true,"d1,s1",parent,pat.parent,,Pat,Student,,,,,,u-s1,,
""",
}
STAMP = "2024-09-30T14:05:09.000Z"


@dataclass(frozen=True)
class Sample:
    """A bundle in memory: its files, how it is written, and how it is to be validated."""

    files: dict[str, bytes]
    options: dict[str, object] = field(default_factory=dict)
    name: str = "bundle.zip"
    write: "Callable[[Sample, Path], Path] | None" = None

    def at(self, folder: Path) -> Path:
        """Write it there."""
        if self.write:
            return self.write(self, folder)
        path = folder / self.name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.files.items():
                archive.writestr(name, content)
        return path

    def with_file(self, name: str, content: bytes | str) -> "Sample":
        """Return it with one file more, or another."""
        raw = content.encode() if isinstance(content, str) else content
        return replace(self, files={**self.files, name: raw})

    def without(self, *names: str) -> "Sample":
        """Return it without some files, and with them absent in the manifest."""
        files = {name: text for name, text in self.files.items() if name not in names}
        sample = replace(self, files=files)
        for name in names:
            sample = sample.listed(name.removesuffix(".csv"), "absent")
        return sample

    def swap(self, file: str, old: str, new: str) -> "Sample":
        """Return it with a text replaced, which has to stand there once."""
        text = self.files[f"{file}.csv"].decode()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        return self.with_file(f"{file}.csv", text.replace(old, new))

    def cell(self, file: str, row: int, column: str, value: str) -> "Sample":
        """Return it with one cell changed; rows are counted from 0."""
        header, rows = table(self.files[f"{file}.csv"].decode())
        rows[row][header.index(column)] = value
        return self.with_file(f"{file}.csv", text_of(header, rows))

    def row(self, file: str, line: str) -> "Sample":
        """Return it with a row more."""
        return self.with_file(f"{file}.csv", self.files[f"{file}.csv"].decode() + line + "\r\n")

    def listed(self, file: str, mode: str) -> "Sample":
        """Return it with another mode of a file in the manifest."""
        lines = self.files["manifest.csv"].decode().split("\r\n")
        lines = [
            f"file.{file},{mode}" if line.startswith(f"file.{file},") else line for line in lines
        ]
        return self.with_file("manifest.csv", "\r\n".join(lines))

    def given(self, **options: object) -> "Sample":
        """Return it with options for `validate`."""
        return replace(self, options={**self.options, **options})


def table(text: str) -> tuple[list[str], list[list[str]]]:
    """Read CSV."""
    import csv

    header, *rows = csv.reader(text.splitlines())
    return header, rows


def text_of(header: list[str], rows: list[list[str]]) -> str:
    """Write CSV."""
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([header, *rows])
    return out.getvalue()


def manifest(modes: dict[str, str]) -> str:
    """Write a manifest."""
    lines = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.1"]
    lines += [f"file.{file.name},{modes.get(file.name, 'absent')}" for file in spec.FILES]
    lines += ["source.systemName,Example SIS", "source.systemCode,EX1", ""]
    return "\r\n".join(lines)


def golden() -> Sample:
    """Return the clean bundle."""
    files = {"manifest.csv": manifest(dict.fromkeys(ROWS, "bulk")).encode()}
    for name, rows in ROWS.items():
        header = ",".join(spec.BY_NAME[name].header)
        text = header + rows
        files[f"{name}.csv"] = text.replace("\n", "\r\n").encode()
    return Sample(files)


def delta() -> Sample:
    """Return a clean delta: two enrollments, whose class and users are in the golden bundle."""
    rows = [
        f"e-2,tobedeleted,{STAMP},k-1001,s1,u-s1,student,false,2024-08-12,2024-12-21",
        f"e-9,active,{STAMP},k-1001,s1,u-s2,student,false,2024-10-01,2024-12-21",
    ]
    header = ",".join(spec.ENROLLMENTS.header)
    return Sample(
        {
            "manifest.csv": manifest({"enrollments": "delta"}).encode(),
            "enrollments.csv": "\r\n".join([header, *rows, ""]).encode(),
        }
    )
