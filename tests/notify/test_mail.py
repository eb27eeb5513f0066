"""Mail through a real SMTP server on loopback: what comes, and what is said when it does not."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from notify_servers import (
    PASSWORD,
    USER,
    Certificates,
    Mailbox,
    free_port,
    silent,
    some_news,
    to_mail,
)

from extractor.notify import NotifyOutcome, notify

Start = Callable[..., Mailbox]


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)


def sent(settings, news=None) -> NotifyOutcome:
    (outcome,) = notify(settings, news or some_news(), Path("/nowhere"), pause=0.01)
    said = repr(outcome)
    assert PASSWORD not in said
    assert "@" not in said
    return outcome


def test_mail_comes_to_all_recipients_over_starttls_with_login(
    smtp: Start, certificates: Certificates
) -> None:
    box = smtp(starttls=certificates.server)
    outcome = sent(to_mail(box, certificates))
    assert outcome == NotifyOutcome("notify.mail.0", 1, None)
    ((envelope, message),) = box.taken
    assert envelope.rcpt_tos == ["data@district.example", "admin@district.example"]
    assert box.logins == [(USER.encode(), PASSWORD.encode())]
    assert box.encrypted == [True]
    assert message["To"] == "data@district.example, admin@district.example"


def test_mail_comes_over_tls_from_the_first_byte(smtp: Start, certificates: Certificates) -> None:
    box = smtp(implicit=certificates.server)
    assert sent(to_mail(box, certificates, tls="implicit")).sent
    assert len(box.taken) == 1


def test_mail_comes_without_tls_and_login_where_settings_say_so(
    smtp: Start, certificates: Certificates
) -> None:
    box = smtp(login=False)
    settings = to_mail(box, certificates, tls="none", username=None, password=None, ca_file=None)
    assert sent(settings).sent
    assert box.encrypted == [False]


def test_headers_say_what_a_machine_sent_and_when(smtp: Start, certificates: Certificates) -> None:
    box = smtp(starttls=certificates.server)
    sent(to_mail(box, certificates))
    ((_, message),) = box.taken
    assert message["Subject"] == (
        "[oneroster] HELD: acme-math: 220 of 1,310 students (17 %) would be removed; "
        "the limit is 5 %"
    )
    assert message["From"].addresses[0].addr_spec == "oneroster@district.example"
    assert message["Date"].datetime == datetime(2026, 11, 24, 10, 18, 30, tzinfo=UTC)
    assert message["Message-ID"].endswith("@district.example>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Importance"] == "high"


def test_mail_has_text_and_page_that_say_the_same(smtp: Start, certificates: Certificates) -> None:
    box = smtp(starttls=certificates.server)
    sent(to_mail(box, certificates))
    ((_, message),) = box.taken
    assert message.get_content_type() == "multipart/alternative"
    for kind in ("plain", "html"):
        content = message.get_body((kind,)).get_content()
        for part in (
            "HELD",
            "220 of 1,310 students (17 %)",
            "approve it",
            "users",
            "1,310",
            "4 added, 220 removed",
            "oneroster run --approve acme-math",
            "ab" * 32,
            "20261124T101500-7f3a",
        ):
            assert part in content, (kind, part)


def test_letters_beyond_ascii_arrive(smtp: Start, certificates: Certificates) -> None:
    box = smtp(starttls=certificates.server)
    news = some_news("success", district="Peñasco Unified")
    assert sent(to_mail(box, certificates, on=("success",)), news).sent
    ((_, message),) = box.taken
    assert message["Subject"] == "[oneroster] DELIVERED: Peñasco Unified: 1 held, 1 delivered"
    assert "Peñasco" in message.get_body(("plain",)).get_content()


def test_wrong_password_is_told_once_and_without_it(
    smtp: Start, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = smtp(starttls=certificates.server)
    monkeypatch.setenv("SMTP_PASSWORD", "Wrong!Wrong!")
    outcome = sent(to_mail(box, certificates))
    assert outcome.attempts == 1
    assert outcome.error is not None
    assert outcome.error.startswith("the server refuses the login (535")
    assert "Wrong" not in outcome.error
    assert box.taken == []


def test_password_that_is_not_there_is_told(
    smtp: Start, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SMTP_PASSWORD")
    outcome = sent(to_mail(smtp(starttls=certificates.server), certificates))
    assert outcome.attempts == 0
    assert outcome.error == (
        "notify.mail.0.password: the environment variable SMTP_PASSWORD is not set; set it for the "
        "account, task or service that runs this"
    )


def test_password_that_smtp_cannot_carry_is_told_without_it(
    smtp: Start, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "Hünter2")
    outcome = sent(to_mail(smtp(starttls=certificates.server), certificates))
    assert outcome.error == "a password holds letters that the protocol lacks"


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_certificate_of_an_unknown_authority_is_refused(
    smtp: Start, certificates: Certificates, tls: str
) -> None:
    box = smtp(**{tls: certificates.server})
    outcome = sent(to_mail(box, certificates, tls=tls, ca_file=None))
    assert outcome.attempts == 1
    assert outcome.error is not None
    assert outcome.error.startswith("the server's certificate is refused: unable to get local")
    assert "ca_file" in outcome.error
    assert box.logins == []


def test_certificate_of_another_host_is_refused(smtp: Start, certificates: Certificates) -> None:
    box = smtp(starttls=certificates.elsewhere)
    outcome = sent(to_mail(box, certificates))
    assert "certificate is refused: IP address mismatch" in str(outcome.error)
    assert box.logins == []


def test_server_without_starttls_gets_neither_password_nor_mail(
    smtp: Start, certificates: Certificates
) -> None:
    box = smtp(login=False)
    outcome = sent(to_mail(box, certificates))
    assert outcome.attempts == 1
    assert "does not offer what tls" in str(outcome.error)
    assert (box.logins, box.taken) == ([], [])


def test_tls_on_a_port_that_speaks_plainly_is_told(smtp: Start, certificates: Certificates) -> None:
    outcome = sent(to_mail(smtp(), certificates, tls="implicit"))
    assert "check port and tls" in str(outcome.error)


def test_refused_connection_is_tried_again_and_told(certificates: Certificates) -> None:
    outcome = sent(to_mail(Mailbox(free_port()), certificates))
    assert outcome == NotifyOutcome("notify.mail.0", 2, "no connection: Connection refused")


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_server_that_never_answers_is_given_up(certificates: Certificates, tls: str) -> None:
    with silent() as port:
        settings = to_mail(Mailbox(port), certificates, tls=tls).model_copy(update={"timeout": 1})
        outcome = sent(settings)
    assert outcome == NotifyOutcome("notify.mail.0", 2, "no answer within 1 s")


def test_host_that_does_not_exist_is_told(certificates: Certificates) -> None:
    outcome = sent(to_mail(Mailbox(25), certificates, host="smtp.invalid"))
    assert outcome.error == "the host name is not found; check it, and the DNS"


def test_busy_server_gets_the_same_message_again(smtp: Start, certificates: Certificates) -> None:
    box = smtp(starttls=certificates.server)
    box.answers = ["451 4.3.2 busy, data@district.example"]
    outcome = sent(to_mail(box, certificates))
    assert (outcome.attempts, outcome.error, len(box.taken)) == (2, None, 1)


def test_message_that_is_refused_for_good_is_not_tried_again(
    smtp: Start, certificates: Certificates
) -> None:
    box = smtp(starttls=certificates.server)
    box.answers = ["554 5.7.1 we do not like Hunter2!Hunter2! of data@district.example"]
    outcome = sent(to_mail(box, certificates))
    assert outcome == NotifyOutcome("notify.mail.0", 1, "the server answers 554 5.7.1")


def test_sender_that_is_refused_is_told(smtp: Start, certificates: Certificates) -> None:
    box = smtp(starttls=certificates.server)
    box.sender = "553 5.7.1 not yours"
    outcome = sent(to_mail(box, certificates))
    assert outcome.error == "the server refuses the sender (553 5.7.1); check from"


def test_one_refused_recipient_does_not_keep_the_others_from_it(
    smtp: Start, certificates: Certificates
) -> None:
    box = smtp(starttls=certificates.server)
    box.refused["admin@district.example"] = "450 4.2.1 try later"
    outcome = sent(to_mail(box, certificates))
    assert outcome.error == (
        "sent, but the server refuses 1 of 2 recipients (450); check number 2 of to"
    )
    assert outcome.attempts == 1
    assert len(box.taken) == 1


def test_all_recipients_refused_is_told(smtp: Start, certificates: Certificates) -> None:
    box = smtp(starttls=certificates.server)
    for name in ("data", "admin"):
        box.refused[f"{name}@district.example"] = "550 5.1.1 no such user"
    outcome = sent(to_mail(box, certificates))
    assert outcome.error == "the server refuses every recipient (550); check to"


def test_file_of_certificates_that_is_not_there_or_holds_none_is_told(
    smtp: Start, certificates: Certificates, tmp_path: Path
) -> None:
    box = smtp(starttls=certificates.server)
    outcome = sent(to_mail(box, certificates, ca_file=tmp_path / "none.pem"))
    assert "notify.mail.0.ca_file: there is no file" in str(outcome.error)
    (tmp_path / "empty.pem").write_text("nothing")
    outcome = sent(to_mail(box, certificates, ca_file=tmp_path / "empty.pem"))
    assert outcome.error is not None
    assert box.logins == []


def test_same_news_have_the_same_id_and_other_news_another(
    smtp: Start, certificates: Certificates
) -> None:
    box = smtp(starttls=certificates.server)
    for run in ("a", "a", "b"):
        sent(to_mail(box, certificates), some_news(run=run))
    first, again, other = (message["Message-ID"] for _, message in box.taken)
    assert first == again != other
