"""A block as columns: distinct values and codes, so that each distinct value is judged once."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
from numpy.typing import NDArray

from extractor.spec import File
from extractor.validate.blocks import Block
from extractor.validate.hashes import Hashes, Rows, hash_texts, offsets_and_bytes, strings, taken
from extractor.validate.tokens import Flaw, Flaws, Record

Mask = NDArray[np.bool_]
KEY = "sourcedId"
_CODED = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True, slots=True)
class Items:
    """The items of list values: `texts` of all, and to which value each belongs."""

    texts: pa.StringArray
    owners: NDArray[np.int64]


class Values:
    """
    One column of a batch.

    `distinct` holds each value once and `codes` which of them a row has; without codes the
    rows are all taken to be distinct. What is computed on `distinct` is spread to the rows.
    """

    def __init__(self, values: pa.StringArray | pa.DictionaryArray) -> None:
        """Take a column as it was read."""
        self.codes: Rows | None = None
        self.distinct: pa.StringArray = values
        if isinstance(values, pa.DictionaryArray):
            self.codes = whole_numbers(values.indices)
            self.distinct = values.dictionary

    def __len__(self) -> int:
        return len(self.distinct) if self.codes is None else len(self.codes)

    def spread(self, judged: np.ndarray) -> np.ndarray:
        """Give every row what was found out about its value."""
        return judged if self.codes is None else judged[self.codes]

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Bytes of each distinct value."""
        return np.diff(offsets_and_bytes(self.distinct)[0])

    @cached_property
    def filled(self) -> Mask:
        """Which rows hold a value."""
        return np.asarray(self.spread(self.lengths > 0))

    @cached_property
    def hashes(self) -> Hashes:
        """The hash of each row's value."""
        return np.asarray(self.spread(hash_texts(self.distinct)))

    @cached_property
    def items(self) -> Items:
        """The items of each distinct value as a comma separated list, blanks around them cut."""
        holding = np.flatnonzero(self.lengths)
        split = pc.split_pattern(taken(self.distinct, holding), ",")
        texts = pc.utf8_trim_whitespace(split.flatten())
        counts = np.diff(whole_numbers(split.offsets))
        return Items(texts, np.repeat(holding, counts))

    def flat(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return, for every item of every row, the row and the item's place in `items`."""
        counts = np.bincount(self.items.owners, minlength=len(self.distinct))
        starts = np.cumsum(counts) - counts
        each, begin = np.asarray(self.spread(counts)), np.asarray(self.spread(starts))
        owners = np.repeat(np.arange(len(self), dtype=np.int64), each)
        before = np.repeat(np.cumsum(each) - each - begin, each)
        return owners, np.arange(len(owners), dtype=np.int64) - before

    def equals(self, *texts: str) -> Mask:
        """Tell which rows hold one of these texts."""
        judged = pc.is_in(self.distinct, value_set=strings(texts))
        return np.asarray(self.spread(to_mask(judged)))

    def codes_in(self, tokens: tuple[str, ...]) -> NDArray[np.int8]:
        """Return the place of each row's value in a list of tokens; -1 where it is in none."""
        found = pc.index_in(self.distinct, value_set=strings(tokens))
        places = np.where(to_mask(found.is_valid()), whole_numbers(found), -1).astype(np.int8)
        return np.asarray(self.spread(places))

    def text(self, row: int) -> str:
        """Return the value of one row."""
        place = row if self.codes is None else int(self.codes[row])
        return str(self.distinct[place].as_py())


# Arrow's own `to_numpy` imports pandas, which takes longer than judging a small bundle.
def whole_numbers(values: pa.Int32Array) -> Rows:
    """Return an Arrow column of 32 bits without blanks as numpy's, without copying."""
    held = values.buffers()[1]
    if not len(values):
        return np.zeros(0, np.int32)
    return np.frombuffer(held, np.int32)[values.offset : values.offset + len(values)]


def to_mask(judged: pa.BooleanArray) -> Mask:
    """Return an Arrow truth column without blanks as numpy's."""
    if not len(judged):
        return np.zeros(0, np.bool_)
    bits = np.unpackbits(np.frombuffer(judged.buffers()[1], np.uint8), bitorder="little")
    return bits[judged.offset : judged.offset + len(judged)].astype(np.bool_)


def item_mask(values: Values, judge: Callable[[pa.StringArray], Mask]) -> Mask:
    """Tell which distinct values hold an item that the judge finds wrong."""
    items = values.items
    bad = np.zeros(len(values.distinct), np.bool_)
    bad[items.owners[judge(items.texts)]] = True
    return bad


@dataclass(frozen=True, slots=True)
class Named:
    """Which rows of the target each row of a file names in a list column, flat."""

    owners: NDArray[np.int64]
    targets: np.ndarray


@dataclass(slots=True)
class Batch:
    """
    Some rows of one file.

    `lines` are physical lines; a range when
    every record has one of its own. `loose` are ids of rows that are left out because they are
    broken: whoever names them is not to blame. `references` and `named` are filled in by
    `resolve`: the rows that each reference names, in its target file.
    """

    file: File
    columns: dict[str, Values]
    lines: NDArray[np.int64] | range
    flaws: Flaws
    loose: list[str] = field(default_factory=list)
    references: dict[str, Rows] = field(default_factory=dict)
    named: dict[str, Named] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lines)

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    def __getitem__(self, column: str) -> Values:
        return self.columns[column]

    def line(self, row: int) -> int:
        """Return the physical line of a row."""
        return int(self.lines[row])

    def sourced_id(self, row: int) -> str | None:
        """Return the id of a row, if it has any."""
        return (self.columns[KEY].text(row) or None) if KEY in self.columns else None


@dataclass(frozen=True, slots=True)
class Shape:
    """
    How the columns of one file stand in its records: `places` by the standard's name.

    `plain` are the columns whose values hardly repeat, so that it does not pay to look for each
    value only once.
    """

    file: File
    width: int
    places: dict[str, int]
    plain: frozenset[str] = frozenset((KEY,))

    def learned(self, batch: Batch) -> "Shape":
        """Return what the first batch of a file teaches about the next ones."""
        often = len(batch) // 8
        plain = {name for name, values in batch.columns.items() if len(values.distinct) > often}
        return replace(self, plain=frozenset((KEY, *plain)))


def build(block: Block, shape: Shape) -> Batch:
    """Make columns of a block; broken records are left out and told in its flaws."""
    if block.text is not None:
        try:
            return _parsed(block, shape)
        except pa.ArrowInvalid:
            pass  # a record has more or fewer fields; find out which
    return _assembled(block.taken_apart(), shape)


def _parsed(block: Block, shape: Shape) -> Batch:
    names = [str(place) for place in range(shape.width)]
    wanted = {str(place): column for column, place in shape.places.items()}
    table = pcsv.read_csv(
        pa.BufferReader(block.text),
        read_options=pcsv.ReadOptions(
            use_threads=False, block_size=len(block.text or b"") + 1, column_names=names
        ),
        parse_options=pcsv.ParseOptions(newlines_in_values=False, ignore_empty_lines=False),
        convert_options=pcsv.ConvertOptions(
            check_utf8=False,
            column_types={
                name: pa.string() if column in shape.plain else _CODED
                for name, column in wanted.items()
            },
            strings_can_be_null=False,
            null_values=[],
            include_columns=list(wanted),
        ),
    )
    if len(table) != block.rows:
        raise pa.ArrowInvalid("records and lines do not agree")
    columns = {wanted[name]: Values(_whole(table.column(name))) for name in wanted}
    batch = Batch(shape.file, columns, range(block.line, block.line + block.rows), Flaws())
    return batch if not _any_empty(columns) else _assembled(block.taken_apart(), shape)


def _any_empty(columns: dict[str, Values]) -> bool:
    """Tell whether a row has no value at all: such a row is one finding, not one per column."""
    key = columns.get(KEY)
    if key is None:
        return False
    empty = ~key.filled
    for values in columns.values():
        if not empty.any():
            return False
        empty = empty & ~values.filled
    return bool(empty.any())


def _whole(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.unify_dictionaries().combine_chunks()


def _assembled(records: list[Record], shape: Shape) -> Batch:
    flaws = Flaws()
    whole: list[Record] = []
    loose: list[str] = []
    for record in records:
        fields = record.fields
        if not any(fields):
            flaws.add(Flaw.EMPTY, record.line)
        elif len(fields) != shape.width:
            flaws.add(Flaw.RAGGED, record.line, f"{len(fields)} fields; {shape.width} expected")
            place = shape.places.get(KEY, len(fields))
            if place < len(fields):
                loose.append(fields[place].decode("utf-8", "replace"))
        else:
            whole.append(record)
    columns = {
        name: Values(
            _column([record.fields[place] for record in whole], coded=name not in shape.plain)
        )
        for name, place in shape.places.items()
    }
    lines = np.array([record.line for record in whole], np.int64)
    return Batch(shape.file, columns, lines, flaws, loose=loose)


def _column(texts: list[bytes], *, coded: bool) -> pa.Array:
    values = strings(text.decode("utf-8", "replace") for text in texts)
    return values.dictionary_encode() if coded else values
