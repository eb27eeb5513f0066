"""A connection to a vendor's SFTP server: the pinned host key, the login, the time-outs.

asyncssh does the protocol: it has types, needs only `cryptography`, and moves a bundle as fast
as the OpenSSH client. It reads nothing of the user's own SSH set-up here: settings tell all.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from extractor.deliver.far_side import FarSide
from extractor.deliver.mishaps import explain
from extractor.deliver.pins import Pin, pin, proofs, trusted
from extractor.deliver.tables import SftpSettings
from extractor.errors import DeliveryError, SettingsError
from extractor.secret import reveal

# asyncssh names users and paths in its messages; they are no business of our logs.
asyncssh.set_log_level("CRITICAL")
asyncssh.set_sftp_log_level("CRITICAL")
# asyncio warns of every packet that a broken connection no longer takes; we say it once.
logging.getLogger("asyncio").addFilter(lambda line: "raised exception" not in str(line.msg))
_KEEP_ALIVE = 15
REACH, HOST_KEY = "reach", "host key"


@dataclass(frozen=True, slots=True)
class Login:
    """What proves who we are, read from where settings keep it."""

    password: str | None
    key: asyncssh.SSHKey | None
    agent: bool


def login(settings: SftpSettings, vendor: str, base: Path) -> Login:
    """
    Read the key and the secrets.

    Raises:
        SettingsError: if one is not where settings say, or does not open the other.
    """
    key = f"vendor {vendor}: sftp"
    password = reveal(settings.password, f"{key}.password", base) if settings.password else None
    phrase = reveal(settings.passphrase, f"{key}.passphrase", base) if settings.passphrase else None
    if settings.key_file is None:
        return Login(password, None, settings.agent)
    path = base / settings.key_file
    return Login(password, _private_key(path, phrase, f"{key}.key_file"), settings.agent)


def _private_key(path: Path, phrase: str | None, key: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.read_private_key(path, phrase)
    except OSError as error:
        raise SettingsError(f"{key}: {path} cannot be read ({error.strerror})") from error
    except asyncssh.KeyEncryptionError:
        raise SettingsError(
            f"{key}: {path} is not opened by the passphrase; correct sftp.passphrase"
        ) from None
    except asyncssh.KeyImportError:
        remedy = (
            "it is encrypted, or no private key in OpenSSH's or PEM form; write sftp.passphrase, "
            "or export it with ssh-keygen or PuTTYgen as an OpenSSH key"
        )
        raise SettingsError(f"{key}: {path} cannot be used: {remedy}") from None


class _Pinned(asyncssh.SSHClient):
    """Judges the server's key, remembers the one it saw, and tells what went well."""

    def __init__(self, pins: list[Pin], passed: Callable[[str], None]) -> None:
        self._pins, self._passed = pins, passed
        self.seen: asyncssh.SSHKey | None = None

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        """Trust the pinned keys only."""
        self.seen = key
        known = trusted(self._pins, key.get_algorithm(), key.get_fingerprint())
        if known:
            self._passed(HOST_KEY)
        return known

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """Note that somebody answers."""
        self._passed(REACH)


@asynccontextmanager
async def connected(
    settings: SftpSettings, who: Login, passed: Callable[[str], None] = lambda _: None
) -> AsyncIterator[FarSide]:
    """
    Log in, and yield the far side; whatever breaks meanwhile comes out as a `DeliveryError`.

    Args:
        passed: told of `REACH` and `HOST_KEY` when they went well.

    Raises:
        DeliveryError: transient if it makes sense to try again.
    """
    place = f"{settings.host}, port {settings.port}"
    judge = _Pinned([pin(line) for line in settings.known_host], passed)
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(settings.timeout):
                keys = await _keys(who, stack)
            connection = await _connect(settings, who, keys, judge)
            stack.callback(connection.abort)
            async with asyncio.timeout(settings.timeout):
                sftp = await connection.start_sftp_client(env=None)
        except asyncssh.HostKeyNotVerifiable as error:
            raise _not_pinned(place, judge) from error
        except asyncssh.ProtocolError as error:
            raise DeliveryError(
                f"{place}: the server broke off the login; an agent that holds many keys may have "
                "shown too many wrong ones: use key_file. It is not tried again: that could lock "
                "the account"
            ) from error
        except (OSError, asyncssh.Error) as error:
            raise explain(error, f"connecting to {place}") from error
        far = FarSide(sftp, settings.timeout, place)
        try:
            yield far
        except (OSError, asyncssh.Error) as error:
            raise explain(error, f"{place}: {far.doing}") from error
        with suppress(OSError, asyncssh.Error):
            connection.close()
            async with asyncio.timeout(settings.timeout):
                await connection.wait_closed()


async def _connect(
    settings: SftpSettings, who: Login, keys: list[asyncssh.SSHKeyPair], judge: _Pinned
) -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(
        settings.host,
        settings.port,
        username=settings.username,
        password=who.password,
        client_keys=[*([who.key] if who.key else []), *keys] or None,
        agent_path=None,
        known_hosts=([], [], []),  # nobody's but the judge's
        server_host_key_algs=proofs([pin(line) for line in settings.known_host]),
        client_factory=lambda: judge,
        config=None,
        gss_host=None,
        compression_algs=None,  # a zip is compressed already
        connect_timeout=settings.timeout,
        login_timeout=settings.timeout,
        keepalive_interval=_KEEP_ALIVE,
        keepalive_count_max=max(1, settings.timeout // _KEEP_ALIVE),
    )


async def _keys(who: Login, stack: AsyncExitStack) -> list[asyncssh.SSHKeyPair]:
    """Return the keys that the agent holds; it signs with them, they stay there."""
    if not who.agent:
        return []
    try:
        agent = await stack.enter_async_context(await asyncssh.connect_agent())
        keys = list(await agent.get_keys())
    except (OSError, asyncssh.Error, ValueError) as error:
        raise DeliveryError(
            "agent = true, but no SSH agent answers; start one for the account that runs this "
            "(SSH_AUTH_SOCK), or use key_file"
        ) from error
    if not keys:
        raise DeliveryError("agent = true, but the SSH agent holds no key; add one with ssh-add")
    return keys


def _not_pinned(place: str, judge: _Pinned) -> DeliveryError:
    """Say which key was seen. It is never tried again: somebody may be listening in between."""
    if judge.seen is None:
        return DeliveryError(f"{place}: the server's host key could not be read; nothing was sent")
    line = judge.seen.export_public_key("openssh").decode().split()
    return DeliveryError(
        f"{place}: the server's host key is not the one in known_host; nothing was sent. It showed "
        f"{line[0]} {judge.seen.get_fingerprint()}. If the vendor confirms that fingerprint, by "
        f'another way than this connection, write known_host = "{line[0]} {line[1]}"'
    )
