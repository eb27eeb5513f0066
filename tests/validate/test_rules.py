"""Each rule finds its own defect, and nothing else does; a clean bundle is clean."""

import pytest
from validate.defects import DEFECTS
from validate.golden import delta, golden

from extractor.validate.registry import CATALOGUE
from extractor.validate.verdict import Severity


def test_golden_bundle_is_clean(judged):
    verdict = judged(golden())
    assert verdict.findings == []
    assert verdict.counts == {}
    assert verdict.stopped == []
    assert verdict.valid


def test_golden_bundle_is_described(judged):
    verdict = judged(golden())
    assert (verdict.version, verdict.mode) == ("1.1", "bulk")
    assert verdict.rows["enrollments"] == 3
    assert len(verdict.rows) == 13
    assert verdict.schools == {"s1": {"classes": 1, "enrollments": 3, "students": 2, "teachers": 1}}


def test_delta_with_its_baseline_is_clean(judged):
    verdict = judged(delta().given(baseline=golden()))
    assert verdict.findings == []
    assert verdict.mode == "delta"


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_rule_finds_its_defect_and_only_that(name, judged):
    verdict = judged(DEFECTS[name](golden()))  # KeyError: a new rule needs a defect
    assert set(verdict.rules) == {name}
    findings = verdict.findings
    assert {finding.rule for finding in findings} == {name}
    rule = CATALOGUE[name]
    assert all(finding.severity is rule.severity for finding in findings)
    assert all(finding.code == rule.code for finding in findings)
    assert all("{" not in f"{finding.message}".replace("{type:id}", "") for finding in findings)


def test_there_is_no_defect_without_a_rule():
    assert set(DEFECTS) == set(CATALOGUE)


CODES = {
    *(f"P{number:02}" for number in range(1, 7)),
    *(f"M{number:02}" for number in range(1, 9)),
    *(f"C{number:02}" for number in range(1, 8)),
    *(f"V{number:02}" for number in range(1, 19)),
    *(f"R{number:02}" for number in range(1, 13)),
    *(f"S{number:02}" for number in range(1, 28) if number != 22),  # S22 is covered by V04
}


def test_every_code_of_the_reference_has_a_rule():
    assert CODES - {rule.code for rule in CATALOGUE.values()} == set()


@pytest.mark.parametrize("rule", CATALOGUE.values(), ids=lambda rule: rule.name)
def test_rule_says_what_why_and_what_to_do(rule):
    assert rule.defect.endswith(".")
    assert len(rule.explanation) > 40
    assert rule.remedy.endswith(".")
    assert rule.code[0] in "PMCVRSX"


SHOULD = {"two_primary_teachers", "enrollment_outside_term", "score_out_of_range"}
SHOULD |= {"wrong_school_year", "org_nesting", "not_a_grading_period", "archive_junk"}


@pytest.mark.parametrize("name", sorted(SHOULD))
def test_strict_makes_errors_of_what_the_standard_says_softly(name, judged):
    verdict = judged(DEFECTS[name](golden()).given(strict=True))
    assert {finding.severity for finding in verdict.findings} == {Severity.ERROR}
    assert not verdict.valid


def test_strict_leaves_advice_alone():
    assert {r.name for r in CATALOGUE.values() if r.graded(strict=True) != r.severity} == SHOULD
