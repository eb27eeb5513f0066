"""Answer probes: which rows of a table fail one question about one column, a column at a time."""

import re
from collections.abc import Iterable

import numpy as np
import pyarrow.compute as pc

from extractor.profiles.keys import ANY
from extractor.spec import BY_NAME
from extractor.validate.batch import Batch, Mask, to_mask
from extractor.validate.batch import Values as Column
from extractor.validate.facts import Place, Probe, Tally
from extractor.validate.verdict import LISTED


class Values:
    """The tallies of probes, filled by seeing every batch of a bundle once."""

    __slots__ = ("_probes", "_seen", "tallies")

    def __init__(self, probes: Iterable[Probe]) -> None:
        self.tallies = {probe: Tally() for probe in probes}
        self._probes: dict[str, list[Probe]] = {}
        self._seen: dict[Probe, set[str]] = {}
        for probe in self.tallies:
            self._probes.setdefault(probe.file, []).append(probe)

    def asks(self, file: str) -> bool:
        """Tell whether any probe is about this file."""
        return file in self._probes

    def see(self, file: str, batch: Batch) -> None:
        """Look at some rows of a file."""
        for probe in self._probes.get(file, ()):
            if probe.column in batch:
                self.tallies[probe].add(*_places(batch, self._failing(probe, batch)))

    def _failing(self, probe: Probe, batch: Batch) -> Mask:
        values = batch[probe.column]
        if probe.key == "unique":
            return self._repeated(probe, values)
        if probe.key == "status":
            filled = [batch[name].filled for name in _LIFE if name in batch]
            return np.asarray(np.logical_or.reduce(filled))
        if probe.key == "filled":
            return ~values.filled & _of_roles(probe.argument, batch)
        if probe.key == "length":
            long = pc.greater(pc.utf8_length(values.distinct), probe.argument)
            return np.asarray(values.spread(to_mask(long)))
        matches = pc.match_substring_regex(values.distinct, pattern(probe))
        judged: Mask = values.filled & ~np.asarray(values.spread(to_mask(matches)))
        return judged

    def _repeated(self, probe: Probe, values: Column) -> Mask:
        seen = self._seen.setdefault(probe, set())
        found = np.zeros(len(values), np.bool_)
        for row in np.flatnonzero(values.filled):
            text = values.text(int(row))
            found[row] = text in seen
            seen.add(text)
        return found


_LIFE = ("status", "dateLastModified")


def pattern(probe: Probe) -> str:
    """Return the expression that a value matches in full: of an item, or of a list of such."""
    item = probe.argument
    if isinstance(item, tuple):
        item = "|".join(re.escape(each) for each in item)
    many = BY_NAME[probe.file][probe.column].many
    return f"^(?:{item})(?:,(?:{item}))*$" if many else f"^(?:{item})$"


def _of_roles(roles: object, batch: Batch) -> Mask:
    """Tell which rows are asked: those of users with these roles, or all."""
    if not isinstance(roles, tuple) or roles == (ANY,) or "role" not in batch:
        return np.ones(len(batch), np.bool_)
    return batch["role"].equals(*roles)


def _places(batch: Batch, mask: Mask) -> tuple[int, list[Place]]:
    rows = np.flatnonzero(mask)
    first = [int(row) for row in rows[:LISTED]]
    return len(rows), [Place(batch.line(row), batch.sourced_id(row)) for row in first]
