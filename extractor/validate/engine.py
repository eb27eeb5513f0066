"""The order of a validation: entries, manifest, files with the named before the naming, joins."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Final

from extractor.spec import BY_NAME, FILES, MANIFEST, File, references
from extractor.validate.archive import DAMAGE, Entry
from extractor.validate.baseline import lay_under
from extractor.validate.batch import KEY, Batch, Shape
from extractor.validate.blocks import Block, Stream
from extractor.validate.bundle import Bundle, Hit
from extractor.validate.collector import Collector, Found
from extractor.validate.header import alike, read_header
from extractor.validate.judge import Judge, Judged, Place, broken, found, says
from extractor.validate.manifest import read_manifest
from extractor.validate.registry import Rule, Scope, rules_of
from extractor.validate.resolve import of_table, resolve_own
from extractor.validate.table import Table
from extractor.validate.tokens import Flaw, Flaws, Record
from extractor.validate.verdict import Finding
from extractor.validate.versions import foreign_version

_WAITING: Final = 2  # blocks in hand beyond the ones being judged
_PROPERTIES: Final = 1000  # rows of a manifest that are looked at


class Engine:
    """Reads one bundle and runs every rule on it."""

    def __init__(
        self, bundle: Bundle, collector: Collector, between: Callable[[], None] = lambda: None
    ) -> None:
        """Prepare; nothing is read yet. `between` is called after each block of rows."""
        self._between = between
        self._bundle = bundle
        self._collector = collector
        self._workers = max(2, min(8, os.cpu_count() or 2))

    def run(self) -> None:
        """Read the bundle and judge all of it that can be judged."""
        entries = {} if self._bundle.package.broken else self._assign()
        if not self._bundle.package.exceeded:
            if MANIFEST in entries:
                self._read_manifest(entries.pop(MANIFEST))
            self._bundle.foreign_version = foreign_version(self._bundle, entries.values())
            if not self._bundle.foreign_version:
                self._read_files(entries)
        self._judge_whole()

    def _assign(self) -> dict[str, Entry]:
        """Say which entry is which file; a near miss stands in for one that is not there."""
        found_: dict[str, Entry] = {}
        for entry in self._bundle.package.inside:
            if entry.base in (MANIFEST, *(file.csv for file in FILES)):
                found_.setdefault(entry.base, entry)
        for entry in self._bundle.package.inside:
            meant = alike(entry.base, [MANIFEST, *(file.csv for file in FILES)])
            if meant and entry.base not in found_:
                found_.setdefault(meant, entry)
        return found_

    def _stream(self, name: str, entry: Entry) -> Stream | None:
        flaws = self._bundle.flaws.setdefault(name, Flaws())
        if entry.encrypted:  # that is a finding already
            self._bundle.unread[name] = "it is encrypted"
            return None
        try:
            return Stream(self._bundle.package.open(entry), flaws, self._bundle.limits)
        except DAMAGE:
            flaws.add(Flaw.DAMAGED, None, "it cannot be opened")
            return None

    def _read_manifest(self, entry: Entry) -> None:
        stream = self._stream(MANIFEST, entry)
        header = stream.header() if stream else None
        if stream is None or header is None:
            self._bundle.unread.setdefault(MANIFEST, "it cannot be read")
            return
        records: list[Record] = []
        for block in stream.blocks():
            records += block.taken_apart()[: _PROPERTIES - len(records)]
            if len(records) == _PROPERTIES:
                break
        self._bundle.manifest = read_manifest(header, records, self._bundle.flaws[MANIFEST])

    def _read_files(self, entries: dict[str, Entry]) -> None:
        with ThreadPoolExecutor(self._workers) as pool:
            for file in in_order():
                table = self._bundle.tables[file.name]
                if file.csv in entries:
                    table.present = True
                    self._read(file, table, entries[file.csv], pool)
                else:
                    # Absent on purpose, or missing: the latter is one finding, not a thousand.
                    table.opaque = self._bundle.listed(file.name) != "absent"
                self._close(table)

    def _read(self, file: File, table: Table, entry: Entry, pool: ThreadPoolExecutor) -> None:
        stream = self._stream(file.csv, entry)
        names = stream.header() if stream else None
        flaws = self._bundle.flaws[file.csv]
        if stream is None or names is None:
            table.opaque = True
            return
        header = self._bundle.headers[file.name] = read_header(file, names)
        if not header.places:
            table.opaque = True
            return
        shape = Shape(file, len(names), header.places)
        self._bundle.sources[file.name] = (entry, shape)
        judge = Judge(file, shape, self._bundle, self._collector)
        for judged in self._judged(judge, stream.blocks(), table, pool):
            table.add(judged.part)
            table.broken += judged.flaws.counts[Flaw.RAGGED] + judged.flaws.counts[Flaw.EMPTY]
            flaws.take(judged.flaws)
            for one in judged.found:
                self._collector.add(one)
            self._between()
        table.opaque = KEY not in header.places or flaws.counts[Flaw.DAMAGED] > 0

    def _judged(
        self, judge: Judge, blocks: Iterator[Block], table: Table, pool: ThreadPoolExecutor
    ) -> Iterator[Judged]:
        """Judge blocks side by side; hand the outcome on in the order of the file."""
        for block in blocks:  # alone, until there is a whole row to learn from
            batch = judge.build(block)
            judge.learn(batch)
            table.mode = _mode(batch) or self._bundle.listed(table.file.name)
            yield judge.judge_batch(batch)
            if len(batch):
                break
        waiting: deque[Future[Judged]] = deque()
        for block in blocks:
            waiting.append(pool.submit(judge.judge, block))
            if len(waiting) >= self._workers + _WAITING:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _close(self, table: Table) -> None:
        table.close()
        if self._bundle.baseline:
            lay_under(table, self._bundle)
        if table.file.name in _NAMED:
            table.index()
        resolve_own(table)
        rules = [rule for rule in rules_of(Scope.REFERENCE) if self._collector.severity(rule)]
        for reference in of_table(table):
            for rule, rows in broken(rules, reference, self._bundle):
                hit = Hit(rows[rows < table.own], column=reference.column.name)
                self._add(rule, hit, table, reference.column.name)

    def _add(self, rule: Rule, hit: Hit, table: Table, column: str | None = None) -> None:
        def where(row: int, name: str | None) -> Place:
            return Place(table.line(row), table.key(row) or None, None)

        known = table.file[column] if column else None
        self._collector.add(found(self._collector, rule, table.file, hit, where, known))

    def _judge_whole(self) -> None:
        looked = not self._bundle.foreign_version
        for rule in chain(rules_of(Scope.PACKAGE), rules_of(Scope.MANIFEST)):
            if rule.scope is Scope.MANIFEST and not looked:
                continue
            for found_ in self._placed(rule, rule.function(self._bundle)):
                self._collector.add(found_)
        for rule in rules_of(Scope.TEXT):
            for name, flaws in self._bundle.flaws.items():
                self._collector.add(self._flawed(rule, name, flaws))
        if looked and not self._bundle.package.exceeded:
            self._judge_tables()

    def _judge_tables(self) -> None:
        wanted = [rule for rule in rules_of(Scope.TABLE) if self._collector.severity(rule)]

        def hits(rule: Rule) -> list[Hit]:
            found_: Iterable[Hit] = rule.function(self._bundle)
            return list(found_)

        with ThreadPoolExecutor(2) as pool:  # more would hold too much at a time
            for rule, found_ in zip(wanted, pool.map(hits, wanted), strict=True):
                for hit in found_:
                    self._add(rule, hit, self._bundle.tables[hit.file or ""])

    def _placed(self, rule: Rule, hits: Iterable[Hit]) -> Iterator[Found]:
        for hit in hits:
            yield Found(rule, hit.file, hit.count, [self._finding(rule, hit)])

    def _flawed(self, rule: Rule, name: str, flaws: Flaws) -> Found:
        flaw = rule.on
        spots = flaws.spots.get(flaw, [])
        hits = [
            Hit(
                file=name,
                line=spot.line,
                message=f"{rule.says}: {spot.detail}" if spot.detail else None,
            )
            for spot in spots
        ]
        findings = [self._finding(rule, hit) for hit in hits]
        return Found(rule, name, flaws.counts.get(flaw, 0), findings)

    def _finding(self, rule: Rule, hit: Hit) -> Finding:
        return Finding(
            rule=rule.name,
            code=rule.code,
            severity=self._collector.severity(rule) or rule.severity,
            message=hit.message or says(rule, None),
            remedy=rule.remedy,
            file=hit.file,
            line=hit.line,
            column=hit.column,
            value=hit.value,
        )


def _mode(batch: Batch) -> str | None:
    """Return what most rows look like: delta rows have a status, bulk rows none."""
    if "status" not in batch or not len(batch):
        return None
    return "delta" if batch["status"].filled.mean() > 0.5 else "bulk"


def in_order() -> list[File]:
    """Return the files so that each stands behind those it names."""
    due = {
        file.name: {
            column.target.file
            for column in file.references
            if column.target and column.target.file != file.name
        }
        for file in FILES
    }
    order: list[File] = []
    while due:
        ready = sorted(name for name, needs in due.items() if not needs & set(due))
        order += [BY_NAME[name] for name in ready]
        for name in ready:
            del due[name]
    # Results are judged by who is enrolled, without naming enrollments.
    return sorted(order, key=lambda file: file.name == "results")


_NAMED: Final = frozenset(target.file for _, _, target in references())
