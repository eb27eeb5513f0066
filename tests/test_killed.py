"""A run that is killed at any moment: the old bundle stays, and the next run starts clean."""

import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from conftest import AS_OF, edit

KILLS = 12


def command(demo: Path) -> list[str]:
    arguments = ("--config", demo / "oneroster.toml", "--as-of", AS_OF.isoformat())
    return [sys.executable, "-m", "extractor", "extract", *map(str, arguments)]


def bundles(demo: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in demo.glob("out/*/OneRoster.zip")}


@pytest.fixture
def two_nights(own_demo: Path) -> tuple[Path, dict[str, bytes], dict[str, bytes]]:
    """Return a demo with the bundles of last night, and those that tonight will give."""
    subprocess.run(command(own_demo), check=True, capture_output=True)
    old = bundles(own_demo)
    edit(own_demo / "district.sqlite", "UPDATE CRS SET CO = CO || ' II'")
    subprocess.run(command(own_demo), check=True, capture_output=True)
    new = bundles(own_demo)
    for name, data in old.items():
        (own_demo / "out" / name / "OneRoster.zip").write_bytes(data)
    return own_demo, old, new


def test_killed_at_random_moments_leaves_whole_bundles(
    two_nights: tuple[Path, dict[str, bytes], dict[str, bytes]],
) -> None:
    demo, old, new = two_nights
    assert old != new
    started = time.monotonic()
    subprocess.run(command(demo), check=True, capture_output=True)
    whole = time.monotonic() - started
    moments = random.Random(1)
    for _ in range(KILLS):
        for name, data in old.items():
            (demo / "out" / name / "OneRoster.zip").write_bytes(data)
        running = subprocess.Popen(
            command(demo), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(moments.uniform(0.2, 1.0) * whole)
        running.send_signal(signal.SIGKILL)
        running.wait()
        for name, data in bundles(demo).items():
            assert data in {old[name], new[name]}, name
    subprocess.run(command(demo), check=True, capture_output=True)
    assert bundles(demo) == new
    left = {path.name for path in (demo / "out").rglob("*") if path.is_file()}
    assert left == {"OneRoster.zip", "report.json", ".oneroster.lock"}


def test_leftovers_of_a_killed_run_are_removed(own_demo: Path) -> None:
    out = own_demo / "out"
    (out / ".oneroster-work").mkdir(parents=True)
    (out / ".oneroster-work" / "users.arrow").write_bytes(b"personal")
    (out / "roster").mkdir()
    (out / "roster" / ".OneRoster.zip.partial").write_bytes(b"half a zip")
    subprocess.run(command(own_demo), check=True, capture_output=True)
    assert not (out / ".oneroster-work").exists()
    assert not list(out.rglob("*.partial"))
    with zipfile.ZipFile(out / "roster" / "OneRoster.zip") as bundle:
        assert bundle.testzip() is None
