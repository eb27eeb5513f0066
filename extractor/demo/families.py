"""Parents: CON, PWA, PWS."""

import numpy as np
from pandas import DataFrame, concat

from extractor.demo.chance import Chance, Ints, Objects
from extractor.demo.names import FEMALE, MALE, folded, joined
from extractor.demo.rows import rows
from extractor.demo.year import Year

_MAIL = "@mail.example"
_PORTAL_SHARE = 0.6


def contacts(students: DataFrame, year: Year, chance: Chance) -> DataFrame:
    """Build CON: one or two contacts per student, the same people for siblings."""
    family = students.FK.to_numpy()
    second = students[chance.happens(0.6, "second contact", family)]
    return concat(
        [_contacts(students, 1, year, chance), _contacts(second, 2, year, chance)],
        ignore_index=True,
    )


def _contacts(students: DataFrame, sequence: int, year: Year, chance: Chance) -> DataFrame:
    family = students.FK.to_numpy()
    first, login = _parent(family, sequence, chance)
    last = students.LN.to_numpy(dtype=object)
    relations = ("10",) * 8 + ("40", "30") if sequence == 1 else ("11",) * 8 + ("20", "30")
    no_email = chance.happens(0.15, f"CON.EM {sequence}", family)
    phone = (5_551_000_000 + chance.below(8_999_999, f"CON.TL {sequence}", family)).astype(str)
    return rows(
        "CON",
        len(students),
        PID=students.ID.to_numpy(),
        SQ=sequence,
        FN=first,
        LN=last,
        NM=joined(first, " ", last),
        RL=chance.pick(relations, f"CON.RL {sequence}", family),
        CD=f"P{sequence}",
        EM=np.where(no_email, "", joined(login, _MAIL)).astype(object),
        TL=students.TL.to_numpy(),
        CP=phone.astype(object),
        ERH="Y" if sequence == 1 else "N",
        DTS=year.moments(chance, "CON.DTS", students.ID.to_numpy() * 4 + sequence),
    )


def _parent(family: Ints, sequence: int, chance: Chance) -> tuple[Objects, Objects]:
    """First name and login of a family's first (mother) or second (father) parent."""
    names = FEMALE if sequence == 1 else MALE
    chosen = chance.below(len(names), f"parent {sequence}", family)
    first = np.array(names, dtype=object)[chosen]
    plain = np.array(folded(names), dtype=object)[chosen]
    return first, joined(plain, ".", family.astype(str).astype(object))


def portal_accounts(students: DataFrame, year: Year, chance: Chance) -> tuple[DataFrame, DataFrame]:
    """Build PWA and PWS: a parent's account for most families, own accounts of some students."""
    families, first = np.unique(students.FK.to_numpy(), return_index=True)
    chosen = chance.happens(_PORTAL_SHARE, "portal", families)
    parents = _parents(students.iloc[first[chosen]], year, chance)
    account = np.zeros(int(families.max()) + 1, dtype=np.int64)
    account[families[chosen]] = parents.AID.to_numpy()
    linked = students[account[students.FK.to_numpy()] > 0]
    own = students[(students.GR >= 6) & chance.happens(0.1, "own account", students.ID.to_numpy())]
    pupils = _own(own, len(parents), year, chance)
    links = concat(
        [_links(linked, account[linked.FK.to_numpy()]), _links(own, pupils.AID.to_numpy())],
        ignore_index=True,
    )
    return concat([parents, pupils], ignore_index=True), links


def _parents(eldest: DataFrame, year: Year, chance: Chance) -> DataFrame:
    family = eldest.FK.to_numpy()
    first, login = _parent(family, 1, chance)
    created = year.moments(chance, "PWA.CDT", family)
    expired = chance.happens(0.03, "PWA.XD", family)
    never = np.datetime64("NaT", "ms")
    return rows(
        "PWA",
        len(eldest),
        AID=np.arange(1, len(eldest) + 1, dtype=np.int64),
        EM=joined(login, _MAIL),
        TY="P",
        FN=first,
        LN=eldest.LN.to_numpy(),
        CDT=created - np.timedelta64(400, "D"),
        XD=np.where(expired, created.astype("datetime64[D]").astype("datetime64[ms]"), never),
        DTS=created,
    )


def _own(students: DataFrame, accounts: int, year: Year, chance: Chance) -> DataFrame:
    index = students.ID.to_numpy()
    created = year.moments(chance, "PWA.CDT own", index)
    return rows(
        "PWA",
        len(students),
        AID=accounts + np.arange(1, len(students) + 1, dtype=np.int64),
        EM=students.SEM.to_numpy(),
        TY="S",
        PID=index,
        FN=students.FN.to_numpy(),
        LN=students.LN.to_numpy(),
        CDT=created,
        DTS=created,
    )


def _links(students: DataFrame, account: Ints) -> DataFrame:
    return rows(
        "PWS",
        len(students),
        AID=account,
        ID=students.ID.to_numpy(),
        DTS=students.DTS.to_numpy(),
    )
