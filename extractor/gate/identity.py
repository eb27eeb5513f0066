"""Who stands behind each sourcedId, as keyed digests: enough to tell people apart, and no more."""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extractor.gate.reading import Reader, live
from extractor.spec import USER_ROLE
from extractor.validate.batch import KEY, Batch

Digests = NDArray[np.int64]  # 0: nothing to go by
KINDS = ("identifier", "user_id", "email", "username", "given", "family")
ORG = "org"
ROLES = (*USER_ROLE, ORG)
_LONG_ENOUGH = 4  # signs; shorter ones stand in anything by chance
_DIGITS = re.compile(rf"[0-9]{{{_LONG_ENOUGH},}}")
_COLUMNS = (KEY, "status", "role", "identifier", "userIds", "email", "username")


@dataclass(frozen=True, slots=True)
class People:
    """
    The users and orgs of a bundle, one entry each.

    `ids` are digests of sourcedIds, `roles` places in `ROLES`, `marks` digests by kind. A digest
    of 64 bits is keyed and salted with the vendor, the kind and the role: without the key
    nobody learns anything from it, and nothing links two vendors. `derived` has a bit for each
    kind whose value was made from the sourcedId, and so tells nothing new about the person.
    """

    ids: Digests
    roles: NDArray[np.int8]
    marks: dict[str, Digests]
    derived: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)

    def of_users(self) -> NDArray[np.bool_]:
        """Tell which are users."""
        return np.asarray(self.roles != ROLES.index(ORG))


def people(bundle: Path, vendor: str, key: bytes) -> People:
    """
    Read who is in a bundle.

    Raises:
        SettingsError: the path cannot be read.
        DataError: the bundle is damaged.
    """
    digest = _digester(vendor, key)
    found: dict[str, list[int]] = {name: [] for name in ("id", "role", "derived", *KINDS)}
    with Reader(bundle) as reader:
        names = (*_COLUMNS, "givenName", "familyName")
        for batch in reader.batches("users", names):
            _add(batch, found, digest, _user)
        for batch in reader.batches("orgs", (KEY, "status", "identifier", "name")):
            _add(batch, found, digest, _org)
    ids, first = np.unique(np.array(found["id"], np.int64), return_index=True)
    return People(
        ids,
        np.array(found["role"], np.int8)[first],
        {kind: np.array(found[kind], np.int64)[first] for kind in KINDS},
        np.array(found["derived"], np.int64)[first],
    )


Digest = Callable[[str, str], int]


def _digester(vendor: str, key: bytes) -> Digest:
    def digest(what: str, text: str) -> int:
        if not text:
            return 0
        said = "\0".join((vendor, what, text)).encode("utf-8", "replace")
        raw = hashlib.blake2b(said, key=key, digest_size=8).digest()
        return int.from_bytes(raw, "big", signed=True) or 1

    return digest


def _add(
    batch: Batch,
    found: dict[str, list[int]],
    digest: Digest,
    told: Callable[[dict[str, str]], tuple[str, dict[str, str]]],
) -> None:
    columns = {name: values.distinct.to_pylist() for name, values in batch.columns.items()}
    codes = {name: values.codes for name, values in batch.columns.items()}
    for row in live(batch).tolist():
        # A digest is made of one text at a time; there are users, not results, of these.
        cells = {
            name: texts[row] if (at := codes[name]) is None else texts[at[row]]
            for name, texts in columns.items()
        }
        role, marks = told(cells)
        if role not in ROLES:
            continue
        sourced_id = cells[KEY]
        found["id"].append(digest(f"id {role == ORG}", sourced_id))
        found["role"].append(ROLES.index(role))
        bits = 0
        for place, kind in enumerate(KINDS):
            text = marks.get(kind, "")
            salt = "name" if kind in ("given", "family") else kind
            found[kind].append(digest(f"{role} {salt}", text))
            bits |= (role != ORG and _derived(text, sourced_id.casefold())) << place
        found["derived"].append(bits)


def _user(cells: dict[str, str]) -> tuple[str, dict[str, str]]:
    given = _plain(cells.get("givenName", ""))
    return cells.get("role", ""), {
        "identifier": cells.get("identifier", "").strip().casefold(),
        "user_id": cells.get("userIds", "").split(",")[0].strip().casefold(),
        "email": cells.get("email", "").strip().casefold(),
        "username": cells.get("username", "").strip().casefold(),
        "given": given.split(" ")[0],
        "family": _plain(cells.get("familyName", "")).replace(" ", ""),
    }


def _org(cells: dict[str, str]) -> tuple[str, dict[str, str]]:
    identifier = cells.get("identifier", "").strip().casefold()
    return ORG, {"identifier": identifier, "family": _plain(cells.get("name", ""))}


def _plain(name: str) -> str:
    """Return a name without case, accents and signs, so that José and JOSE are one."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    kept = (sign if sign.isalnum() else " " for sign in apart if not unicodedata.combining(sign))
    return " ".join("".join(kept).split())


def _derived(text: str, sourced_id: str) -> bool:
    """Tell whether a value was made from the id, or the id from it."""
    if not text:
        return False
    core = text.partition("@")[0]
    if core == sourced_id or sourced_id.endswith(f"_{core}"):
        return True
    if len(sourced_id) >= _LONG_ENOUGH and (sourced_id in text or core in sourced_id):
        return len(core) >= _LONG_ENOUGH
    return any(run in text for run in _DIGITS.findall(sourced_id))
