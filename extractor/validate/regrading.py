"""A file in which somebody says how much a rule matters to them, and why."""

import difflib
import tomllib
from pathlib import Path

from extractor.errors import SettingsError
from extractor.validate.collector import Regrade
from extractor.validate.registry import CATALOGUE
from extractor.validate.verdict import Severity

OFF = "off"
_WORDS = (OFF, *(severity.value for severity in Severity))


def read_regrades(path: Path) -> dict[str, Regrade]:
    """
    Read a file of tables `[rule_name]` with `severity` (off, info, warning, error) and `reason`.

    Raises:
        SettingsError: it cannot be read or says something unknown; all problems at once.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is no TOML: {error}") from error
    problems = [problem for name, table in content.items() for problem in _problems(name, table)]
    if problems:
        raise SettingsError.of(f"{path.name}: {problem}" for problem in problems)
    return {name: _regrade(table) for name, table in content.items()}


def _regrade(table: dict[str, str]) -> Regrade:
    word = table["severity"]
    return Regrade(None if word == OFF else Severity(word), table["reason"].strip())


def _problems(name: str, table: object) -> list[str]:
    if name not in CATALOGUE:
        near = difflib.get_close_matches(name, CATALOGUE, 1)
        hint = f"; did you mean {near[0]}?" if near else "; `oneroster rules` lists them"
        return [f"[{name}]: there is no such rule{hint}"]
    if not isinstance(table, dict):
        return [f'{name}: write a table: [{name}], severity = "off", reason = "..."']
    problems = [
        f"[{name}].{key}: there is no such key; there are severity and reason"
        for key in table
        if key not in {"severity", "reason"}
    ]
    if table.get("severity") not in _WORDS:
        problems.append(f"[{name}].severity: write one of {', '.join(_WORDS)}")
    reason = table.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        problems.append(f"[{name}].reason: say why; it is shown in every report")
    return problems
