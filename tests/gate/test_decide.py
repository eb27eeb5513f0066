"""The gate's answer: each limit, what must not vanish, the calendar, and the words of reasons."""

import json
from datetime import date

import pytest
from gate.conftest import AS_OF
from gate.districts import at, drop, session, sourced_id, user

from extractor.gate.decide import decide
from extractor.gate.decision import Decision
from extractor.settings_gate import Gate


def codes(decision):
    return [one.code for one in decision.reasons]


def texts(decision):
    return [one.text for one in decision.reasons]


def without_gradebook(*districts):
    for files in districts:
        files["lineItems"].clear()
        files["results"].clear()


def test_same_bundle_goes_and_is_told_to_be_the_same(asked):
    assert asked() == Decision(send=True, unchanged=True)


def test_ordinary_night_goes(asked, new):
    drop(new["users"], at("0634", "student"), 4)
    new["users"].append(user("0701", "student", 900))
    new["users"][60]["givenName"] = "Zed"
    decision = asked()
    assert decision == Decision(send=True)
    assert not decision.unchanged


# --- limits


def test_teachers_of_a_school_are_said_with_name_numbers_and_limit(asked, new):
    drop(new["users"], at("0634", "teacher"), 41)
    decision = asked(removed={})
    assert texts(decision) == [
        "Teachers at Lincoln Middle (0634): 41 of 43 would be removed (95 %); the limit is 20 %"
    ]
    (reason,) = decision.reasons
    assert (reason.code, reason.file, reason.school, reason.role) == (
        *("removed", "users", "0634"),
        "teacher",
    )
    assert (reason.number, reason.before) == (41, 43)
    assert "approve" in reason.remedy
    assert not decision.send


def test_where_the_limit_of_a_role_is_broken_its_schools_are_not_listed_too(asked, new):
    drop(new["users"], at("0634", "teacher"), 41)
    said = texts(asked())
    assert said == ["Teachers: 41 of 95 would be removed (43 %); the limit is 10 %"]


@pytest.mark.parametrize("gone", [9, 10])
def test_share_counts_from_the_least_number_on(asked, new, gone):
    drop(new["users"], at("0634", "teacher"), gone)
    limit = {"percent": 5, "least": 10}
    assert asked(removed=limit, school_removed={}).send == (gone < 10)


@pytest.mark.parametrize("gone", [8, 9])
def test_share_is_held_when_it_is_more_than_the_limit(asked, new, gone):
    drop(new["users"], at("0634", "teacher"), gone)  # of 43
    limit = {"percent": 100 * 8 / 43, "least": 1}
    assert asked(removed={}, school_removed=limit).send == (gone == 8)


def test_small_school_may_lose_a_few(asked, new):
    drop(new["users"], at("0800", "student"), 4)  # a third of it
    assert asked().send


@pytest.mark.parametrize("gone", [5, 6])
def test_count_is_a_limit_whatever_the_share(asked, new, gone):
    drop(new["users"], at("0701", "student"), gone)
    decision = asked(removed={"most": 5})
    assert decision.send == (gone == 5)
    if gone > 5:
        assert texts(decision) == ["Students: 6 of 1,012 would be removed (0.6 %); the limit is 5"]


def test_added_records_are_limited(asked, new):
    new["users"] += [user("0634", "student", 1000 + number) for number in range(210)]
    decision = asked()
    assert texts(decision) == [
        "Students at Lincoln Middle (0634): 210 would be added to 400 (52 %); the limit is 50 %"
    ]
    assert codes(decision) == ["added"]
    assert asked(school_added={}).send


def test_changed_records_are_limited(asked, new):
    for row in new["users"]:
        row["enabledUser"] = "false"
    said = texts(asked())
    assert said == [
        "Students: 1,012 of 1,012 would be changed (100 %); the limit is 50 %",
        "Teachers at Muir High (0701): 50 of 50 would be changed (100 %); the limit is 80 %",
    ]
    assert asked(changed={}, school_changed={}).send


def test_files_without_roles_are_limited_by_school_and_in_all(asked, old, new):
    without_gradebook(old, new)
    drop(new["classes"], at("0634"), 40)
    assert texts(asked()) == ["Classes: 40 of 95 would be removed (42 %); the limit is 10 %"]
    assert texts(asked(removed={})) == [
        "Classes at Lincoln Middle (0634): 40 of 43 would be removed (93 %); the limit is 20 %"
    ]


def test_file_may_have_limits_of_its_own(asked, old, new):
    without_gradebook(old, new)
    drop(new["classes"], at("0634"), 40)
    own = {"classes": {"removed": {}, "school_removed": {"percent": 95}}}
    assert asked(files=own).send
    own = {"users": {"removed": {}, "school_removed": {"percent": 95}}}
    assert codes(asked(files=own)) == ["removed"]


def test_gradebook_may_grow_unless_its_own_limit_says_otherwise(asked, new):
    row = new["results"][0]
    new["results"] += [row | {"sourcedId": f"N{number}"} for number in range(3000)]
    assert asked().send
    assert not asked(files={"results": {"added": {"percent": 100}}}).send
    assert not asked(files={"results": {"school_added": {"percent": 100}}}).send


def test_many_schools_are_cut_short(asked, old, new):
    row = old["classes"][0]
    for school in range(30):
        org = {"sourcedId": f"S{school}", "name": f"School {school}", "type": "school"}
        old["orgs"].append(org)
        new["orgs"].append(org)
        more = [
            row | {"sourcedId": f"S{school}_{number}", "schoolSourcedId": f"S{school}"}
            for number in range(10)
        ]
        old["classes"] += more
        new["classes"] += more[:4]
    said = texts(asked(removed={}))
    assert len(said) == 11
    assert said[-1] == "Classes: 20 more such, 120 records removed in all"


# --- what must not vanish


def test_file_without_records_is_held(asked, new):
    new["enrollments"].clear()
    decision = asked()
    assert codes(decision) == ["file_empty"]
    assert texts(decision) == [
        "Enrollments: enrollments.csv would have no record; the last bundle had 3,119"
    ]


def test_first_bundle_without_a_rostering_file_is_held(asked, new):
    new["classes"].clear()
    assert texts(asked(first=True)) == ["Classes: classes.csv would have no record"]


def test_school_that_is_gone_is_held_and_said_once(asked, new):
    drop(new["orgs"], lambda row: row["sourcedId"] == "0800")
    drop(new["academicSessions"], lambda row: row["sourcedId"].startswith("0800"))
    for file in ("users", "classes", "enrollments"):
        drop(new[file], at("0800"))
    drop(new["lineItems"], lambda row: "0800" in row["sourcedId"])
    decision = asked()
    assert texts(decision) == ["Oak Independent Study (0800) would be gone, with 14 users"]
    assert decision.reasons[0].school == "0800"


@pytest.mark.parametrize("role", ["student", "teacher"])
def test_school_that_loses_all_of_a_role_is_held_however_small(asked, new, role):
    drop(new["users"], at("0800", role))
    number = {"student": 12, "teacher": 2}[role]
    assert texts(asked()) == [
        f"{role.capitalize()}s at Oak Independent Study (0800): all {number} would be removed"
    ]


def test_how_few_may_be_lost_is_a_setting(asked, new):
    drop(new["users"], at("0800", "teacher"))
    assert not asked(emptied=2).send
    assert asked(emptied=3).send


def test_term_that_has_not_ended_is_held(asked, new):
    drop(new["academicSessions"], lambda row: row["sourcedId"] == "0634_S")
    decision = asked()
    assert texts(decision) == ["The term Spring (0634_S) would be gone; it runs until 2027-06-11"]
    assert asked(sessions_gone=False).send


def test_term_that_has_ended_may_go(asked, new):
    drop(new["academicSessions"], lambda row: row["title"] == "Fall")
    assert not asked(as_of=date(2026, 12, 18)).send
    assert asked(as_of=date(2026, 12, 19)).send


def test_grading_period_may_go(asked, old):
    old["academicSessions"].append(session("0634_GP", "Q1", "gradingPeriod", "2027-06-11"))
    assert asked().send


# --- the calendar


def test_change_of_terms_is_held_and_said(asked, new):
    for row in new["classes"]:
        row["sourcedId"] += "s"
        row["termSourcedIds"] = row["termSourcedIds"].replace("_F", "_S")
    for row in new["enrollments"]:
        row["sourcedId"] += "s"
        row["classSourcedId"] += "s"
    decision = asked(as_of=date(2027, 1, 7), added={})
    why = "The terms of classes changed from Fall to Spring: this may be the change of terms."
    assert f"Classes: 95 of 95 would be removed (100 %); the limit is 10 %. {why}" in texts(
        decision
    )
    assert why in decision.notes


def test_roll_over_is_held_and_said(asked, old, new):
    for row in new["academicSessions"]:
        row["sourcedId"] += "28"
        row["schoolYear"] = "2028"
    for row in new["classes"]:
        row["sourcedId"] += "n"
        row["termSourcedIds"] += "28"
    drop(new["users"], at("0634", "student"), 130)
    new["users"] += [user("0701", "student", 2000 + number) for number in range(130)]
    decision = asked(as_of=date(2027, 8, 12))
    why = "The school year changed from 2026-27 to 2027-28: this may be the roll-over."
    assert not decision.send
    assert decision.notes[0] == why
    assert "session_gone" not in codes(decision)  # the old year is over
    assert all(why in text for text in texts(decision))
    assert any(
        text.startswith("Students: 130 of 1,012 would be removed") for text in texts(decision)
    )


def test_blackout_holds_from_its_first_day_to_its_last(asked):
    summer = [{"first": date(2027, 6, 12), "last": date(2027, 8, 10), "why": "summer"}]
    for day, sends in (((6, 11), True), ((6, 12), False), ((8, 10), False), ((8, 11), True)):
        assert asked(as_of=date(2027, *day), blackout=summer).send is sends
    decision = asked(as_of=date(2027, 7, 1), blackout=summer)
    assert texts(decision) == ["Nothing leaves from 2027-06-12 to 2027-08-10 (summer)"]
    assert decision.expected


def test_other_reasons_in_a_blackout_wake_nobody(asked, new):
    new["enrollments"].clear()
    summer = [{"first": date(2026, 9, 1), "last": date(2026, 11, 1)}]
    decision = asked(blackout=summer)
    assert codes(decision) == ["blackout", "file_empty"]
    assert decision.expected
    assert not asked().expected


# --- the rest


def test_first_delivery_goes_and_says_so(asked):
    decision = asked(first=True)
    assert decision.send
    assert decision.notes == ("This is the first delivery: there is nothing to compare it with.",)
    assert not decision.unchanged


def test_first_delivery_is_held_when_settings_say_so(compared):
    decision = decide(compared(first=True), Gate(first="hold"), AS_OF)
    assert texts(decision) == ["Nothing was delivered before, so there is nothing to compare with"]


def test_lost_baseline_is_held(asked):
    decision = asked(first=True, problem="the bundle abc is missing")
    assert texts(decision) == [
        "The last delivered bundle cannot be compared with: the bundle abc is missing"
    ]
    assert decision.notes == ()


def test_error_findings_are_held_and_counted_by_rule(asked):
    decision = asked(errors={"bad_date": 2, "dangling_reference": 1500})
    assert texts(decision) == [
        "The validator found 1,502 errors (dangling_reference: 1,500, bad_date: 2)"
    ]


def test_new_school_and_new_file_are_noted_and_go(asked, old):
    drop(old["orgs"], lambda row: row["sourcedId"] == "0800")
    for file in ("users", "classes", "enrollments"):
        drop(old[file], at("0800"))
    old["demographics"].clear()
    decision = asked()
    assert decision.send
    assert "New in the bundle: Oak Independent Study (0800)." in decision.notes
    assert "demographics.csv was not in the last bundle; it would have 1,012 records." in (
        decision.notes
    )


def test_answer_survives_json(asked, new):
    drop(new["users"], at("0634", "teacher"), 41)
    decision = asked()
    assert Decision.of(json.loads(decision.text())) == decision


def test_no_reason_or_note_names_a_person(asked, old, new):
    everybody = {
        row[name]
        for row in (*old["users"], *new["users"])
        for name in ("givenName", "familyName", "email", "username", "identifier")
    }
    del new["users"][100:900]
    drop(new["users"], at("0800"))
    said = asked().text()
    assert sourced_id("0634", "STU", 1) not in said
    words = set(said.replace('"', " ").replace(",", " ").replace(":", " ").split())
    assert not everybody & words
