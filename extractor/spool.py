"""The district set on disk: one Arrow file per OneRoster file, written once, read per vendor.

Whoever reads a file streams it; its size is bounded by the disk, not by memory. The folder is
the owner's alone and is removed at the end of the run.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pandas import DataFrame

from extractor.frames import from_arrow, to_arrow
from extractor.spec import BY_NAME


class Spool:
    """A folder of Arrow files, each in its standard header's columns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, frames: Iterable[DataFrame], own: Sequence[str] = ()) -> int:
        """
        Write the frames of one OneRoster file; return the number of rows.

        `own` names the district's columns, right of the standard ones.
        """
        columns = (*BY_NAME[name].header, *own)
        schema = pa.schema([(column, pa.string()) for column in columns])
        rows = 0
        with pa.OSFile(str(self._path(name)), "wb") as sink, pa.ipc.new_file(sink, schema) as out:
            for frame in frames:
                out.write_table(to_arrow(frame))
                rows += len(frame)
        return rows

    def batches(self, name: str, columns: Sequence[str] | None = None) -> Iterator[DataFrame]:
        """Yield one OneRoster file in the batches it was written in; nothing if it is absent."""
        if not self._path(name).exists():
            return
        with pa.OSFile(str(self._path(name))) as source:
            file = pa.ipc.open_file(source)
            for at in range(file.num_record_batches):
                batch = file.get_batch(at)
                batch = batch.select(list(columns)) if columns else batch
                yield from_arrow(pa.Table.from_batches([batch]))

    def frame(self, name: str) -> DataFrame:
        """Return one whole OneRoster file; not for those whose size is without bound."""
        batches = list(self.batches(name))
        if not batches:
            return from_arrow(
                pa.table({c: pa.array([], pa.string()) for c in BY_NAME[name].header})
            )
        return pd.concat(batches, ignore_index=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.arrow"
