"""Small shares of ragged values all over a bigger district."""

from dataclasses import dataclass

import numpy as np
from pandas import DataFrame, Series

from extractor.demo.chance import Chance, Flags, Ints
from extractor.demo.schema import TABLES


@dataclass(frozen=True, slots=True)
class Sprinkle:
    """This share of a table's rows has this value in the column."""

    table: str
    column: str
    value: object
    share: float


SPRINKLES = (
    Sprinkle("STU", "SEM", "", 0.006),
    Sprinkle("STU", "SEM", None, 0.002),
    Sprinkle("STU", "CID", "", 0.005),
    Sprinkle("STU", "BD", None, 0.002),
    Sprinkle("STU", "ETH", "", 0.01),
    Sprinkle("STU", "TG", " ", 0.05),
    Sprinkle("STU", "TG", None, 0.01),
    Sprinkle("STU", "TG", "I", 0.006),
    Sprinkle("STU", "TG", "N", 0.002),
    Sprinkle("STU", "DEL", 1, 0.002),
    Sprinkle("STF", "EM", "", 0.006),
    Sprinkle("TCH", "EM", "", 0.008),
    Sprinkle("TCH", "TG", " ", 0.05),
    Sprinkle("MST", "ST", " ", 0.05),
    Sprinkle("SEC", "DEL", 1, 0.005),
    Sprinkle("SEC", "DEL", None, 0.01),
    Sprinkle("CAR", "DS", None, 0.003),
    Sprinkle("CAR", "DE", None, 0.005),
    Sprinkle("CON", "EM", " ", 0.01),
)


def sprinkled(name: str, frame: DataFrame, chance: Chance) -> DataFrame:
    """Return the table with its share of ragged values."""
    own = [sprinkle for sprinkle in SPRINKLES if sprinkle.table == name]
    if not own:
        return frame
    index, spared = _index(name, frame), _spared(name, frame)
    columns: dict[str, Series] = {}
    for sprinkle in own:
        hit = chance.happens(sprinkle.share, f"sprinkle {sprinkle}", index) & ~spared
        column = columns.get(sprinkle.column, frame[sprinkle.column])
        columns[sprinkle.column] = column.mask(hit, sprinkle.value)
    return frame.assign(**columns)


def _index(name: str, frame: DataFrame) -> Ints:
    """One number per row, made from its key."""
    index = np.zeros(len(frame), dtype=np.int64)
    for column in TABLES[name].key:
        index = index * 1_000_003 + frame[column].to_numpy(dtype=np.int64)
    return index


def _spared(name: str, frame: DataFrame) -> Flags:
    if name in {"STF", "TCH"}:
        number = frame["ID"].to_numpy() % 1000
        return np.asarray((number % 100 < 25) | (number > 900))
    if name == "MST":
        return np.asarray(frame["SE"].to_numpy() <= 1060)
    student = frame["PID"] if name == "CON" else frame["SN"]
    return np.asarray(student.to_numpy() % 100_000 <= 40)
