"""docs/setup.md: its settings load, its T-SQL parses, its commands are there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlglot

from extractor.check import PROBES
from extractor.settings import load

PAGE = (Path(__file__).parent.parent.parent / "docs" / "setup.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL)


def of(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def test_settings_load(tmp_path: Path) -> None:
    (text,) = of("toml")
    (tmp_path / "oneroster.toml").write_text(text, "utf-8")
    assert load(tmp_path / "oneroster.toml").vendor[0].name == "acme-math"


@pytest.mark.parametrize("shown", re.findall(r"`connection = (\{.*?\})`", PAGE))
def test_every_place_of_a_secret_is_one(shown: str, tmp_path: Path) -> None:
    (text,) = of("toml")
    changed = re.sub(r"connection = .*", lambda _: f"connection = {shown}", text)
    (tmp_path / "oneroster.toml").write_text(changed, "utf-8")
    assert not isinstance(load(tmp_path / "oneroster.toml").sis.connection, str)


@pytest.mark.parametrize("script", of("sql"))
def test_scripts_are_t_sql(script: str) -> None:
    assert all(sqlglot.parse(script, dialect="tsql"))


def test_commands_are_there() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "extractor", "--help"], capture_output=True, encoding="utf-8"
    )
    there = set(re.findall(r"^  ([a-z-]+) ", done.stdout.split("Commands:")[1], re.MULTILINE))
    named = set(re.findall(r"(?:^|`)oneroster ([a-z-]+)", PAGE, re.MULTILINE))
    assert {"check", "load-demo", "sql", "extract", "init"} <= named
    assert {name for name in named if not name.startswith("-")} <= there


def test_links_inside_the_page_lead_somewhere() -> None:
    heads = {
        re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-")
        for head in re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= heads


def test_every_area_of_a_check_is_told() -> None:
    for area in {probe.area for probe in PROBES}:
        assert f"\n| {area} |" in PAGE, area
