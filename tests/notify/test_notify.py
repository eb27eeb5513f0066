"""Several channels at once: who is told what, and that nothing that happens to one stops a run."""

import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from notify_servers import (
    PASSWORD,
    Certificates,
    Endpoint,
    Mailbox,
    free_port,
    some_news,
    to_hook,
    to_mail,
)

from extractor import notify as package
from extractor.notify import NotifyOutcome, notify
from extractor.notify.settings import Notify


def joined(*settings: Notify, **more: object) -> Notify:
    """Return the channels of several settings in one."""
    mail = tuple(one for each in settings for one in each.mail)
    webhook = tuple(one for each in settings for one in each.webhook)
    return Notify(mail=mail, webhook=webhook, attempts=2, timeout=5, **more)


def test_without_channels_nothing_happens() -> None:
    assert notify(Notify(), some_news("failure"), Path()) == []


@pytest.mark.parametrize("outcome", ["success", "hold", "failure"])
def test_channel_gets_what_it_wants_and_others_what_all_want(
    http: Callable[..., Endpoint], outcome: str
) -> None:
    usual, own = http(), http()
    settings = joined(to_hook(usual.url), to_hook(own.url, on=("success", "failure")))
    told = notify(settings, some_news(outcome), Path())
    assert (len(usual.got), len(own.got)) == {
        "success": (0, 1),
        "hold": (1, 0),
        "failure": (1, 1),
    }[outcome]
    assert [one.channel for one in told] == {
        "success": ["notify.webhook.1"],
        "hold": ["notify.webhook.0"],
        "failure": ["notify.webhook.0", "notify.webhook.1"],
    }[outcome]


def test_one_failing_channel_does_not_stop_the_others(
    smtp: Callable[..., Mailbox],
    http: Callable[..., Endpoint],
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    box, endpoint = smtp(starttls=certificates.server), http()
    settings = joined(
        to_mail(Mailbox(free_port()), certificates),
        to_mail(box, certificates),
        to_hook(f"http://127.0.0.1:{free_port()}/"),
        to_hook(endpoint.url),
    )
    told = notify(settings, some_news(), Path(), pause=0.01)
    assert [(one.channel, one.sent) for one in told] == [
        ("notify.mail.0", False),
        ("notify.mail.1", True),
        ("notify.webhook.0", False),
        ("notify.webhook.1", True),
    ]
    assert (len(box.taken), len(endpoint.got)) == (1, 1)


def test_server_that_answers_letter_by_letter_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each letter comes in time, the answer never does."""
    monkeypatch.setattr(package, "_longest", lambda settings, pause: 1.0)
    done = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with closing(connection), suppress(OSError):
            while not done.wait(0.05):
                connection.sendall(b"H")

    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        settings = to_hook(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        told = notify(settings, some_news(), Path())
        done.set()
        thread.join()
    said = "given up after 1 s: the server answers too slowly"
    assert told == [NotifyOutcome("notify.webhook.0", 1, said)]


def test_whatever_breaks_is_told_without_its_values(
    http: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(news: object, kind: str) -> bytes:
        raise KeyError("Ada Lovelace")

    monkeypatch.setattr("extractor.notify.webhook.payload", broken)
    told = notify(to_hook(http().url), some_news(), Path())
    assert [(one.channel, one.attempts) for one in told] == [("notify.webhook.0", 0)]
    assert str(told[0].error).startswith("internal error: KeyError in test_notify.py, line ")
    assert "Ada" not in str(told[0].error)


def test_importing_the_settings_needs_neither_templates_nor_network() -> None:
    import subprocess
    import sys

    code = (
        "import sys, extractor.notify.settings; "
        "print(sorted({'jinja2', 'smtplib', 'tenacity', 'urllib.request'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "smtplib" not in done.stdout
    assert "tenacity" not in done.stdout
