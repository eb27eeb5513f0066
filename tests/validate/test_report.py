"""Reports: each format's shape, its safety, and the HTML page in a real browser."""

import csv
import io
import json
import shutil
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from conftest import missing
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select
from validate.junit_facts import problems

from extractor.profiles import load
from extractor.validate import validate
from extractor.validate.facts import Facts, FileFacts
from extractor.validate.profiles import forecast
from extractor.validate.registry import CATALOGUE as CATALOGUE_OF_ALL
from extractor.validate.report import FORMATS, render
from extractor.validate.report.groups import inert
from extractor.validate.verdict import LISTED, Finding, Severity, Verdict

HERE = Path(__file__).parent
SARIF = json.loads((HERE / "schemas" / "sarif-2.1.0.json").read_text("utf-8"))
NAME = "Zoë O'Brien"
TODAY = date(2026, 10, 1)


@dataclass(frozen=True)
class Rule:
    name: str
    code: str
    severity: Severity
    defect: str = "A defect."
    explanation: str = "What it breaks."
    remedy: str = "Mend it."


CATALOGUE = {
    rule.name: rule
    for rule in (
        Rule("dangling_reference", "R02", Severity.ERROR, "A reference names no row."),
        Rule("grade_unknown", "V15", Severity.WARNING),
        Rule("no_student", "S25", Severity.INFO),
        Rule("email_shape", "V16", Severity.WARNING),
        Rule("never_broken", "P01", Severity.ERROR),
    )
}


def finding(rule: str, file: str, line: int, **more: str) -> Finding:
    known = CATALOGUE[rule]
    place = {"column": "userSourcedId", "sourced_id": f"994_STU_{line}", "value": NAME}
    return Finding(
        rule=rule,
        code=known.code,
        severity=known.severity,
        message=f"message of {rule}",
        remedy=known.remedy,
        file=file,
        line=line,
        **{**place, **more},
    )


@pytest.fixture
def verdict() -> Verdict:
    """Four findings of three rules, one of them counted far beyond what is listed."""
    return Verdict(
        bundle="OneRoster.zip",
        version="1.1",
        mode="bulk",
        counts={Severity.ERROR: 1234, Severity.WARNING: 1, Severity.INFO: 1},
        rows={"orgs": 5, "users": 1310},
        rules={"grade_unknown": 1, "dangling_reference": 1234, "no_student": 1},
        by_file={"users.csv": {Severity.WARNING: 1}, "enrollments.csv": {Severity.ERROR: 1234}},
        schools={"994": {"classes": 3, "enrollments": 90, "students": 40, "teachers": 2}},
        regraded={"email_shape": "off: we have no addresses"},
        findings=[
            finding("grade_unknown", "users.csv", 7),
            finding("dangling_reference", "enrollments.csv", 12),
            finding("dangling_reference", "enrollments.csv", 13),
            finding("no_student", "classes.csv", 3),
        ],
    )


def shown(verdict: Verdict, form: str, *, values: bool = False, color: bool = False) -> str:
    return render(verdict, form, show_values=values, color=color, catalogue=CATALOGUE)


@pytest.mark.parametrize("form", FORMATS)
def test_values_stand_in_a_report_only_when_asked_for(form: str, verdict: Verdict) -> None:
    assert "Brien" not in shown(verdict, form)
    # JUnit lists examples of what fails, and all others list every finding's value.
    assert "Brien" in shown(verdict, form, values=True)


def test_text_goes_from_errors_to_infos_and_ends_with_the_verdict(verdict: Verdict) -> None:
    assert shown(verdict, "text").splitlines() == [
        "OneRoster.zip: OneRoster 1.1, bulk, 1,315 rows in 2 files",
        "",
        "error R02 dangling_reference: 1,234",
        "  A reference names no row.",
        "  message of dangling_reference",
        "    enrollments.csv:12 userSourcedId [994_STU_12]",
        "    enrollments.csv:13 userSourcedId [994_STU_13]",
        "    and 1,232 more",
        "  Remedy: Mend it.",
        "",
        "warning V15 grade_unknown: 1",
        "  A defect.",
        "    users.csv:7 userSourcedId [994_STU_7]: message of grade_unknown",
        "  Remedy: Mend it.",
        "",
        "info S25 no_student: 1",
        "  A defect.",
        "    classes.csv:3 userSourcedId [994_STU_3]: message of no_student",
        "  Remedy: Mend it.",
        "",
        "Switched off or re-graded",
        "  email_shape: off: we have no addresses",
        "",
        "Not valid: 1,234 errors, 1 warning, 1 info.",
    ]


def test_text_is_coloured_only_on_a_terminal(verdict: Verdict) -> None:
    assert "\x1b[" not in shown(verdict, "text")
    assert "\x1b[" in shown(verdict, "text", color=True)


def test_text_of_a_clean_bundle_says_so() -> None:
    clean = Verdict("x.zip", "1.1", "bulk", rows={"orgs": 1})
    assert shown(clean, "text").splitlines()[-1] == "Valid: 0 errors, 0 warnings, 0 info."


def test_a_bundle_that_was_not_looked_at_whole_says_so_everywhere(verdict: Verdict) -> None:
    verdict.stopped = ["results.csv is too big"]
    for form in FORMATS:
        assert "results.csv is too big" in shown(verdict, form)
    assert "not all of it was looked at" in shown(verdict, "text").splitlines()[-1]


def test_json_has_exactly_the_documented_shape(verdict: Verdict) -> None:
    verdict.findings = verdict.findings[:1]
    assert json.loads(shown(verdict, "json")) == {
        "bundle": "OneRoster.zip",
        "version": "1.1",
        "mode": "bulk",
        "profile": None,
        "counts": {"error": 1234, "warning": 1, "info": 1},
        "rows": {"orgs": 5, "users": 1310},
        "rules": {"grade_unknown": 1, "dangling_reference": 1234, "no_student": 1},
        "regraded": {"email_shape": "off: we have no addresses"},
        "stopped": [],
        "findings": [
            {
                "rule": "grade_unknown",
                "code": "V15",
                "severity": "warning",
                "file": "users.csv",
                "line": 7,
                "column": "userSourcedId",
                "sourcedId": "994_STU_7",
                "message": "message of grade_unknown",
                "remedy": "Mend it.",
            }
        ],
    }


def test_json_with_values_has_one_key_more(verdict: Verdict) -> None:
    whole = json.loads(shown(verdict, "json", values=True))["findings"]
    assert [each["value"] for each in whole] == [NAME] * 4


def test_junit_has_a_case_for_every_rule_failed_by_its_errors(verdict: Verdict) -> None:
    suite = fromstring(shown(verdict, "junit"))
    assert problems(suite) == []
    ended = {case.get("name"): [child.tag for child in case] for case in suite.iter("testcase")}
    assert ended == {
        "dangling_reference": ["failure"],
        "grade_unknown": [],
        "no_student": [],
        "email_shape": ["skipped"],
        "never_broken": [],
    }
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == [*"5101"]


def test_junit_of_a_rule_no_catalogue_knows(verdict: Verdict) -> None:
    suite = fromstring(render(verdict, "junit", show_values=False, catalogue={}))
    assert problems(suite) == []
    assert len(suite.findall("testcase")) == 3


def test_sarif_keeps_to_the_schema_and_names_rule_file_and_line(verdict: Verdict) -> None:
    verdict.findings.append(replace(verdict.findings[0], file=None, line=None))
    log = json.loads(shown(verdict, "sarif"))
    Draft4Validator(SARIF).validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert rules[result["ruleIndex"]]["help"]["text"]
    place = run["results"][1]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "enrollments.csv"},
        "region": {"startLine": 12},
    }
    assert [each["level"] for each in run["results"]] == [
        *(["warning", "error", "error", "note", "warning"])
    ]


def test_forecasts_stand_in_text_json_and_html(verdict: Verdict) -> None:
    facts = Facts("x.zip", files={"users": FileFacts(rows=3), "courses": FileFacts(rows=2)})
    told = tuple(forecast([load("standard"), load("moodle"), load("lab-aids")], facts, TODAY))
    text, page, machine = (
        render(verdict, form, show_values=False, catalogue=CATALOGUE, forecasts=told)
        for form in ("text", "html", "json")
    )
    assert text.split("What each consumer would do\n")[1].splitlines()[:5] == [
        "  accept  standard",
        "  drop    moodle                courses -2",
        "            MOODLE-01 (drop): courses and demographics are unknown to it",
        "  reject  lab-aids",
        "            LABAIDS-01 (reject): any other name is an error",
    ]
    assert "What each consumer would do" in page
    outcomes = {each["profile"]: each for each in json.loads(machine)["forecast"]}
    assert outcomes["standard"]["rows"] == {"users": 3, "courses": 2}
    assert outcomes["moodle"]["requirements"][0]["file"] == "courses.csv"


SAMPLE = HERE.parent.parent / "sample_output"
PERSONAL = (
    *("givenName", "familyName", "middleName", "username", "email", "phone", "sms", "password"),
    *("userIds", "identifier", "birthDate", "sex", "cityOfBirth", "comment", "score", "grades"),
    *("agentSourcedIds", "enabledUser"),
)
MARK = "ZQXW"


def soiled(path: Path, *, headless: bool = False) -> Path:
    """Write the sample with a mark in every personal field, so that most rules object to it."""
    with zipfile.ZipFile(path, "w") as out:
        for file in sorted(SAMPLE.glob("*.csv")):
            with file.open(encoding="utf-8", newline="") as source:
                rows = list(csv.DictReader(source))
            for number, row in enumerate(rows):
                row.update({name: f"{MARK}{number % 5}" for name in PERSONAL if name in row})
                if number == 3:
                    row[list(row)[-1]] = f"two\n{MARK} lines"
            text = io.StringIO()
            writer = csv.DictWriter(text, list(rows[0]))
            if not headless:
                writer.writeheader()
            writer.writerows(rows)
            out.writestr(file.name, text.getvalue().replace(f"{MARK}1,", f'{MARK}1,"{MARK}"x,', 3))
    return path


@pytest.mark.parametrize("profile", [None, "moodle", "hmh", "turnitin"])
def test_no_report_of_a_bundle_holds_anybody_s_data(profile: str | None, tmp_path: Path) -> None:
    verdict = validate(soiled(tmp_path / "OneRoster.zip"), as_of=TODAY, profile=profile)
    assert len(verdict.rules) > 10
    for form in FORMATS:
        assert MARK not in render(verdict, form, show_values=False), form
    assert MARK in render(verdict, "json", show_values=True)


@pytest.mark.parametrize("profile", [None, "moodle"])
def test_the_first_row_of_a_file_without_header_is_nobody_s_business(
    profile: str | None, tmp_path: Path
) -> None:
    path = soiled(tmp_path / "OneRoster.zip", headless=True)
    verdict = validate(path, as_of=TODAY, profile=profile)
    assert MARK not in render(verdict, "json", show_values=False)


def test_reports_with_the_whole_catalogue_keep_to_their_schemas(tmp_path: Path) -> None:
    verdict = validate(soiled(tmp_path / "OneRoster.zip"), as_of=TODAY, profile="hmh")
    suite = fromstring(render(verdict, "junit", show_values=True))
    assert problems(suite) == []
    assert {case.get("name") for case in suite.iter("testcase")} >= set(CATALOGUE_OF_ALL)
    log = json.loads(render(verdict, "sarif", show_values=True))
    Draft4Validator(SARIF).validate(log)
    assert len(log["runs"][0]["results"]) == len(verdict.findings)


class Wellformed(HTMLParser):
    """Refuses what is not nested, and collects the scripts."""

    VOID = frozenset({"meta", "input", "rect"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


ANY = st.text(st.characters(codec=None), max_size=40)  # halves of surrogate pairs too
HOSTILE = ANY | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "\" onmouseover='alert(1)",
        "]]></failure><x>",
        "{{ 7 * 7 }}",
        "\u202egnp.exe",
        "\x1b]0;title\x07\x1b[2J",
        "a\r\nb\x00\x85\u2028\ufeff",
        "[red]x[/red]",
        "x" * 100_000,
    ]
)


@given(text=HOSTILE, values=st.booleans())
def test_any_text_leaves_every_format_well_formed(text: str, values: bool) -> None:
    secret = "Q" * 30
    one = Finding(
        rule="dangling_reference",
        code="R02",
        severity=Severity.ERROR,
        message=f"message {text}",
        remedy="Mend it.",
        file=f"{text}.csv",
        line=2,
        column=text,
        sourced_id=text,
        value=text + secret if len(text) < 100 else secret,
    )
    verdict = Verdict(
        bundle=text,
        version=text,
        counts={Severity.ERROR: 1},
        rows={text: 1},
        rules={one.rule: 1},
        by_file={f"{text}.csv": {Severity.ERROR: 1}},
        schools={text: {"students": 1}},
        regraded={"email_shape": text},
        stopped=[text],
        findings=[one],
    )
    made = {form: shown(verdict, form, values=values) for form in FORMATS}
    for form, report in made.items():
        report.encode("utf-8")
        assert (secret in report) is values, form
    assert json.loads(made["json"])["findings"][0]["sourcedId"] == text
    Draft4Validator(SARIF).validate(json.loads(made["sarif"]))
    assert problems(fromstring(made["junit"])) == []
    page = Wellformed()
    page.feed(made["html"])
    assert page.open == []
    assert page.tags.count("script") == page.tags.count("style") == page.tags.count("title") == 1
    assert not set(made["text"]) & {"\x1b", "\x07", "\x00", "\r", "\u202e", "\u2028"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ""),
        ("Zoë Núñez 山田", "Zoë Núñez 山田"),
        ("a\u202eb\x1b[1m", "a\\u202eb\\u001b[1m"),
        ("\ud800", "\\ud800"),
        ("x" * 201, "x" * 200 + "… (201 characters)"),
    ],
)
def test_text_of_a_bundle_is_shown_without_power(text: str | None, expected: str) -> None:
    assert inert(text) == expected


@pytest.mark.parametrize("form", FORMATS)
def test_the_biggest_verdict_is_rendered_at_once(form: str) -> None:
    rules = {f"rule_{number}": LISTED * 1000 for number in range(120)}
    one = finding("dangling_reference", "users.csv", 2)
    verdict = Verdict(
        "x.zip",
        counts={Severity.ERROR: sum(rules.values())},
        rules=rules,
        schools={str(code): {"students": code} for code in range(1000)},
        findings=[replace(one, rule=rule, line=line) for rule in rules for line in range(LISTED)],
    )
    started = time.perf_counter()
    assert shown(verdict, form)
    assert time.perf_counter() - started < 20  # about 1 s; two cores are often shared


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """Start a real Chromium that resolves no name: what a page fetched would be seen failing."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        missing("chromium or chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,1400"):
        options.add_argument(argument)
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield started
    started.quit()


def opened(browser: webdriver.Chrome, folder: Path, page: str) -> webdriver.Chrome:
    path = folder / "report.html"
    path.write_text(page, "utf-8")
    browser.get(path.as_uri())
    return browser


def visible(browser: webdriver.Chrome) -> list[str]:
    """Return file and line of the findings that can be seen, in their order."""
    rows = browser.find_elements(By.CSS_SELECTOR, "#findings tbody tr")
    cells = [row.find_elements(By.TAG_NAME, "td") for row in rows if row.is_displayed()]
    return [f"{each[2].text}:{each[3].text}" for each in cells]


def choose(browser: webdriver.Chrome, name: str, value: str) -> None:
    Select(browser.find_element(By.NAME, name)).select_by_visible_text(value)


def test_the_page_filters_by_text_severity_rule_and_file(
    browser: webdriver.Chrome, verdict: Verdict, tmp_path: Path
) -> None:
    page = opened(browser, tmp_path, shown(verdict, "html"))
    everything = ["enrollments.csv:12", "enrollments.csv:13", "users.csv:7", "classes.csv:3"]
    assert visible(page) == everything
    text = page.find_element(By.NAME, "text")
    text.send_keys("STU_13")
    assert visible(page) == ["enrollments.csv:13"]
    assert page.find_element(By.ID, "shown").text == "1 of 4 listed findings shown"
    text.clear()
    text.send_keys("no such thing")
    assert visible(page) == []
    page.find_element(By.CSS_SELECTOR, "button[type=reset]").click()
    assert visible(page) == everything
    choose(page, "severity", "warning")
    assert visible(page) == ["users.csv:7"]
    choose(page, "severity", "all")
    choose(page, "file", "enrollments.csv")
    assert visible(page) == ["enrollments.csv:12", "enrollments.csv:13"]
    choose(page, "rule", "no_student")
    assert visible(page) == []
    page.find_element(By.CSS_SELECTOR, "button[data-rule=dangling_reference]").click()
    assert visible(page) == ["enrollments.csv:12", "enrollments.csv:13"]
    assert page.get_log("browser") == []


def test_the_page_shows_counts_of_files_and_schools_with_bars(
    browser: webdriver.Chrome, verdict: Verdict, tmp_path: Path
) -> None:
    page = opened(browser, tmp_path, shown(verdict, "html"))
    tables = {
        region.get_attribute("aria-label"): [
            row.text for row in region.find_elements(By.CSS_SELECTOR, "tbody tr")
        ]
        for region in page.find_elements(By.CSS_SELECTOR, "[role=region][tabindex='0']")
    }
    assert tables["By file"] == [
        "enrollments.csv 0 1,234 0 0",
        "orgs.csv 5 0 0 0",
        "users.csv 1,310 0 1 0",
    ]
    assert tables["By school"] == ["994 3 90 40 2"]
    longest = max(page.find_elements(By.CSS_SELECTOR, "rect"), key=lambda bar: bar.size["width"])
    assert longest.size["width"] > 100
    assert page.find_element(By.CSS_SELECTOR, ".verdict").text.startswith("Not valid: 1,234 errors")


def test_nothing_of_a_bundle_acts_in_the_browser(
    browser: webdriver.Chrome, verdict: Verdict, tmp_path: Path
) -> None:
    attack = "</td></script><script>document.title='taken'</script><img src=x onerror=alert(1)>"
    acting = finding(
        "dangling_reference", f"{attack}.csv", 2, column=attack, sourced_id=attack, value=attack
    )
    verdict.findings = [acting]
    verdict.bundle, verdict.stopped, verdict.schools = attack, [attack], {attack: {}}
    page = opened(browser, tmp_path, shown(verdict, "html", values=True))
    assert page.title != "taken"
    assert visible(page) == [f"{attack}.csv:2"]
    assert page.find_elements(By.TAG_NAME, "img") == []
    assert len(page.find_elements(By.TAG_NAME, "script")) == 1
    assert page.get_log("browser") == []


def test_the_page_lets_no_other_script_or_style_work(
    browser: webdriver.Chrome, verdict: Verdict, tmp_path: Path
) -> None:
    whole = shown(verdict, "html")
    stranger = "<style>h1{display:none}</style><script>document.title='taken'</script></body>"
    page = opened(browser, tmp_path, whole.replace("</body>", stranger))
    assert page.title != "taken"
    assert page.find_element(By.TAG_NAME, "h1").is_displayed()
    refused = [entry["message"] for entry in page.get_log("browser")]
    assert len(refused) == 2
    assert all("Content Security Policy" in message for message in refused)


def test_the_page_prints(browser: webdriver.Chrome, verdict: Verdict, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, shown(verdict, "html"))
    assert page.print_page().startswith("JVBERi")  # %PDF
