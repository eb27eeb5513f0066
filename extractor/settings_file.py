"""The settings file as a file: the commented example, and writing it without overwriting."""

from importlib.resources import files
from pathlib import Path

from extractor.errors import OutputError, SettingsError

FILE_NAME = "oneroster.toml"


def example() -> str:
    """Return the commented example that `oneroster init` writes."""
    return (files("extractor") / "init.toml").read_text("utf-8")


def write_new(path: Path, text: str) -> None:
    """
    Write a new file.

    Raises:
        SettingsError: if the file exists; it may hold somebody's work.
        OutputError: if it cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise SettingsError(f"{path}: exists already; remove it, or name another file") from error
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
