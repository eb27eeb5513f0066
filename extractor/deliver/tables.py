"""What settings say of delivery: the tables `sftp` and `folder` of a vendor."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictInt, model_validator

from extractor.deliver.pins import pin
from extractor.secret import KeptSecret
from extractor.settings_values import FilePath, Table


def _known_host(line: str) -> str:
    pin(line)
    return line


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _directory(path: str) -> str:
    if "\0" in path or "\n" in path:
        message = "names no directory"
        raise ValueError(message)
    return path


KnownHosts = Annotated[
    tuple[Annotated[str, AfterValidator(_known_host)], ...],
    BeforeValidator(_listed),
    Field(min_length=1),
]


class SftpSettings(Table):
    """A vendor's SFTP server: how it is known, how to log in, and where the bundle goes."""

    host: Annotated[str, Field(pattern=r"^[^\s/@]+$")]
    port: Annotated[StrictInt, Field(ge=1, le=65535)] = 22
    username: Annotated[str, Field(min_length=1)]
    known_host: KnownHosts
    key_file: FilePath | None = None
    passphrase: KeptSecret | None = None
    password: KeptSecret | None = None
    agent: StrictBool = False
    directory: Annotated[str, Field(min_length=1), AfterValidator(_directory)] = "."
    create_directory: StrictBool = False
    verify: Literal["hash", "size"] = "hash"
    timeout: Annotated[StrictInt, Field(ge=1, le=3600)] = 60
    attempts: Annotated[StrictInt, Field(ge=1, le=100)] = 5

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        if not (self.key_file or self.password or self.agent):
            message = "has no way to log in; write key_file, password or agent = true"
            raise ValueError(message)
        if self.passphrase and not self.key_file:
            message = "has a passphrase and no key_file that it opens; write key_file"
            raise ValueError(message)
        return self


class FolderSettings(Table):
    """A folder that the vendor, or a transfer program of the district, reads: a network share."""

    path: FilePath
    create: StrictBool = False
    attempts: Annotated[StrictInt, Field(ge=1, le=100)] = 5

    def at(self, base: Path) -> Path:
        """Return the folder; a relative one starts at `base`."""
        return base / self.path
