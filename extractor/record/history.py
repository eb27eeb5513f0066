"""What the record tells: runs, holds, and what was disclosed to whom, when, with which hash."""

import json
from dataclasses import dataclass
from typing import Any

from extractor.record.folder import Record


@dataclass(frozen=True, slots=True)
class History:
    """The newest first; each entry as `history --format json` prints it."""

    runs: list[dict[str, Any]]
    holds: list[dict[str, Any]]
    disclosures: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """Return what `json.dumps` takes."""
        return {"runs": self.runs, "holds": self.holds, "disclosures": self.disclosures}


NOTHING = History([], [], [])


def history(record: Record, vendor: str | None = None) -> History:
    """Return all that is kept, of one vendor or of all."""
    return History(_runs(record, vendor), _holds(record, vendor), _disclosures(record, vendor))


def _runs(record: Record, vendor: str | None) -> list[dict[str, Any]]:
    outcomes: dict[int, dict[str, dict[str, Any]]] = {}
    for row in record.db.rows(
        "SELECT * FROM outcomes WHERE vendor = COALESCE(?, vendor) ORDER BY vendor", vendor
    ):
        run, name = row.pop("run"), row.pop("vendor")
        outcomes.setdefault(run, {})[name] = row
    rows = record.db.rows("SELECT * FROM runs ORDER BY id DESC")
    return [
        {**row, "vendors": outcomes.get(row["id"], {})}
        for row in rows
        if vendor is None or row["id"] in outcomes
    ]


def _holds(record: Record, vendor: str | None) -> list[dict[str, Any]]:
    rows = record.db.rows(
        "SELECT * FROM holds WHERE vendor = COALESCE(?, vendor) ORDER BY id DESC", vendor
    )
    approvals: dict[int, list[dict[str, Any]]] = {}
    for row in record.db.rows("SELECT hold, by, why, at, used FROM approvals ORDER BY id"):
        approvals.setdefault(row.pop("hold"), []).append(row)
    return [
        {
            **row,
            "decision": json.loads(row["decision"]),
            "approvals": approvals.get(row["id"], []),
        }
        for row in rows
    ]


def _disclosures(record: Record, vendor: str | None) -> list[dict[str, Any]]:
    rows = record.db.rows(
        "SELECT * FROM disclosures WHERE vendor = COALESCE(?, vendor) ORDER BY id DESC", vendor
    )
    return [
        {**row, "files": json.loads(row["files"]), "decision": json.loads(row["decision"])}
        for row in rows
    ]
