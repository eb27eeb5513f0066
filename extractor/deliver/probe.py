"""Whether a delivery would work tonight: every step of one, with a file that holds nothing."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING

from extractor.deliver.tables import FolderSettings, SftpSettings
from extractor.errors import DeliveryError, OneRosterError

if TYPE_CHECKING:
    from extractor.deliver.connection import Login
    from extractor.deliver.far_side import FarSide

_NAME, _RENAMED = ".oneroster-check.partial", ".oneroster-check"
_LINE = b"oneroster check\n"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried: what, whether it worked, and what was found or is to be done."""

    name: str
    ok: bool
    said: str


def probe(vendor: str, delivery: SftpSettings | FolderSettings, base: Path) -> list[Step]:
    """
    Try a delivery without a bundle: reach, host key, login, directory, write, rename, remove.

    A small file appears in the directory for a moment, under a name that begins with a dot. The
    first step that fails is the last one of the list. Nothing is tried twice.

    Args:
        base: the folder of the settings file.
    """
    steps = _Steps()
    try:
        if isinstance(delivery, FolderSettings):
            _try_folder(delivery, base, steps)
        else:
            from extractor.deliver.connection import login
            from extractor.deliver.stopping import Stop

            steps.begin("secrets")
            who = login(delivery, vendor, base)
            steps.done("the key and the secrets are where settings say")
            Stop().run(_try_sftp(delivery, who, steps))
    except Exception as error:
        if not isinstance(error, OneRosterError):
            raise
        steps.failed(str(error))
    return steps.all


class _Steps:
    """The steps that were done; the name of the next one is known before it ends."""

    def __init__(self) -> None:
        self.all: list[Step] = []
        self._name = ""

    def begin(self, name: str) -> None:
        self._name = name

    def done(self, said: str, then: str = "") -> None:
        self.all.append(Step(self._name, ok=True, said=said))
        self._name = then

    def failed(self, said: str) -> None:
        self.all.append(Step(self._name, ok=False, said=said))


async def _try_sftp(delivery: SftpSettings, who: "Login", steps: _Steps) -> None:
    from extractor.deliver.connection import HOST_KEY, REACH, connected

    def passed(step: str) -> None:
        if step == REACH:
            steps.done(f"{delivery.host}, port {delivery.port} answers", HOST_KEY)
        elif step == HOST_KEY:
            steps.done("the server shows a pinned key", "login")

    steps.begin(REACH)
    async with connected(delivery, who, passed) as far:
        steps.done("the server lets us in", "directory")
        await far.directory(delivery.directory, create=delivery.create_directory)
        steps.done(f"{delivery.directory} is there", "write")
        steps.done(await _try_file(far, delivery.directory))


async def _try_file(far: "FarSide", directory: str) -> str:
    """Write, read back, rename over itself and remove a file; say what the server can."""
    temporary, final = f"{directory.rstrip('/')}/{_NAME}", f"{directory.rstrip('/')}/{_RENAMED}"
    for leftover in (temporary, final):
        await far.remove(leftover)
    await far.write(temporary, BytesIO(_LINE), 0, lambda _: None)
    said = ["a file can be written", await _read_back(far, temporary)]
    if await far.replace(temporary, final):
        said.append("renamed over another in one move")
    else:
        await far.rename(temporary, final)
        said.append("renamed, but not over another: the old bundle steps aside for a moment")
    await far.remove(final)
    return ", ".join([*said, "and removed"])


async def _read_back(far: "FarSide", path: str) -> str:
    from asyncssh import SFTPError

    try:
        read = b"".join([block async for block in far.blocks(path, len(_LINE))])
    except SFTPError:
        return "not read back"
    return "read back" if read == _LINE else "read back, but not as it was written"


def _try_folder(delivery: FolderSettings, base: Path, steps: _Steps) -> None:
    folder = delivery.at(base)
    steps.begin("directory")
    if not folder.is_dir() and not delivery.create:
        raise DeliveryError(
            f"{folder}: the folder is not there; see whether the share is mounted, correct path, "
            "or set create = true"
        )
    try:
        if delivery.create:
            folder.mkdir(parents=True, exist_ok=True)
        steps.done(f"{folder} is there, with {disk_usage(folder).free:,} bytes free", "write")
        (folder / _NAME).write_bytes(_LINE)
        (folder / _NAME).replace(folder / _RENAMED)
        (folder / _RENAMED).unlink()
    except OSError as error:
        raise DeliveryError(
            f"{folder}: {error.strerror}; check the rights of the account that runs this"
        ) from error
    steps.done("a file can be written, renamed and removed")
