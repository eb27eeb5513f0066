"""What a run did: counts, bundles with their hashes, findings; as JSON and on the terminal.

SIS keys stand in it, names and addresses never.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.table import Table
from rich.text import Text

from extractor.disk import write_whole
from extractor.errors import DataError
from extractor.findings import Finding, Findings
from extractor.package import Written
from extractor.spec import FILES
from extractor.validate import Verdict
from extractor.validate.report.json import as_shape
from extractor.validate.verdict import Severity


@dataclass(frozen=True, slots=True)
class Bundle:
    """One vendor's bundle: where it appears, its hash, its rows per file."""

    vendor: str
    path: Path
    sha256: str
    rows: dict[str, int]

    @classmethod
    def of(cls, vendor: str, written: Written) -> "Bundle":
        """Describe a bundle that is written and not yet published."""
        with written.partial.open("rb") as raw:
            digest = hashlib.file_digest(raw, "sha256").hexdigest()
        return cls(vendor, written.final, digest, written.rows)


@dataclass(frozen=True, slots=True)
class Report:
    """One run."""

    as_of: date
    school_year: int | None  # None when the run stopped before it was known
    bundles: list[Bundle]
    findings: list[Finding]
    scheduling: dict[str, str]  # school code to kind, as detected or declared
    verdicts: Mapping[str, Verdict]  # what the validator said of each vendor's bundle
    error: str | None = None  # why the run stopped

    def write(self, path: Path) -> None:
        """Write the report as JSON, whole or not at all, for its owner only."""
        write_whole(path, json.dumps(self._json(), indent=2, ensure_ascii=False).encode() + b"\n")

    def show(self, console: Console, path: Path) -> None:
        """Print counts, findings and where the bundles are."""
        for bundle in self.bundles:
            console.print(_rows(bundle))
        if self.findings:
            console.print(_findings(self.findings, keys=console.is_terminal))
        for kind in sorted(set(self.scheduling.values())):
            codes = [code for code, found in self.scheduling.items() if found == kind]
            listed = ", ".join(codes[:20]) + (f" and {len(codes) - 20} more" if codes[20:] else "")
            console.print(f"scheduled as {kind}: {listed}", soft_wrap=True, highlight=False)
        for bundle in self.bundles:
            console.print(f"bundle: {bundle.path}", soft_wrap=True, highlight=False)
            console.print(f"sha256: {bundle.sha256}", soft_wrap=True, highlight=False)
            counts = _counts(self.verdicts[bundle.vendor])
            told = ", ".join(f"{n:,} {kind}{'' if n == 1 else 's'}" for kind, n in counts)
            console.print(f"validated: {told}", soft_wrap=True, highlight=False)
        console.print(f"report: {path}", soft_wrap=True, highlight=False)

    def _json(self) -> dict[str, object]:
        return {
            "as_of": self.as_of.isoformat(),
            "error": self.error,
            "school_year": self.school_year,
            "scheduling": self.scheduling,
            "bundles": [
                {
                    "vendor": bundle.vendor,
                    "path": str(bundle.path),
                    "sha256": bundle.sha256,
                    "rows": bundle.rows,
                }
                for bundle in self.bundles
            ],
            "validation": {
                vendor: {
                    "counts": dict(_counts(verdict)),
                    "rules": verdict.rules,
                    "findings": [as_shape(one, show_values=False) for one in verdict.findings],
                }
                for vendor, verdict in self.verdicts.items()
            },
            "findings": [
                {
                    "name": finding.name,
                    "severity": finding.kind.severity.value,
                    "count": finding.count,
                    "what": finding.kind.what,
                    "done": finding.kind.done,
                    "remedy": finding.kind.remedy,
                    "keys": finding.keys,
                }
                for finding in self.findings
            ],
        }


@dataclass(frozen=True, slots=True)
class FindingsKept:
    """Around a run: when the data stops it, what was found until then is written all the same."""

    path: Path
    as_of: date
    findings: Findings
    verdicts: Mapping[str, Verdict]  # filled as the run goes on

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write the report of a run that a DataError stops; the cause may stand in it."""
        found = list(self.findings)
        if isinstance(error, DataError):
            report = Report(self.as_of, None, [], found, {}, self.verdicts, str(error))
            report.write(self.path)
            error.add_note(f"What was found until then is in {self.path}")


def _counts(verdict: Verdict) -> list[tuple[str, int]]:
    return [(severity.value, verdict.counts.get(severity, 0)) for severity in Severity]


def _rows(bundle: Bundle) -> Table:
    table = Table("file", title=f"vendor {bundle.vendor}", title_justify="left")
    table.add_column("rows", justify="right")
    for file in FILES:
        rows = bundle.rows.get(file.name)
        table.add_row(file.csv, f"{rows:,}" if rows is not None else "absent")
    return table


def _findings(findings: list[Finding], *, keys: bool) -> Table:
    """Return the table; keys only for a person's eyes: what a scheduler keeps is a log."""
    title = "found in the SIS; what was done, and more keys, are in the report"
    table = Table("finding", title=title, title_justify="left")
    table.add_column("severity")
    table.add_column("count", justify="right")
    if keys:
        table.add_column("first key", overflow="fold")
    for finding in findings:
        cells = [finding.name, finding.kind.severity.value, f"{finding.count:,}"]
        table.add_row(*cells, *([Text(finding.keys[0])] if keys else []))
    return table
