"""The district set on disk: one Arrow file per OneRoster file, written once, read per vendor.

Whoever reads a file streams it; its size is bounded by the disk, not by memory. A file may be
read while it is still written: the reader waits for what is to come. The folder is the owner's
alone and is removed at the end of the run.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from threading import Condition

import pandas as pd
import pyarrow as pa
from pandas import DataFrame

from extractor.frames import from_arrow, to_arrow
from extractor.spec import BY_NAME


class StoppedSpoolError(Exception):
    """What a reader waited for will not come: the run has failed elsewhere, or was stopped."""


class Spool:
    """A folder of Arrow streams, each in its standard header's columns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._news = Condition()
        self._growing: dict[str, int] = {}  # batches that are there, of files not yet whole
        self._stopped = False

    def write(self, name: str, frames: Iterable[DataFrame], own: Sequence[str] = ()) -> int:
        """
        Write the frames of one OneRoster file; return the number of rows.

        `own` names the district's columns, right of the standard ones.
        """
        columns = (*BY_NAME[name].header, *own)
        schema = pa.schema([(column, pa.large_string()) for column in columns])
        rows = 0
        self.expect(name)
        try:
            with (
                pa.OSFile(str(self._path(name)), "wb") as sink,
                pa.ipc.new_stream(sink, schema) as out,
            ):
                for frame in frames:
                    for batch in to_arrow(frame).to_batches():
                        out.write_batch(batch)
                        self._tell(name)
                    rows += len(frame)
        except BaseException:
            self.stop()  # before the file looks whole
            raise
        with self._news:
            del self._growing[name]
            self._news.notify_all()
        return rows

    def expect(self, name: str) -> None:
        """Have readers of a file that nobody has begun to write yet wait for it."""
        with self._news:
            self._growing.setdefault(name, 0)

    def stop(self) -> None:
        """Have everybody who reads, now or later, end with a `StoppedSpoolError`."""
        with self._news:
            self._stopped = True
            self._news.notify_all()

    def refuse_stopped(self) -> None:
        """Raise what readers raise when they were told to stop."""
        if self._stopped:
            raise StoppedSpoolError

    def batches(self, name: str, columns: Sequence[str] | None = None) -> Iterator[DataFrame]:
        """Yield one OneRoster file in the batches it was written in; nothing if it is absent."""
        self._await(name, 1)
        if not self._path(name).exists():
            return
        with pa.OSFile(str(self._path(name))) as source, pa.ipc.open_stream(source) as stream:
            at = 1
            while (batch := _next(stream)) is not None:
                chosen = batch.select(list(columns)) if columns else batch
                yield from_arrow(pa.Table.from_batches([chosen]))
                at += 1
                self._await(name, at)

    def frame(self, name: str) -> DataFrame:
        """Return one whole OneRoster file; not for those whose size is without bound."""
        batches = list(self.batches(name))
        if not batches:
            return from_arrow(
                pa.table({c: pa.array([], pa.string()) for c in BY_NAME[name].header})
            )
        return pd.concat(batches, ignore_index=True)

    def _await(self, name: str, batches: int) -> None:
        """Wait until a file has so many batches, or is whole."""
        with self._news:
            self._news.wait_for(
                lambda: self._stopped or self._growing.get(name, batches) >= batches
            )
            if self._stopped:
                raise StoppedSpoolError

    def _tell(self, name: str) -> None:
        """Say that one more batch is there; stop where nobody wants it any more."""
        with self._news:
            if self._stopped:
                raise StoppedSpoolError
            self._growing[name] += 1
            self._news.notify_all()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.arrow"


def _next(stream: pa.RecordBatchReader) -> pa.RecordBatch | None:
    try:
        return stream.read_next_batch()
    except StopIteration:
        return None
