"""Rules switched off and graded anew, and the commands validate and rules."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from validate.defects import DEFECTS
from validate.golden import AS_OF, delta, golden

from extractor.errors import SettingsError
from extractor.validate import Regrade
from extractor.validate.collector import Collector, Found
from extractor.validate.listing import FORMATS, as_markdown
from extractor.validate.registry import CATALOGUE
from extractor.validate.regrading import read_regrades
from extractor.validate.verdict import LISTED, Finding, Severity, Verdict

ROOT = Path(__file__).parent.parent.parent
DAY = ["--as-of", str(AS_OF)]


def oneroster(*arguments):
    """Run the command."""
    return subprocess.run(
        [sys.executable, "-m", "extractor", *map(str, arguments)], capture_output=True, text=True
    )


def test_rule_is_switched_off(judged):
    off = {"bad_number": Regrade(None, "letters are meant")}
    verdict = judged(DEFECTS["bad_number"](golden()).given(regrade=off))
    assert verdict.rules == {}
    assert verdict.regraded == {"bad_number": "off: letters are meant"}
    assert verdict.valid


def test_rule_is_graded_anew_even_when_strict(judged):
    soft = {"org_nesting": Regrade(Severity.INFO, "so it is here")}
    verdict = judged(DEFECTS["org_nesting"](golden()).given(regrade=soft, strict=True))
    assert verdict.counts == {Severity.INFO: 1}
    assert verdict.findings[0].severity is Severity.INFO


def test_file_of_regrades_is_read(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text('[bad_email]\nseverity = "error"\nreason = "they sign in by it"\n', "utf-8")
    assert read_regrades(path) == {"bad_email": Regrade(Severity.ERROR, "they sign in by it")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[bad_emial]\nseverity = "off"\nreason = "x"', "did you mean bad_email?"),
        ('[bad_email]\nseverity = "off"', "say why"),
        ('[bad_email]\nseverity = "off"\nreason = " "', "say why"),
        ('[bad_email]\nseverity = "fatal"\nreason = "x"', "off, error, warning, info"),
        ('[bad_email]\nseverity = 3\nreason = "x"', "off, error, warning, info"),
        ('[bad_email]\nseverity = []\nreason = "x"', "off, error, warning, info"),
        ('[bad_email]\nlevel = "off"\nseverity = "off"\nreason = "x"', "no such key"),
        ('bad_email = "off"', "write a table"),
        ("[bad_email", "is no TOML"),
    ],
)
def test_wrong_file_of_regrades_says_what_to_write(text, said, tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match="(?s)" + said.replace("?", r"\?")):
        read_regrades(path)


def test_clean_bundle_exits_with_0_and_json_is_as_designed(tmp_path):
    done = oneroster("validate", golden().at(tmp_path), "--format", "json", *DAY)
    assert done.returncode == 0, done.stderr
    verdict = json.loads(done.stdout)
    assert verdict["version"] == "1.1"
    assert verdict["mode"] == "bulk"
    assert verdict["counts"] == {"error": 0, "warning": 0, "info": 0}
    assert verdict["rows"]["users"] == 4
    assert verdict["findings"] == []


def test_errors_exit_with_1_and_stand_where_they_are(tmp_path):
    path = DEFECTS["dangling_reference"](golden()).at(tmp_path)
    done = oneroster("validate", path, "--format", "json", *DAY)
    assert done.returncode == 1, done.stderr
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["rule"], finding["code"]) == ("dangling_reference", "R02")
    assert (finding["file"], finding["line"]) == ("lineItems.csv", 2)
    assert (finding["column"], finding["sourcedId"]) == ("categorySourcedId", "li-1")
    assert "cat-nowhere" not in done.stdout
    shown = oneroster("validate", path, "--format", "json", "--show-values", *DAY)
    assert "cat-nowhere" in shown.stdout


def test_report_is_written_to_a_file_and_the_options_reach_the_judge(tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text('[unconfirmed_reference]\nseverity = "error"\nreason = "x"\n', "utf-8")
    (tmp_path / "before").mkdir()
    before = golden().at(tmp_path / "before")
    path, output = delta().at(tmp_path), tmp_path / "report.json"
    options = ["--format", "json", "--output", output, "--rules", rules, "--strict", *DAY]
    done = oneroster("validate", path, *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads(output.read_text("utf-8"))["rules"] == {"unconfirmed_reference": 6}
    assert oneroster("validate", path, "--baseline", before, *options).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate", "nowhere.zip"],
        ["validate", ROOT / "sample_output", "--format", "pdf"],
        ["validate", ROOT / "sample_output", "--profile", "nobody"],
        ["validate", ROOT / "sample_output", "--baseline", "nowhere.zip"],
        ["validate", ROOT / "sample_output", "--rules", "nowhere.toml"],
        ["validate"],
        ["rules", "--format", "pdf"],
    ],
    ids=lambda arguments: " ".join(map(str, arguments[-2:])),
)
def test_wrong_arguments_exit_with_2(arguments):
    done = oneroster(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("bundle", ["OneRoster.zip", "."])
def test_our_own_sample_has_no_error(bundle):
    done = oneroster("validate", ROOT / "sample_output" / bundle, "--as-of", "2026-10-01")
    assert done.returncode in ({0} if bundle != "." else {0, 1}), done.stdout
    if bundle != ".":
        assert "Valid" in done.stdout


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_every_rule_is_listed(format_):
    done = oneroster("rules", "--format", format_)
    assert done.returncode == 0
    assert [name for name in CATALOGUE if name not in done.stdout] == []


def test_page_of_rules_is_up_to_date():
    page = (ROOT / "docs" / "rules.md").read_text("utf-8")
    assert page == as_markdown(), "run `make generated`"


def test_validation_starts_without_pandas():
    code = "import sys, extractor.validate; print([m for m in sys.modules if m == 'pandas'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_collector_keeps_the_first_even_when_more_is_handed_in():
    verdict = Verdict("x.zip")
    collector = Collector(verdict)
    rule = CATALOGUE["ragged_row"]
    many = [
        Finding(rule.name, rule.code, rule.severity, "m", "r", file="users.csv", line=line)
        for line in range(LISTED * 2)
    ]
    collector.add(Found(rule, "users.csv", 10**7, many))
    collector.add(Found(rule, "users.csv", 1, many[:1]))
    assert collector.close().counts == {Severity.ERROR: 10**7 + 1}
    assert [finding.line for finding in verdict.findings] == list(range(LISTED))
    assert verdict.by_file == {"users.csv": {Severity.ERROR: 10**7 + 1}}
