"""A verdict as a report: text, JSON, HTML, JUnit XML or SARIF.

Every format names places by file, line and id, and prints values only when asked to: a report
is safe to pass on. What it prints of a bundle cannot act on whoever reads it.
"""

from collections.abc import Callable, Iterable, Mapping

from extractor.validate.profiles import Forecast, described
from extractor.validate.registry import CATALOGUE
from extractor.validate.report.groups import Described, Page
from extractor.validate.report.html import html
from extractor.validate.report.json import json
from extractor.validate.report.junit import junit
from extractor.validate.report.sarif import sarif
from extractor.validate.report.text import text
from extractor.validate.verdict import Verdict

FORMATS: dict[str, Callable[[Page], str]] = {
    "text": text,
    "json": json,
    "html": html,
    "junit": junit,
    "sarif": sarif,
}


def render(
    verdict: Verdict,
    format: str,  # noqa: A002 - the name of the option
    *,
    show_values: bool,
    color: bool = False,
    catalogue: Mapping[str, Described] | None = None,
    forecasts: Iterable[Forecast] = (),
) -> str:
    """
    Return a verdict in one of FORMATS.

    Args:
        show_values: print the values found, which may be people's data.
        color: for text on a terminal.
        catalogue: the rules that were judged; those that the program knows when left out.
        forecasts: what consumers would do, for text, JSON and HTML.
    """
    asked = described(verdict.profile) if verdict.profile else {}
    known = {**(CATALOGUE if catalogue is None else catalogue), **asked}
    page = Page(verdict, known, show_values, color, tuple(forecasts))
    return FORMATS[format](page)
