"""News as an HTTPS POST of JSON: for anything, for Slack and its like, for Teams."""

import base64
import hashlib
import hmac
import json
import ssl
import time
from binascii import Error as NoBase64
from email.message import Message
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from extractor.notify import message
from extractor.notify.failing import UnsentError
from extractor.notify.news import News
from extractor.notify.settings import is_loopback

_CHAT = 3500  # letters; chats cut or refuse longer messages
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_LONGEST_WAIT = 60.0  # seconds
_PREFIX = "whsec_"


def payload(news: News, kind: str) -> bytes:
    """Return what is posted, for one of the formats of the settings."""
    made = {"json": message.body, "slack": _slack, "teams": _teams}[kind](news)
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _chat(news: News) -> str:
    said = f"{message.subject(news)}\n\n{message.text(news)}"
    return said if len(said) <= _CHAT else f"{said[: _CHAT - 1]}…"


def _slack(news: News) -> dict[str, Any]:
    """Return `text` as Slack, Mattermost and Rocket.Chat read it, with nothing they act upon."""
    escaped = _chat(news).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": escaped}


def _teams(news: News) -> dict[str, Any]:
    """Return an adaptive card, as Teams' workflows want it; text runs know no markup."""
    lines = [line for line in _chat(news).splitlines() if line.strip()]
    blocks = [
        {
            "type": "RichTextBlock",
            "inlines": [{"type": "TextRun", "text": line, "weight": "default" if at else "bolder"}],
        }
        for at, line in enumerate(lines)
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "content": card}]}


def signature(secret: str, identity: str, moment: int, data: bytes) -> str:
    """
    Sign a message as standardwebhooks.com says, so that receivers need no code of ours.

    Args:
        secret: `whsec_` and base64, or any text, whose UTF-8 bytes are the key.
        moment: seconds since 1970.
    """
    try:
        key = (
            base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
            if secret.startswith(_PREFIX)
            else secret.encode()
        )
    except (NoBase64, ValueError):
        raise UnsentError(
            "signing_secret begins with whsec_, but no base64 follows", again=False
        ) from None
    signed = f"{identity}.{moment}.".encode() + data
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def post(
    url: str,
    data: bytes,
    headers: dict[str, str],
    signing: tuple[str, str] | None,
    ca_file: Path | None,
    timeout: float,
) -> None:
    """
    Post once; any answer but 2xx is a failure, and a redirect is not followed.

    Args:
        signing: the secret, and the identity of the message, the same for each attempt.
        timeout: seconds for each step of the connection.

    Raises:
        UnsentError: for what was answered.
        Exception: what urllib and the network raise; `failing.explain` has words for it.
    """
    sent = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "oneroster", **headers}
    if signing:
        moment = int(time.time())
        sent["webhook-id"] = signing[1]
        sent["webhook-timestamp"] = str(moment)
        sent["webhook-signature"] = signature(*signing, moment, data)
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    host = urlsplit(url).hostname or ""
    # A proxy of the environment is for the world outside; this machine needs none.
    proxies = (ProxyHandler({}),) if is_loopback(host) else ()
    opener = build_opener(*proxies, HTTPSHandler(context=context), _Stay())
    request = Request(url, data, sent, method="POST")  # noqa: S310 - settings allow http(s) only
    try:
        opener.open(request, timeout=timeout).close()
    except HTTPError as error:
        with error:
            raise _answered(error.code, error.headers) from None


class _Stay(HTTPRedirectHandler):
    """Follows no redirect: it could lead the news, and the headers' secrets, elsewhere."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        return None


def _answered(code: int, headers: Message) -> UnsentError:
    if 300 <= code < 400:
        return UnsentError(
            f"the server answers {code}, a redirect; name the final url", again=False
        )
    if code in (401, 403):
        said = f"the server answers {code}; check url, headers and signing_secret"
        return UnsentError(said, again=False)
    wait = headers.get("Retry-After", "")
    after = min(float(wait), _LONGEST_WAIT) if wait.isascii() and wait.isdigit() else None
    return UnsentError(f"the server answers {code}", again=code in _AGAIN, after=after)
