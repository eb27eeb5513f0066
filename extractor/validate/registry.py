"""The catalogue of rules: what each finds, how much it matters, and what mends it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from extractor.validate.verdict import Severity


class Scope(Enum):
    """What a rule looks at, and with that the shape of its function."""

    PACKAGE = "package"
    MANIFEST = "manifest"
    TEXT = "text"
    VALUE = "value"
    REFERENCE = "reference"
    ROW = "row"
    TABLE = "table"


class Level(Enum):
    """How hard the standard asks; strict mode makes errors of SHOULD."""

    MUST = "must"
    SHOULD = "should"
    ADVISORY = "advisory"


# The rules of each scope have one signature, which the module that runs them states.
# What a rule takes, yields and looks at differs from scope to scope: `engine` and `judge` know.
Function = Callable[..., Any]
F = TypeVar("F", bound=Function)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; its name is the name of its function, for ever."""

    name: str
    code: str
    severity: Severity
    level: Level
    scope: Scope
    remedy: str
    says: str
    on: Any
    function: Function
    defect: str
    explanation: str

    def graded(self, *, strict: bool) -> Severity:
        """Return the severity before anybody re-grades it."""
        hard = strict and self.level is Level.SHOULD and self.severity is Severity.WARNING
        return Severity.ERROR if hard else self.severity


EVERY = "every file"  # what ROW rules say in `on` that look at all files

CATALOGUE: dict[str, Rule] = {}


def rule(
    code: str,
    severity: Severity,
    scope: Scope,
    *,
    remedy: str,
    says: str = "",
    level: Level | None = None,
    on: object = None,
) -> Callable[[F], F]:
    """
    Enter a function in the catalogue.

    Args:
        code: the id in section 7 of the reference; X.. for rules of our own.
        says: the message of its findings where the function gives none; `{column}` is filled in.
        level: MUST for errors and ADVISORY for the others when left out.
        on: which files or columns the rule looks at; its scope knows how to read it.
    """
    if level is None:
        level = Level.MUST if severity is Severity.ERROR else Level.ADVISORY

    def enter(function: F) -> F:
        name = function.__name__
        if name in CATALOGUE:
            raise ValueError(f"two rules are named {name}")
        defect, _, explanation = inspect.cleandoc(function.__doc__ or "").partition("\n")
        CATALOGUE[name] = Rule(
            name=name,
            code=code,
            severity=severity,
            level=level,
            scope=scope,
            remedy=remedy,
            says=says or defect,
            on=on,
            function=function,
            defect=defect,
            explanation=" ".join(explanation.split()),
        )
        return function

    return enter


def rules_of(scope: Scope) -> list[Rule]:
    """Return the rules of one scope, in the order they were entered."""
    return [entry for entry in CATALOGUE.values() if entry.scope is scope]
