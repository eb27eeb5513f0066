"""What is installed: the wheel holds the queries, and works from any folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and install it, without its dependencies, into an empty folder."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )
    wheel = next(folder.glob("*.whl"))
    site = folder / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-deps", "--quiet", "--target", site, wheel],
        check=True,
        capture_output=True,
    )
    return site


def test_the_installed_demo_works_from_any_folder(installed: Path, tmp_path: Path) -> None:
    program = (
        "import sys, extractor; print(extractor.__file__); "
        "sys.argv = ['oneroster', 'demo', '--students', '60', '--as-of', '2026-10-01']; "
        "from extractor.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))
    assert (tmp_path / "demo" / "out" / "everything" / "OneRoster.zip").exists()


def test_the_wheel_holds_every_query_and_code_table(installed: Path) -> None:
    held = {
        str(path.relative_to(installed / "extractor" / "sql"))
        for path in (installed / "extractor" / "sql").rglob("*")
        if path.is_file()
    }
    assert held == {
        str(path.relative_to(ROOT / "sql")) for path in (ROOT / "sql").rglob("*") if path.is_file()
    }


def test_the_wheel_holds_profiles_and_the_parts_of_the_page(installed: Path) -> None:
    """Data beside the modules, without which a profile or a report fails once installed."""
    parts = ("validate/report/page.*", "notify/*.j2")
    for kind in ("profiles/*.toml", *parts, "py.typed", "init.toml"):
        held = {path.name for path in (installed / "extractor").glob(kind)}
        assert held == {path.name for path in (ROOT / "extractor").glob(kind)} != set()
