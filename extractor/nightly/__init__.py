"""The nightly job: extract, gate, deliver, record, notify; and what people do by hand about it."""

from extractor.nightly.by_hand import approve, send_again
from extractor.nightly.night import run
from extractor.nightly.results import Night, VendorResult

__all__ = ["Night", "VendorResult", "approve", "run", "send_again"]
