"""A night from the database to the vendors' folders, and what people decide about it."""

import io
import json
import zipfile
from collections.abc import Callable

import pytest
from nightly.conftest import Place
from rich.console import Console

from extractor import nightly
from extractor.errors import SettingsError
from extractor.nightly import Night
from extractor.nightly.health import exit_code, health, parsed_age
from extractor.nightly.show import show

Outcomes = Callable[[Night], dict[str, str]]
FEWER = "DELETE FROM STU WHERE SC = 994 AND SN % 2 = 0"
QUOTED = """
name = "quoted"
title = "Quoted"
code = "QUOTED"
summary = "Every field in quotes."

[[requirement]]
code = "QUOTED-01"
key = "quoting"
value = "always"
effect = "reject"
evidence = "documented"
source = "the vendor"
note = "every field has quotes"
"""


def shown(night: Night) -> str:
    """Return what a log gets to read of a night."""
    told = io.StringIO()
    show(night, Console(file=told, width=80))
    return told.getvalue()


def test_the_first_night_delivers_to_everybody(place: Place, outcomes: Outcomes) -> None:
    night = place.night()
    assert outcomes(night) == {"roster": "delivered", "everything": "delivered"}
    assert night.exit_code == 0
    for one in night.vendors:
        assert (
            place.sent(one.vendor)
            == (place.demo / "out" / one.vendor / "OneRoster.zip").read_bytes()
        )
        assert one.changes == "first delivery"
    told = place.history()
    assert [run["outcome"] for run in told.runs] == ["done"]
    sent = {one["vendor"]: one for one in told.disclosures}
    assert sent["roster"]["state"] == "delivered"
    assert "demographics.csv" not in sent["roster"]["files"]
    assert sent["everything"]["files"]["demographics.csv"]["rows"] > 0


def test_a_night_without_change_sends_nothing_anew(place: Place, outcomes: Outcomes) -> None:
    place.night()
    before = {path: path.stat().st_mtime_ns for path in place.vendors.rglob("*.zip")}
    night = place.night()
    assert outcomes(night) == {"roster": "unchanged", "everything": "unchanged"}
    assert {path: path.stat().st_mtime_ns for path in place.vendors.rglob("*.zip")} == before
    assert len(place.history().disclosures) == 2


def test_another_compressor_is_no_news(
    place: Place, outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = place.night()
    before = place.sent("everything")
    monkeypatch.setattr("extractor.package.quick", lambda entry: entry)  # zlib, as without ISA-L
    night = place.night()
    made = (place.demo / "out" / "everything" / "OneRoster.zip").read_bytes()
    assert made != before
    assert outcomes(night) == {"roster": "unchanged", "everything": "unchanged"}
    assert [one.sha256 for one in night.vendors] == [one.sha256 for one in first.vendors]
    assert place.sent("everything") == before
    assert len(place.history().disclosures) == 2


def test_the_same_records_written_otherwise_are_sent(place: Place, outcomes: Outcomes) -> None:
    place.night()
    (place.demo / "quoted.toml").write_text(QUOTED, "utf-8")
    config = place.config.read_text("utf-8")
    config = config.replace('name = "roster"', 'name = "roster"\nprofile = "quoted.toml"')
    place.config.write_text(config, "utf-8")
    night = place.night()
    assert outcomes(night) == {"roster": "delivered", "everything": "unchanged"}
    assert night.vendors[0].changes == "no change"


def test_what_a_vendor_took_away_is_sent_again(place: Place, outcomes: Outcomes) -> None:
    place.night()
    (place.vendors / "roster" / "OneRoster.zip").unlink()
    assert outcomes(place.night())["roster"] == "delivered"
    assert place.sent("roster")


def test_a_night_that_would_delete_many_is_held(place: Place, outcomes: Outcomes) -> None:
    place.night()
    old = place.sent()
    place.edit(FEWER)
    night = place.night()
    assert outcomes(night) == {"roster": "held", "everything": "held"}
    assert night.exit_code == 4
    assert place.sent() == old
    held = night.vendors[0]
    assert held.decision
    assert any("Students" in one.text and "removed" in one.text for one in held.decision.reasons)
    assert night.next_step() == (
        'oneroster run --approve --vendor roster --vendor everything --reason "..."'
    )
    night.vendors.pop()
    assert night.next_step() == (
        f'oneroster run --approve --vendor roster --sha256 {held.sha256[:12]} --reason "..."'
    )
    reasons = json.loads(next(place.record.glob("held/roster/*.json")).read_text("utf-8"))
    assert reasons["sha256"] == held.sha256
    assert exit_code(health(place.settings, ["roster"], parsed_age("26h"))) == 4


def test_an_approval_sends_that_very_bundle_once(place: Place, outcomes: Outcomes) -> None:
    place.night()
    place.edit(FEWER)
    held = {one.vendor: one.sha256 for one in place.night().vendors}
    place.edit("UPDATE STU SET FN = 'Changed' WHERE SC = 990")  # since then the SIS went on
    night = place.approve("half of them moved away")
    assert outcomes(night) == {"roster": "delivered", "everything": "delivered"}
    assert {one.vendor: one.sha256 for one in night.vendors} == held
    told = place.history().disclosures[0]
    assert told["approved_why"] == "half of them moved away"
    assert told["approved_by"]
    with pytest.raises(SettingsError, match="nothing is held"):
        raise SettingsError(str(place.approve().error))
    assert outcomes(place.night()) == {"roster": "delivered", "everything": "delivered"}


def test_an_approval_of_a_bundle_that_has_changed_is_refused(place: Place) -> None:
    place.night()
    old = place.sent()
    place.edit(FEWER)
    place.night()
    for path in place.record.glob("held/*/*.zip"):
        content = path.read_bytes()
        path.unlink()  # a file of its own: not the one in the store, to which it may be linked
        path.write_bytes(content + b"\0")
    night = place.approve()
    assert night.exit_code == 2
    assert "has changed since it was held" in str(night.error)
    assert place.sent() == old


def test_an_approval_of_another_bundle_is_refused(place: Place) -> None:
    place.night()
    old = place.sent()
    place.edit(FEWER)
    seen = next(one.sha256 for one in place.night().vendors if one.vendor == "roster")
    place.edit("UPDATE STU SET FN = 'Changed' WHERE SC = 990")
    place.night()
    settings = place.settings
    night = nightly.approve(
        settings, settings.vendor[:1], place.night().as_of, why="seen", digest=seen
    )
    assert night.exit_code == 2
    assert "is not what is held" in str(night.error)
    assert place.sent() == old


@pytest.mark.parametrize("why", ["", "  "])
def test_an_approval_needs_a_reason(why: str, place: Place) -> None:
    place.night()
    place.edit(FEWER)
    place.night()
    with pytest.raises(SettingsError, match="say why"):
        place.approve(why)
    assert place.history().runs[0]["command"] == "run"  # nothing was begun, nobody is told


def test_a_dry_run_says_what_would_happen_and_does_nothing(place: Place) -> None:
    place.night()
    old = place.sent()
    place.edit(FEWER)
    night = place.night(dry_run=True)
    assert [one.outcome for one in night.vendors] == ["dry run", "dry run"]
    assert all(one.decision and not one.decision.send for one in night.vendors)
    assert night.exit_code == 0
    assert place.sent() == old
    told = place.history()
    assert told.holds == []
    assert len(told.disclosures) == 2
    assert exit_code(health(place.settings, ["roster"], parsed_age("26h"))) == 0


def test_a_dry_run_that_fails_wakes_nobody(place: Place) -> None:
    place.night()
    place.edit("DELETE FROM STU")
    assert place.night(dry_run=True).exit_code == 1
    assert exit_code(health(place.settings, ["roster"], parsed_age("26h"))) == 0


def test_one_vendor_that_cannot_be_reached_stops_no_other(place: Place, outcomes: Outcomes) -> None:
    (place.vendors / "roster").rmdir()
    night = place.night()
    assert outcomes(night) == {"roster": "failed", "everything": "delivered"}
    assert night.exit_code == 3
    assert exit_code(health(place.settings, ["roster"], parsed_age("26h"))) == 3
    (place.vendors / "roster").mkdir()
    assert outcomes(place.night()) == {"roster": "delivered", "everything": "unchanged"}


def test_data_that_is_not_fit_to_send_is_refused(place: Place) -> None:
    place.night()
    old = place.sent()
    place.edit("DELETE FROM STU")
    night = place.night()
    assert night.exit_code == 1
    assert [one.outcome for one in night.vendors] == ["refused", "refused"]
    assert place.sent() == old
    assert exit_code(health(place.settings, ["roster"], parsed_age("26h"))) == 1


def test_an_old_bundle_is_the_way_back(place: Place, outcomes: Outcomes) -> None:
    place.night()
    (old,) = place.record.glob("bundles/roster/*.zip")
    whole = old.read_bytes()
    place.edit("UPDATE STU SET FN = 'Changed' WHERE SC = 990 AND SN = 1")
    assert outcomes(place.night())["roster"] == "delivered"
    assert place.sent() != whole
    settings = place.settings
    back = nightly.send_again(settings, settings.vendor[0], old, place.night().as_of, why="undo")
    assert outcomes(back) == {"roster": "delivered"}
    assert place.sent() == whole
    assert "undo" in place.history().disclosures[0]["decision"]["notes"][0]


def test_a_bundle_of_another_vendor_is_not_sent(place: Place) -> None:
    first = place.night()
    old = place.sent()
    (all_of_it,) = place.record.glob("bundles/everything/*.zip")
    settings = place.settings
    night = nightly.send_again(settings, settings.vendor[0], all_of_it, first.as_of, why="undo")
    assert "was made for everything, and roster may be granted less" in str(night.error)
    assert (night.exit_code, place.sent()) == (2, old)


def test_what_was_approved_is_not_told_as_held(place: Place) -> None:
    place.night()
    place.edit(FEWER)
    held, sent = shown(place.night()), shown(place.approve("they left"))
    assert "  held: " in held
    assert held.count("If it is right, approve the bundle.") == 2  # once for each vendor
    assert "  held until approved: " in sent
    assert "approve the bundle" not in sent


def test_what_stopped_a_run_is_not_repeated_for_each_vendor(place: Place) -> None:
    place.edit("DELETE FROM STU")
    night = place.night()
    assert night.error
    assert str(night.error).splitlines()[0] not in shown(night)


def test_blackout_holds_without_waking_anybody(place: Place, outcomes: Outcomes) -> None:
    place.say('[gate]\nblackout = [{first = 2026-09-01, last = 2026-10-31, why = "roll-over"}]')
    night = place.night()
    assert outcomes(night) == {"roster": "held", "everything": "held"}
    assert (night.exit_code, night.ending) == (0, "success")
    assert place.sent() is None


def test_a_vendor_without_a_place_keeps_its_bundle_here(place: Place, outcomes: Outcomes) -> None:
    text = place.config.read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("folder = ")]
    place.config.write_text("\n".join(lines), "utf-8")
    night = place.night()
    assert outcomes(night) == {"roster": "written", "everything": "written"}
    assert night.exit_code == 0
    assert place.history().disclosures == []
    assert "is not delivered" in shown(night)
    assert "would be written" in shown(place.night(dry_run=True))


def test_files_go_one_by_one_when_settings_say(place: Place) -> None:
    text = place.config.read_text("utf-8")
    place.config.write_text(text.replace('name = "roster"\n', 'name = "roster"\nunpacked = true\n'))
    place.night()
    there = {path.name for path in (place.vendors / "roster").iterdir()}
    with zipfile.ZipFile(place.demo / "out" / "roster" / "OneRoster.zip") as bundle:
        assert there == set(bundle.namelist())
