"""Seconds, rows a second and peak memory of a validation, beside bare DuckDB.

    python tests/benchmarks/validate.py --folder /tmp/big --results 10000000 --users 500000 --runs 3

makes the bundle once (in the folder, and as a zip beside it), then runs the yardstick and our
validator by turns, each in a process of its own.
"""

import argparse
import statistics
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import duckdb

from extractor import spec

HERE = Path(__file__).parent
STUDENTS_OF_CLASS = 28
RESULTS_OF_ITEM = 24  # so many students of each class can be told by arithmetic


def make(folder: Path, results: int, users: int) -> None:
    """Write a clean bundle with this many results and users."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "manifest.csv").exists():
        return
    database = duckdb.connect()
    schools, students = max(1, users // 1000), users * 9 // 10
    per_school = max(1, students * 6 // STUDENTS_OF_CLASS // schools)
    classes, teachers = per_school * schools, users - students
    items = max(1, -(-results // RESULTS_OF_ITEM))
    queries = {
        "orgs": f"""SELECT 'd1', NULL, NULL, 'District', 'district', NULL, NULL
            UNION ALL SELECT 's' || i, NULL, NULL, 'School ' || i, 'school', i::VARCHAR, 'd1'
            FROM range({schools}) t(i)""",
        "academicSessions": """SELECT 'y1', NULL, NULL, 'Year', 'schoolYear', '2026-08-01',
            '2027-06-10', NULL, '2027' UNION ALL SELECT 't1', NULL, NULL, 'Fall', 'term',
            '2026-08-01', '2027-06-10', 'y1', '2027' UNION ALL SELECT 'g1', NULL, NULL, 'Q1',
            'gradingPeriod', '2026-08-01', '2027-06-10', 't1', '2027'""",
        "courses": """SELECT 'c' || i, NULL, NULL, 'y1', 'Course ' || i, 'C' || i, '09,10', 'd1',
            NULL, NULL FROM range(500) t(i)""",
        "classes": f"""SELECT 'k_' || i, NULL, NULL, 'Class ' || i, '09', 'c' || (i % 500), 'K',
            'scheduled', 'Room ' || (i % 60), 's' || (i % {schools}), 't1', NULL, NULL, i % 7 + 1
            FROM range({classes}) t(i)""",
        "users": f"""SELECT if(i < {students}, 'STU_', 'TCH_') || (99400000 + i), NULL, NULL,
            'true', 's' || (i % {schools}), if(i < {students}, 'student', 'teacher'), 'user' || i,
            NULL, 'Given' || (i % 3000), 'Family' || (i % 20000), NULL, i::VARCHAR,
            'user' || i || '@example.org', NULL, NULL, NULL, if(i < {students}, '09', NULL), NULL
            FROM range({users}) t(i)""",
        "enrollments": f"""SELECT s || '_STU_' || (99400000 + i) || '_' || k, NULL, NULL, 'k_' || k,
            's' || s, 'STU_' || (99400000 + i), 'student', 'false', '2026-08-14', '2027-06-05'
            FROM (SELECT i, i % {schools} AS s,
            i % {schools} + {schools} * ((i // {schools} + j * 31)
            % {per_school}) AS k FROM range({students}) t(i), range(6) u(j))
            UNION ALL SELECT 'TCH_' || k, NULL, NULL, 'k_' || k, 's' || k % {schools}, 'TCH_' ||
            (99400000 + {students} + (k % {schools} - {students} % {schools} + {schools})
            % {schools} + {schools} * ((k // {schools}) % ({teachers} // {schools}))),
            'teacher', 'true', NULL, NULL FROM range({classes}) t(k)""",
        "categories": "SELECT 'cat' || i, NULL, NULL, 'Category ' || i FROM range(1000) t(i)",
        "lineItems": f"""SELECT '994_' || i % {classes} || '_' || (8940000 + i), NULL, NULL,
            'Homework ' || i % 40, NULL, '2026-09-02', '2026-09-06', 'k_' || i % {classes},
            'cat' || i % 1000, 'g1', '0.0', '100.0' FROM range({items}) t(i)""",
        "results": f"""SELECT '994_' || l || '_' || s, NULL, NULL,
            '994_' || l % {classes} || '_' || (8940000 + l), 'STU_' || (99400000 + s),
            'fully graded', (l + s) % 100 || '.5', strftime(DATE '2026-09-06' +
            ((l % 90))::INTEGER, '%Y-%m-%d'), NULL FROM (SELECT l, l % {classes} %
            {schools} + {schools} * ((l % {classes} // {schools} + {per_school} * 31 - p % 6 * 31) %
            {per_school} + p // 6 * {per_school}) AS s FROM (SELECT i // {RESULTS_OF_ITEM} AS l,
            i % {RESULTS_OF_ITEM} AS p FROM range({results}) t(i)))""",
    }
    for name, query in queries.items():
        columns = ", ".join(f'"{column}"' for column in spec.BY_NAME[name].header)
        database.execute(
            f"COPY (SELECT * FROM ({query}) t({columns})) "
            f"TO '{folder / name}.csv' (HEADER, NULL '')"
        )
    write_manifest(folder, set(queries))
    pack(folder)


def write_manifest(folder: Path, present: set[str]) -> None:
    """List the files."""
    rows = [("propertyName", "value"), ("manifest.version", "1.0"), ("oneroster.version", "1.1")]
    rows += [(f"file.{f.name}", "bulk" if f.name in present else "absent") for f in spec.FILES]
    (folder / "manifest.csv").write_text("".join(f"{a},{b}\n" for a, b in rows), "ascii")


def pack(folder: Path) -> None:
    """Zip the folder."""
    with zipfile.ZipFile(zip_of(folder), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.glob("*.csv")):
            archive.write(path, path.name)


def zip_of(folder: Path) -> Path:
    """Return where the bundle stands as a zip."""
    return folder.with_suffix(".zip")


def run(command: list[str]) -> tuple[float, float, str]:
    """Return seconds, peak MiB and what was printed."""
    code = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]); "
        "print('PEAK', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024); "
        "sys.exit(done.returncode)"
    )
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, check=True
    )
    spent = time.perf_counter() - started
    return spent, float(done.stdout.rsplit("PEAK", 1)[1]), done.stdout


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp/oneroster-bench/bundle"))
    parser.add_argument("--results", type=int, default=10_000_000)
    parser.add_argument("--users", type=int, default=500_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    make(arguments.folder, arguments.results, arguments.users)
    rows = sum(path.read_bytes().count(b"\n") - 1 for path in arguments.folder.glob("*.csv"))
    ours = [str(Path(sys.executable).parent / "oneroster"), "validate", "--format", "json"]
    commands = {
        "duckdb, folder": [sys.executable, str(HERE / "yardstick.py"), str(arguments.folder)],
        "ours, folder": [*ours, str(arguments.folder)],
        "ours, zip": [*ours, str(zip_of(arguments.folder))],
    }
    spent: dict[str, list[tuple[float, float, str]]] = {name: [] for name in commands}
    for _ in range(arguments.runs):
        for name, command in commands.items():
            spent[name].append(run(command))
    bar = statistics.median(one[0] for one in spent["duckdb, folder"])
    for name, runs in spent.items():
        seconds = statistics.median(one[0] for one in runs)
        peak = max(one[1] for one in runs)
        print(
            f"{name:16} {seconds:7.2f} s  {rows / seconds:12,.0f} rows/s  "
            f"{seconds / bar:5.2f} x DuckDB  {peak:7.0f} MiB"
        )


if __name__ == "__main__":
    main()
