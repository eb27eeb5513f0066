"""What the tests of delivery share: a vendor's server, and a bundle."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ssh_server import Server, running

from extractor.deliver import Job


@pytest.fixture
def sshd() -> Iterator[Callable[..., Server]]:
    """Return what starts a server."""
    with running() as start:
        yield start


@pytest.fixture
def server(sshd: Callable[..., Server]) -> Server:
    """Start a vendor's server."""
    return sshd()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Write a bundle of 3 MB that does not compress; what is in it does not matter here."""
    path = tmp_path / "out" / "acme" / "OneRoster.zip"
    path.parent.mkdir(parents=True)
    path.write_bytes(os.urandom(3_000_001))
    return path


@pytest.fixture
def job(tmp_path: Path, bundle: Path) -> Callable[..., Job]:
    """Return what makes a job of that bundle."""

    def make(delivery: object, vendor: str = "acme", **changed: object) -> Job:
        given = {"bundle": bundle, "remote_name": "OneRoster.zip", **changed}
        return Job(vendor=vendor, delivery=delivery, base=tmp_path, **given)

    return make
