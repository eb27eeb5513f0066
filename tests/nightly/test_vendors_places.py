"""A night over real SFTP to three vendors, one of whom refuses; and everybody who is told."""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import AS_OF
from nightly.conftest import Place
from notify_servers import Certificates, Endpoint, Mailbox, certificates, free_port, http, smtp
from ssh_server import Server, running

from extractor.settings import load

__all__ = ["certificates", "http", "smtp"]

VENDOR = """
[[vendor]]
name = "{name}"
sftp = {{host = "127.0.0.1", port = {port}, username = "{user}", known_host = "{key}", \
key_file = "{file}", directory = "/incoming", timeout = 10, attempts = 1}}
"""
TOLD = """
[notify]
on = ["success", "hold", "failure"]
attempts = 1
[[notify.mail]]
host = "127.0.0.1"
port = {port}
from = "oneroster@district.example"
to = ["data@district.example"]
username = "oneroster@district.example"
password = {{env = "SMTP_PASSWORD"}}
ca_file = "{ca}"
[[notify.webhook]]
url = "{url}"
[log]
file = "oneroster.jsonl"
"""


@pytest.fixture
def sshd() -> Iterator[Callable[..., Server]]:
    with running() as start:
        yield start


@pytest.fixture
def box(smtp: Callable[..., Mailbox], certificates: Certificates) -> Mailbox:
    return smtp(starttls=certificates.server)


@pytest.fixture
def hook(http: Callable[..., Endpoint]) -> Endpoint:
    return http()


@pytest.fixture
def servers(
    own_demo: Path,
    sshd: Callable[..., Server],
    box: Mailbox,
    hook: Endpoint,
    certificates: Certificates,
) -> dict[str, Server]:
    """Write settings of three vendors; nobody listens where the third one should."""
    there = {"north": sshd(), "south": sshd()}
    config = own_demo / "oneroster.toml"
    text = config.read_text("utf-8")
    text = text[: text.index("# The rostering core.")].replace('vendors = ["everything"]\n', "")
    text += TOLD.format(port=box.port, ca=certificates.ca_file, url=hook.url)
    for name in ("north", "refuses", "south"):
        server = there.get(name, there["north"])
        port = server.port if name in there else free_port()
        text += VENDOR.format(
            name=name, port=port, user=server.user, key=server.host_key, file=server.key_file
        )
    config.write_text(text, "utf-8")
    load(config)
    return there


def run(demo: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "extractor", "run", *arguments, "--as-of", str(AS_OF)]
    return subprocess.run(
        [*command, "--config", str(demo / "oneroster.toml")],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "SMTP_PASSWORD": "Hunter2!Hunter2!", "COLUMNS": "200"},
        cwd=demo,
    )


def there(server: Server) -> str:
    return hashlib.sha256((server.inbox / "OneRoster.zip").read_bytes()).hexdigest()


def test_nights_over_sftp(
    own_demo: Path,
    servers: dict[str, Server],
    box: Mailbox,
    hook: Endpoint,
    nobody: "re.Pattern[bytes]",
) -> None:
    done = run(own_demo)
    assert done.returncode == 3, done.stderr
    assert "refuses" in done.stdout
    sent = {name: there(server) for name, server in servers.items()}
    assert len(set(sent.values())) == 1  # the same grants: the same bytes
    ((_, mail),) = box.taken
    assert mail["Subject"].startswith("[oneroster] FAILED")
    ((_, _, posted),) = hook.got

    place = Place(own_demo, own_demo)
    place.edit("DELETE FROM STU WHERE SC = 994 AND SN % 2 = 0")
    held = run(own_demo, "--vendor", "north", "--vendor", "south")
    assert held.returncode == 4, held.stderr
    assert {name: there(server) for name, server in servers.items()} == sent
    assert box.taken[1][1]["Subject"].startswith("[oneroster] HELD")

    approved = run(own_demo, "--approve", "--vendor", "north", "--reason", "they moved away")
    assert approved.returncode == 0, approved.stderr
    assert there(servers["north"]) != sent["north"]
    assert there(servers["south"]) == sent["south"]
    assert box.taken[2][1]["Subject"].startswith("[oneroster] DELIVERED")

    # What people are told and what is logged names nobody; that it would be found, first.
    assert nobody.search((own_demo / "district.sqlite").read_bytes())
    told = [done.stdout, done.stderr, held.stdout, held.stderr, approved.stdout, approved.stderr]
    told += [mail.as_string() for _, mail in box.taken]
    told += [mail.get_body((kind,)).get_content() for _, mail in box.taken for kind in ("plain",)]
    told += [data.decode() for _, _, data in hook.got]
    told += [path.read_text("utf-8") for path in own_demo.glob("oneroster.jsonl*")]
    told += [path.read_text("utf-8") for path in own_demo.glob("record/held/*/*.json")]
    assert posted
    assert len(hook.got) == 3
    for text in told:
        assert not nobody.search(text.encode())
        assert "Hunter2" not in text
