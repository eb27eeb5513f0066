"""What can go wrong at a vendor's: in each case the old or the new bundle stands there, whole."""

import hashlib
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from deliver.network import Proxy, Watcher, When
from ssh_server import UID, free_port, keygen, until

from extractor.deliver import deliver
from extractor.progress import Quiet

OLD = b"the old bundle" * 5000
NAME = "OneRoster.zip"
PARTIAL = ".OneRoster.zip.partial"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def vendor(server):
    """Return a server where last night's bundle stands."""
    put(server, NAME, OLD)
    return server


def put(server, name, content):
    path = server.inbox / name
    path.write_bytes(content)
    os.chown(path, UID, UID)


def names(server):
    return sorted(path.name for path in server.inbox.iterdir())


def watched(server, job, progress=None, sleep=lambda _: None):
    """Deliver one job while somebody looks; return the outcome and what was seen."""
    with Watcher(server.inbox / NAME) as watcher:
        (outcome,) = deliver([job], progress or Quiet(), sleep=sleep)
    return outcome, set(watcher.seen)


@pytest.mark.parametrize("seed", range(12))
def test_connection_that_breaks_anywhere_is_gone_on_with(vendor, job, bundle, seed):
    chance = random.Random(seed)
    # From the first byte of the handshake on, to the last of the bundle and beyond.
    cuts = tuple(
        chance.choice([chance.randrange(5000), chance.randrange(3_100_000)]) for _ in "1234"
    )
    with Proxy(vendor.port, cuts) as proxy:
        outcome, seen = watched(vendor, job(vendor.settings(port=proxy.port, attempts=6)))
    assert outcome.error is None
    assert seen <= {sha256(OLD), sha256(bundle.read_bytes())}
    assert (vendor.inbox / NAME).read_bytes() == bundle.read_bytes()
    assert names(vendor) == [NAME]
    assert outcome.attempts >= 2


def test_only_what_is_missing_is_sent_again(vendor, job, bundle):
    with Proxy(vendor.port) as proxy:
        cut = When(2_000_000, do=vendor.cut_off)
        outcome, _ = watched(vendor, job(vendor.settings(port=proxy.port)), cut)
    assert outcome.error is None
    assert (outcome.attempts, proxy.connections) == (2, 2)
    assert proxy.passed[1] < 1_100_000


@pytest.mark.parametrize("seed", range(6))
def test_session_that_is_killed_at_the_vendors_is_gone_on_with(vendor, job, bundle, seed):
    chance = random.Random(seed)
    marks = [chance.randrange(2_900_000) for _ in "12"]
    outcome, seen = watched(vendor, job(vendor.settings()), When(*marks, do=vendor.cut_off))
    assert outcome.error is None
    assert seen <= {sha256(OLD), sha256(bundle.read_bytes())}
    assert names(vendor) == [NAME]
    assert outcome.attempts in (2, 3)


def test_server_that_dies_leaves_the_old_bundle_and_the_next_night_sends_the_new(
    vendor, sshd, job, bundle
):
    outcome, seen = watched(vendor, job(vendor.settings()), When(1_000_000, do=vendor.end))
    assert outcome.error.transient
    assert outcome.attempts == 3
    assert seen == {sha256(OLD)}
    assert names(vendor) == [PARTIAL, NAME]
    left = (vendor.inbox / PARTIAL).read_bytes()
    assert left
    other = sshd()
    put(other, NAME, OLD)
    put(other, PARTIAL, left)
    outcome, seen = watched(other, job(other.settings()))
    assert outcome.error is None
    assert seen <= {sha256(OLD), sha256(bundle.read_bytes())}
    assert names(other) == [NAME]


def test_pauses_grow_and_are_no_two_alike(vendor, job):
    waited = []
    port = free_port()
    outcome, _ = watched(vendor, job(vendor.settings(port=port, attempts=6)), sleep=waited.append)
    assert "Connect" in str(outcome.error)
    assert outcome.attempts == 6
    assert 1 + 2 + 4 + 8 + 16 <= sum(waited) <= 2 * (1 + 2 + 4 + 8 + 16)
    assert max(waited) <= 1
    assert len({seconds % 1 for seconds in waited}) > 3


def test_disk_that_is_full_is_named_and_freed_again(sshd, job, bundle):
    vendor = sshd(disk="size=2m")
    put(vendor, NAME, OLD)
    outcome, seen = watched(vendor, job(vendor.settings()))
    assert "the disk there is full; the bundle needs 3,000,001 bytes" in str(outcome.error)
    assert outcome.attempts == 1
    assert seen == {sha256(OLD)}
    assert names(vendor) == [NAME]


def test_server_that_does_not_tell_of_its_full_disk_is_tried_again(sshd, job):
    vendor = sshd(sftp="-P statvfs", disk="size=2m")
    put(vendor, NAME, OLD)
    outcome, seen = watched(vendor, job(vendor.settings()))
    assert "whether the disk or the quota there is full" in str(outcome.error)
    assert outcome.attempts == 3
    assert seen == {sha256(OLD)}


def test_directory_that_is_read_only_is_refused_at_once(vendor, job):
    os.chown(vendor.inbox, 0, 0)
    outcome, seen = watched(vendor, job(vendor.settings()))
    assert "the right to write, rename and remove" in str(outcome.error)
    assert outcome.attempts == 1
    assert seen == {sha256(OLD)}
    assert names(vendor) == [NAME]


def test_server_that_is_read_only_is_refused_at_once(sshd, job):
    vendor = sshd(sftp="-R")
    put(vendor, NAME, OLD)
    outcome, seen = watched(vendor, job(vendor.settings()))
    assert "the right to write, rename and remove" in str(outcome.error)
    assert seen == {sha256(OLD)}


def test_name_that_is_a_directory_is_refused_at_once(server, job):
    (server.inbox / NAME).mkdir()
    (outcome,) = deliver([job(server.settings())], Quiet())
    assert f"/incoming/{NAME} is a directory" in str(outcome.error)
    assert outcome.attempts == 1
    assert names(server) == [NAME]


def test_leftover_that_is_a_directory_is_refused_at_once(vendor, job):
    (vendor.inbox / PARTIAL).mkdir()
    outcome, seen = watched(vendor, job(vendor.settings()))
    assert f"{PARTIAL} is a directory" in str(outcome.error)
    assert seen == {sha256(OLD)}


def test_slow_line_is_no_broken_one(vendor, job, bundle):
    # All of it takes longer than the time-out, which is only for standing still.
    with Proxy(vendor.port, rate=1_000_000) as proxy:
        settings = vendor.settings(port=proxy.port, timeout=2, attempts=1)
        outcome, seen = watched(vendor, job(settings))
    assert outcome.error is None
    assert outcome.seconds > 2
    assert seen == {sha256(OLD), sha256(bundle.read_bytes())}


@pytest.mark.parametrize("stall", [0, 1500, 1_000_000])
def test_line_that_stands_still_is_given_up_and_tried_again(vendor, job, bundle, stall):
    with Proxy(vendor.port, stall_after=(stall,)) as proxy:
        settings = vendor.settings(port=proxy.port, timeout=2)
        outcome, seen = watched(vendor, job(settings))
    assert outcome.error is None
    assert outcome.attempts == 2
    assert seen <= {sha256(OLD), sha256(bundle.read_bytes())}


def test_what_was_changed_on_the_way_never_gets_the_name(vendor, job, bundle):
    def spoil():
        with (vendor.inbox / PARTIAL).open("r+b") as partial:
            partial.write(b"#" * 100)

    outcome, seen = watched(vendor, job(vendor.settings(attempts=1)), When(2_000_000, do=spoil))
    assert "is not what was sent" in str(outcome.error)
    assert outcome.error.transient
    assert seen == {sha256(OLD)}
    assert names(vendor) == [NAME]
    assert watched(vendor, job(vendor.settings()), When(2_000_000, do=spoil))[0].error is None
    assert (vendor.inbox / NAME).read_bytes() == bundle.read_bytes()


def test_one_vendor_that_refuses_stops_no_other(sshd, vendor, job, bundle, tmp_path):
    other = sshd()
    jobs = [
        job(vendor.settings(), "first"),
        job(vendor.settings(port=free_port()), "down"),
        job(other.settings(), "third"),
        job(other.settings(known_host=keygen(tmp_path / "no_host")), "fake", remote_name="b.zip"),
    ]
    outcomes = deliver(jobs, Quiet(), sleep=lambda _: None)
    assert [outcome.vendor for outcome in outcomes] == ["first", "down", "third", "fake"]
    assert [outcome.error is None for outcome in outcomes] == [True, False, True, False]
    assert [outcome.attempts for outcome in outcomes] == [1, 3, 1, 1]
    assert outcomes[1].error.exit_code == 3
    for one in (vendor, other):
        assert (one.inbox / NAME).read_bytes() == bundle.read_bytes()


def test_two_bundles_for_one_place_are_refused_but_the_first(vendor, job):
    first, second = deliver([job(vendor.settings(), "a"), job(vendor.settings(), "b")], Quiet())
    assert first.error is None
    assert "is where the bundle of a goes" in str(second.error)
    assert second.attempts == 0


def test_vendors_are_served_side_by_side(vendor, job):
    # Nobody gets a byte through before all eight are connected.
    with Proxy(vendor.port, gather=8) as proxy:
        settings = vendor.settings(port=proxy.port, attempts=1)
        jobs = [job(settings, f"v{at}", remote_name=f"{at}.zip") for at in range(8)]
        outcomes = deliver(jobs, Quiet())
    assert [outcome.error for outcome in outcomes] == [None] * 8
    assert len(names(vendor)) == 9


def test_more_vendors_than_are_served_at_once_all_get_theirs(vendor, job):
    jobs = [job(vendor.settings(), f"v{at}", remote_name=f"{at}.zip") for at in range(12)]
    assert [outcome.error for outcome in deliver(jobs, Quiet())] == [None] * 12
    assert deliver([], Quiet()) == []


# --- our own end


SCRIPT = """
import os, pickle, signal, sys
from deliver.network import When
from extractor.deliver import deliver
from extractor.errors import StoppedError

def stop(number, frame):
    raise StoppedError("stopped")

signal.signal(signal.SIGTERM, stop)
job, mark, number = pickle.load(sys.stdin.buffer)
try:
    deliver([job], When(mark, do=lambda: os.kill(os.getpid(), number)))
except StoppedError:
    raise SystemExit(130)
"""


def ended(job, mark, number):
    """Deliver in another process, which gets a signal once so much has arrived."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=pickle.dumps((job, mark, number)),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        timeout=120,
    )
    return done.returncode


@pytest.mark.parametrize("seed", range(5))
def test_run_that_is_killed_leaves_the_old_bundle_and_the_next_one_cleans_up(
    vendor, job, bundle, seed
):
    mark = random.Random(seed).randrange(2_900_000)
    with Watcher(vendor.inbox / NAME) as watcher:
        assert ended(job(vendor.settings()), mark, signal.SIGKILL) == -signal.SIGKILL
        assert names(vendor) == [PARTIAL, NAME]
        until(lambda: not vendor.sessions())
        size = (vendor.inbox / PARTIAL).stat().st_size
        (outcome,) = deliver([job(vendor.settings())], Quiet())
    assert size >= mark
    assert outcome.error is None
    assert set(watcher.seen) <= {sha256(OLD), sha256(bundle.read_bytes())}
    assert names(vendor) == [NAME]
    assert (vendor.inbox / NAME).read_bytes() == bundle.read_bytes()


def test_run_that_is_killed_then_another_bundle(vendor, job, bundle):
    assert ended(job(vendor.settings()), 1_000_000, signal.SIGKILL) == -signal.SIGKILL
    bundle.write_bytes(os.urandom(500_000))
    outcome, seen = watched(vendor, job(vendor.settings()))
    assert outcome.error is None
    assert seen <= {sha256(OLD), sha256(bundle.read_bytes())}
    assert names(vendor) == [NAME]


def test_run_that_is_asked_to_stop_does_so_at_once(vendor, job):
    with Proxy(vendor.port, rate=500_000) as proxy:
        settings = vendor.settings(port=proxy.port, timeout=3600)
        assert ended(job(settings), 300_000, signal.SIGTERM) == 130
    assert (vendor.inbox / NAME).read_bytes() == OLD


def test_run_that_waits_for_another_try_stops_too(vendor, job):
    settings = vendor.settings(port=free_port(), attempts=100)
    script = SCRIPT.replace("deliver([job]", "signal.alarm(1); deliver([job]").replace(
        "signal.SIGTERM, stop", "signal.SIGALRM, stop"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=pickle.dumps((job(settings), 1, 0)),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        timeout=120,
    )
    assert done.returncode == 130


# --- where one move is not to be had


@pytest.mark.parametrize("seed", range(6))
def test_server_without_replacing_rename_shows_nothing_half(sshd, job, bundle, seed):
    vendor = sshd(sftp="-P posix-rename")
    put(vendor, NAME, OLD)
    chance = random.Random(seed)
    cuts = tuple(3_000_000 + chance.randrange(12_000) for _ in "12")
    with Proxy(vendor.port, cuts) as proxy:
        outcome, seen = watched(vendor, job(vendor.settings(port=proxy.port, attempts=5)))
    assert outcome.error is None
    assert seen <= {sha256(OLD), sha256(bundle.read_bytes()), "nothing"}
    assert names(vendor) == [NAME]
    assert (vendor.inbox / NAME).read_bytes() == bundle.read_bytes()


@pytest.mark.parametrize("seed", range(6))
def test_files_beside_a_manifest_are_always_its_own(server, job, bundle, seed):
    chance = random.Random(seed)

    def write(night):
        with zipfile.ZipFile(bundle, "w") as archive:
            for name in ("manifest", "orgs", "users", "results")[: 4 - night]:
                archive.writestr(f"{name}.csv", f"night {night}\n" * chance.randrange(1, 60_000))

    def seen_whole():
        """Read what stands there, as a receiver that watches for the manifest would."""
        read = []
        for path in [server.inbox / "manifest.csv", *server.inbox.glob("[!.]*.csv")]:
            try:
                read.append(path.read_text().splitlines()[0])
            except FileNotFoundError:
                return None
        try:
            again = (server.inbox / "manifest.csv").read_text().splitlines()[0]
        except FileNotFoundError:
            return None
        return set(read) if read[0] == again else None

    write(0)
    (outcome,) = deliver([job(server.settings(), unpacked=True)], Quiet())
    assert outcome.error is None
    write(1)
    mixed, ended_ = [], threading.Event()

    def watch():
        while not ended_.is_set():
            seen = seen_whole()
            if seen is not None and len(seen) != 1:
                mixed.append(seen)

    watcher = threading.Thread(target=watch)
    watcher.start()
    size = sum(entry.file_size for entry in zipfile.ZipFile(bundle).infolist())
    cuts = tuple(size + chance.randrange(12_000) for _ in "1234")
    with Proxy(server.port, cuts) as proxy:
        settings = server.settings(port=proxy.port, attempts=8)
        (outcome,) = deliver([job(settings, unpacked=True)], Quiet(), sleep=lambda _: None)
    ended_.set()
    watcher.join()
    assert outcome.error is None
    assert mixed == []
    assert names(server) == ["manifest.csv", "orgs.csv", "users.csv"]
    assert seen_whole() == {"night 1"}
