"""A plugin: nothing personal of the demo district gets into what any test prints, raises or logs.

It listens while the whole suite runs: to stdout and stderr of each test and of the processes it
starts, to the text of every exception of ours, and to the logs, reports, reasons and records that
tests leave in their folders. Bundles and validator reports that were asked to show values are
another matter; a test that asks for them is marked `shows_values`.
"""

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from extractor.errors import OneRosterError

# What a run leaves for people and programs to read, beside the bundles themselves.
TOLD = ("**/report.json", "**/*.log", "**/*.jsonl*", "**/held/**/*.json", "**/record.sqlite")
_HEARD: list[str] = []


def personal(database: Path) -> re.Pattern[bytes]:
    """Return what finds a name, an address, a phone or a state id of a demo district."""
    with closing(sqlite3.connect(database)) as connection:

        def column(sql: str) -> set[str]:
            return {str(value) for (value,) in connection.execute(sql) if value}

        names: set[str] = set()
        found: set[str] = set()
        for table in ("STU", "STF", "PWA", "UGN", "CON"):
            for first, last in connection.execute(f"SELECT FN, LN FROM {table}"):
                if first and last and len(f"{first}{last}") > 4:
                    names |= {f"{first} {last}", f"{last}, {first}", f'{last}","{first}'}
                    names |= {f"{last},{first}"}
        for table, name in (("STU", "SEM"), ("STF", "EM"), ("TCH", "EM"), ("PWA", "EM")):
            found |= column(f"SELECT {name} FROM {table} WHERE {name} LIKE '%@%'")
        for table, name in (("STU", "TL"), ("STU", "MPH"), ("STF", "TL"), ("STF", "CP")):
            found |= column(f"SELECT {name} FROM {table} WHERE LENGTH({name}) >= 10")
        found |= column("SELECT CID FROM STU WHERE LENGTH(CID) >= 10")
        found |= column("SELECT AD FROM STU WHERE LENGTH(AD) >= 8")
    alternatives = "|".join(sorted(map(re.escape, names | found), key=len, reverse=True))
    return re.compile(alternatives.encode("utf-8"), re.IGNORECASE)


@pytest.fixture(scope="session")
def nobody(demo: Path) -> re.Pattern[bytes]:
    """Find the values of the smallest demo district, which most tests use."""
    return personal(demo / "district.sqlite")


@pytest.fixture(scope="session", autouse=True)
def _listening() -> Iterator[None]:
    """Keep the text of every error of ours, and what processes print."""
    raised, communicated = OneRosterError.__init__, subprocess.Popen.communicate

    def init(self: OneRosterError, *args: Any, **named: Any) -> None:
        raised(self, *args, **named)
        _HEARD.extend(str(one) for one in args)

    def note(self: OneRosterError, text: str) -> None:
        BaseException.add_note(self, text)
        _HEARD.append(text)

    def communicate(self: Any, *args: Any, **named: Any) -> Any:  # `subprocess.run` does, too
        done = communicated(self, *args, **named)
        printed = [text for text in done if isinstance(text, str | bytes)]
        _HEARD.extend(
            text if isinstance(text, str) else text.decode("utf-8", "replace") for text in printed
        )
        return done

    patch = pytest.MonkeyPatch()
    patch.setattr(OneRosterError, "__init__", init)
    patch.setattr(OneRosterError, "add_note", note, raising=False)
    patch.setattr(subprocess.Popen, "communicate", communicate)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _nothing_personal(request: pytest.FixtureRequest, nobody: re.Pattern[bytes]) -> Iterator[None]:
    _HEARD.clear()
    yield
    if request.node.get_closest_marker("shows_values"):
        return
    folder = request.node.funcargs.get("tmp_path")
    read = [path for glob in TOLD for path in folder.glob(glob) if path.is_file()] if folder else []
    for where, text in [
        *(("told", one.encode("utf-8", "replace")) for one in _HEARD),
        *((path.name, path.read_bytes()) for path in read),
    ]:
        assert not nobody.search(text), f"somebody's data in what was {where}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Look at what a test printed, once it is known."""
    outcome: Any = yield
    report = outcome.get_result()
    look = item.funcargs.get("nobody") if hasattr(item, "funcargs") else None
    if look is None or report.when != "call" or item.get_closest_marker("shows_values"):
        return
    for name, text in report.sections:
        if look.search(text.encode("utf-8", "replace")):
            report.outcome, report.longrepr = "failed", f"somebody's data in {name}"
