"""Seconds and peak memory of every stage of an extract, on a large demo district.

Run it with `make bench`, or: python tests/benchmarks/extract.py --students 20000 --runs 3
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from extractor import pipeline
from extractor.demo.folder import make
from extractor.progress import Advance
from extractor.settings import load

AS_OF = date(2026, 10, 1)
PAGE = 4096


def resident() -> float:
    """Return the memory of this process now, in MiB (Linux)."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE / 2**20


@dataclass
class Stopwatch:
    """A progress that keeps seconds, rows and peak memory per stage."""

    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    peak: dict[str, float] = field(default_factory=dict)
    _current: str = "between"

    @contextmanager
    def stage(self, name: str) -> Iterator[Advance]:
        """Time one stage; what runs between two stages counts as `between`."""
        before, started = self._current, time.perf_counter()
        self._current = name
        self.rows.setdefault(name, 0)

        def advance(count: int) -> None:
            self.rows[name] += count

        try:
            yield advance
        finally:
            spent = time.perf_counter() - started
            self.seconds[name] = self.seconds.get(name, 0.0) + spent
            self._current = before

    def tell(self, message: str) -> None:
        """Say what happened besides."""
        print(message, file=sys.stderr)

    def watch(self, stop: threading.Event) -> None:
        """Sample memory until told to stop."""
        while not stop.wait(0.01):
            held = resident()
            self.peak[self._current] = max(self.peak.get(self._current, 0.0), held)


def run(folder: Path, students: int) -> Stopwatch:
    """Make the district if it is not there, and extract it once."""
    watch, stop = Stopwatch(), threading.Event()
    sampler = threading.Thread(target=watch.watch, args=(stop,), daemon=True)
    sampler.start()
    config = folder / "oneroster.toml"
    if not config.exists():
        make(folder, students, 1, AS_OF, watch)
    settings = load(config)
    with watch.stage("extract, all stages"):
        pipeline.extract(settings, settings.vendor, AS_OF, folder / "out", watch)
    stop.set()
    sampler.join()
    return watch


def main() -> None:
    """Print one line per stage: median seconds, rows, and the highest peak."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="keep the district here")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        runs = [run(folder, chosen.students) for _ in range(chosen.runs)]
    print(f"{chosen.students:,} students, {chosen.runs} runs: median seconds, highest peak")
    names = dict.fromkeys(name for one in runs for name in one.seconds)
    for name in names:
        seconds = statistics.median(one.seconds[name] for one in runs if name in one.seconds)
        rows = max(one.rows.get(name, 0) for one in runs)
        peak = max(one.peak.get(name, 0.0) for one in runs)
        print(f"{name:<28} {seconds:>8.2f} s {rows:>12,} rows {peak:>8.0f} MiB")
    print(f"highest peak of a run: {max(max(one.peak.values()) for one in runs):.0f} MiB")


if __name__ == "__main__":
    main()
