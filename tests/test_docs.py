"""README and docs tell what the program does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from generated import DOCS, findings_page
from pydantic import BaseModel
from test_cli import COMMANDS

from extractor.errors import DataError, OneRosterError, SettingsError, SourceError
from extractor.grants import GRANTS
from extractor.settings import Settings
from extractor.spec import BY_NAME

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
SETTINGS = (DOCS / "settings.md").read_text("utf-8")


def test_findings_page_is_what_the_catalogue_gives() -> None:
    assert (DOCS / "findings.md").read_text("utf-8") == findings_page()


TABLES = {"District", "Sis", "Options", "Users", "Codes", "Output", "School", "Vendor"}
TABLES |= {"Metadata", "Staff", "Resources"}


def keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    found: list[str] = []
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        inner = re.findall(r"settings\.(\w+)", str(field.annotation))
        tables = [one for one in inner if one in TABLES]
        if key == "folder":
            continue
        import extractor.settings as module

        if tables:
            found += keys(getattr(module, tables[0]), f"{key}.")
        else:
            found.append(key)
    return found


@pytest.mark.parametrize("key", keys(Settings))
def test_every_setting_stands_in_the_list(key: str) -> None:
    assert f"`{key}`" in SETTINGS


@pytest.mark.parametrize("grant", GRANTS)
def test_every_grant_stands_in_the_list(grant: str) -> None:
    row = next(line for line in SETTINGS.splitlines() if line.startswith("| `vendor.grants`"))
    assert grant in row


@pytest.mark.parametrize(
    "file", sorted({file for opens in GRANTS.values() for file in opens.files})
)
def test_every_file_that_is_made_stands_in_the_readme(file: str) -> None:
    assert f"`{BY_NAME[file].csv}`" in README


@pytest.mark.parametrize("error", [DataError, SettingsError, SourceError])
def test_exit_codes_stand_in_the_readme(error: type[OneRosterError]) -> None:
    assert re.search(rf"^\| {error.exit_code} \|", README, re.MULTILINE)


def test_every_command_stands_in_the_readme() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "extractor", "--help"], capture_output=True, encoding="utf-8"
    )
    commands = re.findall(r"^  ([a-z-]+) ", done.stdout.split("Commands:")[1], re.MULTILINE)
    assert commands
    for command in commands:
        assert f"oneroster {command}" in README


def test_links_of_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_no_page_and_no_message_names_a_command_that_there_is_not() -> None:
    pages = [ROOT / "README.md", *DOCS.rglob("*.md"), *(ROOT / "extractor").rglob("*.py")]
    for page in pages:
        named = re.findall(r"`oneroster ([a-z][a-z-]*)", page.read_text("utf-8"))
        assert set(named) <= set(COMMANDS), page
