"""What is to be delivered, and what became of it."""

from dataclasses import dataclass
from pathlib import Path

from extractor.deliver.tables import FolderSettings, SftpSettings
from extractor.errors import OneRosterError

THERE = "already there: "  # how `verified` begins when nothing had to be sent


@dataclass(frozen=True, slots=True)
class Job:
    """
    One vendor's bundle on its way.

    Attributes:
        bundle: the zip.
        remote_name: the name at the vendor's; not used when the files go unpacked.
        unpacked: send the files of the bundle, not the zip.
        base: the folder of the settings file, where relative paths start.
    """

    vendor: str
    bundle: Path
    remote_name: str
    delivery: SftpSettings | FolderSettings
    base: Path
    unpacked: bool = False

    @property
    def where(self) -> str:
        """Name the place where the bundle goes, without the user and without secrets."""
        name = "" if self.unpacked else self.remote_name
        if isinstance(self.delivery, FolderSettings):
            return str(self.delivery.at(self.base) / name)
        host = self.delivery.host
        host = f"[{host}]" if ":" in host else host
        directory = self.delivery.directory.strip("/")
        # A relative directory starts in the home of the login, which is written as ~.
        home = "/" if self.delivery.directory.startswith("/") else "/~/"
        path = "/".join(part for part in (directory, name) if part not in ("", "."))
        return f"sftp://{host}:{self.delivery.port}{home}{path}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of one job.

    Attributes:
        where: the place, without user and secrets.
        sha256: of the bundle on this side, lower-case hex; blank if it could not be read.
        size: of the bundle, in bytes.
        attempts: connections tried, or copies for a folder.
        verified: how it is known that the bundle arrived; blank when it did not.
        error: why it did not arrive; None when it did.
    """

    vendor: str
    where: str
    sha256: str
    size: int
    attempts: int
    seconds: float
    verified: str
    error: OneRosterError | None
