"""Delivery into a folder: beside the old file, read back, and put in its place."""

import errno
import os
import subprocess
import zipfile

import pytest
from conftest import missing
from deliver.network import Watcher, When

from extractor.deliver import FolderSettings, deliver
from extractor.progress import Quiet

NAME = "OneRoster.zip"


@pytest.fixture
def share(tmp_path):
    path = tmp_path / "share"
    path.mkdir()
    return path


def one(job, progress=None, sleep=lambda _: None):
    (outcome,) = deliver([job], progress or Quiet(), sleep=sleep)
    return outcome


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_bundle_replaces_the_old_one_and_is_not_copied_twice(share, job, bundle):
    (share / NAME).write_bytes(b"old")
    with Watcher(share / NAME) as watcher:
        outcome = one(job(FolderSettings(path=share)))
    assert outcome.error is None
    assert (share / NAME).read_bytes() == bundle.read_bytes()
    assert (outcome.where, outcome.verified) == (str(share / NAME), "hash read back")
    assert len(watcher.seen) <= 2
    assert names(share) == [NAME]
    if os.name == "posix":
        assert (share / NAME).stat().st_mode & 0o007 == 0
    before = (share / NAME).stat().st_ino
    assert one(job(FolderSettings(path=share))).verified == "already there: hash read back"
    assert (share / NAME).stat().st_ino == before


def test_relative_folder_starts_at_the_settings_and_is_made_only_when_told(tmp_path, job, bundle):
    outcome = one(job(FolderSettings(path="a/b")))
    assert "is not there" in str(outcome.error)
    assert outcome.attempts == 1
    assert one(job(FolderSettings(path="a/b", create=True))).error is None
    assert (tmp_path / "a" / "b" / NAME).read_bytes() == bundle.read_bytes()


def test_what_a_killed_run_left_is_replaced(share, job):
    (share / f".{NAME}.partial").write_bytes(b"half")
    assert one(job(FolderSettings(path=share))).error is None
    assert names(share) == [NAME]


def test_name_that_is_a_folder_is_refused(share, job):
    (share / NAME).mkdir()
    assert "is a folder where a file belongs" in str(one(job(FolderSettings(path=share))).error)


def test_folder_that_is_a_file_is_refused(share, job):
    (share / "x").write_text("")
    outcome = one(job(FolderSettings(path=share / "x", create=True)))
    assert outcome.error is not None
    assert outcome.attempts == 1


def test_copy_that_was_changed_never_gets_the_name(share, job, bundle):
    (share / NAME).write_bytes(b"old")

    def spoil():
        with (share / f".{NAME}.partial").open("r+b") as partial:
            partial.write(b"#" * 100)
        # What the program has not yet written must not cover it.
        with bundle.open("r+b") as source:
            source.truncate(1_000_000)

    outcome = one(job(FolderSettings(path=share, attempts=1)), When(1_000_000, do=spoil))
    assert "is not what was sent" in str(outcome.error)
    assert (share / NAME).read_bytes() == b"old"
    assert names(share) == [NAME]


def test_files_go_unpacked_and_what_is_stale_goes(share, job, bundle):
    with zipfile.ZipFile(bundle, "w") as archive:
        for name in ("manifest.csv", "orgs.csv", "users.csv"):
            archive.writestr(name, name)
    (share / "results.csv").write_text("old")
    (share / "notes.txt").write_text("not ours")
    outcome = one(job(FolderSettings(path=share), unpacked=True))
    assert outcome.error is None
    assert names(share) == ["manifest.csv", "notes.txt", "orgs.csv", "users.csv"]
    assert (share / "users.csv").read_text() == "users.csv"


@pytest.fixture
def mounts():
    """Mount things; what is mounted is unmounted."""
    if os.name != "posix" or os.geteuid() != 0:
        missing("the right to mount (root)")
    mounted = []

    def mount(*arguments):
        subprocess.run(["mount", *map(str, arguments)], check=True)
        mounted.append(arguments[-1])

    def unmount():
        while mounted:
            subprocess.run(["umount", str(mounted.pop())], check=True)

    mount.undo = unmount
    yield mount
    unmount()


def test_file_that_is_busy_is_tried_again_as_windows_asks_for(share, job, bundle, mounts, tmp_path):
    # A file under a mount cannot be replaced, like one that somebody has open on Windows.
    (share / NAME).write_bytes(b"old")
    (tmp_path / "other").write_bytes(b"")
    mounts("--bind", tmp_path / "other", share / NAME)
    outcome = one(job(FolderSettings(path=share)))
    assert "another program may have it open" in str(outcome.error)
    assert outcome.error.transient
    assert outcome.attempts == 5
    outcome = one(job(FolderSettings(path=share)), sleep=lambda _: mounts.undo())
    assert outcome.error is None
    assert outcome.attempts == 2
    assert (share / NAME).read_bytes() == bundle.read_bytes()


@pytest.mark.parametrize(("options", "number"), [("size=1m", errno.ENOSPC), ("ro", errno.EROFS)])
def test_folder_that_takes_nothing_keeps_the_old_bundle(share, job, mounts, options, number):
    mounts("-t", "tmpfs", "-o", options.replace("ro", "rw"), "tmpfs", share)
    (share / NAME).write_bytes(b"old")
    if options == "ro":
        subprocess.run(["mount", "-o", "remount,ro", str(share)], check=True)
    with Watcher(share / NAME) as watcher:
        outcome = one(job(FolderSettings(path=share)))
    assert os.strerror(number) in str(outcome.error)
    assert outcome.attempts == 1
    assert len(watcher.seen) == 1
    assert names(share) == [NAME]
