"""Filling the spool: frames fitted to their files, held to their keys, and put in order."""

from collections.abc import Iterable
from dataclasses import dataclass

from pandas import DataFrame

from extractor.conform import conform, refuse_repeats
from extractor.findings import Findings
from extractor.settings import Settings
from extractor.spec import BY_NAME, File
from extractor.spool import Spool


@dataclass(slots=True)
class Filling:
    """The spool of one run."""

    settings: Settings
    spool: Spool
    findings: Findings

    def whole(self, name: str, rows: DataFrame) -> DataFrame:
        """Spool a whole file, in the order of sourcedIds: the order of the database is chance."""
        file, own = BY_NAME[name], self.settings.metadata_of(name)
        fitted = conform(rows, file, self.findings, own)
        ordered = fitted.sort_values("sourcedId", ignore_index=True)
        self.spool.write(name, refuse_repeats([ordered], file), own)
        return ordered

    def stream(self, file: File, frames: Iterable[DataFrame]) -> None:
        """Spool a file without bound, in the order of its query."""
        own = self.settings.metadata_of(file.name)
        fitted = (conform(rows, file, self.findings, own) for rows in frames)
        self.spool.write(file.name, refuse_repeats(fitted, file), own)
