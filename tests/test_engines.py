"""The same district gives the same bytes: from every engine, in any order, zone and locale."""

import os
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import AS_OF
from pandas import DataFrame, Series
from sample import SAMPLE

from extractor.demo.district import SMALLEST, district
from extractor.demo.load import load as load_tables
from extractor.pipeline import extract
from extractor.progress import Quiet
from extractor.report import Report
from extractor.settings import Settings, Users, load
from extractor.spec import FILES, ROSTERING_CORE

READERS = ("auto", "pyodbc", "arrow")


def connected(demo: Path, connection: str, reader: str = "auto") -> Settings:
    settings = load(demo / "oneroster.toml")
    sis = settings.sis.model_copy(update={"connection": connection, "reader": reader})
    return settings.model_copy(update={"sis": sis})


def bundles(settings: Settings, out: Path) -> dict[str, bytes]:
    report = extract(settings, settings.vendor, AS_OF, out, Quiet())
    return {bundle.vendor: bundle.path.read_bytes() for bundle in report.bundles}


@pytest.fixture(scope="session")
def expected(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return bundles(load(demo / "oneroster.toml"), tmp_path_factory.mktemp("expected"))


def test_the_sample_is_what_the_smallest_district_gives(expected: dict[str, bytes]) -> None:
    assert (SAMPLE / "OneRoster.zip").read_bytes() == expected["everything"]


def test_the_unpacked_sample_is_what_the_zip_holds() -> None:
    with zipfile.ZipFile(SAMPLE / "OneRoster.zip") as zipped:
        held = {name: zipped.read(name) for name in zipped.namelist()}
    assert {path.name: path.read_bytes() for path in SAMPLE.glob("*.csv")} == held


@pytest.mark.parametrize("reader", READERS)
def test_sqlite_through_odbc_gives_the_same_bytes(
    reader: str,
    demo: Path,
    tmp_path: Path,
    expected: dict[str, bytes],
    odbc_drivers: list[str],
) -> None:
    connection = f"Driver=SQLite3;Database={demo / 'district.sqlite'}"
    assert bundles(connected(demo, connection, reader), tmp_path) == expected


@pytest.mark.parametrize("reader", READERS)
def test_postgresql_through_odbc_gives_the_same_bytes(
    reader: str,
    demo: Path,
    tmp_path: Path,
    expected: dict[str, bytes],
    postgres_demo: str,
) -> None:
    assert bundles(connected(demo, postgres_demo, reader), tmp_path) == expected


# Every field that settings can choose, of every table.
CHOSEN = Users(
    student_id="SUP.BADGE",
    staff_id="STF.SID",
    student_username="DSD.UNM",
    staff_username="UGN.UN",
    student_user_ids=("SSID:STU.CID", "L:DSD.UNM"),
    staff_user_ids=("E:STF.NID",),
    student_phone="STU.TL",
    staff_phone="STF.TL",
    staff_sms="STF.CP",
    preferred_names=True,
)


def test_chosen_fields_give_the_same_bytes_on_every_engine(
    demo: Path, tmp_path: Path, odbc_drivers: list[str], postgres_demo: str
) -> None:
    made = []
    for at, connection in enumerate(
        (
            f"sqlite:///{demo / 'district.sqlite'}",
            f"Driver=SQLite3;Database={demo / 'district.sqlite'}",
            postgres_demo,
        )
    ):
        settings = connected(demo, connection).model_copy(update={"users": CHOSEN})
        made.append(bundles(settings, tmp_path / str(at)))
    assert made[0] == made[1] == made[2]


def test_postgresql_gives_the_same_findings(demo: Path, tmp_path: Path, postgres_demo: str) -> None:
    def found(settings: Settings, out: Path) -> list[tuple[str, int, list[str]]]:
        report: Report = extract(settings, settings.vendor, AS_OF, out, Quiet())
        return [(one.name, one.count, sorted(one.keys)) for one in report.findings]

    here = found(load(demo / "oneroster.toml"), tmp_path / "sqlite")
    assert found(connected(demo, postgres_demo), tmp_path / "postgresql") == here


def shuffled(rows: Iterator[tuple[str, DataFrame]]) -> Iterator[tuple[str, DataFrame]]:
    """Turn every table round, and deal its rows out anew."""
    for name, frame in rows:
        order = Series(range(len(frame))) * 7919 % max(len(frame), 1)
        yield name, frame.iloc[order.argsort(kind="stable")[::-1]].reset_index(drop=True)


def test_rows_inserted_in_another_order_give_the_same_bytes(
    demo: Path, tmp_path: Path, expected: dict[str, bytes]
) -> None:
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as connection:
        load_tables(connection, shuffled(district(SMALLEST, 1, AS_OF)), "sqlite")
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
        indexes = [name for name in names if name.startswith("IX_")]
        assert indexes
        for index in indexes:
            connection.execute(f"DROP INDEX {index}")  # a plan without them reads otherwise
        connection.commit()
    settings = connected(demo, f"sqlite:///{tmp_path / 'other.sqlite'}")
    assert bundles(settings, tmp_path / "out") == expected


@pytest.mark.parametrize(
    "environment",
    [
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
        {"TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "0"},
        {"TZ": "UTC", "LC_ALL": "POSIX", "PYTHONHASHSEED": "7"},
    ],
    ids=lambda environment: environment["TZ"],
)
def test_another_time_zone_and_locale_give_the_same_bytes(
    environment: dict[str, str], demo: Path, tmp_path: Path, expected: dict[str, bytes]
) -> None:
    command = ["extract", "--config", demo / "oneroster.toml", "--out", tmp_path]
    done = subprocess.run(
        [sys.executable, "-m", "extractor", *map(str, command), "--as-of", AS_OF.isoformat()],
        env={**os.environ, **environment},
        capture_output=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert {name: (tmp_path / name / "OneRoster.zip").read_bytes() for name in expected} == expected


def test_batches_of_any_size_give_the_same_bytes(
    demo: Path, tmp_path: Path, expected: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extractor.source.batches.BATCH_ROWS", 7)
    held = bundles(load(demo / "oneroster.toml"), tmp_path)
    unzipped = [zipfile.ZipFile(tmp_path / name / "OneRoster.zip") for name in held]
    for name, zipped in zip(held, unzipped, strict=True):
        (tmp_path / "as-expected.zip").write_bytes(expected[name])
        with zipped, zipfile.ZipFile(tmp_path / "as-expected.zip") as wanted:
            for entry in wanted.namelist():
                assert zipped.read(entry) == wanted.read(entry), entry


def test_a_repeated_run_finds_nothing_new(demo: Path, tmp_path: Path) -> None:
    settings = load(demo / "oneroster.toml")
    first = extract(settings, settings.vendor, AS_OF, tmp_path, Quiet())
    again = extract(settings, settings.vendor, AS_OF, tmp_path, Quiet())
    assert first.bundles == again.bundles


def test_every_grant_gives_every_file_and_the_core_only_the_core(
    demo: Path, tmp_path: Path
) -> None:
    settings = load(demo / "oneroster.toml")
    report = extract(settings, settings.vendor, AS_OF, tmp_path, Quiet())
    roster, everything = report.bundles
    assert set(everything.rows) == {file.name for file in FILES}
    assert set(roster.rows) == {file.name for file in ROSTERING_CORE}
    with zipfile.ZipFile(roster.path) as zipped:
        held = {name: zipped.read(name).count(b"\n") for name in zipped.namelist()}
        manifest = zipped.read("manifest.csv").decode("ascii").splitlines()
    absent = {f"file.{file.name},absent" for file in FILES if file not in ROSTERING_CORE}
    assert absent <= set(manifest)
    assert min(held.values()) > 1  # never a header alone
    silent = next(one for one in report.findings if one.name == "school_without_gradebook")
    assert silent.keys == ["LOC 990", "LOC 991"]
