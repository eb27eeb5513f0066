"""What rules may look at: the bundle, as far as it was read."""

import threading
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from extractor.spec import BY_NAME, FILES
from extractor.validate.archive import Entry, Package
from extractor.validate.batch import Mask, Shape
from extractor.validate.header import Header
from extractor.validate.limits import Limits
from extractor.validate.manifest import Manifest
from extractor.validate.table import Table
from extractor.validate.tokens import Flaws


@dataclass(frozen=True, slots=True)
class Hit:
    """
    Where a rule finds its defect.

    `rows` are row numbers, or a mask, of the batch (ROW) or of the table `file` (TABLE). Other
    scopes say `line` and `value` themselves. `message` overrides what the rule always says.
    """

    rows: NDArray[np.int64] | Mask | None = None
    file: str | None = None
    column: str | None = None
    message: str | None = None
    line: int | None = None
    value: str | None = None
    count: int = 1


@dataclass(slots=True)
class Bundle:
    """Everything known of one bundle. `tables` has all files of the standard, read or not."""

    package: Package
    as_of: date
    manifest: Manifest | None = None
    headers: dict[str, Header] = field(default_factory=dict)
    flaws: dict[str, Flaws] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    tables: dict[str, Table] = field(
        default_factory=lambda: {file.name: Table(file) for file in FILES}
    )
    sources: dict[str, tuple[Entry, Shape]] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    baseline: "Bundle | None" = None
    foreign_version: str | None = None
    cached: dict[str, object] = field(default_factory=dict)
    computing: threading.RLock = field(default_factory=threading.RLock)

    @property
    def readable(self) -> bool:
        """Whether its files were looked at."""
        return not (self.package.broken or self.package.exceeded or self.foreign_version)

    def table(self, name: str) -> Table:
        """Return what is known of one file."""
        return self.tables[name]

    def listed(self, name: str) -> str | None:
        """Return the mode that the manifest gives a file."""
        return self.manifest.modes.get(name) if self.manifest else None

    def mode(self, name: str) -> str | None:
        """Return bulk or delta as the rows are, else as the manifest says, else absent."""
        table = self.tables[name]
        return table.mode if table.present else self.listed(name)

    @property
    def partial(self) -> bool:
        """Whether any file is a delta, so that records may have been sent before."""
        return any(self.mode(name) == "delta" for name in BY_NAME)

    def whole(self, *names: str) -> bool:
        """Tell whether these files are here, read in full, and bulk."""
        return all(
            self.tables[name].present
            and not self.tables[name].opaque
            and self.tables[name].mode != "delta"
            for name in names
        )
