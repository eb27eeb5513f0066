"""A vendor's server for tests: OpenSSH's own, on loopback, SFTP only, in a chroot."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import missing

from extractor.deliver import SftpSettings

PASSWORD = "a password with spaces, and ä"
USER = "oneroster-test-vendor"
UID = 61517
SSHD = "/usr/sbin/sshd"
WAIT = 30  # seconds at most, for what takes a moment


@dataclass(frozen=True)
class Server:
    """A server that runs, and how to log in to it."""

    port: int
    process: subprocess.Popen
    folder: Path  # of its keys and its log
    host_key: str
    user: str
    key_file: Path
    inbox: Path  # its directory /incoming as seen from here

    def settings(self, **changed: object) -> SftpSettings:
        """Return settings that reach it with a key; None takes a setting away."""
        given = {
            "host": "127.0.0.1",
            "port": self.port,
            "username": self.user,
            "known_host": self.host_key,
            "key_file": str(self.key_file),
            "directory": "/incoming",
            "timeout": 20,
            "attempts": 3,
            **changed,
        }
        return SftpSettings.model_validate({k: v for k, v in given.items() if v is not None})

    def log(self) -> str:
        """Return what the server wrote."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def sessions(self) -> list[int]:
        """Return the processes that serve logins, not the one that listens."""
        found, parents = [], [self.process.pid]
        while parents:
            of = ",".join(map(str, parents))
            told = subprocess.run(["pgrep", "-P", of], capture_output=True, encoding="utf-8")
            parents = [int(pid) for pid in told.stdout.split()]
            found += parents
        return found

    def cut_off(self) -> None:
        """Kill the processes of all logins: the connection breaks, the server stays."""
        for session in self.sessions():
            with suppress(ProcessLookupError):
                os.kill(session, signal.SIGKILL)

    def end(self) -> None:
        """Kill it, and with it the mounts that only it sees."""
        self.cut_off()
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def keygen(path: Path, kind: str = "ed25519", phrase: str = "") -> str:
    """Make a key; return its public line."""
    command = ["ssh-keygen", "-q", "-t", kind, "-N", phrase, "-C", "", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path.with_suffix(".pub").read_text().strip()


def until(true: Callable[[], object]) -> None:
    """Wait for something that happens in another process."""
    for _ in range(WAIT * 100):
        if true():
            return
        time.sleep(0.01)
    pytest.fail("waited in vain")


@contextmanager
def running() -> Iterator[Callable[..., Server]]:
    """Yield what starts servers; `sftp` are options of internal-sftp, `disk` of a mount."""
    if not Path(SSHD).exists():
        missing("an OpenSSH server")
    if os.geteuid() != 0 or not shutil.which("unshare"):
        missing("the right to chroot (root)")
    started: list[Server] = []
    folders: list[Path] = []

    def start(sftp: str = "", disk: str = "", kinds: tuple[str, ...] = ("ed25519",)) -> Server:
        folder = Path(tempfile.mkdtemp(prefix="oneroster-ssh-", dir="/tmp"))
        folder.chmod(0o755)
        folders.append(folder)
        server = _start(folder, sftp, disk, kinds)
        started.append(server)
        return server

    try:
        yield start
    finally:
        for server in started:
            server.end()
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, sftp: str, disk: str, kinds: tuple[str, ...]) -> Server:
    """
    Start one in mounts of its own, which are gone when it ends.

    There it has its own user, whom nobody else sees, and a chroot below a root-owned path.
    """
    port = free_port()
    host_keys = {kind: keygen(folder / f"host_{kind}", kind) for kind in kinds}
    (folder / "incoming").mkdir()
    (folder / "authorized").write_text(keygen(folder / "user") + "\n")
    hashed = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"],
        input=PASSWORD,
        capture_output=True,
        check=True,
        encoding="utf-8",
    ).stdout.strip()
    for name, line in (
        ("passwd", f"{USER}:x:{UID}:{UID}::/:/usr/sbin/nologin"),
        ("shadow", f"{USER}:{hashed}:19000:0:99999:7:::"),
    ):
        (folder / name).write_text(Path("/etc", name).read_text() + line + "\n")
    (folder / "shadow").chmod(0o600)
    host_key_lines = "\n".join(f"HostKey {folder}/host_{kind}" for kind in kinds)
    (folder / "config").write_text(
        f"""\
Port {port}
ListenAddress 127.0.0.1
{host_key_lines}
PidFile none
AuthorizedKeysFile {folder}/authorized
StrictModes no
UsePAM no
PasswordAuthentication yes
MaxStartups 100
UseDNS no
Subsystem sftp internal-sftp
ForceCommand internal-sftp {sftp}
ChrootDirectory /mnt/vendor
"""
    )
    script = f"""\
set -e
mount --bind {folder}/passwd /etc/passwd
mount --bind {folder}/shadow /etc/shadow
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/sshd
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir -p /mnt/vendor/incoming
mount {f"-t tmpfs -o {disk} tmpfs" if disk else f"--bind {folder}/incoming"} /mnt/vendor/incoming
chown {UID}:{UID} /mnt/vendor/incoming
exec {SSHD} -D -e -f {folder}/config
"""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    server = Server(
        port,
        process,
        folder,
        host_keys[kinds[0]],
        USER,
        folder / "user",
        Path(f"/proc/{process.pid}/root/mnt/vendor/incoming") if disk else folder / "incoming",
    )
    until(lambda: "Server listening" in server.log() or process.poll() is not None)
    if process.poll() is not None:
        pytest.fail(f"sshd did not start: {server.log()}")
    return server
