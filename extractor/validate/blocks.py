"""A CSV stream in blocks of whole records, proven regular or taken apart exactly."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import numpy as np
from numpy.typing import NDArray

from extractor.validate.archive import DAMAGE
from extractor.validate.limits import Limits
from extractor.validate.tokens import Flaw, Flaws, Record, Tokenizer

ROWS = 200_000  # of a block at most: taken apart, a row needs far more memory than its text
_HEAD = 16  # bytes that tell UTF-16
MARK = b"\xef\xbb\xbf"
_FOREIGN = {b"\xff\xfe": "UTF-16 (little endian)", b"\xfe\xff": "UTF-16 (big endian)"}


@dataclass(frozen=True, slots=True)
class Block:
    """
    Some records in a row, from the physical line `line` on.

    Regular: `text` holds one record per line, every quote is where it belongs. Otherwise
    `records` are its records, taken apart.
    """

    line: int
    text: bytes | None = None
    records: list[Record] = field(default_factory=list)
    rows: int = 0

    def taken_apart(self) -> list[Record]:
        """Return the records; of a regular block too, when it turned out to be ragged."""
        if self.text is None:
            return self.records
        return list(Tokenizer(Flaws(), self.line).records(self.text, last=True))


class Stream:
    """One CSV file: its header, then its blocks; what is wrong with the text goes to `flaws`."""

    def __init__(self, source: IO[bytes], flaws: Flaws, limits: Limits) -> None:
        """Read from an open file."""
        self._source = source
        self._flaws = flaws
        self._size = limits.block
        self._limit = limits.record
        self._held = b""
        self._ended = False
        self._offset = 0
        self._line = 1
        self.foreign: str | None = None

    def header(self) -> list[str] | None:
        """Return the names in the first record; None when there is none to read."""
        self._fill(max(self._size, _HEAD))
        self.foreign = _encoding(self._held)
        if self.foreign:
            self._flaws.add(Flaw.ENCODING, 1, f"it looks like {self.foreign}, from byte 0 on")
            return None
        if self._held.startswith(MARK):
            self._flaws.add(Flaw.MARK, 1)
            self._held, self._offset = self._held[len(MARK) :], len(MARK)
        block = self._at_least_one(limit=1)
        return (
            [name.decode("utf-8", "replace") for name in block.records[0].fields] if block else None
        )

    def blocks(self) -> Iterator[Block]:
        """Yield what follows the header."""
        while True:
            self._fill(self._size)
            if not self._held:
                return
            block = self._next()
            if block is None:
                return
            yield block

    def _next(self) -> Block | None:
        return self._regular() or self._at_least_one()

    def _at_least_one(self, limit: int = ROWS) -> Block | None:
        """Take records apart, reading on until one is complete; None at the end or the limit."""
        block = self._take(limit)
        while not block.records and not self._ended:
            if len(self._held) > self._limit:
                block = self._take(limit, patient=False)
                if not block.records:
                    self._stop("a record is longer than can be read")
                break
            self._fill(2 * len(self._held))
            block = self._take(limit)
        return block if block.records else None

    def _regular(self) -> Block | None:
        """Return the records up to the last line end, if that is proven to be one."""
        end = len(self._held) if self._ended else self._held.rfind(b"\n") + 1
        text = self._held[:end]
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == 0x0A)
        if len(ends) > ROWS:
            ends = ends[:ROWS]
            end = int(ends[-1]) + 1
            text = text[:end]
        if not text or not is_regular(text, ends):
            return None
        self._held = self._held[end:]
        text = self._utf8(text)
        rows = len(ends) + (not text.endswith(b"\n"))
        block = Block(self._line, text, rows=rows)
        self._line += rows
        return block

    def _take(self, limit: int = ROWS, *, patient: bool = True) -> Block:
        tokens = Tokenizer(self._flaws, self._line, patient=patient)
        records = []
        for record in tokens.records(self._held, last=self._ended):
            records.append(record)
            if len(records) == limit:
                break
        block = Block(self._line, records=records, rows=len(records))
        self._utf8(self._held[: tokens.position])
        self._held = self._held[tokens.position :]
        self._line = tokens.line
        return block

    def _fill(self, size: int) -> None:
        while not self._ended and len(self._held) < size:
            try:
                more = self._source.read(size - len(self._held))
            except DAMAGE as error:
                self._stop("it is damaged or cut short" if str(error) else "it cannot be read")
                return
            self._ended = not more
            self._held += more

    def _stop(self, why: str) -> None:
        self._flaws.add(Flaw.DAMAGED, self._line, why)
        self._ended = True

    def _utf8(self, text: bytes) -> bytes:
        """Return the text with what is not UTF-8 replaced; the first such byte is a flaw."""
        offset, self._offset = self._offset, self._offset + len(text)
        if text.isascii():
            return text
        try:
            text.decode("utf-8")
        except UnicodeDecodeError as error:
            if not self._flaws.counts[Flaw.ENCODING]:
                line = self._line + text.count(b"\n", 0, error.start)
                guess = _single_byte(text[error.start])
                self._flaws.add(Flaw.ENCODING, line, f"byte {offset + error.start} {guess}")
            return text.decode("utf-8", "replace").encode("utf-8")
        return text


def _encoding(text: bytes) -> str | None:
    """Name an encoding that is plainly none of ours."""
    head = text[:4096]
    for mark, name in _FOREIGN.items():
        if head.startswith(mark):
            return name
    if len(head) >= 16 and head[1::2].count(0) > len(head) // 4:
        return "UTF-16 (little endian)"
    if len(head) >= 16 and head[0::2].count(0) > len(head) // 4:
        return "UTF-16 (big endian)"
    return None


def _single_byte(byte: int) -> str:
    undefined = byte in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    return f"is 0x{byte:02x}, as in " + ("ISO-8859-1" if undefined else "Windows-1252 (cp1252)")


def is_regular(text: bytes, ends: NDArray[np.int64]) -> bool:
    """
    Tell whether each line is one record and each quote opens, closes or doubles.

    Args:
        ends: where the line feeds of the text are.
    """
    content: NDArray[np.uint8] = np.frombuffer(text, np.uint8)
    behind = ends[1:] if len(ends) and ends[0] == 0 else ends  # those that something precedes
    # Four times as fast as counting in bytes, which holds up the threads that judge, too.
    returns = np.count_nonzero(content == 0x0D)
    if returns != np.count_nonzero(content[behind - 1] == 0x0D):
        return False
    return b'"' not in text or _quotes_belong(content, ends)


_BEFORE = np.zeros(256, np.bool_)
_BEFORE[list(b',\n"')] = True
_AFTER = np.zeros(256, np.bool_)
_AFTER[list(b',\r\n"')] = True


def _quotes_belong(content: NDArray[np.uint8], lines: NDArray[np.int64]) -> bool:
    quotes = np.flatnonzero(content == 0x22)
    if len(quotes) % 2:
        return False
    opens, closes = quotes[::2], quotes[1::2]
    # `content[-1]` for a quote at the very start: a record starts there, so any byte will do.
    before = _BEFORE[content[opens - 1]] | (opens == 0)
    after = np.ones(len(closes), np.bool_)
    inner = closes + 1 < len(content)
    after[inner] = _AFTER[content[closes[inner] + 1]]
    if not (before.all() and after.all()):
        return False
    return bool((np.searchsorted(lines, opens) == np.searchsorted(lines, closes)).all())
