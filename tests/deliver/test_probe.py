"""What `check` learns of a delivery before the first night."""

import os

import pytest
from ssh_server import UID, free_port, keygen

from extractor.deliver import FolderSettings
from extractor.deliver.probe import probe


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def told(delivery, base):
    steps = probe("acme", delivery, base)
    return [(step.name, step.ok) for step in steps], steps[-1].said


def test_server_that_is_ready_passes_every_step_and_keeps_nothing(server, tmp_path):
    for left in (".oneroster-check", ".oneroster-check.partial"):
        (server.inbox / left).write_text("left")
        os.chown(server.inbox / left, UID, UID)
    steps, said = told(server.settings(), tmp_path)
    order = ["secrets", "reach", "host key", "login", "directory", "write"]
    assert steps == [(name, True) for name in order]
    assert said == "a file can be written, read back, renamed over another in one move, and removed"
    assert names(server.inbox) == []


def test_server_that_can_less_says_so(sshd, tmp_path):
    server = sshd(sftp="-P posix-rename")
    assert "steps aside for a moment" in told(server.settings(), tmp_path)[1]
    server = sshd(sftp="-P read")
    assert "written, not read back, renamed" in told(server.settings(), tmp_path)[1]


@pytest.mark.parametrize(
    ("changed", "steps", "part"),
    [
        ({"password": {"env": "NOT_SET"}}, "secrets", "NOT_SET is not set"),
        ({"port": "free"}, "secrets reach", "check host and port"),
        ({"known_host": "other"}, "secrets reach host_key", "It showed ssh-ed25519 SHA256:"),
        ({"key_file": "other"}, "secrets reach host_key login", "refused the login"),
        (
            {"directory": "/nowhere"},
            "secrets reach host_key login directory",
            "create_directory = true",
        ),
        (
            {"directory": "/"},
            "secrets reach host_key login directory write",
            "the right to write",
        ),
    ],
)
def test_first_step_that_fails_is_named_with_the_remedy(
    server, tmp_path, monkeypatch, changed, steps, part
):
    monkeypatch.delenv("NOT_SET", raising=False)
    other = keygen(tmp_path / "other")
    values = {"free": free_port(), "other": "other" if "key_file" in changed else other}
    given = {
        key: values.get(value, value) if isinstance(value, str) else value
        for key, value in changed.items()
    }
    done, said = told(server.settings(**given), tmp_path)
    wanted = [name.replace("_", " ") for name in steps.split()]
    assert [name for name, _ in done] == wanted
    assert [ok for _, ok in done] == [True] * (len(wanted) - 1) + [False]
    assert part in said
    assert names(server.inbox) == []


def test_folder_is_tried_too(tmp_path):
    assert told(FolderSettings(path="in"), tmp_path)[0] == [("directory", False)]
    steps, _ = told(FolderSettings(path="in", create=True), tmp_path)
    assert steps == [("directory", True), ("write", True)]
    assert names(tmp_path / "in") == []
    (tmp_path / "in" / ".oneroster-check").mkdir()
    steps, said = told(FolderSettings(path="in"), tmp_path)
    assert steps == [("directory", True), ("write", False)]
    assert "check the rights" in said
