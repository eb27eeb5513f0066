"""Findings are counted without a cap, keep the first keys, and come in the catalogue's order."""

import ast
from pathlib import Path

import pytest

import extractor
from extractor.findings import KEYS_KEPT, KINDS, Findings, Severity

PACKAGE = Path(extractor.__file__).parent
SOURCES = [*sorted(PACKAGE.glob("*.py")), *sorted(PACKAGE.glob("transform/*.py"))]
SOURCES += sorted(PACKAGE.glob("source/*.py"))


def test_findings_come_in_the_order_of_the_catalogue():
    findings = Findings()
    for name in reversed(KINDS):
        findings.add(name, ["key"])
    assert [finding.name for finding in findings] == list(KINDS)


def test_every_key_counts_and_only_the_first_are_kept():
    findings = Findings()
    findings.add("unknown_race", [f"STU.ID {at}" for at in range(40, 60)])
    findings.add("unknown_race", [f"STU.ID {at}" for at in range(10, 40)])
    found = findings["unknown_race"]
    assert found.count == 50
    # the first in order, whatever order they came in
    assert found.keys == [f"STU.ID {at}" for at in range(10, 10 + KEYS_KEPT)]


def test_nothing_found_is_no_finding():
    findings = Findings()
    findings.add("unknown_race", [])
    assert list(findings) == []
    assert (findings["unknown_race"].count, findings["unknown_race"].keys) == (0, [])


def test_kind_that_is_not_in_the_catalogue_is_an_error():
    with pytest.raises(KeyError):
        Findings().add("no_such_kind", ["key"])
    with pytest.raises(KeyError):
        Findings()["no_such_kind"]


@pytest.mark.parametrize("name", KINDS)
def test_kind_says_what_was_seen_what_was_done_and_what_mends_it(name):
    kind = KINDS[name]
    assert isinstance(kind.severity, Severity)
    for words in (kind.what, kind.done, kind.remedy):
        assert words.strip() == words != ""
        assert not words.endswith(".")


def test_every_kind_is_found_somewhere():
    named = {
        node.value
        for path in SOURCES
        if path.name != "findings.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
    }
    assert [name for name in KINDS if name not in named] == []


def test_names_of_findings_in_calls_are_in_the_catalogue():
    used = {
        call.args[0].value
        for path in SOURCES
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "add"
        and isinstance(call.func.value, ast.Attribute | ast.Name)
        and getattr(call.func.value, "attr", getattr(call.func.value, "id", "")) == "findings"
        and isinstance(call.args[0], ast.Constant)
    }
    assert used
    assert used - set(KINDS) == set()
