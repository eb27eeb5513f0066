"""From a table of the settings to something that can be tried: secrets found, message made."""

from collections.abc import Callable
from pathlib import Path

from extractor.errors import SettingsError
from extractor.notify import mail, webhook
from extractor.notify.news import News
from extractor.notify.settings import Mail, Webhook, problem_of_url
from extractor.secret import reveal

Attempt = Callable[[], None]  # raises when the message did not go out


def prepare(channel: Mail | Webhook, key: str, news: News, folder: Path, timeout: float) -> Attempt:
    """
    Make ready to send the news over one channel.

    Args:
        key: the setting's place, like `notify.mail.0`, for errors.
        folder: where relative paths of the settings start.

    Raises:
        SettingsError: if a secret is not where the settings say, or is of no use.
    """
    if isinstance(channel, Mail):
        return _mail(channel, key, news, folder, timeout)
    return _webhook(channel, key, news, folder, timeout)


def _mail(channel: Mail, key: str, news: News, folder: Path, timeout: float) -> Attempt:
    password = reveal(channel.password, f"{key}.password", folder) if channel.password else None
    composed = mail.compose(channel, news)
    ca_file = _file(channel.ca_file, f"{key}.ca_file", folder)
    return lambda: mail.send(channel, password, composed, ca_file, timeout)


def _webhook(channel: Webhook, key: str, news: News, folder: Path, timeout: float) -> Attempt:
    url = reveal(channel.url, f"{key}.url", folder)
    problem = problem_of_url(url, allow_http=channel.allow_http)
    if problem:
        raise SettingsError(f"{key}.url: {problem}")
    headers = {
        name: _sendable(reveal(secret, f"{key}.headers.{name}", folder), f"{key}.headers.{name}")
        for name, secret in channel.headers.items()
    }
    secret = channel.signing_secret
    signing = (reveal(secret, f"{key}.signing_secret", folder), _identity(news)) if secret else None
    data = webhook.payload(news, channel.format)
    ca_file = _file(channel.ca_file, f"{key}.ca_file", folder)
    return lambda: webhook.post(url, data, headers, signing, ca_file, timeout)


def _identity(news: News) -> str:
    return f"{news.run}-{news.outcome}"


def _sendable(value: str, key: str) -> str:
    if not (value.isascii() and value.isprintable()):
        raise SettingsError(f"{key}: holds a line end or letters that no header may hold; mend it")
    return value


def _file(path: Path | None, key: str, folder: Path) -> Path | None:
    if path is None:
        return None
    if not (folder / path).is_file():
        raise SettingsError(f"{key}: there is no file {path}; name one with certificates in PEM")
    return folder / path
