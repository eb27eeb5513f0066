"""RFC 4180 to the letter: records, the physical lines they start on, and what is wrong.

Slow and exact. The reader comes here for headers, for the manifest, and for the blocks that it
cannot prove regular.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from extractor.validate.verdict import LISTED


class Flaw(Enum):
    """What can be wrong with the text of a file."""

    QUOTING = "quoting"
    BREAK = "line break"
    RAGGED = "ragged"
    EMPTY = "empty"
    CARRIAGE = "carriage return"
    ENCODING = "encoding"
    MARK = "byte order mark"
    NUL = "nul"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a flaw is, and a word on it."""

    line: int | None
    detail: str = ""


@dataclass(slots=True)
class Flaws:
    """How often each flaw was met, and where first."""

    counts: dict[Flaw, int] = field(default_factory=lambda: defaultdict(int))
    spots: dict[Flaw, list[Spot]] = field(default_factory=lambda: defaultdict(list))

    def add(self, flaw: Flaw, line: int | None, detail: str = "") -> None:
        """Count one."""
        self.counts[flaw] += 1
        if self.counts[flaw] <= LISTED:
            self.spots[flaw].append(Spot(line, detail))

    def take(self, others: "Flaws") -> None:
        """Add what another part of the file has."""
        for flaw, count in others.counts.items():
            self.counts[flaw] += count
            self.spots[flaw] = (self.spots[flaw] + others.spots[flaw])[:LISTED]


_QUOTED = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"')
_PLAIN = re.compile(rb'[^,"\r\n]*+')
_RAW = re.compile(rb"[^,\r\n]*+")
_BREAKS = re.compile(rb"\r\n|\r|\n")
_ENDS = frozenset(b",\r\n")


@dataclass(slots=True)
class Record:
    """One record: its fields, unquoted, and the line it starts on."""

    line: int
    fields: list[bytes]


class Tokenizer:
    """Records of a buffer, one after another; stops before one that the buffer cuts off."""

    def __init__(self, flaws: Flaws, line: int, *, patient: bool = True) -> None:
        """
        Start at a physical line; `line` and `position` tell how far it came.

        Without patience a quote that is not closed in the buffer counts as never closed.
        """
        self._flaws = flaws
        self._patient = patient
        self.line = line
        self.position = 0

    def records(self, text: bytes, *, last: bool) -> Iterator[Record]:
        """Yield the complete records; with `last`, the end of the text ends one too."""
        while self.position < len(text):
            end = text.find(b"\n", self.position)
            plain = text[self.position : end] if end >= 0 else b'"'
            carriage = plain.endswith(b"\r")
            if b'"' in plain or plain.find(b"\r") not in ((len(plain) - 1,) if carriage else (-1,)):
                record = self._exact(text, last=last)
                if record is None:
                    return
            else:
                record = Record(self.line, (plain[:-1] if carriage else plain).split(b","))
                self.position, self.line = end + 1, self.line + 1
            yield record

    def _exact(self, text: bytes, *, last: bool) -> Record | None:
        position, line = self.position, self.line
        fields: list[bytes] = []
        broken: list[tuple[Flaw, str]] = []
        while True:
            field_, after, flaw = _field(text, position, last=last, patient=self._patient)
            if after is None:
                return None
            if flaw:
                broken.append((flaw, f"field {len(fields) + 1}"))
            line += len(_BREAKS.findall(text, position, after))
            fields.append(field_)
            if text[after : after + 1] != b",":
                break
            position = after + 1
        end = _line_end(text, after, last=last)
        if end is None:
            return None
        if text[after:end] == b"\r":
            broken.append((Flaw.CARRIAGE, ""))
        line += end > after
        record = Record(self.line, fields)
        for flaw, detail in broken:
            self._flaws.add(flaw, self.line, detail)
        self.position, self.line = end, line
        return record


def _line_end(text: bytes, position: int, *, last: bool) -> int | None:
    """Return where the next record begins; None if that is not in this buffer."""
    ends = _BREAKS.match(text, position)
    if ends is None or (ends.group() == b"\r" and ends.end() == len(text)):
        return len(text) if last else None  # a line feed may be in the next block
    return ends.end()


def _field(
    text: bytes, position: int, *, last: bool, patient: bool
) -> tuple[bytes, int | None, Flaw | None]:
    """Return a field, where it ends (None: not in this buffer), and what is wrong with it."""
    if text[position : position + 1] != b'"':
        plain = _PLAIN.match(text, position)
        after = plain.end() if plain else position
        if text[after : after + 1] == b'"':
            return _raw(text, position)
        return text[position:after], after, None
    quoted = _QUOTED.match(text, position)
    if quoted is None and (last or not patient):
        return _raw(text, position)
    if quoted is None or (quoted.end() >= len(text) and not last):
        return b"", None, None  # what follows may be in the next block
    return _quoted(text, position, quoted.end())


def _quoted(text: bytes, position: int, after: int) -> tuple[bytes, int, Flaw | None]:
    content = text[position + 1 : after - 1]
    broken = b"\n" in content or b"\r" in content
    if after >= len(text) or text[after] in _ENDS:
        return content.replace(b'""', b'"'), after, Flaw.BREAK if broken else None
    if broken:  # it was never closed: take up the next line as if it had been
        return _raw(text, position)
    tail = _RAW.match(text, after)
    after = tail.end() if tail else after
    return text[position:after], after, Flaw.QUOTING


def _raw(text: bytes, position: int) -> tuple[bytes, int, Flaw | None]:
    tail = _RAW.match(text, position)
    after = tail.end() if tail else position
    return text[position:after], after, Flaw.QUOTING
