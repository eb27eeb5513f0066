"""One look at a bundle for its profiles: at the raw bytes for their form, at columns for values.

A second look beside the engine's, so that what consumers ask costs nothing when nobody asks.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

from extractor.profiles import Profile
from extractor.spec import BY_NAME, MANIFEST
from extractor.validate.archive import DAMAGE, KNOWN, Entry, Package, open_package
from extractor.validate.batch import Shape, build
from extractor.validate.blocks import MARK, Stream
from extractor.validate.classes import Classes
from extractor.validate.facts import Facts, FileFacts, probes
from extractor.validate.header import read_header
from extractor.validate.limits import Limits
from extractor.validate.manifest import read_manifest
from extractor.validate.probing import Values
from extractor.validate.tokens import Flaw, Flaws

_CHUNK = 1 << 22
_QUOTED = re.compile(rb'"((?:[^"]++|"")*+)"')  # possessive: a quote never closed costs no memory
_NEEDS_QUOTES = re.compile(rb'[ ,"\r\n]')
_UNQUOTED = re.compile(rb"(?:^|(?<=[,\r\n]))[^,\r\n\x00]+")
_BROKEN = (Flaw.RAGGED, Flaw.EMPTY)


def facts_of(path: Path, profiles: Iterable[Profile], limits: Limits | None = None) -> Facts:
    """
    Look at a zip or folder for what these profiles ask.

    Raises:
        SettingsError: the path cannot be read.
    """
    limits = limits or Limits()
    with open_package(path, limits) as package:
        return gather(package, profiles, limits)


def gather(package: Package, profiles: Iterable[Profile], limits: Limits) -> Facts:
    """Look at an open bundle for what these profiles ask; at nothing of one beyond the limits."""
    names = tuple(entry.name for entry in package.entries)
    facts = Facts(package.name, package.archive, names)
    if package.broken or package.exceeded:
        return facts
    held = {entry.base: entry for entry in package.inside if entry.base in KNOWN}
    return _Look(profiles, limits).at(facts, held)


class _Look:
    """What is gathered while the files are read one by one."""

    __slots__ = ("_classes", "_limits", "_manifest", "_quotes", "_values")

    def __init__(self, profiles: Iterable[Profile], limits: Limits) -> None:
        profiles = tuple(profiles)
        self._values, self._classes = Values(probes(profiles)), Classes()
        self._quotes = any(each.first("quoting") for each in profiles)
        self._limits = limits
        self._manifest: dict[str, str] = {}

    def at(self, facts: Facts, held: dict[str, Entry]) -> Facts:
        """Return the facts with all that the files tell."""
        files = {name.removesuffix(".csv"): self._file(name, held[name]) for name in held}
        teachers = self._classes.finish()
        return replace(
            facts,
            manifest=self._manifest,
            files=files,
            tallies=self._values.tallies,
            classes=self._classes.classes,
            teachers=teachers,
        )

    def _file(self, name: str, entry: Entry) -> FileFacts:
        form, header, rows = FileFacts(), list[str](), 0
        with suppress(*DAMAGE):
            form = _form(entry, quotes=self._quotes)
            with entry.open() as raw:
                stream = Stream(raw, Flaws(), self._limits)
                header = stream.header() or []
                if name == MANIFEST:
                    rows = self._read_manifest(header, stream)
                else:
                    rows = self._read(name.removesuffix(".csv"), header, stream)
        return replace(form, header=tuple(header), rows=rows)

    def _read_manifest(self, header: list[str], stream: Stream) -> int:
        records = [record for block in stream.blocks() for record in block.taken_apart()]
        self._manifest |= read_manifest(header, records, Flaws()).values
        return len(records)

    def _read(self, file: str, header: list[str], stream: Stream) -> int:
        shape = Shape(BY_NAME[file], len(header), read_header(BY_NAME[file], header).places)
        if not shape.places or not (file in Classes.FILES or self._values.asks(file)):
            return sum(block.rows for block in stream.blocks())
        rows = 0
        for batch in (build(block, shape) for block in stream.blocks()):
            self._values.see(file, batch)
            self._classes.see(file, batch)
            rows += len(batch) + sum(batch.flaws.counts[flaw] for flaw in _BROKEN)
        return rows


def _form(entry: Entry, *, quotes: bool) -> FileFacts:
    """Look at the raw bytes: line ends, byte order mark, and quotes, which takes the longest."""
    ends: set[str] = set()
    needless = unquoted = 0
    with entry.open() as raw:
        mark = raw.read(len(MARK)) == MARK
    with entry.open() as raw:
        for chunk in _pieces(raw):
            ends |= _ends(chunk)
            if not quotes:
                continue
            quoted = _QUOTED.findall(chunk)
            needless += sum(1 for each in quoted if not _NEEDS_QUOTES.search(each))
            unquoted += len(_UNQUOTED.findall(_QUOTED.sub(b"\x00", chunk) if quoted else chunk))
    return FileFacts((), 0, frozenset(ends), mark, needless, unquoted)


def _ends(chunk: bytes) -> set[str]:
    pairs = chunk.count(b"\r\n")
    counts = {
        "crlf": pairs,
        "lf": chunk.count(b"\n") - pairs,
        "cr": chunk.count(b"\r") - pairs,
    }
    return {end for end, count in counts.items() if count}


def _pieces(raw: IO[bytes]) -> Iterator[bytes]:
    """Yield the bytes in large pieces of whole lines."""
    while piece := raw.read(_CHUNK):
        yield piece + raw.readline(_CHUNK)
