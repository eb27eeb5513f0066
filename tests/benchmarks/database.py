"""The whole extract from PostgreSQL through ODBC, beside `raw` and `naive`; medians and ratios.

    python tests/benchmarks/database.py --folder /var/tmp/oneroster-bench --runs 3
    python tests/benchmarks/database.py --small

- `whole`: the extract for two vendors, everything included.
- `unchecked`: the same without the validation of the bundles.
- `one vendor`: the same as `whole`, for the vendor with every grant alone.
- `raw`: the same queries with the same settings, read by arrow-odbc and thrown away.
- `pyodbc`: `whole`, read by pyodbc.
- `naive`: naive.py, for the two vendors; it validates nothing.

Each run is a process of its own; those of one round follow each other, so that whatever else
the machine does falls on all alike. The district stays in the folder.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).parent
TASKS = ("whole", "unchecked", "one vendor", "raw", "pyodbc", "naive", "version")
SLOW = ("pyodbc", "naive")
PEAK = "VmHWM:"


def peak() -> float:
    """Return the highest memory of this process so far, in MiB (Linux)."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(PEAK)) / 1024


def task(name: str, connection: str, folder: Path) -> dict[str, object]:
    """Do one task in this process; return seconds, peak memory and the seconds of stages."""
    from extract import AS_OF, Stopwatch

    from extractor import pipeline
    from extractor.settings import load

    settings = load(folder / "oneroster.toml")
    reader = "pyodbc" if name == "pyodbc" else "auto"
    sis = settings.sis.model_copy(update={"connection": connection, "reader": reader})
    settings = settings.model_copy(update={"sis": sis})
    watch = Stopwatch()
    if name in ("naive", "unchecked"):
        import naive

        (naive.install if name == "naive" else naive.trust)()
    vendors = settings.vendor[-1:] if name == "one vendor" else settings.vendor
    stop = threading.Event()
    threading.Thread(target=watch.watch, args=(stop,), daemon=True).start()
    started = time.perf_counter()
    if name == "raw":
        raw(settings, connection, watch)
    else:
        with tempfile.TemporaryDirectory() as out:
            pipeline.extract(settings, vendors, AS_OF, Path(out), watch)
    spent = time.perf_counter() - started
    stop.set()
    measured = {"stages": watch.seconds, "rows": watch.rows, "peaks": watch.peak}
    return {"seconds": spent, "peak": peak(), **measured}


def raw(settings, connection, watch) -> None:
    """Read every query that the extract reads, and throw the rows away."""
    import arrow_odbc
    from extract import AS_OF

    from extractor import plan, queries
    from extractor.source import arrow
    from extractor.source.connection_strings import completed

    opened = arrow_odbc.connect(completed(connection, {}), autocommit=False)
    opened.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    opened.execute("SET LOCAL cursor_tuple_fraction = 1")
    for name in queries.names("aeries"):
        query = plan.render(settings, name, AS_OF)
        with watch.stage(f"read {name}") as advance:
            for batch in opened.read_arrow_batches(
                query.sql,
                batch_size=arrow.FETCHED_ROWS,
                parameters=[str(value) for value in query.values],
                max_bytes_per_batch=arrow.FETCHED_BYTES,
                max_text_size=arrow.LONGEST_TEXT,
            ):
                advance(batch.num_rows)


def version() -> dict[str, object]:
    """Time `oneroster --version`."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "extractor", "--version"], check=True, stdout=-3)
    return {"seconds": time.perf_counter() - started, "peak": 0.0, "stages": {}, "rows": {}}


def once(name: str, connection: str, folder: Path) -> dict[str, object]:
    """Do one task in a process of its own."""
    if name == "version":
        return version()
    command = [sys.executable, __file__, "--task", name, "--folder", str(folder)]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, env={**os.environ, "BENCH_ODBC": connection}
    )
    measured = json.loads(done.stdout)
    print(f"{name}: {measured['seconds']:.1f} s", file=sys.stderr, flush=True)
    return measured


def measure(
    folder: Path, students: int, assignments: int, runs: int, tasks: list[str], *, twice: bool
) -> None:
    """Make the districts, run the tasks by turns, print the tables."""
    from server import AS_OF, serve

    from extractor.demo.folder import make
    from extractor.progress import Quiet

    settings = folder / "settings"
    if not (settings / "oneroster.toml").exists():
        make(settings, 1200, 1, AS_OF, Quiet())
    with serve(folder / "postgresql") as server:
        databases = {}
        for times in (1, 2) if twice else (1,):
            databases[times] = f"demo_{students}_{times * assignments}"
            server.fill(databases[times], students, times * assignments)
        opened = {times: server.connection(name) for times, name in databases.items()}
        spent: dict[str, list[dict]] = {name: [] for name in tasks}
        for turn in range(runs):
            for name in tasks:
                if turn == 0 or name not in SLOW:
                    spent[name].append(once(name, opened[1], settings))
            if twice and turn == 0:
                spent["twice the results"] = [once("whole", opened[2], settings)]
    show(spent, students)


def show(spent: dict[str, list[dict]], students: int) -> None:
    """Print one line per task, and the stages of the whole extract."""
    medians = {
        name: statistics.median(one["seconds"] for one in ran) for name, ran in spent.items() if ran
    }
    rows = spent["whole"][0]["rows"]
    print(
        f"{students:,} students, {rows['read students_in_sections']:,} students in sections, "
        f"{rows['read gradebook_scores']:,} scores; by turns, medians, highest peaks"
    )
    print(f"{'':<20}{'runs':>5}{'seconds':>9}{'x raw':>8}{'peak MiB':>10}")
    for name, seconds in medians.items():
        high = max(one["peak"] for one in spent[name])
        ratio = f"{seconds / medians['raw']:>8.2f}" if "raw" in medians else " " * 8
        print(f"{name:<20}{len(spent[name]):>5}{seconds:>9.2f}{ratio}{high:>10.0f}")
    if "naive" in medians:
        print(f"whole is {medians['naive'] / medians['whole']:.1f} times as fast as naive")
    if "unchecked" in medians:
        print(f"validation adds {medians['whole'] - medians['unchecked']:.2f} s")
    if "one vendor" in medians:
        print(f"two vendors take {medians['whole'] / medians['one vendor']:.2f} times one vendor's")
    for more in spent.get("twice the results", []):
        grown = more["peak"] / max(one["peak"] for one in spent["whole"])
        print(f"peak with twice the results: {grown:.3f} times as much")
    print("\nstages of whole, medians")
    for stage in spent["whole"][0]["stages"]:
        seconds = statistics.median(one["stages"][stage] for one in spent["whole"])
        beside = [one["stages"].get(stage) for one in spent.get("raw", [])]
        there = f"{statistics.median(beside):>8.2f} raw" if all(beside) and beside else ""
        high = max(one["peaks"].get(stage, 0) for one in spent["whole"])
        print(f"{stage:<30}{seconds:>8.2f} s{rows[stage]:>12,} rows{high:>6.0f} MiB{there}")


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp/oneroster-bench"))
    parser.add_argument("--students", type=int, default=100_000)
    parser.add_argument("--assignments", type=int, default=8)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", action="append", choices=TASKS, help="besides whole and raw")
    parser.add_argument("--without-twice", action="store_true", help="not twice the results")
    parser.add_argument("--small", action="store_true", help="the smallest district, one run")
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.task:
        print(json.dumps(task(chosen.task, os.environ["BENCH_ODBC"], chosen.folder)))
        return
    tasks = ["whole", "raw", *(chosen.only or TASKS[1:3] + TASKS[4:])]
    if chosen.small:
        chosen.students, chosen.assignments, chosen.runs = 1200, 6, 1
    sizes = chosen.students, chosen.assignments, chosen.runs
    measure(chosen.folder, *sizes, tasks, twice=not chosen.without_twice)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    main()
