"""The record: the store, disclosures, holds and approvals, the ledger, retention and status."""

import json
import sqlite3
import sys
from datetime import date, timedelta

import pytest
from record.conftest import HOLD, night

from extractor.errors import OutputError, SettingsError
from extractor.gate.decision import Decision
from extractor.gate.identity import people
from extractor.gate.rekeying import Rekeying, look
from extractor.record import runs
from extractor.record.deliveries import (
    Baseline,
    delivered,
    failed,
    last_delivered,
    sending,
    unfinished,
)
from extractor.record.folder import exists, open_record
from extractor.record.history import history
from extractor.record.holds import approve, approved, hold, login, waiting
from extractor.record.ledger import ledger
from extractor.record.status import last_night, worst
from extractor.record.store import keep, prune

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")


def files_of(folder):
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


# --- the store and the baseline


def test_kept_bundle_outlives_its_file_in_the_output_folder(record, bundle):
    path = bundle()
    before = path.read_bytes()
    kept = keep(record, "acme", path, night(1))
    path.unlink()
    assert kept.path.read_bytes() == before
    assert kept.whole
    assert kept.path.parent.name == "acme"
    assert kept.path.name == f"20261101T020000Z-{kept.sha256[:12]}.zip"


def test_same_bundle_is_kept_once(record, folder, bundle):
    first = keep(record, "acme", bundle(), night(1))
    assert keep(record, "acme", bundle(), night(2)) == first
    assert len(files_of(folder / "bundles")) == 1


def test_kept_bundle_that_was_damaged_is_kept_anew(record, bundle, tmp_path):
    path = bundle()
    kept = keep(record, "acme", path)
    kept.path.unlink()
    kept.path.write_bytes(b"damaged")
    assert not kept.whole
    assert keep(record, "acme", path).whole


def test_bundle_that_is_not_there_is_refused(record, tmp_path):
    with pytest.raises(OutputError, match=r"nowhere\.zip: cannot be read"):
        keep(record, "acme", tmp_path / "nowhere.zip")


def test_baseline_is_what_was_delivered_last_to_that_vendor(record, bundle, deliver):
    assert last_delivered(record, "acme") == Baseline()
    deliver(bundle(1), now=night(1))
    last = deliver(bundle(2), now=night(2))
    deliver(bundle(3), "beta", now=night(3))
    deliver(bundle(4), now=night(4), arrive=False)
    found = last_delivered(record, "acme")
    assert found == Baseline(last.path, last.sha256, "2026-11-02T02:00:00Z")


@pytest.mark.parametrize(
    "damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"x")]
)
def test_baseline_that_was_damaged_is_not_used(record, bundle, deliver, damage):
    kept = deliver(bundle(), now=night(1))
    damage(kept.path)
    found = last_delivered(record, "acme")
    assert (found.path, found.sha256) == (None, kept.sha256)
    assert found.problem == (
        f"the bundle {kept.sha256[:12]} of 2026-11-01T02:00:00Z is missing or has changed"
    )


@POSIX
def test_everything_is_for_the_owner_alone(record, folder, bundle, deliver):
    bundle(1).chmod(0o600)
    bundle(2).chmod(0o644)
    hold(record, None, deliver(bundle(1)), HOLD, None)
    deliver(bundle(2))
    for path in (folder, *folder.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


# --- disclosures


def test_disclosure_says_what_was_sent_to_whom_when_and_where(record, bundle, deliver):
    run = runs.begin(record, "1.0", "run", date(2026, 11, 1), night(1))
    kept = deliver(bundle(), run=run, now=night(1))
    (told,) = history(record).disclosures
    assert told["vendor"] == "acme"
    assert told["sha256"] == kept.sha256
    assert told["bytes"] == kept.path.stat().st_size
    assert told["destination"] == "sftp://eagle@sftp.example.org/in"
    assert (told["state"], told["ended"]) == ("delivered", "2026-11-01T02:00:00Z")
    assert told["files"]["users.csv"]["rows"] == 107
    assert "email" in told["files"]["users.csv"]["columns"]
    assert "phone" not in told["files"]["users.csv"]["columns"]
    assert "demographics.csv" in told["files"]
    (ended,) = history(record).runs
    assert ended["vendors"]["acme"]["outcome"] == "delivered"


def test_delivery_of_a_killed_run_is_unfinished_until_it_is_known(record, bundle, deliver):
    kept = deliver(bundle(), arrive=False)
    (one,) = unfinished(record)
    assert one.bundle == kept
    delivered(record, one.id, night(2))
    delivered(record, one.id, night(3))
    assert unfinished(record) == []
    assert last_delivered(record, "acme").delivered == "2026-11-02T02:00:00Z"


def test_delivery_that_failed_is_no_baseline_and_says_why(record, bundle, deliver):
    run = runs.begin(record, "1.0", "run", None)
    deliver(bundle(), run=run, arrive=False)
    failed(record, unfinished(record)[0].id, "connection refused")
    assert unfinished(record) == []
    assert last_delivered(record, "acme") == Baseline()
    assert history(record).disclosures[0]["message"] == "connection refused"
    assert history(record).runs[0]["vendors"]["acme"]["outcome"] == "failed"


def test_bundle_that_changed_in_the_store_does_not_leave(record, bundle):
    kept = keep(record, "acme", bundle())
    kept.path.unlink()
    kept.path.write_bytes(b"x")
    with pytest.raises(OutputError, match="has changed since it was stored"):
        sending(record, None, kept, "x", Decision(send=True), {})
    assert history(record).disclosures == []


# --- the ledger


def test_ledger_knows_who_was_delivered(record, bundle, deliver):
    path = bundle()
    deliver(path, arrive=False)
    assert len(ledger(record, "acme").people) == 0
    delivered(record, unfinished(record)[0].id)
    now = people(path, "acme", record.key())
    assert len(now) == len(ledger(record, "acme").people) == 111
    assert look(now, ledger(record, "acme")) == Rekeying()
    assert len(ledger(record, "beta").people) == 0


def test_ledger_keeps_those_who_left(record, tmp_path, bundle, deliver):
    from gate.districts import district, drop, write

    files = district()
    deliver(write(tmp_path / "all.zip", files), now=night(1))
    row = next(row for row in files["users"] if row["role"] == "student")
    drop(files["users"], lambda one: one is row)
    deliver(write(tmp_path / "less.zip", files), now=night(2))
    kept = ledger(record, "acme")
    assert len(kept.people) == 1111
    assert int(kept.last.sum()) == 1110
    files["users"].append(row | {"sourcedId": "NEW_1"})
    now = people(write(tmp_path / "back.zip", files), "acme", record.key())
    assert look(now, kept).rekeyed_by_role == {"student": 1}


def test_no_personal_value_stands_in_the_database(record, folder, tmp_path, deliver):
    from gate.districts import district, write

    files = district()
    deliver(write(tmp_path / "all.zip", files))
    raw = (folder / "record.sqlite").read_bytes()
    for row in files["users"]:
        for name in ("familyName", "email", "identifier", "sourcedId"):
            assert row[name].encode() not in raw


def test_key_that_is_lost_is_told_and_an_empty_one_begins_anew(record, folder, bundle, deliver):
    deliver(bundle())
    key = folder / "ledger.key"
    was = key.read_bytes()
    key.unlink()
    with pytest.raises(SettingsError, match="is missing: restore it"):
        record.key()
    key.write_bytes(b"z" * 32)
    with pytest.raises(SettingsError, match="another than the ledger was made with"):
        record.key()
    key.write_bytes(was)
    assert record.key() == was
    assert len(ledger(record, "acme").people)
    key.write_bytes(b"")
    assert record.key() != was
    assert len(ledger(record, "acme").people) == 0


# --- holds and approvals


def test_held_bundle_lies_there_with_its_reasons(record, folder, bundle):
    kept = keep(record, "acme", bundle())
    held = hold(record, None, kept, HOLD, None, night(1))
    assert held.path == folder / "held" / "acme" / f"{kept.sha256[:12]}.zip"
    assert held.path.read_bytes() == kept.path.read_bytes()
    said = json.loads(held.path.with_suffix(".json").read_text("utf-8"))
    assert said["sha256"] == kept.sha256
    assert said["reasons"][0]["text"] == "Students: 9 of 9 would be removed"
    assert waiting(record) == [held]
    assert waiting(record, "beta") == []


def test_approval_sends_that_very_bundle_once_and_says_who_and_why(record, bundle, deliver):
    path = bundle()
    kept = keep(record, "acme", path)
    hold(record, None, kept, HOLD, None)
    approval = approve(record, "acme", "the school closed", by="dana", digest=kept.sha256[:8])
    assert approval.bundle == kept
    assert approved(record, "acme") == approval
    deliver(path, approval=approval, now=night(2))
    (told,) = history(record).disclosures
    assert (told["approved_by"], told["approved_why"]) == ("dana", "the school closed")
    assert [one["state"] for one in history(record).holds] == ["sent"]
    assert history(record).holds[0]["approvals"][0]["used"] == "2026-11-02T02:00:00Z"
    assert waiting(record) == []
    assert approved(record, "acme") is None
    with pytest.raises(SettingsError, match="was used"):
        deliver(path, approval=approval)
    with pytest.raises(SettingsError, match="nothing is held"):
        approve(record, "acme", "again")


def test_approval_of_a_bundle_that_has_changed_since_is_refused(record, bundle):
    kept = keep(record, "acme", bundle())
    held = hold(record, None, kept, HOLD, None)
    held.path.unlink()
    held.path.write_bytes(b"another bundle")
    with pytest.raises(SettingsError, match="has changed since it was held"):
        approve(record, "acme", "fine", by="dana")
    assert waiting(record)[0].state == "waiting"
    assert history(record).holds[0]["approvals"] == []


def test_approval_whose_bundle_changes_before_it_leaves_is_refused(record, bundle, deliver):
    kept = keep(record, "acme", bundle())
    hold(record, None, kept, HOLD, None)
    approve(record, "acme", "fine", by="dana")
    kept.path.unlink()
    kept.path.write_bytes(b"another bundle")
    with pytest.raises(SettingsError, match="has changed since it was held"):
        approved(record, "acme")


def test_approval_of_an_older_bundle_than_the_one_held_is_refused(record, bundle):
    older = keep(record, "acme", bundle(1))
    hold(record, None, older, HOLD, None, night(1))
    newer = keep(record, "acme", bundle(2))
    hold(record, None, newer, HOLD, None, night(2))
    with pytest.raises(SettingsError, match=f"is not what is held.*{newer.sha256[:12]}"):
        approve(record, "acme", "fine", digest=older.sha256)
    assert approve(record, "acme", "fine").bundle == newer


def test_approval_is_overtaken_by_a_newer_hold(record, bundle, deliver):
    hold(record, None, keep(record, "acme", bundle(1)), HOLD, None)
    approval = approve(record, "acme", "fine")
    hold(record, None, keep(record, "acme", bundle(2)), HOLD, None)
    assert approved(record, "acme") is None
    with pytest.raises(SettingsError, match="overtaken by a newer bundle"):
        deliver(bundle(1), approval=approval)


def test_approval_after_another_delivery_is_refused(record, bundle, deliver):
    base = deliver(bundle(1), now=night(1))
    held = keep(record, "acme", bundle(2))
    hold(record, None, held, HOLD, base.sha256, night(2))
    deliver(bundle(3), now=night(3))
    with pytest.raises(SettingsError, match="nothing is held"):
        approve(record, "acme", "fine")
    hold(record, None, held, HOLD, base.sha256, night(4))
    with pytest.raises(SettingsError, match="another bundle was delivered since"):
        approve(record, "acme", "fine")


def test_approval_for_one_bundle_sends_no_other(record, bundle, deliver):
    hold(record, None, keep(record, "acme", bundle(1)), HOLD, None)
    approval = approve(record, "acme", "fine")
    with pytest.raises(SettingsError, match="given to another bundle"):
        deliver(bundle(2), approval=approval)
    with pytest.raises(SettingsError, match="given to another bundle"):
        deliver(bundle(1), "beta", approval=approval)


def test_approval_stays_good_when_the_delivery_fails(record, bundle, deliver):
    path = bundle()
    hold(record, None, keep(record, "acme", path), HOLD, None)
    approval = approve(record, "acme", "fine", by="dana")
    deliver(path, approval=approval, arrive=False)
    failed(record, unfinished(record)[0].id, "connection refused")
    assert approved(record, "acme") == approval
    assert approve(record, "acme", "again", by="eli") == approval


def test_same_bundle_held_again_is_one_hold_and_stays_approved(record, bundle):
    kept = keep(record, "acme", bundle())
    hold(record, None, kept, HOLD, None, night(1))
    again = hold(record, None, kept, HOLD, None, night(2))
    assert again.since == "2026-11-01T02:00:00Z"
    approve(record, "acme", "fine")
    assert hold(record, None, kept, HOLD, None, night(3)).state == "approved"
    assert len(history(record).holds) == 1


def test_approval_needs_a_reason_and_knows_the_login(record, bundle, monkeypatch):
    hold(record, None, keep(record, "acme", bundle()), HOLD, None)
    with pytest.raises(SettingsError, match="--reason"):
        approve(record, "acme", "  ")
    monkeypatch.setenv("LOGNAME", "root")
    monkeypatch.setenv("SUDO_USER", "dana")
    assert login() == "dana (as root)"
    assert approve(record, "acme", "fine").by == "dana (as root)"


# --- retention


def test_newest_and_young_bundles_stay(record, folder, bundle, deliver):
    for day in range(1, 9):
        deliver(bundle(day), now=night(day))
    prune(record, 2, 3, now=night(9, 0))
    days = [name.split("/")[1][:8] for name in files_of(folder / "bundles")]
    assert days == ["20261106", "20261107", "20261108"]  # the first of them is young
    prune(record, 1, 0, now=night(20))
    assert len(files_of(folder / "bundles")) == 1


def test_baseline_held_and_unfinished_bundles_stay_always(record, folder, bundle, deliver):
    base = deliver(bundle(1), now=night(1))
    held = keep(record, "acme", bundle(2), night(2))
    hold(record, None, held, HOLD, base.sha256, night(2))
    deliver(bundle(3), "beta", now=night(3), arrive=False)
    keep(record, "acme", bundle(4), night(4))
    keep(record, "acme", bundle(5), night(5))
    prune(record, 1, 0, now=night(20))
    left = files_of(folder)
    assert len([name for name in left if name.startswith("bundles/acme")]) == 3
    assert len([name for name in left if name.startswith("bundles/beta")]) == 1
    assert len([name for name in left if name.startswith("held/acme")]) == 2
    assert approve(record, "acme", "fine").bundle == held
    assert last_delivered(record, "acme").path == base.path


def test_what_a_killed_run_left_is_swept(record, folder, bundle, deliver):
    kept = deliver(bundle())
    for name in ("bundles/acme/orphan.zip", "bundles/acme/.x.zip.partial", "held/acme/a.json"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    prune(record, 14, 30)
    assert files_of(folder / "bundles") == [f"acme/{kept.path.name}"]
    assert files_of(folder / "held") == []


def test_history_is_forgotten_when_settings_say_so_and_never_the_last_delivery(
    record, bundle, deliver
):
    for day in (1, 2):
        run = runs.begin(record, "1.0", "run", None, night(day))
        deliver(bundle(day), run=run, now=night(day))
        runs.finish(record, run, "done", now=night(day))
    prune(record, 14, 30, None, night(28))
    assert len(history(record).disclosures) == 2
    prune(record, 14, 30, 5, night(28))
    (left,) = history(record).disclosures
    assert left["ended"] == "2026-11-02T02:00:00Z"
    assert len(history(record).runs) == 1


# --- runs and status


def test_run_that_never_ended_was_killed(record):
    first = runs.begin(record, "1.0", "run", date(2026, 11, 1), night(1))
    runs.begin(record, "1.0", "run", date(2026, 11, 2), night(2))
    told = {one["id"]: one["outcome"] for one in history(record).runs}
    assert told == {first: "killed", first + 1: None}


def test_status_tells_ok_held_failed_and_late(record):
    def said(day, age=26):
        (one,) = last_night(record, ["acme"], timedelta(hours=age), night(day, 8))
        return one.state

    assert said(1) == "late"
    for day, outcome in ((1, "delivered"), (2, "held"), (3, "failed"), (4, "unchanged")):
        run = runs.begin(record, "1.0", "run", None, night(day))
        runs.vendor_done(record, run, "acme", outcome, message="why", now=night(day))
        runs.finish(record, run, "done", now=night(day))
        assert said(day) == {"held": "held", "failed": "failed"}.get(outcome, "ok")
    assert said(5, age=31) == "ok"
    assert said(5) == "late"
    run = runs.begin(record, "1.0", "run --dry-run", None, night(5))
    runs.vendor_done(record, run, "acme", "dry run", now=night(5))
    assert said(5) == "late"
    for outcome in ("held", "refused"):
        run = runs.begin(record, "1.0", "run", None, night(6))
        runs.vendor_done(record, run, "acme", outcome, message="why", now=night(6))
        assert said(6) == outcome
        assert said(9) == "late"  # the scheduler does not run any more: worse than the hold
    runs.vendor_done(record, run, "acme", "delivered", now=night(4))
    both = last_night(record, ["acme", "beta"], timedelta(hours=99), night(4, 8))
    assert [one.state for one in both] == ["ok", "late"]
    assert worst(both) == "late"
    assert worst([]) == "ok"


# --- the file


def test_database_of_a_newer_version_is_refused(folder):
    with open_record(folder) as record:
        assert exists(record.folder)
    with sqlite3.connect(folder / "record.sqlite") as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(SettingsError, match="newer oneroster"), open_record(folder):
        pass


def test_file_that_is_no_database_is_told(folder):
    folder.mkdir()
    (folder / "record.sqlite").write_bytes(b"something else " * 100)
    with pytest.raises(OutputError, match="restore the record folder"), open_record(folder):
        pass


def test_folder_that_cannot_be_looked_into_is_told(tmp_path):
    with pytest.raises(OutputError, match="as the account that runs the nights"):
        exists(tmp_path / ("x" * 300))


def test_disk_that_takes_no_more_is_told_and_nothing_is_lost(record, folder):
    import resource

    run = runs.begin(record, "1.0", "run", None)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    most = (folder / "record.sqlite").stat().st_size + 2**16
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        with pytest.raises(OutputError) as error:
            fill(record, run)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "disk I/O error; look at the disk" in str(error.value)
    runs.finish(record, run, "failed")
    (told,) = history(record).runs
    assert (told["outcome"], told["vendors"]) == ("failed", {})


def fill(record, run):
    with record.db.transaction():
        for number in range(1000):
            runs.vendor_done(record, run, f"vendor {number}", "failed", message="x" * 9999)
