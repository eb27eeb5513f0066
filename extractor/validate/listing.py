"""The catalogue of rules, for reading: text, JSON and Markdown."""

import json
from collections.abc import Callable

from extractor.validate.registry import CATALOGUE, Rule


def in_order() -> list[Rule]:
    """Return the rules by code: packages first, our own last."""
    families = "PMCVRSX"
    return sorted(CATALOGUE.values(), key=lambda rule: (families.index(rule.code[0]), rule.code))


def as_text() -> str:
    """Return one paragraph per rule."""
    return "\n".join(
        f"{rule.code} {rule.name} ({rule.severity.value}, {rule.level.value})\n"
        f"    {rule.defect}\n    {rule.explanation}\n    Remedy: {rule.remedy}\n"
        for rule in in_order()
    )


def as_json() -> str:
    """Return a list of objects."""
    return json.dumps(
        [
            {
                "rule": rule.name,
                "code": rule.code,
                "severity": rule.severity.value,
                "level": rule.level.value,
                "defect": rule.defect,
                "explanation": rule.explanation,
                "remedy": rule.remedy,
            }
            for rule in in_order()
        ],
        indent=2,
    )


def as_markdown() -> str:
    """Return the page docs/rules.md."""
    lines = [
        "# Rules",
        "",
        "What `oneroster validate` looks for. `code` is the id in section 7 of the OneRoster",
        "reference; X marks rules of our own. With `--strict` the warnings of level `should` are",
        "errors. A file given with `--rules` switches a rule off or grades it anew:",
        "",
        "```toml",
        "[duplicate_email]",
        'severity = "off"  # or info, warning, error',
        'reason = "siblings share their parents\' address here"',
        "```",
        "",
        "| code | rule | severity | level | defect | what it breaks, and the cause | remedy |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for rule in in_order():
        cells = (
            *(rule.code, f"`{rule.name}`", rule.severity.value, rule.level.value),
            *(rule.defect, rule.explanation, rule.remedy),
        )
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


FORMATS: dict[str, Callable[[], str]] = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
}
