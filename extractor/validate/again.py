"""A second look at a few rows of a file, for what was not kept of them."""

import numpy as np
from numpy.typing import NDArray

from extractor.validate.batch import build
from extractor.validate.blocks import Stream
from extractor.validate.bundle import Bundle
from extractor.validate.tokens import Flaws

Content = tuple[str, ...]


def contents(bundle: Bundle, name: str, rows: NDArray[np.int64]) -> dict[int, Content]:
    """Return every value of these rows of a file, by row number."""
    entry, shape = bundle.sources[name]
    found: dict[int, Content] = {}
    with entry.open() as source:
        stream = Stream(source, Flaws(), bundle.limits)
        stream.header()
        start = 0
        for block in stream.blocks():
            batch = build(block, shape)
            for row in rows[(rows >= start) & (rows < start + len(batch))]:
                values = batch.columns.values()
                found[int(row)] = tuple(one.text(int(row) - start) for one in values)
            start += len(batch)
    return found
