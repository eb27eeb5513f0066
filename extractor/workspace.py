"""The folder a run writes into: one run at a time, and nothing left of a run that was killed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extractor.disk import PARTIAL
from extractor.errors import OutputError
from extractor.lock import one_run_at_a_time

_WORK = ".oneroster-work"
REPORT = "report.json"


@contextmanager
def workspace(out: Path) -> Iterator[Path]:
    """
    Hold the output folder for one run; yield a folder for its working files.

    The operating system frees the lock of a killed run, so it never sticks. What such a run
    left behind, working files and unfinished bundles, is removed on entering; finished
    bundles are not touched.

    Raises:
        OutputError: if another run holds the folder, or it cannot be written.
    """
    work = out / _WORK
    if (out / REPORT).is_dir():
        raise OutputError(f"{out / REPORT}: is a folder; remove it, or name another with --out")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with one_run_at_a_time(out, "wait for it to end, or name another folder with --out"):
            _clean(out)
            work.mkdir(mode=0o700)
            try:
                yield work
            finally:
                _clean(out)
    except OSError as error:
        place = error.filename2 or error.filename or out
        why = error.strerror or type(error).__name__
        raise OutputError(f"{place}: {why}") from error


def emptied(folder: Path) -> Path:
    """Return a working folder with nothing in it, and that only the owner can read."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def _clean(out: Path) -> None:
    shutil.rmtree(out / _WORK, ignore_errors=True)
    for leftover in (out / f".{REPORT}{PARTIAL}", *out.glob(f"*/.*.zip{PARTIAL}")):
        leftover.unlink(missing_ok=True)
