"""What the transforms' tests share: SIS rows as literal tables, code tables, and findings."""

from collections.abc import Callable

import pytest
from pandas import DataFrame
from pandas.testing import assert_frame_equal

from extractor import codes, queries
from extractor.findings import Findings
from extractor.frames import TEXT

SHIPPED = queries.folder("aeries") / "codes"


@pytest.fixture
def sis(frame) -> Callable[..., DataFrame]:
    """Read a literal table as the result of a query: its columns and no others, unnamed ones NA."""

    def rows(query: str, table: str = "") -> DataFrame:
        names = list(queries.header("aeries", query).returns)
        made = frame(table or names[0])
        assert set(made.columns) <= set(names)
        return made.reindex(columns=names).astype(TEXT)

    return rows


@pytest.fixture
def findings() -> Findings:
    return Findings()


@pytest.fixture
def found(findings) -> Callable[[], dict[str, list[str]]]:
    """Say what was found: name and keys; every key counted once."""

    def said() -> dict[str, list[str]]:
        assert all(finding.count == len(finding.keys) for finding in findings)
        return {finding.name: finding.keys for finding in findings}

    return said


@pytest.fixture
def same(frame) -> Callable[[DataFrame, str], None]:
    """Compare a frame with a literal table: its columns, all rows, the order of both."""

    def compare(made: DataFrame, table: str) -> None:
        expected = frame(table)
        plain = made[list(expected.columns)].reset_index(drop=True)
        assert_frame_equal(plain.astype(TEXT), expected)

    return compare


@pytest.fixture(scope="session")
def grades() -> DataFrame:
    return codes.load(SHIPPED / "grades.csv")


@pytest.fixture(scope="session")
def sessions() -> DataFrame:
    return codes.load(SHIPPED / "sessions.csv")


@pytest.fixture(scope="session")
def sexes() -> DataFrame:
    return codes.load(SHIPPED / "sexes.csv")


@pytest.fixture(scope="session")
def races() -> DataFrame:
    return codes.load(SHIPPED / "races.csv")
