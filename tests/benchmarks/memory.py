"""Peak memory of an extract does not grow with its results: once as many, then twice as many.

Run it with `make bench`, or: python tests/benchmarks/memory.py --students 20000 --assignments 24
"""

import argparse
import json
import os
import sys
import tempfile
from datetime import date
from pathlib import Path

from extractor.demo.folder import make
from extractor.progress import Quiet

AS_OF = date(2026, 10, 1)


def extract(folder: Path) -> tuple[int, float]:
    """Extract a district in a process of its own; return its results and its peak in MiB."""
    arguments = ["-m", "extractor", "extract", "--vendor", "everything", "--as-of", str(AS_OF)]
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, *arguments, "--config", str(folder / "oneroster.toml")],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, at, os.devnull, os.O_WRONLY, 0) for at in (1, 2)],
    )
    _, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit(f"the extract of {folder} ended with {os.waitstatus_to_exitcode(status)}")
    report = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    return report["bundles"][0]["rows"]["results"], usage.ru_maxrss / 1024


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
            make(folder, chosen.students, 1, AS_OF, Quiet(), assignments=assignments)
            results, peak = extract(folder)
        peaks.append(peak)
        print(f"{chosen.students:,} students, {results:>10,} results: peak {peak:.0f} MiB")
    print(f"peak with twice the results: {peaks[1] / peaks[0]:.3f} times as much")


if __name__ == "__main__":
    main()
