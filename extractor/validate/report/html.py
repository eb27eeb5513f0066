"""A verdict as one HTML file: works from disk, reaches for nothing, and can be passed on."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from extractor.validate.report.groups import (
    ORDER,
    Page,
    conclusion,
    counted,
    groups,
    inert,
)
from extractor.validate.verdict import Severity

_WIDTH = 240  # of a bar at its longest, in the drawing's own units


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of a bar: where it begins, how long it is, how it is coloured."""

    start: float
    length: float
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """A named row of counts, with its bar."""

    name: str
    counts: tuple[int, ...]
    bars: tuple[Bar, ...]


def html(page: Page) -> str:
    """Return the whole page; its style and script stand in it, and nothing else may run."""
    verdict = page.verdict
    made = _template().render(
        page=page,
        verdict=verdict,
        width=_WIDTH,
        severities=[severity.value for severity in ORDER],
        counts={severity.value: count for severity, count in counted(verdict).items()},
        conclusion=conclusion(verdict),
        groups=groups(page),
        files=_files(page),
        schools=_schools(verdict.schools),
        kinds=_KINDS,
        outcomes=_OUTCOMES,
    )
    return f"{made}\n"


def _template() -> Template:
    text, style, script = (_part(name) for name in ("page.html.j2", "page.css", "page.js"))
    surroundings = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    surroundings.filters["inert"] = inert
    # The hashes let this style and this script work, and none that a value might bring along.
    surroundings.globals |= {
        "style": Markup(style),  # noqa: S704 - ours
        "script": Markup(script),  # noqa: S704 - ours
        "style_hash": _hash(style),
        "script_hash": _hash(script),
    }
    return surroundings.from_string(text)


def _part(name: str) -> str:
    return (files(__package__) / name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


_OUTCOMES = {"accept": "good", "drop": "warning", "hold": "warning", "reject": "error"}
_KINDS = ("classes", "enrollments", "students", "teachers")


def _files(page: Page) -> list[Row]:
    """Rows of every file with its findings; the bars compare findings, by severity."""
    by_file, rows = page.verdict.by_file, page.verdict.rows
    names = {*by_file, *(_csv(name) for name in rows)}
    held = {_csv(name): count for name, count in rows.items()}
    most = max((sum(each.values()) for each in by_file.values()), default=0)
    return [
        Row(
            name,
            (held.get(name, 0), *(by_file.get(name, {}).get(each, 0) for each in ORDER)),
            _stacked(by_file.get(name, {}), most),
        )
        for name in sorted(names)
    ]


def _csv(name: str) -> str:
    return name if name.endswith(".csv") else f"{name}.csv"


def _stacked(counts: Mapping[Severity, int], most: int) -> tuple[Bar, ...]:
    bars, start = [], 0.0
    for severity in ORDER:
        if count := counts.get(severity, 0):
            length = max(2.0, round(_WIDTH * count / most, 1))
            bars.append(Bar(start, length, severity.value))
            start += length
    return tuple(bars)


def _schools(schools: Mapping[str, Mapping[str, int]]) -> list[Row]:
    """Records of every school; the bars compare students."""
    most = max((each.get("students", 0) for each in schools.values()), default=0)
    return [
        Row(
            school,
            tuple(each.get(kind, 0) for kind in _KINDS),
            (Bar(0, round(_WIDTH * each.get("students", 0) / most, 1), "rows"),) if most else (),
        )
        for school, each in sorted(schools.items())
    ]
