"""The gate's settings: the file's keys, a vendor's own laid over them, and what is refused."""

import pytest

from extractor.errors import SettingsError
from extractor.settings import load
from extractor.settings_gate import Limit

GOOD = """\
[district]
name = "Eagle Unified"
time_zone = "America/Los_Angeles"
[sis]
kind = "aeries"
connection = "sqlite:///x"
"""
GATE = """\
[gate]
removed = {percent = 3, least = 7}
blackout = [{first = 2027-06-07, last = 2027-08-06, why = "summer"}]
files = {enrollments = {school_removed = {percent = 40}}}
[record]
directory = "kept"
bundles = 3
[[vendor]]
name = "acme"
gate = {first = "hold", removed = {most = 5}}
[[vendor]]
name = "beta"
"""


@pytest.fixture
def settings(tmp_path):
    """Load a settings file."""

    def read(text=GATE):
        path = tmp_path / "oneroster.toml"
        path.write_text(GOOD + text, "utf-8")
        return load(path)

    return read


def test_vendors_own_keys_are_laid_over_those_of_all(settings):
    read = settings()
    acme, beta = (read.gate_of(vendor) for vendor in read.vendor)
    assert (acme.first, beta.first) == ("hold", "send")
    assert acme.removed == Limit(most=5)
    assert beta.removed == Limit(percent=3, least=7)
    assert acme.blackout == beta.blackout
    assert acme.blackout[0].why == "summer"
    assert acme.limit("enrollments", "removed", school=True) == Limit(percent=40)
    assert acme.limit("enrollments", "removed", school=False) == Limit(most=5)
    assert acme.limit("results", "added", school=False) == Limit()
    assert (read.record.directory.name, read.record.bundles) == ("kept", 3)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("removd = {percent = 3}", "line 8: gate.removd: is no setting; did you mean 'removed'?"),
        ("removed = {percnt = 3}", "line 8: gate.removed.percnt: is no setting; did you mean"),
        ("removed = {percent = -1}", "line 8: gate.removed.percent: -1 must be 0.0 or more"),
        ("removed = 10", "line 8: gate.removed: "),
        ("rekeyed = -1", "line 8: gate.rekeyed: -1 must be 0 or more"),
        ("emptied = 0", "line 8: gate.emptied: 0 must be 1 or more"),
        ('first = "ask"', "line 8: gate.first: 'ask' "),
        ("files = {user = {}}", "'user' is no file; did you mean 'users'?"),
        (
            "blackout = [{first = 2027-08-01, last = 2027-06-01}]",
            "line 8: gate.blackout: 2027-08-01 to 2027-06-01 ends before it begins",
        ),
    ],
)
def test_wrong_key_of_the_gate_is_told_with_its_line(settings, line, said):
    with pytest.raises(SettingsError) as error:
        settings(f'[gate]\n{line}\n[[vendor]]\nname = "acme"\n')
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ('{frist = "hold"}', "line 9: vendor.0.gate: frist: is no setting; did you mean 'first'?"),
        ("{removed = {percent = -1}}", "line 9: vendor.0.gate: removed.percent: "),
        ('"strict"', "line 9: vendor.0.gate: "),
    ],
)
def test_wrong_key_of_a_vendor_is_told_with_its_line(settings, own, said):
    with pytest.raises(SettingsError) as error:
        settings(f'[[vendor]]\nname = "acme"\ngate = {own}\n')
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("limit", "number", "before", "held"),
    [
        ({}, 1000, 1, False),
        ({"percent": 10}, 1, 10, False),
        ({"percent": 10}, 2, 10, True),
        ({"percent": 10, "least": 3}, 2, 10, False),
        ({"percent": 0}, 1, 10**9, True),
        ({"most": 5}, 5, 10, False),
        ({"most": 5}, 6, 10**9, True),
        ({"percent": 50, "most": 5}, 6, 10**9, True),
    ],
)
def test_limit_is_a_share_from_a_least_number_on_or_a_count(limit, number, before, held):
    assert Limit.model_validate(limit).exceeded(number, before) is held
