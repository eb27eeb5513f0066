"""Did last night go out? For monitoring: one line, an exit code, and the same as JSON."""

import json
import re
from collections.abc import Sequence
from datetime import timedelta

from extractor.errors import SettingsError
from extractor.nightly.session import record_folder
from extractor.record.folder import exists, open_record
from extractor.record.status import Status, last_night, worst
from extractor.settings import Settings

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_CODES = {"ok": 0, "held": 4, "refused": 1, "failed": 3, "late": 3}
_WORDS = {"ok": "OK", "held": "HELD", "refused": "REFUSED", "failed": "FAILED", "late": "LATE"}


def parsed_age(text: str) -> timedelta:
    """
    Return an age written like 26h.

    Raises:
        SettingsError: if it is none.
    """
    found = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", text.strip().lower())
    if not found:
        raise SettingsError(f"--max-age {text}: write a number and m, h or d, like 26h")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def health(settings: Settings, vendors: Sequence[str], max_age: timedelta) -> list[Status]:
    """Return how each vendor stands; asking makes no record."""
    folder = record_folder(settings)
    if not exists(folder):
        return [Status(name, "late", "nothing was ever run for it", None) for name in vendors]
    with open_record(folder) as record:
        return last_night(record, vendors, max_age)


def exit_code(statuses: Sequence[Status]) -> int:
    """Return the code of the worst."""
    return _CODES[worst(statuses)]


def as_line(statuses: Sequence[Status]) -> str:
    """Return one line, the worst first."""
    told = sorted(statuses, key=lambda one: -list(_CODES).index(one.state))
    alike: dict[tuple[str, str], list[str]] = {}  # one reason may be that of all vendors
    for one in told:
        alike.setdefault((one.state, one.text), []).append(one.vendor)
    each = "; ".join(f"{', '.join(of)} {state}: {why}" for (state, why), of in alike.items())
    return f"{_WORDS[worst(statuses)]} - {' '.join(each.split())}"


def as_json(statuses: Sequence[Status]) -> str:
    """Return the same for programs."""
    shape = {
        "ok": exit_code(statuses) == 0,
        "state": worst(statuses),
        "vendors": [
            {"vendor": one.vendor, "state": one.state, "text": one.text, "good": one.good}
            for one in statuses
        ],
    }
    return json.dumps(shape, indent=2, ensure_ascii=False)
