"""One run at a time: real processes, one of them killed, and words about who is there."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import AS_OF

from extractor.errors import OutputError
from extractor.lock import HOLDER, LOCK, one_run_at_a_time

HOLDING = """
import sys
from pathlib import Path
from extractor.lock import one_run_at_a_time
with one_run_at_a_time(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_run(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        assert running.stdout
        assert running.stdout.readline() == "held\n"
        try:
            yield running
        finally:
            running.kill()


def refusal(folder: Path) -> str:
    with pytest.raises(OutputError) as error, one_run_at_a_time(folder, "wait"):
        pass
    return str(error.value)


def test_second_run_is_told_who_is_there_since_when_and_where(tmp_path: Path) -> None:
    with another_run(tmp_path) as running:
        said = refusal(tmp_path)
        assert f"another run is writing there (process {running.pid} on " in said
        assert socket.gethostname() in said
        assert ", since 20" in said
        assert said.endswith("; wait")


def test_run_that_ends_leaves_the_folder_free_and_no_name(tmp_path: Path) -> None:
    with another_run(tmp_path) as running:
        running.communicate("")
        assert running.returncode == 0
    assert {one.name for one in tmp_path.iterdir()} == {LOCK}
    with one_run_at_a_time(tmp_path):
        assert json.loads((tmp_path / HOLDER).read_text())["pid"] == os.getpid()
    assert not (tmp_path / HOLDER).exists()


def test_killed_run_leaves_nothing_stuck(tmp_path: Path) -> None:
    with another_run(tmp_path) as running:
        running.send_signal(signal.SIGKILL)
        running.wait()
    assert json.loads((tmp_path / HOLDER).read_text())["pid"] == running.pid
    with one_run_at_a_time(tmp_path):
        held = json.loads((tmp_path / HOLDER).read_text())
        assert held["pid"] == os.getpid()


def test_child_of_a_killed_run_does_not_keep_the_folder(tmp_path: Path) -> None:
    """An ODBC driver or an ssh agent may live longer than the run that started it."""
    code = HOLDING.replace(
        'print("held", flush=True)',
        "import subprocess\n    child = subprocess.Popen(['sleep', '60'], close_fds=False)\n"
        '    print("held", child.pid, flush=True)',
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        assert running.stdout
        child = int(running.stdout.readline().split()[1])
        try:
            running.kill()
            running.wait()
            with one_run_at_a_time(tmp_path):
                pass
        finally:
            os.kill(child, signal.SIGKILL)


def test_run_that_raises_leaves_the_folder_free(tmp_path: Path) -> None:
    with pytest.raises(KeyError), one_run_at_a_time(tmp_path):
        raise KeyError
    with one_run_at_a_time(tmp_path):
        pass


def test_stages_of_a_run_may_hold_what_the_run_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with one_run_at_a_time(tmp_path):
        with one_run_at_a_time(Path()):
            pass
        assert (tmp_path / HOLDER).exists()
        with subprocess.Popen(
            [sys.executable, "-c", HOLDING, str(tmp_path)],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as other:
            assert f"process {os.getpid()} on" in other.communicate()[1]
            assert other.returncode == 1
    assert not (tmp_path / HOLDER).exists()


def test_another_thread_is_another_run(tmp_path: Path) -> None:
    said: list[str] = []
    with one_run_at_a_time(tmp_path):
        thread = threading.Thread(target=lambda: said.append(refusal(tmp_path)))
        thread.start()
        thread.join()
    assert "another run is writing there" in said[0]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x", "host": 1}', "\x00\xff"])
def test_name_that_cannot_be_read_is_left_out(tmp_path: Path, text: str) -> None:
    with another_run(tmp_path):
        (tmp_path / HOLDER).write_text(text, "utf-8")
        assert refusal(tmp_path) == f"{tmp_path}: another run is writing there; wait"


def test_name_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / HOLDER).mkdir()
    with one_run_at_a_time(tmp_path):
        assert "another run is writing there; wait" in _in_a_thread(tmp_path)


def _in_a_thread(folder: Path) -> str:
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(refusal(folder)))
    thread.start()
    thread.join()
    return said[0]


def test_file_system_without_locks_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno
    import fcntl

    def flock(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", flock)
    assert "this file system has no locks" in refusal(tmp_path)


def test_lock_is_for_its_owner_alone(tmp_path: Path) -> None:
    with one_run_at_a_time(tmp_path):
        for name in (LOCK, HOLDER):
            assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_command_says_who_is_there(own_demo: Path) -> None:
    out = own_demo / "out"
    out.mkdir(exist_ok=True)
    with another_run(out) as running:
        done = subprocess.run(
            [sys.executable, "-m", "extractor", "extract", "--as-of", AS_OF.isoformat()],
            cwd=own_demo,
            capture_output=True,
            encoding="utf-8",
        )
    assert done.returncode == 3
    assert f"another run is writing there (process {running.pid} on" in done.stderr
    assert "--out" in done.stderr
