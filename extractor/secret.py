"""Secrets: settings name the place where one is kept, and only this module reads it there."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from extractor.errors import SettingsError
from extractor.settings_values import FilePath, Table, Variable


class Secret(Table):
    """Where a secret is kept; exactly one of the three."""

    env: Variable | None = None
    file: FilePath | None = None
    keyring: Annotated[str, Field(min_length=1)] | None = None


def _one_place(secret: Secret) -> Secret:
    kept = [secret.env, secret.file, secret.keyring]
    if sum(place is not None for place in kept) != 1:
        message = "must have one of env, file and keyring"
        raise ValueError(message)
    return secret


KeptSecret = Annotated[Secret, AfterValidator(_one_place)]


def reveal(secret: str | Secret, key: str, folder: Path) -> str:
    """
    Return the value of a setting that may be a secret.

    Raises:
        SettingsError: if it is not where the settings say; never repeats a value.
    """
    if isinstance(secret, str):
        return secret
    if secret.env:
        value = os.environ.get(secret.env)
        if not value:
            raise SettingsError(
                f"{key}: the environment variable {secret.env} is not set; "
                "set it for the account, task or service that runs this"
            )
        return value
    if secret.file:
        try:
            value = (folder / secret.file).read_text("utf-8-sig").strip()
        except OSError as error:
            raise SettingsError(
                f"{key}: the file {secret.file} cannot be read ({error.strerror})"
            ) from error
        except UnicodeDecodeError:
            raise SettingsError(
                f"{key}: the file {secret.file} is not UTF-8; save it as UTF-8"
            ) from None
        if not value:
            raise SettingsError(f"{key}: the file {secret.file} is empty; write the value into it")
        return value
    return _from_keyring(secret.keyring or "", key)


def _from_keyring(name: str, key: str) -> str:
    try:
        import keyring
    except ImportError as error:
        raise SettingsError(
            f"{key}: the package keyring is not installed; "
            'run: pip install "oneroster-extractor[keyring]"'
        ) from error
    value = keyring.get_password("oneroster", name)
    if not value:
        raise SettingsError(
            f"{key}: the keyring has no password {name!r} of service 'oneroster'; "
            f"run: keyring set oneroster {name}"
        )
    return str(value)
