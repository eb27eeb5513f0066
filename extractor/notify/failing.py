"""Why a message did not go out, in words that hold neither a secret nor an address."""

import http.client
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError, URLError

_ENHANCED = re.compile(rb"\b[245]\.\d{1,3}\.\d{1,3}\b")


class UnsentError(Exception):
    """
    One attempt failed.

    Args:
        again: whether another attempt may succeed.
        after: seconds that the receiver asked to wait.
    """

    def __init__(self, why: str, *, again: bool, after: float | None = None) -> None:
        super().__init__(why)
        self.again = again
        self.after = after


def explain(error: Exception, timeout: float) -> UnsentError:
    """Turn what a network library raised into words; what a server said is never repeated."""
    if isinstance(error, UnsentError):
        return error
    if isinstance(error, URLError) and not isinstance(error, HTTPError):
        inner = error.reason
        return explain(inner if isinstance(inner, Exception) else OSError(), timeout)
    if isinstance(error, smtplib.SMTPException):
        return _of_mail(error, timeout)
    return _of_network(error, timeout)


def _of_mail(error: smtplib.SMTPException, timeout: float) -> UnsentError:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _ in error.recipients.values()})
        said = f"the server refuses every recipient ({', '.join(map(str, codes))}); check to"
        return UnsentError(said, again=any(code < 500 for code in codes))
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        if isinstance(error.__context__, OSError):  # smtplib makes one of every time-out
            return _of_network(error.__context__, timeout)
        return UnsentError("the server closed the connection", again=True)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        said = "the server does not offer what tls, username and password ask for"
        return UnsentError(f"{said}; check port and tls", again=False)
    return UnsentError(f"the server speaks no SMTP ({type(error).__name__})", again=True)


def _answered(error: smtplib.SMTPResponseException) -> UnsentError:
    code = f"{error.smtp_code}{_status(error.smtp_error)}"
    said = f"the server answers {code}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        said = (
            f"the server refuses the login ({code}); check username and password, and whether "
            "the account may send by SMTP"
        )
    elif isinstance(error, smtplib.SMTPSenderRefused):
        said = f"the server refuses the sender ({code}); check from"
    return UnsentError(said, again=error.smtp_code < 500)


def _status(said: bytes | str) -> str:
    """Return the enhanced status code of an answer, which is all of it that names nobody."""
    found = _ENHANCED.search(said if isinstance(said, bytes) else said.encode("utf-8", "replace"))
    return f" {found[0].decode()}" if found else ""


def _of_network(error: Exception, timeout: float) -> UnsentError:
    for kind, again, said in _NETWORK:
        if isinstance(error, kind):
            return UnsentError(said(error, timeout), again=again)
    return UnsentError(f"internal error: {type(error).__name__}", again=False)


# The first kind that fits counts; whether to try again; what to say.
_NETWORK: tuple[tuple[type[Exception], bool, Callable[[Any, float], str]], ...] = (
    (
        ssl.SSLCertVerificationError,
        False,
        lambda error, _: (
            f"the server's certificate is refused: {error.verify_message}; if the district has a "
            "certificate authority of its own, name its file in ca_file"
        ),
    ),
    (
        ssl.SSLEOFError,
        True,
        lambda error, _: "the server closed the connection; check port and tls",
    ),
    (
        ssl.SSLError,
        False,
        lambda error, _: f"TLS fails ({error.reason or 'closed'}); check port and tls",
    ),
    (socket.gaierror, True, lambda error, _: "the host name is not found; check it, and the DNS"),
    (TimeoutError, True, lambda _, seconds: f"no answer within {seconds:g} s"),
    (
        http.client.HTTPException,
        True,
        lambda error, _: f"the server speaks no HTTP ({type(error).__name__})",
    ),
    (
        OSError,
        True,
        lambda error, _: f"no connection: {error.strerror or type(error).__name__}",
    ),
    (UnicodeError, False, lambda error, _: "a password holds letters that the protocol lacks"),
)
