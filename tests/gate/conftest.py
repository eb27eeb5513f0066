"""What the tests of the gate share: last night's bundle, tonight's, and the gate's answer."""

from datetime import date

import pytest
from gate.districts import district, write

from extractor.gate.compare import changes
from extractor.gate.decide import decide
from extractor.gate.identity import people
from extractor.gate.rekeying import Ledger, look
from extractor.settings_gate import Gate

AS_OF = date(2026, 10, 1)
KEY = b"k" * 32


@pytest.fixture
def old():
    """Return last night's district, which a test may edit before it asks."""
    return district()


@pytest.fixture
def new():
    """Return tonight's district, which a test may edit before it asks."""
    return district()


@pytest.fixture
def compared(tmp_path, old, new):
    """Compare the two."""

    def compare(*, first=False):
        before = None if first else write(tmp_path / "old.zip", old)
        return changes(before, write(tmp_path / "new.zip", new))

    return compare


@pytest.fixture
def asked(compared):
    """Ask the gate about tonight's bundle; return its answer."""

    def ask(*, first=False, as_of=AS_OF, errors=None, problem=None, **keys):
        gate = Gate.model_validate(keys)
        more = {"errors": errors or {}, "baseline_problem": problem}
        return decide(compared(first=first), gate, as_of, **more)

    return ask


@pytest.fixture
def rekeyed(tmp_path, old, new):
    """Hold tonight's people against a ledger of last night's and of those of nights before."""

    def look_up(*before):
        import numpy as np

        last = people(write(tmp_path / "old.zip", old), "acme", KEY)
        ledger = Ledger(last, np.ones(len(last), np.bool_))
        for files in before:
            ledger = _with(ledger, people(write(tmp_path / "before.zip", files), "acme", KEY))
        return look(people(write(tmp_path / "new.zip", new), "acme", KEY), ledger)

    return look_up


def _with(ledger, older):
    """Return a ledger that holds people of an older night too."""
    import numpy as np

    from extractor.gate.identity import People

    now = ledger.people
    fresh = ~np.isin(older.ids, now.ids)
    ids = np.concatenate([now.ids, older.ids[fresh]])
    order = np.argsort(ids)

    def joined(left, right):
        return np.concatenate([left, right[fresh]])[order]

    marks = {kind: joined(now.marks[kind], older.marks[kind]) for kind in now.marks}
    both = People(
        ids[order], joined(now.roles, older.roles), marks, joined(now.derived, older.derived)
    )
    return Ledger(both, joined(ledger.last, np.zeros(len(older), np.bool_)))
