"""A small district whose vendors get their bundles in folders, and nights of it."""

import sqlite3
import tomllib
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import AS_OF
from notify_servers import http, smtp

from extractor import nightly
from extractor.nightly import Night
from extractor.nightly.session import record_folder
from extractor.record.folder import open_record
from extractor.record.history import History, history
from extractor.settings import Settings, load

__all__ = ["http", "smtp"]


@dataclass(frozen=True)
class Place:
    """A demo district, its settings, and the folder where its vendors look."""

    demo: Path
    vendors: Path

    @property
    def config(self) -> Path:
        return self.demo / "oneroster.toml"

    @property
    def settings(self) -> Settings:
        return load(self.config)

    @property
    def record(self) -> Path:
        return record_folder(self.settings)

    def say(self, text: str) -> None:
        """Add lines to the settings; a table stands before the vendors."""
        old = self.config.read_text("utf-8")
        before, vendors = old[: old.index("[[vendor]]")], old[old.index("[[vendor]]") :]
        self.config.write_text(f"{before}\n{text}\n\n{vendors}", "utf-8")
        tomllib.loads(self.config.read_text("utf-8"))

    def night(self, *, dry_run: bool = False, only: tuple[str, ...] = ()) -> Night:
        settings = self.settings
        vendors = [one for one in settings.vendor if not only or one.name in only]
        night = nightly.run(settings, vendors, AS_OF, self.demo / "out", dry_run=dry_run)
        self.tell()
        return night

    def tell(self) -> None:
        """Print what the bundles hold: two that should be the same can be told apart by it."""
        for path in sorted((self.demo / "out").glob("*/*.zip")):
            with zipfile.ZipFile(path) as bundle:
                for one in bundle.infolist():
                    sizes = f"{one.file_size} {one.compress_size}"
                    print(path.parent.name, one.filename, f"{one.CRC:08x}", sizes)

    def approve(self, why: str = "the new year", digest: str | None = None) -> Night:
        settings = self.settings
        return nightly.approve(settings, settings.vendor, AS_OF, why=why, digest=digest)

    def history(self) -> History:
        with open_record(self.record) as record:
            return history(record)

    def sent(self, vendor: str = "roster") -> bytes | None:
        """Return what a vendor finds."""
        path = self.vendors / vendor / "OneRoster.zip"
        return path.read_bytes() if path.exists() else None

    def edit(self, *statements: str) -> None:
        """Change the district."""
        with closing(sqlite3.connect(self.demo / "district.sqlite")) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()


def with_folders(demo: Path, vendors: Path) -> Place:
    """Let every vendor of the demo have a folder."""
    config = demo / "oneroster.toml"
    text = config.read_text("utf-8")
    for name in ("roster", "everything"):
        (vendors / name).mkdir(parents=True)
        line = f'name = "{name}"\nfolder = {{path = "{vendors / name}", attempts = 1}}'
        text = text.replace(f'name = "{name}"', line)
    config.write_text(text, "utf-8")
    return Place(demo, vendors)


@pytest.fixture
def place(own_demo: Path, tmp_path: Path) -> Place:
    return with_folders(own_demo, tmp_path / "vendors")


@pytest.fixture
def outcomes() -> Callable[[Night], dict[str, str]]:
    return lambda night: {one.vendor: one.outcome for one in night.vendors}
