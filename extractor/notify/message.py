"""What is said: one subject, one text, one HTML page and one JSON object for the same news."""

import dataclasses
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape

from extractor.notify.news import News, VendorNews

MOST_REASONS = 20  # of one vendor; the report on disk has them all
_SUBJECT, _LINE = 180, 600  # letters
_WORDS = {"success": "DELIVERED", "hold": "HELD", "failure": "FAILED"}
_AT_VENDORS = {"delivered", "unchanged"}
# Outcomes of vendors in the order of how much they matter to the reader.
_ORDER = ("failed", "refused", "held", "delivered", "unchanged", "written")


def plain(text: str, most: int = _LINE) -> str:
    """
    Make one line of a text, without signs that steer a terminal, a header or a mail reader.

    Line ends, control characters and direction overrides become spaces.
    """
    kept = "".join(
        " " if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else letter
        for letter in text[: 4 * most]
    )
    line = " ".join(kept.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def subject(news: News) -> str:
    """Say the outcome first, then whom it concerns, then why."""
    return plain(f"[oneroster] {_word(news)}: {_concerns(news)}", _SUBJECT)


def _word(news: News) -> str:
    """Return the outcome in a word; a good night of a blackout delivers nothing."""
    nothing = not any(one.outcome in _AT_VENDORS for one in news.vendors)
    return "NOTHING SENT" if news.outcome == "success" and nothing else _WORDS[news.outcome]


def _concerns(news: News) -> str:
    telling = {"hold": ("held",), "failure": ("failed", "refused", "held")}.get(news.outcome, ())
    names = [one for one in news.vendors if one.outcome in telling]
    if not names:
        said = plain(news.error) if news.error else _vendors(news)
        return f"{plain(news.district, 60)}: {said}"
    shown = ", ".join(plain(one.vendor, 64) for one in names[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    why = next((plain(one.reasons[0]) for one in names if one.reasons), None)
    return f"{shown}{more}: {why}" if why else f"{shown}{more} ({plain(news.district, 60)})"


def _vendors(news: News) -> str:
    counts = {word: sum(one.outcome == word for one in news.vendors) for word in _ORDER}
    parts = [f"{count} {word}" for word, count in counts.items() if count]
    return ", ".join(parts) or "no vendor"


def text(news: News) -> str:
    """Return the plain text of a mail, lines ended by a line feed."""
    return _template("message.txt.j2").render(_shown(news)).strip("\n") + "\n"


def html(news: News) -> str:
    """Return the same as a page; every value in it is escaped."""
    return _template("message.html.j2").render(_shown(news))


def body(news: News) -> dict[str, Any]:
    """Return the news as an object of JSON's types; docs/unattended.md describes its keys."""
    return {
        "type": "oneroster.run",
        "version": 1,
        "run": news.run,
        "outcome": news.outcome,
        "district": plain(news.district),
        "as_of": news.as_of.isoformat(),
        "started": news.started.isoformat(timespec="seconds"),
        "ended": news.ended.isoformat(timespec="seconds"),
        "seconds": _seconds(news),
        "host": plain(news.host),
        "program": f"oneroster {news.version}",
        "error": _said(news.error),
        "next_step": _said(news.next_step),
        "findings": dict(news.findings),
        "vendors": [_vendor(one) for one in news.vendors],
        "subject": subject(news),
        "text": text(news),
    }


def _vendor(one: VendorNews) -> dict[str, Any]:
    given = {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}
    return given | {
        "vendor": plain(one.vendor),
        "rows": dict(one.rows),
        "changes": _said(one.changes),
        "reasons": _some(one.reasons),
        "remedies": _some(one.remedies),
        "where": _said(one.where),
    }


def _some(lines: tuple[str, ...]) -> list[str]:
    shown = [plain(line) for line in lines[:MOST_REASONS]]
    left = len(lines) - len(shown)
    return [*shown, f"and {left} more"] if left else shown


def _said(line: str | None) -> str | None:
    return None if line is None else plain(line)


def _seconds(news: News) -> int:
    return round((news.ended - news.started).total_seconds())


def _shown(news: News) -> Mapping[str, Any]:
    """Return what the templates name: the values of a body, cleaned, and a few sums."""
    vendors = [
        _vendor(one) | {"total": sum(one.rows.values())}
        for one in sorted(news.vendors, key=lambda one: _ORDER.index(one.outcome))
    ]
    return {
        "word": _word(news),
        "outcome": news.outcome,
        "district": plain(news.district),
        "summary": _vendors(news),
        "as_of": news.as_of.isoformat(),
        "started": f"{news.started:%Y-%m-%d %H:%M:%S %z}".strip(),
        "seconds": _seconds(news),
        "host": plain(news.host),
        "version": plain(news.version),
        "run": plain(news.run),
        "error": _said(news.error),
        "next_step": _said(news.next_step),
        "findings": dict(news.findings),
        "vendors": vendors,
    }


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("extractor.notify", "."),
        autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _template(name: str) -> Template:
    return _environment().get_template(name)
