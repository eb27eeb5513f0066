"""What the tests of `oneroster check` share: settings of the demo, changed, and their lines."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from conftest import AS_OF, Postgres

from extractor.check import PROBES, Context, Line, look
from extractor.demo.district import SMALLEST, district
from extractor.demo.server import load_demo

Check = Callable[..., list[Line]]


@pytest.fixture
def check(own_demo: Path) -> Check:
    """Run all probes on the settings of a demo after some texts in them were replaced."""

    def run(
        *changes: tuple[str, str], vendors: tuple[str, ...] = (), day: date = AS_OF, probes=PROBES
    ) -> list[Line]:
        config = own_demo / "oneroster.toml"
        text = config.read_text("utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        config.write_text(text, "utf-8")
        return list(look(probes, Context(config, vendors, day)))

    return run


@pytest.fixture(scope="session")
def server(postgres: Postgres) -> str:
    """Load the demo into a database named like one of Aeries; return its connection string."""
    postgres.run('CREATE DATABASE "DST26000EagleUSD"')
    connection = postgres.connection("DST26000EagleUSD")
    load_demo(connection, district(SMALLEST, 1, AS_OF), schema="dbo")
    return connection


def at(connection: str) -> tuple[str, str]:
    """Return the change that points the demo's settings at a server."""
    return (
        'connection = "sqlite:///district.sqlite"',
        f"connection = '{connection}'\nschema = \"dbo\"",
    )


def of(lines: list[Line], name: str) -> list[Line]:
    return [line for line in lines if line.name == name]


def states(lines: list[Line]) -> dict[str, str]:
    """Return the worst state of each probe."""
    order = ["ok", "warning", "skipped", "failed"]
    worst: dict[str, str] = {}
    for line in lines:
        before = worst.get(line.name, "ok")
        worst[line.name] = max(before, line.state.value, key=order.index)
    return worst
