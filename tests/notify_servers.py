"""Real servers on loopback that record what came: mail by SMTP, posts by HTTP and HTTPS."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from extractor.notify import News, VendorNews
from extractor.notify.settings import Mail, Notify, Webhook

USER, PASSWORD = "oneroster@district.example", "Hunter2!Hunter2!"


@dataclass(frozen=True)
class Certificates:
    """A certificate authority of a district, and what its servers use."""

    ca_file: Path
    server: ssl.SSLContext
    elsewhere: ssl.SSLContext  # the same authority, another host's name


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)

    def context(*names: str) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(made)
        return made

    return Certificates(path, context("127.0.0.1", "localhost"), context("other.example"))


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Mailbox:
    """What an SMTP server took, and how it is to answer."""

    port: int
    taken: list[tuple[Envelope, EmailMessage]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)  # recipient: answer
    answers: list[str] = field(default_factory=list)  # to DATA, before it is taken
    sender: str | None = None

    async def handle_MAIL(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender:
            return self.sender
        envelope.mail_from = address
        return "250 2.1.0 ok"

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.encrypted.append(session.ssl is not None)
        if self.answers:
            return self.answers.pop(0)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.taken.append((envelope, message))
        return "250 2.0.0 taken"

    def authenticator(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)


@pytest.fixture
def smtp() -> Iterator[Callable[..., Mailbox]]:
    """Start SMTP servers: with STARTTLS, with TLS from the first byte, or with neither."""
    running: list[Controller] = []

    def start(
        starttls: ssl.SSLContext | None = None,
        implicit: ssl.SSLContext | None = None,
        login: bool = True,
    ) -> Mailbox:
        box = Mailbox(free_port())
        controller = Controller(
            box,
            hostname="127.0.0.1",
            port=box.port,
            ssl_context=implicit,
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=box.authenticator if login else None,
            auth_required=login and starttls is not None,  # it knows no other TLS
            auth_require_tls=starttls is not None,
        )
        controller.start()
        running.append(controller)
        return box

    yield start
    for controller in running:
        controller.stop()


@dataclass
class Endpoint:
    """What an HTTP server got, and how it is to answer; 200 when nothing is left."""

    url: str = ""
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    def json(self, at: int = 0) -> Any:
        return json.loads(self.got[at][2])


@pytest.fixture
def http() -> Iterator[Callable[..., Endpoint]]:
    """Start HTTP or HTTPS servers."""
    running: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(tls: ssl.SSLContext | None = None) -> Endpoint:
        endpoint = Endpoint()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["Content-Length"]))
                given = {name.lower(): value for name, value in self.headers.items()}
                endpoint.got.append((self.path, given, data))
                status, more = endpoint.answers.pop(0) if endpoint.answers else (200, {})
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"secret=" + given.get("authorization", "").encode())

            do_GET = do_POST  # noqa: N815 - the name that http.server calls

            def log_message(self, *args: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                pass  # clients that refuse the certificate

        server = Quiet(("127.0.0.1", 0), Handler)
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        running.append((server, thread))
        scheme = "https" if tls else "http"
        endpoint.url = f"{scheme}://127.0.0.1:{server.server_port}/hook"
        return endpoint

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def silent() -> Iterator[int]:
    """Listen on a port, and never answer."""
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield int(listening.getsockname()[1])


def some_news(outcome: str = "hold", **more: Any) -> News:
    held = VendorNews(
        "acme-math",
        "held",
        rows={"orgs": 5, "users": 1310},
        changes="users: 4 added, 220 removed, 12 changed",
        reasons=("220 of 1,310 students (17 %) would be removed; the limit is 5 %",),
        remedies=("if that is right, approve it; if not, look at the terms of school 994",),
        where="/var/lib/oneroster/out/acme-math/OneRoster.zip",
        sha256="ab" * 32,
    )
    sent = VendorNews("ride-safe", "delivered", rows={"orgs": 5})
    given: dict[str, Any] = {
        "district": "Eagle Unified",
        "outcome": outcome,
        "as_of": date(2026, 11, 24),
        "started": datetime(2026, 11, 24, 10, 15, tzinfo=UTC),
        "ended": datetime(2026, 11, 24, 10, 18, 30, tzinfo=UTC),
        "host": "sis-jobs",
        "version": "0.9",
        "run": "20261124T101500-7f3a",
        "vendors": (sent, held),
        "findings": {"warning": 3},
        "next_step": "oneroster run --approve acme-math",
    }
    return News(**given | more)


def to_mail(box: Mailbox, certificates: Certificates, **more: Any) -> Notify:
    """Return settings for one mail to a server, fast to give up."""
    table: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": box.port,
        "from": "oneroster@district.example",
        "to": ("data@district.example", "admin@district.example"),
        "username": USER,
        "password": {"env": "SMTP_PASSWORD"},
        "ca_file": certificates.ca_file,
    }
    given = {name: value for name, value in (table | more).items() if value is not None}
    return Notify(mail=(Mail.model_validate(given),), attempts=2, timeout=5)


def to_hook(url: str, certificates: Certificates | None = None, **more: Any) -> Notify:
    """Return settings for one post to an address."""
    table: dict[str, Any] = {"url": url, **more}
    if certificates:
        table["ca_file"] = certificates.ca_file
    return Notify(webhook=(Webhook.model_validate(table),), attempts=2, timeout=5)
