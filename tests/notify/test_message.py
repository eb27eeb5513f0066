"""What is said: the outcome first, all that is needed to act, nothing that a name smuggles in."""

import json
import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notify_servers import Mailbox, some_news, to_mail

from extractor.notify import VendorNews, message
from extractor.notify.mail import compose
from extractor.notify.webhook import payload

MAIL = to_mail(Mailbox(25), type("None", (), {"ca_file": None})(), ca_file=None).mail[0]


@pytest.mark.parametrize(
    ("news", "said"),
    [
        (some_news(), "HELD: acme-math: 220 of 1,310 students (17 %) would be removed"),
        (some_news("success"), "DELIVERED: Eagle Unified: 1 held, 1 delivered"),
        (
            some_news("success", vendors=(VendorNews("a", "held"), VendorNews("b", "written"))),
            "NOTHING SENT: Eagle Unified: 1 held, 1 written",
        ),
        (
            some_news("failure", vendors=(), error="the database does not answer; check it"),
            "FAILED: Eagle Unified: the database does not answer; check it",
        ),
        (some_news("failure", vendors=()), "FAILED: Eagle Unified: no vendor"),
        (
            some_news("failure", vendors=tuple(VendorNews(v, "failed") for v in "abcde")),
            "FAILED: a, b, c and 2 more (Eagle Unified)",
        ),
    ],
)
def test_subject_tells_the_outcome_first(news, said: str) -> None:
    assert message.subject(news).startswith(f"[oneroster] {said}")


def test_text_is_what_a_person_needs() -> None:
    assert message.text(some_news(error="one vendor waits")) == Path(__file__).with_name(
        "held.txt"
    ).read_text("utf-8")


def test_vendor_that_needs_somebody_comes_first() -> None:
    text = message.text(some_news())
    assert text.index("acme-math: held") < text.index("ride-safe: delivered")


def test_many_reasons_are_cut_and_counted() -> None:
    one = VendorNews("a", "held", reasons=tuple(f"reason {at}" for at in range(50)))
    told = message.body(some_news(vendors=(one,)))["vendors"][0]["reasons"]
    assert told[19:] == ["reason 19", "and 30 more"]


NASTY = "Eagle\r\nBcc: thief@evil.example\r\n\r\n<script>alert(1)</script>\u202e\u2028x\x1b[31m\x00"


def test_name_of_a_district_forges_no_header_and_no_markup() -> None:
    vendor = VendorNews(NASTY, "held", reasons=(NASTY,), remedies=(NASTY,), where=NASTY)
    news = some_news(district=NASTY, vendors=(vendor,), host=NASTY, error=NASTY, next_step=NASTY)
    parsed = message_from_bytes(compose(MAIL, news).as_bytes(), policy=policy.default)
    assert parsed["Bcc"] is None
    assert len(parsed.get_all("To")) == 1
    html = parsed.get_body(("html",)).get_content()
    text = parsed.get_body(("plain",)).get_content()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    for said in (html, text, parsed["Subject"]):
        assert not re.search("[\x00\x1b\u202e\u2028]", said)
    assert not re.search("(?m)^Bcc", text)


@given(st.text(max_size=300))
@settings(max_examples=100)
def test_any_text_as_any_name_makes_a_mail_with_the_same_headers(name: str) -> None:
    vendor = VendorNews(name, "held", reasons=(name,), changes=name)
    news = some_news(district=name, vendors=(vendor,), error=name, next_step=name)
    parsed = message_from_bytes(compose(MAIL, news).as_bytes(), policy=policy.default)
    assert sorted(parsed.keys()) == sorted(compose(MAIL, some_news()).keys())
    assert parsed["To"] == "data@district.example, admin@district.example"
    assert not parsed.defects
    for kind in ("json", "slack", "teams"):
        json.loads(payload(news, kind))


def test_lines_of_a_mail_are_as_short_as_the_protocol_wants() -> None:
    news = some_news(error="x" * 5000, next_step="y " * 5000)
    assert max(map(len, compose(MAIL, news).as_bytes().splitlines())) <= 998
