"""What went wrong on the way to a vendor's server, in words, and whether trying again helps."""

import asyncssh

from extractor.errors import DeliveryError

# Answers of an SFTP server that will be the same a moment later.
_LASTING: dict[type[asyncssh.SFTPError], str] = {
    asyncssh.SFTPNoSuchFile: "it is not there; make it at the vendor's, or correct the settings",
    asyncssh.SFTPNoSuchPath: "it is not there; make it at the vendor's, or correct the settings",
    asyncssh.SFTPPermissionDenied: (
        "the server denies it to this login; ask the vendor for the right to write, rename and "
        "remove files there"
    ),
    asyncssh.SFTPWriteProtect: "it is read-only; ask the vendor for another directory",
    asyncssh.SFTPNoSpaceOnFilesystem: "the vendor's disk is full; ask the vendor to make room",
    asyncssh.SFTPQuotaExceeded: "the vendor's quota is used up; ask the vendor for more",
    asyncssh.SFTPOpUnsupported: "the server cannot do that; ask the vendor for another server",
    asyncssh.SFTPNotADirectory: "it is no directory; correct the settings",
    asyncssh.SFTPFileIsADirectory: "it is a directory; have the vendor remove it",
    asyncssh.SFTPInvalidFilename: "the server refuses the name; choose another",
}


def lasting(error: Exception) -> bool:
    """Tell whether an answer of the server stays the same, so that asking again is useless."""
    return type(error) in _LASTING


def explain(error: Exception, place: str) -> DeliveryError:
    """
    Turn what the network or the server said into an error with a remedy.

    Nothing that the server sent is repeated: it may name the login, or anything else.

    Args:
        place: what was being done, and where, as in `writing /incoming/OneRoster.zip`.
    """
    if isinstance(error, DeliveryError):
        return error
    if isinstance(error, asyncssh.SFTPError):
        return _answer(error, place)
    if isinstance(error, TimeoutError):
        return DeliveryError(
            f"{place}: nothing moved for longer than the setting timeout allows", transient=True
        )
    if isinstance(error, asyncssh.DisconnectError):
        return _disconnected(error, place)
    if isinstance(error, OSError):
        return _network(error, place)
    return DeliveryError(
        f"{place}: the connection broke off ({type(error).__name__})", transient=True
    )


def _answer(error: asyncssh.SFTPError, place: str) -> DeliveryError:
    if isinstance(error, asyncssh.SFTPConnectionLost | asyncssh.SFTPNoConnection):
        return DeliveryError(f"{place}: the connection broke off", transient=True)
    known = _LASTING.get(type(error))
    if known:
        return DeliveryError(f"{place}: {known}")
    return DeliveryError(
        f"{place}: the server failed (SFTP status {error.code}); if it keeps failing, ask the "
        "vendor whether the disk or the quota there is full",
        transient=True,
    )


def _disconnected(error: asyncssh.DisconnectError, place: str) -> DeliveryError:
    if isinstance(error, asyncssh.PermissionDenied):
        return DeliveryError(
            f"{place}: the server refused the login; check username, and that the vendor knows "
            "this key or password. It is not tried again: that could lock the account"
        )
    if isinstance(error, asyncssh.KeyExchangeFailed | asyncssh.ProtocolNotSupported):
        return DeliveryError(
            f"{place}: the server offers no method that is safe enough; ask the vendor to update it"
        )
    if isinstance(error, asyncssh.IllegalUserName):
        return DeliveryError(f"{place}: username holds signs that SSH forbids; correct it")
    return DeliveryError(
        f"{place}: the connection broke off ({type(error).__name__})", transient=True
    )


def _network(error: OSError, place: str) -> DeliveryError:
    why = error.strerror or type(error).__name__
    return DeliveryError(
        f"{place}: {why}; check host and port, and whether a firewall lets this machine out",
        transient=True,
    )
