"""Peak memory of an extract does not grow with its results: once as many, then twice as many.

Run it with `make bench`, or: python tests/benchmarks/memory.py --students 20000 --assignments 24
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

AS_OF = "2026-10-01"
MAKE = """
import sys
from datetime import date
from pathlib import Path
from extractor.demo.folder import make
from extractor.progress import Quiet
folder, students, assignments, day = sys.argv[1:]
day = date.fromisoformat(day)
make(Path(folder), int(students), 1, day, Quiet(), assignments=int(assignments))
"""


def run(*arguments: str) -> float:
    """
    Run Python in a process of its own; return its peak memory in MiB.

    Linux counts the memory of the process that starts another as that one's peak, too: so this
    one must stay small, and imports nothing of ours.
    """
    quiet = [(os.POSIX_SPAWN_OPEN, at, os.devnull, os.O_WRONLY, 0) for at in (1, 2)]
    command = [sys.executable, *arguments]
    child = os.posix_spawn(sys.executable, command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{command[-1]} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss / 1024


def extract(folder: Path) -> tuple[int, float]:
    """Extract a district; return its results and the peak in MiB."""
    config = str(folder / "oneroster.toml")
    arguments = ["extract", "--vendor", "everything", "--as-of", AS_OF, "--config", config]
    peak = run("-m", "extractor", *arguments)
    report = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    return report["bundles"][0]["rows"]["results"], peak


def main() -> None:
    """Print results, peak memory, and the ratio of the two peaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=20_000)
    parser.add_argument("--assignments", type=int, default=24)
    chosen = parser.parse_args()
    peaks = []
    for assignments in (chosen.assignments, 2 * chosen.assignments):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            run("-c", MAKE, temporary, str(chosen.students), str(assignments), AS_OF)
            results, peak = extract(folder)
        peaks.append(peak)
        print(f"{chosen.students:,} students, {results:>10,} results: peak {peak:.0f} MiB")
    print(f"peak with twice the results: {peaks[1] / peaks[0]:.3f} times as much")


if __name__ == "__main__":
    main()
