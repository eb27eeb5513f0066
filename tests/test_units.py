"""The files of docs/units, as far as the tools of this machine can tell: read, not only shown."""

import plistlib
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from conftest import missing

UNITS = Path(__file__).parent.parent / "docs" / "units"
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
PAGE = (UNITS.parent / "unattended.md").read_text("utf-8")
CODES = {"0", "1", "2", "3", "4", "130"}


@pytest.fixture
def analyze(tmp_path: Path):
    """Run systemd-analyze on copies of the units that start a program which is there."""
    if not shutil.which("systemd-analyze"):
        missing("systemd-analyze")
    for unit in UNITS.glob("oneroster.[st]*"):
        text = unit.read_text("utf-8").replace("/opt/oneroster/bin/oneroster", "/bin/true")
        (tmp_path / unit.name).write_text(text, "utf-8")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            ["systemd-analyze", *arguments],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    return run


def directives(name: str) -> dict[str, str]:
    return dict(re.findall(r"(?m)^([A-Za-z]+)=(.*)$", (UNITS / name).read_text("utf-8")))


def test_systemd_takes_service_and_timer_without_a_word(analyze) -> None:
    assert analyze("verify", "--man=no", "./oneroster.service", "./oneroster.timer") == ""


def test_service_is_hardened(analyze) -> None:
    version = int(analyze("--version").split()[1])
    if version < 250:
        pytest.skip("systemd-analyze judges files since version 250")
    told = analyze("security", "--offline=yes", "--no-pager", "./oneroster.service")
    exposure = re.search(r"Overall exposure level for oneroster.service: ([\d.]+)", told)
    assert exposure
    assert float(exposure[1]) < 2.5


def test_timer_means_every_night(analyze) -> None:
    told = analyze("calendar", "--iterations=2", directives("oneroster.timer")["OnCalendar"])
    assert len(re.findall(r"03:15:00", told)) >= 3


def test_service_is_started_again_after_exit_code_3_and_a_crash_only() -> None:
    unit = directives("oneroster.service")
    assert unit["Restart"] == "on-failure"
    assert set(unit["RestartPreventExitStatus"].split()) == CODES - {"0", "3"}


def test_windows_task_has_what_its_schema_asks_for() -> None:
    root = ET.parse(UNITS / "oneroster-task.xml").getroot()
    assert root.tag == f"{TASK}Task"
    assert root.get("version") == "1.2"

    def value(path: str) -> str:
        found = root.find("/".join(f"{TASK}{part}" for part in path.split("/")))
        assert found is not None, path
        return found.text or ""

    trigger = root.find(f"{TASK}Triggers/{TASK}CalendarTrigger")
    assert trigger is not None
    order = [child.tag.removeprefix(TASK) for child in trigger]
    assert order == ["StartBoundary", "Enabled", "RandomDelay", "ScheduleByDay"]  # a sequence
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT03:15:00", value("Triggers/CalendarTrigger/StartBoundary")
    )
    principal = root.find(f"{TASK}Principals/{TASK}Principal")
    actions = root.find(f"{TASK}Actions")
    assert principal is not None
    assert actions is not None
    assert principal.get("id") == actions.get("Context")
    assert value("Principals/Principal/LogonType") == "Password"  # logged on or not
    assert value("Principals/Principal/RunLevel") == "LeastPrivilege"
    assert value("Settings/MultipleInstancesPolicy") == "IgnoreNew"
    assert value("Settings/StartWhenAvailable") == "true"
    for duration in ("Settings/ExecutionTimeLimit", "Triggers/CalendarTrigger/RandomDelay"):
        assert re.fullmatch(r"PT\d+[HM]", value(duration))
    assert "oneroster-night.ps1" in value("Actions/Exec/Arguments")


def test_script_for_windows_runs_again_after_exit_code_3_only() -> None:
    text = (UNITS / "oneroster-night.ps1").read_text("utf-8")
    assert re.search(r"if \(\$code -ne 3 -or \$attempt -ge \$Attempts\) \{ exit \$code \}", text)
    for script in UNITS.glob("*.ps1"):
        whole = script.read_text("utf-8")
        assert whole.isascii()  # Windows PowerShell 5.1 reads no UTF-8 without a mark
        for opening, closing in ("{}", "()", "[]"):
            assert whole.count(opening) == whole.count(closing)


def test_crontab_is_of_variables_and_jobs() -> None:
    jobs, variables = [], {}
    for line in (UNITS / "oneroster.cron").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if variable := re.fullmatch(r"([A-Z_]+)=(\S.*)", line):
            variables[variable[1]] = variable[2]
            continue
        job = re.fullmatch(r"(\d+) (\d+) (\S+) (\S+) (\S+) ([a-z]+) (.+)", line)
        assert job, line
        jobs.append(job)
    assert [(int(job[2]), int(job[1])) for job in jobs] == [(3, 15), (4, 15)]
    for job in jobs:
        assert (job[3], job[4], job[5], job[6]) == ("*", "*", "*", "oneroster")
        assert "%" not in job[7]  # cron would take it for a line end
        assert set(re.findall(r"\$([A-Z]+)", job[7])) <= set(variables)
    assert variables["MAILTO"]


@pytest.mark.parametrize(
    ("status", "run", "printed", "ran"),
    [(0, 0, "", 0), (4, 0, "", 0), (3, 0, "", 1), (3, 4, "held\n", 1)],
)
def test_second_job_of_the_crontab_runs_after_a_3_and_prints_when_it_matters(
    tmp_path: Path, status: int, run: int, printed: str, ran: int
) -> None:
    program = tmp_path / "oneroster"
    program.write_text(
        f'#!/bin/sh\ntest "$1" = status && exit {status}\n'
        f'echo x >>"{tmp_path}/ran"\necho held\nexit {run}\n'
    )
    program.chmod(0o700)
    command = (UNITS / "oneroster.cron").read_text("utf-8").splitlines()[-1].split(" ", 6)[6]
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env={"ONEROSTER": str(program), "CONFIG": "x", "OUTPUT": str(tmp_path / "log")}
        | {"PATH": "/usr/bin:/bin"},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stdout == printed
    assert (tmp_path / "ran").exists() == bool(ran)


def test_launchd_gets_a_property_list() -> None:
    daemon = plistlib.loads((UNITS / "example.oneroster.plist").read_bytes())
    assert daemon["Label"] == "example.oneroster"
    assert daemon["ProgramArguments"][:2] == ["/opt/oneroster/bin/oneroster", "run"]
    assert daemon["StartCalendarInterval"] == {"Hour": 3, "Minute": 15}
    assert daemon["Umask"] == 0o077


def test_page_leads_to_every_file_and_to_no_other() -> None:
    linked = set(re.findall(r"\]\(units/([^)]+)\)", PAGE))
    mentioned = {path.name for path in UNITS.iterdir() if path.name in PAGE}
    assert mentioned == {path.name for path in UNITS.iterdir()}
    assert linked <= mentioned


def test_page_tells_every_exit_code() -> None:
    table = PAGE.split("## What a scheduler is told")[1].split("**One run")[0]
    assert set(re.findall(r"(?m)^\| (\d+) \|", table)) == CODES


def test_settings_of_the_page_are_settings(tmp_path: Path) -> None:
    import tomllib

    from extractor.notify.settings import Notify

    for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL):
        data = tomllib.loads(block)
        if "notify" in data:
            Notify.model_validate(data["notify"])
            return
    pytest.fail("no settings for notify")
