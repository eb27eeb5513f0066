"""What changed between two nights: a hold that is out of date, settings, a record that was lost."""

import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing

import pytest
from conftest import AS_OF
from nightly.conftest import Place

from extractor import nightly
from extractor.deliver import jobs
from extractor.errors import SettingsError, StoppedError
from extractor.nightly import Night, sending
from extractor.nightly.health import exit_code, health, parsed_age

Outcomes = Callable[[Night], dict[str, str]]
ROSTER = ("roster",)
FEWER = "DELETE FROM STU WHERE SC = 994 AND SN % 2 = 0"


def night(place: Place) -> Night:
    return place.night(only=ROSTER)


def stopped(place: Place, monkeypatch: pytest.MonkeyPatch) -> str:
    """Stop a night that is sending; return the hash of what was on its way."""

    def interrupted(parcels: list[jobs.Job], progress: object) -> None:
        raise StoppedError("stopped on request")

    with monkeypatch.context() as patch:
        patch.setattr(sending, "deliver", interrupted)
        with pytest.raises(StoppedError):
            night(place)
    (one,) = [each for each in place.history().disclosures if each["state"] == "sending"]
    return str(one["sha256"])


@pytest.fixture
def kept_district(place: Place) -> Callable[[], object]:
    """Return what puts the district back as it was."""
    whole = place.demo / "district.sqlite"
    copy = place.demo / "copy.sqlite"
    shutil.copy(whole, copy)
    return lambda: shutil.copy(copy, whole)


def test_a_hold_is_out_of_date_when_the_gate_lets_the_next_bundle_go(
    place: Place, kept_district: Callable[[], object], outcomes: Outcomes
) -> None:
    night(place)
    place.edit(FEWER)
    assert outcomes(night(place)) == {"roster": "held"}
    kept_district()
    assert outcomes(night(place)) == {"roster": "unchanged"}
    assert [one["state"] for one in place.history().holds] == ["superseded"]
    late = place.approve("answering yesterday's mail")
    assert "nothing is held" in str(late.error)


def test_a_hold_is_out_of_date_when_a_newer_bundle_only_failed_to_arrive(
    place: Place, kept_district: Callable[[], object], outcomes: Outcomes
) -> None:
    night(place)
    place.edit(FEWER)
    night(place)
    kept_district()
    place.edit("UPDATE STU SET FN = 'Changed' WHERE SC = 990 AND SN = 1")
    shutil.rmtree(place.vendors / "roster")
    assert outcomes(night(place)) == {"roster": "failed"}
    (place.vendors / "roster").mkdir()
    assert "nothing is held" in str(place.approve("answering yesterday's mail").error)


def test_what_a_stopped_night_was_sending_goes_only_as_far_as_grants_still_reach(
    place: Place, monkeypatch: pytest.MonkeyPatch, outcomes: Outcomes
) -> None:
    old = place.config.read_text("utf-8")
    more = old.replace(
        'name = "roster"\n',
        'name = "roster"\ngrants = ["schools", "terms", "courses", "classes", "enrollments", '
        '"students", "teachers", "demographics"]\n',
    )
    place.config.write_text(more, "utf-8")
    too_much = stopped(place, monkeypatch)
    place.config.write_text(old, "utf-8")
    delivered: list[str] = []
    really = sending.deliver

    def noted(parcels: list[jobs.Job], progress: object) -> object:
        delivered.extend(str(one.bundle) for one in parcels)
        return really(parcels, progress)

    monkeypatch.setattr(sending, "deliver", noted)
    assert outcomes(night(place)) == {"roster": "delivered"}
    assert not [one for one in delivered if too_much[:12] in one]
    told = {one["sha256"]: one for one in place.history().disclosures}[too_much]
    assert told["state"] == "failed"
    assert "demographics.csv" in told["message"]
    assert "may have arrived" in told["message"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("schools = [990]", "school 994"),
        ('blank = {users = ["email"]}', "email of users.csv"),
        ('columns = {users = ["identifier"]}', "email of users.csv"),
    ],
)
def test_an_approval_reaches_no_further_than_settings_do_by_now(
    place: Place, line: str, said: str
) -> None:
    night(place)
    before = place.sent()
    place.edit(FEWER)
    night(place)
    text = place.config.read_text("utf-8")
    place.config.write_text(text.replace('name = "roster"\n', f'name = "roster"\n{line}\n'))
    refused = place.approve("looks right")
    assert refused.exit_code == 2
    assert said in str(refused.error)
    assert place.sent() == before
    assert [one["state"] for one in place.history().holds] == ["waiting"]


def test_the_bundle_of_one_vendor_is_not_sent_to_another(place: Place) -> None:
    place.night()
    before = place.sent()
    (other,) = place.record.glob("bundles/everything/*.zip")
    settings = place.settings
    refused = nightly.send_again(settings, settings.vendor[0], other, AS_OF, why="oh")
    assert refused.exit_code == 2
    assert "was made for everything" in str(refused.error)
    # The same files in a zip that no run made are refused for what they hold.
    again = place.demo / "again.zip"
    with zipfile.ZipFile(other) as old, zipfile.ZipFile(again, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    refused = nightly.send_again(settings, settings.vendor[0], again, AS_OF, why="oh")
    assert refused.exit_code == 2
    assert "demographics.csv" in str(refused.error)
    assert place.sent() == before
    assert [path.parent.name for path in place.record.glob("bundles/roster/*.zip")] == ["roster"]


def test_the_way_back_does_not_send_first_what_was_stopped(
    place: Place, monkeypatch: pytest.MonkeyPatch, outcomes: Outcomes
) -> None:
    night(place)
    (old,) = place.record.glob("bundles/roster/*.zip")
    good = place.sent()
    place.edit("UPDATE STU SET FN = 'Wrong' WHERE SC = 990 AND SN = 1")
    wrong = stopped(place, monkeypatch)
    settings = place.settings
    back = nightly.send_again(settings, settings.vendor[0], old, AS_OF, why="undo")
    assert outcomes(back) == {"roster": "delivered"}
    assert place.sent() == good
    told = [one for one in place.history().disclosures if one["sha256"] == wrong]
    assert [one["state"] for one in told] == ["failed"]
    assert "may have arrived" in told[0]["message"]


def test_a_vendor_without_a_place_is_sent_nothing_by_hand(place: Place) -> None:
    night(place)
    (old,) = place.record.glob("bundles/roster/*.zip")
    lines = place.config.read_text("utf-8").splitlines()
    place.config.write_text("\n".join(one for one in lines if not one.startswith("folder = ")))
    settings = place.settings
    with pytest.raises(SettingsError, match="no place"):
        nightly.send_again(settings, settings.vendor[0], old, AS_OF, why="undo")


def test_one_refused_approval_leaves_the_others_unapproved(place: Place) -> None:
    place.night()
    place.edit(FEWER)
    place.night()
    for path in place.record.glob("held/everything/*.zip"):
        path.unlink()
    assert place.approve("all of them").exit_code == 2
    assert {one["state"] for one in place.history().holds} == {"waiting"}
    assert all(not one["approvals"] for one in place.history().holds)


@pytest.mark.parametrize("digest", ["", "a", "0123456", "not a hash"])
def test_too_little_of_a_hash_approves_nothing(place: Place, digest: str) -> None:
    night(place)
    before = place.sent()
    place.edit(FEWER)
    held = night(place).vendors[0].sha256
    some = held[:7] if digest == "0123456" else held[:1] if digest == "a" else digest
    with pytest.raises(SettingsError, match="--sha256"):
        place.approve("seen", digest=some)
    assert place.sent() == before


def test_a_dry_run_that_finds_errors_is_no_night(place: Place) -> None:
    night(place)
    place.edit("DELETE FROM STU")
    assert place.night(dry_run=True, only=ROSTER).exit_code == 1
    assert exit_code(health(place.settings, ROSTER, parsed_age("26h"))) == 0


def test_a_lost_database_is_no_first_delivery_and_loses_no_bundle(
    place: Place, outcomes: Outcomes
) -> None:
    night(place)
    (old,) = place.record.glob("bundles/roster/*.zip")
    (place.record / "record.sqlite").unlink()
    stamp = old.with_name(f"20200101T000000Z-{old.name.partition('-')[2]}")
    old.rename(stamp)
    place.edit(FEWER)
    held = night(place)
    assert outcomes(held) == {"roster": "held"}
    assert held.vendors[0].decision
    assert "baseline_lost" in [one.code for one in held.vendors[0].decision.reasons]


def test_another_name_of_a_vendor_is_no_way_around_the_gate(
    place: Place, outcomes: Outcomes
) -> None:
    night(place)
    before = place.sent()
    place.edit(FEWER)
    text = place.config.read_text("utf-8")
    place.config.write_text(text.replace('name = "roster"', 'name = "renamed"'))
    held = place.night(only=("renamed",))
    assert outcomes(held) == {"renamed": "held"}
    assert place.sent() == before
    assert outcomes(place.approve("renamed, and half of them left")) == {"renamed": "delivered"}
    assert place.sent() != before


def test_a_clock_that_went_back_changes_no_baseline(place: Place, outcomes: Outcomes) -> None:
    night(place)
    with closing(sqlite3.connect(place.record / "record.sqlite")) as raw:
        raw.execute("UPDATE disclosures SET ended = '2099-01-01T00:00:00Z'")
        raw.commit()
    place.edit("UPDATE STU SET FN = 'Changed' WHERE SC = 990 AND SN = 1")
    assert outcomes(night(place)) == {"roster": "delivered"}
    assert outcomes(night(place)) == {"roster": "unchanged"}
