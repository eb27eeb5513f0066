"""The gate's answer: send or hold, and the reasons in words that a district uses."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BLACKOUT = "blackout"
LOST = "baseline_lost"


@dataclass(frozen=True, slots=True)
class Reason:
    """
    One reason to hold.

    `text` names files, schools and numbers, never a person; `remedy` says what to look at.
    `code` is the same for ever, for programs. `school` is an org's sourcedId.
    """

    code: str
    text: str
    remedy: str
    file: str | None = None
    school: str | None = None
    role: str | None = None
    number: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """
    Whether a bundle may go.

    `notes` say what is worth knowing and holds nothing: a first delivery, a new school, what
    could not be looked at. `unchanged`: it says the same as the one sent before.
    """

    send: bool
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
    unchanged: bool = False

    @property
    def expected(self) -> bool:
        """
        Whether the calendar holds it: nobody needs to be woken.

        Other reasons do not matter then. Nothing would leave anyway, and the first run after the
        blackout judges what is right by that time.
        """
        return not self.send and any(one.code == BLACKOUT for one in self.reasons)

    def as_json(self) -> dict[str, Any]:
        """Return what `json.dumps` takes."""
        return {
            "send": self.send,
            "unchanged": self.unchanged,
            "reasons": [
                {
                    name: value
                    for name in Reason.__slots__
                    if (value := getattr(one, name)) is not None
                }
                for one in self.reasons
            ],
            "notes": list(self.notes),
        }

    def text(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(self.as_json(), ensure_ascii=False)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Decision":
        """Read what `as_json` gave."""
        reasons = tuple(Reason(**one) for one in said["reasons"])
        return cls(said["send"], reasons, tuple(said["notes"]), said["unchanged"])
