import numpy as np

from extractor.demo.chance import Chance

FIRST = np.arange(1, 4, dtype=np.int64)
BITS = [5114641227087547375, 15031316599962095306, 4850181652433554148]


def test_bits_never_change():
    assert Chance(1).bits("STU.FN", FIRST).tolist() == BITS


def test_order_and_company_do_not_matter():
    alone = Chance(1).below(1000, "x", FIRST[2:])
    assert alone[0] == Chance(1).below(1000, "x", FIRST)[2]


def test_seed_and_salt_matter():
    index = np.arange(1000, dtype=np.int64)
    chance = Chance(1)
    assert (chance.bits("a", index) != chance.bits("b", index)).all()
    assert (chance.bits("a", index) != Chance(2).bits("a", index)).all()


def test_shares_and_bounds_hold():
    index = np.arange(100_000, dtype=np.int64)
    chance = Chance(7)
    assert abs(chance.happens(0.25, "share", index).mean() - 0.25) < 0.01
    dice = np.bincount(chance.below(6, "dice", index))
    assert len(dice) == 6
    assert dice.min() > 16_000
    assert set(chance.pick(("a", "b"), "pick", index)) == {"a", "b"}
