"""News as an email: text and HTML, by SMTP with TLS."""

import smtplib
import ssl
from contextlib import suppress
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

from extractor.notify import message
from extractor.notify.failing import UnsentError
from extractor.notify.news import News
from extractor.notify.settings import Mail


def compose(mail: Mail, news: News) -> EmailMessage:
    """
    Build the email.

    Its Message-ID comes from the run, so that a second attempt after a lost answer is the same
    message, which receivers keep once.
    """
    made = EmailMessage(policy=SMTP)
    made["Subject"] = message.subject(news)
    made["From"] = Address("oneroster", addr_spec=mail.from_)
    made["To"] = [Address(addr_spec=address) for address in mail.to]
    made["Date"] = format_datetime(news.ended.astimezone(UTC))
    domain = mail.from_.rpartition("@")[2]
    unique = sha256(f"{news.run} {mail.to} {news.ended.isoformat()}".encode()).hexdigest()[:32]
    made["Message-ID"] = f"<{unique}@{domain}>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"  # Exchange's own way of saying the same
    if news.outcome != "success":
        made["Importance"] = "high"
    made.set_content(message.text(news))
    made.add_alternative(message.html(news), subtype="html")
    return made


def send(
    mail: Mail, password: str | None, composed: EmailMessage, ca_file: Path | None, timeout: float
) -> None:
    """
    Send one email to all recipients, in one attempt.

    Args:
        timeout: seconds for each answer of the server.

    Raises:
        UnsentError: if the server took it for some recipients only; another attempt would reach
            the others twice.
        Exception: what smtplib and the network raise; `failing.explain` has words for it.
    """
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    smtp = _connected(mail, context, timeout)
    try:
        if mail.tls == "starttls":
            smtp.starttls(context=context)
        if mail.username and password:
            smtp.login(mail.username, password)
        refused = smtp.send_message(composed, mail.from_, list(mail.to))
    finally:
        # The message is with the server by now, or never will be; the farewell is a courtesy.
        with suppress(OSError, smtplib.SMTPException):
            smtp.quit()
        smtp.close()
    if refused:
        places = [at for at, address in enumerate(mail.to, 1) if address in refused]
        codes = sorted({code for code, _ in refused.values()})
        raise UnsentError(
            f"sent, but the server refuses {len(refused)} of {len(mail.to)} recipients "
            f"({', '.join(map(str, codes))}); check number {', '.join(map(str, places))} of to",
            again=False,
        )


def _connected(mail: Mail, context: ssl.SSLContext, timeout: float) -> smtplib.SMTP:
    if mail.tls == "implicit":
        return smtplib.SMTP_SSL(mail.host, mail.port_used, timeout=timeout, context=context)
    return smtplib.SMTP(mail.host, mail.port_used, timeout=timeout)
