"""Re-keying: who is the same person, who is another, and what is no alarm."""

import numpy as np
import pytest
from gate.conftest import KEY
from gate.districts import district, drop, user, write

from extractor.gate.decide import decide
from extractor.gate.identity import people
from extractor.gate.rekeying import Rekeying
from extractor.settings_gate import Gate

PEOPLE = ("username", "givenName", "familyName", "identifier", "email")


def first(files, role="student"):
    return next(row for row in files["users"] if row["role"] == role)


def test_nobody_changed_and_nobody_is_rekeyed(rekeyed):
    assert rekeyed() == Rekeying()


@pytest.mark.parametrize("role", ["student", "teacher"])
def test_person_under_a_new_id_is_rekeyed(rekeyed, new, role):
    first(new, role)["sourcedId"] = "NEW_1"
    found = rekeyed()
    assert found.rekeyed_by_role == {role: 1}
    assert found.reused == 0


@pytest.mark.parametrize("kind", ["identifier", "userIds", "email", "username", "name"])
def test_one_mark_is_enough(rekeyed, old, new, kind):
    for files in (old, new):
        row = first(files)
        row["userIds"] = "{Badge:777}"
        kept = ("givenName", "familyName") if kind == "name" else (kind, "givenName", "familyName")
        for name in (*PEOPLE, "userIds"):
            if name not in kept:
                row[name] = ""
    first(new)["sourcedId"] = "NEW_1"
    assert rekeyed().rekeyed_by_role == {"student": 1}


def test_whole_district_under_new_ids_is_counted(rekeyed, new):
    for row in new["users"]:
        row["sourcedId"] = row["sourcedId"].replace("STU_", "")
    assert rekeyed().rekeyed_by_role == {"student": 1012}


def test_person_who_left_long_ago_and_comes_back_under_a_new_id_is_rekeyed(rekeyed, old, new):
    row = first(new)
    drop(old["users"], lambda one: one["sourcedId"] == row["sourcedId"])
    row["sourcedId"] = "NEW_1"
    assert rekeyed(district()).rekeyed_by_role == {"student": 1}


def test_person_who_comes_back_under_the_old_id_is_not(rekeyed, old, new):
    row = first(new)
    drop(old["users"], lambda one: one["sourcedId"] == row["sourcedId"])
    assert rekeyed(district()) == Rekeying()


def test_new_person_is_not_rekeyed(rekeyed, new):
    drop(new["users"], lambda one: one["sourcedId"] == first(new)["sourcedId"])
    new["users"].append(user("0634", "student", 999))
    assert rekeyed() == Rekeying()


def test_second_account_beside_the_first_is_no_rekeying(rekeyed, new):
    new["users"].append(first(new) | {"sourcedId": "NEW_1"})
    assert rekeyed() == Rekeying()


def test_teacher_who_becomes_a_parent_too_is_no_rekeying(rekeyed, new):
    new["users"].append(first(new, "teacher") | {"sourcedId": "PAT_1", "role": "parent"})
    drop(new["users"], lambda one: one["sourcedId"] == first(new, "teacher")["sourcedId"])
    assert rekeyed() == Rekeying()


def test_other_of_the_same_name_is_not_the_same_person(rekeyed, new):
    row = first(new)
    new["users"].append(
        row | {"sourcedId": "NEW_1", "identifier": "SSID99", "email": "x@y", "username": "x@y"}
    )
    drop(new["users"], lambda one: one["sourcedId"] == row["sourcedId"])
    assert rekeyed() == Rekeying()


@pytest.mark.parametrize("identifier", ["SSID99", ""])
def test_sibling_who_gets_the_family_email_is_not_the_same_person(rekeyed, new, identifier):
    row = first(new)
    sibling = {"sourcedId": "NEW_1", "givenName": "Zoe", "identifier": identifier}
    new["users"].append(row | sibling)
    drop(new["users"], lambda one: one["sourcedId"] == row["sourcedId"])
    assert rekeyed() == Rekeying()


def test_names_that_two_people_have_prove_nothing(rekeyed, old, new):
    for files in (old, new):
        for row in files["users"]:
            row.update(identifier="", email="", username="", givenName="Ana", familyName="Cruz")
    for row in new["users"][:5]:
        row["sourcedId"] += "_N"
    assert rekeyed() == Rekeying()


# --- an id given to another


def test_id_of_another_person_is_told(rekeyed, new):
    other = user("0701", "student", 998)
    first(new).update({name: other[name] for name in PEOPLE})
    found = rekeyed()
    assert found.reused_by_role == {"student": 1}
    assert found.rekeyed == 0


def test_sibling_under_the_same_id_is_told_by_the_identifier(rekeyed, new):
    first(new).update(givenName="Zoe", identifier="SSID99", email="zoe@eagle.example")
    assert rekeyed().reused_by_role == {"student": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"familyName": "Married", "email": "ada.married@eagle.example", "username": "new"},
        {"givenName": "Sky"},
        {"givenName": "Sky", "email": "sky@eagle.example"},
        {"givenName": "ADA", "familyName": "stuson0634xa0"},
        {"identifier": "SSID1"},
        {"email": "other@eagle.example", "username": "other@eagle.example"},
        {"email": "", "identifier": "", "familyName": "Married"},
        {"givenName": "Sky", "familyName": "Adopted"},  # the identifier is still the same
        {"identifier": "", "email": "", "givenName": "STUson0634xa0", "familyName": "Ada"},
    ],
)
def test_same_person_whose_data_changed_is_no_alarm(rekeyed, new, change):
    first(new).update(change)
    assert rekeyed() == Rekeying()


def test_role_that_changed_is_no_other_person(rekeyed, new):
    first(new, "teacher")["role"] = "administrator"
    assert rekeyed() == Rekeying()


def test_values_made_from_the_id_prove_nothing(rekeyed, old, new):
    for files in (old, new):
        row = first(files)
        row.update(sourcedId="STU_99400001", identifier="0634_STU_99400001")
        row.update(email="ada.99400001@eagle.example", username="99400001")
    moved = first(new)
    moved["identifier"] = "0701_STU_99400001"  # the school stands in it
    assert rekeyed() == Rekeying()
    moved.update(givenName="Zed", familyName="Other")
    assert rekeyed().reused_by_role == {"student": 1}


def test_school_under_a_new_id_and_another_under_an_old_one(rekeyed, old, new):
    for files in (old, new):
        for number, row in enumerate(files["orgs"]):
            row["identifier"] = f"CDS{number}00"
    school = new["orgs"][1]
    school["sourcedId"] = "0999"
    new["orgs"][2].update(name="Other High", identifier="CDS99")
    found = rekeyed()
    assert found.rekeyed_by_role == {"org": 1}
    assert found.reused_by_role == {"org": 1}


def test_school_with_another_name_is_the_same(rekeyed, new):
    new["orgs"][1]["name"] = "Lincoln Academy"
    assert rekeyed() == Rekeying()


# --- what the gate makes of it, and what stays in the ledger


def test_gate_holds_from_the_first_on_and_says_how_many(compared, rekeyed, old, new):
    first(new)["sourcedId"] = "NEW_1"
    other = user("0701", "student", 998)
    first(new, "teacher").update({name: other[name] for name in PEOPLE})
    from gate.conftest import AS_OF

    found = rekeyed()
    decision = decide(compared(), Gate(), AS_OF, rekeying=found)
    assert [one.text for one in decision.reasons] == [
        "1 student would get another sourcedId than the one they were sent under; the limit is 0",
        "1 teacher would get a sourcedId that somebody else had; the limit is 0",
    ]
    assert decide(compared(), Gate(rekeyed=1, reused=1), AS_OF, rekeying=found).send


def test_bundle_without_people_s_marks_is_told(compared, rekeyed, old, new):
    for files in (old, new):
        for row in files["users"]:
            row.update(dict.fromkeys(PEOPLE, ""))
            row["username"] = row["sourcedId"]
    found = rekeyed()
    assert found == Rekeying(blind=True)
    from gate.conftest import AS_OF

    (note,) = decide(compared(), Gate(), AS_OF, rekeying=found).notes
    assert note.startswith("Re-keying could not be looked for")


def test_digests_depend_on_key_and_vendor_and_hold_no_text(tmp_path):
    path = write(tmp_path / "x.zip", district())
    here, again = people(path, "acme", KEY), people(path, "acme", KEY)
    assert all(np.array_equal(here.marks[kind], again.marks[kind]) for kind in here.marks)
    for other in (people(path, "beta", KEY), people(path, "acme", b"x" * 32)):
        assert not np.isin(here.ids, other.ids).any()
        for kind in here.marks:
            told = here.marks[kind][here.marks[kind] != 0]
            assert not np.isin(told, other.marks[kind]).any()
