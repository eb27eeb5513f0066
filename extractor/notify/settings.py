"""The tables `[notify]`, `[[notify.mail]]` and `[[notify.webhook]]` of the settings file."""

import re
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    model_validator,
)

from extractor.secret import KeptSecret, Secret
from extractor.settings_values import FilePath, Table

Outcome = Literal["success", "hold", "failure"]
Tls = Literal["starttls", "implicit", "none"]
PORTS: dict[Tls, int] = {"starttls": 587, "implicit": 465, "none": 25}
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|\[?[0-9A-Fa-f:.]{2,45}\]?", re.ASCII)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}", re.ASCII)
# Made by the sender itself; another value would break or forge a message.
_OURS = ("host", "content-length", "content-type", "transfer-encoding", "connection")


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text) or ".." in text:
        message = "is no email address; write one like 'data@district.example', without a name"
        raise ValueError(message)
    return text


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        message = "is no host name; write one like 'smtp.district.example', without user or port"
        raise ValueError(message)
    return text.strip("[]")


def _header(name: str) -> str:
    if not _HEADER.fullmatch(name) or name.casefold().startswith("webhook-"):
        message = "is no name of a header; write one like 'Authorization'"
        raise ValueError(message)
    if name.casefold() in _OURS:
        message = f"{name!r} is set by the program; leave it out"
        raise ValueError(message)
    return name


def _kept_elsewhere(value: object) -> object:
    if isinstance(value, dict | Secret):
        return value
    message = (
        "secrets are never in this file: keep the value in an environment variable, a file or "
        'the keyring, and write {env = "NAME"}, {file = "PATH"} or {keyring = "NAME"}'
    )
    raise ValueError(message)


def _tables(value: object) -> object:
    """Read one table, `[notify.mail]`, like a list of one."""
    return (value,) if isinstance(value, dict) else value


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by its name or address alone."""
    if host.casefold() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def problem_of_url(url: str, *, allow_http: bool) -> str | None:
    """Say what is wrong with a webhook's address; never repeats it, since it may be a secret."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address; write one like 'https://alerts.district.example/oneroster'"
    if parts.scheme not in ("https", "http") or not host or not url.isascii():
        return "is no address; write one like 'https://alerts.district.example/oneroster'"
    if any(letter.isspace() or not letter.isprintable() for letter in url):
        return "holds a space or a control character; remove it"
    if parts.username is not None or parts.password is not None:
        return "holds a user name or a password; send it in notify.webhook.headers"
    if parts.scheme == "http" and not (allow_http or is_loopback(host)):
        return "is not encrypted; write https://, or allow_http = true if the network is trusted"
    return None


SecretOnly = Annotated[KeptSecret, BeforeValidator(_kept_elsewhere)]
Address = Annotated[str, AfterValidator(_address)]
Host = Annotated[str, AfterValidator(_host)]
HeaderName = Annotated[str, AfterValidator(_header)]
Outcomes = Annotated[tuple[Outcome, ...], Field(min_length=1)]


class Mail(Table):
    """One mail server, and who gets mail through it."""

    host: Host
    port: Annotated[StrictInt, Field(ge=1, le=65535)] | None = None
    tls: Tls = "starttls"
    username: Annotated[str, Field(min_length=1, max_length=320)] | None = None
    password: SecretOnly | None = None
    from_: Address = Field(alias="from")
    to: Annotated[tuple[Address, ...], Field(min_length=1, max_length=50)]
    ca_file: FilePath | None = None
    on: Outcomes | None = None

    @property
    def port_used(self) -> int:
        """Return the port, by default the one that belongs to the kind of TLS."""
        return self.port or PORTS[self.tls]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.username is None) != (self.password is None):
            message = "has only one of username and password; write both, or neither"
            raise ValueError(message)
        if self.password and self.tls == "none" and not is_loopback(self.host):
            message = (
                'sends a password without encryption (tls = "none"); write tls = "starttls" or '
                '"implicit"'
            )
            raise ValueError(message)
        return self


class Webhook(Table):
    """One address that gets a POST."""

    url: str | Secret
    format: Literal["json", "slack", "teams"] = "json"
    headers: dict[HeaderName, SecretOnly] = Field(default_factory=dict)
    signing_secret: SecretOnly | None = None
    allow_http: StrictBool = False
    ca_file: FilePath | None = None
    on: Outcomes | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problem = None
        if isinstance(self.url, str):
            problem = problem_of_url(self.url, allow_http=self.allow_http)
        elif sum(one is not None for one in (self.url.env, self.url.file, self.url.keyring)) != 1:
            problem = "must have one of env, file and keyring"
        if problem:
            message = f"url {problem}"
            raise ValueError(message)
        return self


class Notify(Table):
    """Who is told how a run ended, and when."""

    on: tuple[Outcome, ...] = ("hold", "failure")
    timeout: Annotated[StrictInt, Field(ge=1, le=300)] = 30
    attempts: Annotated[StrictInt, Field(ge=1, le=10)] = 4
    mail: Annotated[tuple[Mail, ...], BeforeValidator(_tables)] = ()
    webhook: Annotated[tuple[Webhook, ...], BeforeValidator(_tables)] = ()
