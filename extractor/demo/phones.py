"""Invented telephone numbers."""

import numpy as np

from extractor.demo.chance import Chance, Ints, Objects


def phones(share: float, salt: str, index: Ints, chance: Chance) -> Objects:
    """Return ten digits for about this share of the indexes, '' for the others."""
    numbers = 5_552_000_000 + chance.below(7_999_999, f"{salt} number", index)
    has = chance.happens(share, salt, index)
    return np.where(has, numbers.astype(str), "").astype(object)
