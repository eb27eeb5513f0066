"""Dates and numbers out of texts, whole columns at a time; what is none becomes none."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from extractor.validate.batch import Mask, to_mask
from extractor.validate.hashes import offsets_and_bytes, taken

DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DATETIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$"
FLOAT = r"^-?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
NO_DAY = np.iinfo(np.int32).min
_MONTHS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def matches(texts: pa.StringArray, pattern: str) -> Mask:
    """Tell which texts match; a final line break is not overlooked."""
    return to_mask(pc.match_substring_regex(texts, pattern.removesuffix("$") + r"\z"))


def days(texts: pa.StringArray, pattern: str = DATE) -> NDArray[np.int32]:
    """Return days since 1970 of `YYYY-MM-DD`, or of a date and time; NO_DAY for anything else."""
    found = np.full(len(texts), NO_DAY, np.int32)
    shaped = np.flatnonzero(matches(texts, pattern))
    if not len(shaped):
        return found
    offsets, content = offsets_and_bytes(texts)
    digits = content[offsets[shaped][:, None] + np.arange(10)].astype(np.int64) - 48
    year = digits[:, 0] * 1000 + digits[:, 1] * 100 + digits[:, 2] * 10 + digits[:, 3]
    month = digits[:, 5] * 10 + digits[:, 6]
    day = digits[:, 8] * 10 + digits[:, 9]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = _MONTHS[np.clip(month, 1, 12) - 1] + (leap & (month == 2))
    real = (year > 0) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= longest)
    firsts = ((year - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]")
    counted = firsts.astype(np.int64) + day - 1
    found[shaped[real]] = counted[real]
    return found


def numbers(texts: pa.StringArray) -> NDArray[np.float64]:
    """Return decimal numbers; NaN for anything else."""
    found = np.full(len(texts), np.nan)
    shaped = np.flatnonzero(matches(texts, FLOAT))
    if len(shaped):
        chosen = taken(texts, shaped)
        found[shaped] = [float(text) for text in chosen.to_pylist()]
    return found
