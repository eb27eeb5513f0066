"""Runs night after night into a record, until somebody kills it: a program for a test."""

import sys
from pathlib import Path

from record.conftest import HOLD

from extractor.gate.decision import Decision
from extractor.record import runs
from extractor.record.deliveries import delivered, last_delivered, sending, unfinished
from extractor.record.folder import open_record
from extractor.record.holds import approve, hold
from extractor.record.store import keep, prune


def main(folder: Path, bundles: list[Path]) -> None:
    """Deliver the bundles in turn; hold and approve every third."""
    with open_record(folder) as record:
        for night in range(10_000):
            run = runs.begin(record, "1.0", "run", None)
            for one in unfinished(record):
                delivered(record, one.id)
            kept = keep(record, "acme", bundles[night % len(bundles)])
            approval = None
            if night % 3 == 0:
                hold(record, run, kept, HOLD, last_delivered(record, "acme").sha256)
                approval = approve(record, "acme", "fine")
            began = sending(record, run, kept, "x", Decision(send=True), {}, approval)
            delivered(record, began)
            runs.finish(record, run, "done")
            prune(record, 2, 0)
            print("night", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(one) for one in sys.argv[2:]])
