"""Runs the rules over one batch, and turns what they find into findings."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from extractor.spec import Column, File
from extractor.validate.batch import Batch, Mask, Shape, build
from extractor.validate.blocks import Block
from extractor.validate.bundle import Bundle, Hit
from extractor.validate.collector import Collector, Found
from extractor.validate.registry import EVERY, Rule, Scope, rules_of
from extractor.validate.resolve import Reference, of_batch, resolve
from extractor.validate.table import Part, keep
from extractor.validate.tokens import Flaws
from extractor.validate.verdict import Finding

# What VALUE and REFERENCE rules say in `on`: whether they look at a column of a file.
Looks = Callable[[File, Column], bool]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row is, for a finding: its line, its id, and what a column of it holds."""

    line: int | None
    sourced_id: str | None
    value: str | None


Where = Callable[[int, str | None], Place]


@dataclass(slots=True)
class Judged:
    """What became of one block."""

    part: Part
    flaws: Flaws
    found: list[Found] = field(default_factory=list)


class Judge:
    """All rules that look at the rows of one file."""

    def __init__(self, file: File, shape: Shape, bundle: Bundle, collector: Collector) -> None:
        """Choose the rules once for the file; those switched off are not run."""
        self._shape = shape
        self._bundle = bundle
        self._collector = collector
        here = [file[name] for name in shape.places]
        self._values = [
            (rule, column)
            for rule in self._wanted(Scope.VALUE)
            for column in here
            if _looks(rule)(file, column)
        ]
        self._rows = [rule for rule in self._wanted(Scope.ROW) if rule.on in {file.name, EVERY}]
        self._references = self._wanted(Scope.REFERENCE)

    def _wanted(self, scope: Scope) -> list[Rule]:
        return [rule for rule in rules_of(scope) if self._collector.severity(rule)]

    def build(self, block: Block) -> Batch:
        """Make columns of a block."""
        return build(block, self._shape)

    def learn(self, batch: Batch) -> None:
        """Let the first batch say how the next ones are best read."""
        self._shape = self._shape.learned(batch)

    def judge(self, block: Block) -> Judged:
        """Judge one block."""
        return self.judge_batch(self.build(block))

    def judge_batch(self, batch: Batch) -> Judged:
        """Judge one batch."""
        resolve(batch, self._bundle)
        found = [*self._by_value(batch), *self._by_reference(batch), *self._by_row(batch)]
        return Judged(keep(batch), batch.flaws, found)

    def _by_value(self, batch: Batch) -> Iterator[Found]:
        for rule, column in self._values:
            values = batch[column.name]
            bad: Mask = rule.function(values, column)
            if bad.any():
                hit = Hit(np.asarray(values.spread(bad)), column=column.name)
                yield self._found(rule, batch, hit, column)

    def _by_reference(self, batch: Batch) -> Iterator[Found]:
        for reference in of_batch(batch):
            for rule, rows in broken(self._references, reference, self._bundle):
                hit = Hit(rows, column=reference.column.name)
                yield self._found(rule, batch, hit, reference.column)

    def _by_row(self, batch: Batch) -> Iterator[Found]:
        for rule in self._rows:
            hits: Iterable[Hit] = rule.function(batch, self._bundle)
            for hit in hits:
                yield self._found(rule, batch, hit, None)

    def _found(self, rule: Rule, batch: Batch, hit: Hit, column: Column | None) -> Found:
        def where(row: int, name: str | None) -> Place:
            value = batch[name].text(row) if name and name in batch else None
            return Place(batch.line(row), batch.sourced_id(row), value)

        return found(self._collector, rule, batch.file, hit, where, column)


def _looks(rule: Rule) -> Looks:
    looks: Looks = rule.on
    return looks


def broken(
    rules: list[Rule], reference: Reference, bundle: Bundle
) -> Iterator[tuple[Rule, NDArray[np.int64]]]:
    """Yield each rule that a reference breaks, with the rows that do."""
    for rule in rules:
        if rule.on is None or _looks(rule)(reference.file, reference.column):
            bad: Mask = rule.function(reference, bundle)
            if bad.any():
                yield rule, reference.owners[bad]


def found(
    collector: Collector, rule: Rule, file: File, hit: Hit, where: Where, column: Column | None
) -> Found:
    """Count the rows of a hit, and write findings of the first as far as there is room."""
    rows = np.zeros(0, np.int64) if hit.rows is None else hit.rows
    if rows.dtype == np.bool_:
        rows = np.flatnonzero(rows)
    severity = collector.severity(rule)
    findings = []
    for row in np.sort(rows)[: collector.room(rule)] if severity else ():
        place = where(int(row), hit.column)
        findings.append(
            Finding(
                rule=rule.name,
                code=rule.code,
                severity=severity or rule.severity,
                message=hit.message or says(rule, column),
                remedy=rule.remedy,
                file=file.csv,
                line=place.line,
                column=hit.column,
                sourced_id=place.sourced_id,
                value=place.value,
            )
        )
    return Found(rule, file.csv, len(rows), findings)


def says(rule: Rule, column: Column | None) -> str:
    """Return what a rule says of a column."""
    if column is None:
        return rule.says
    tokens = ", ".join(column.values) if len(column.values) < 12 else ""
    target = column.target.file if column.target else ""
    return rule.says.format(column=column.name, tokens=tokens, target=target)
