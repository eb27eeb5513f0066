"""Ids and titles that tell who somebody is, replaced where a vendor may not know.

Two cases. With pseudonyms, every id of a person, and every id made from one, is a keyed hash.
Without the grant for teachers, only homerooms are touched: Aeries names their courses after the
teacher's id and their titles after the family name (design, "Aeries decisions").
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pandas import DataFrame, Series

from extractor.errors import SettingsError
from extractor.frames import TEXT, changed
from extractor.personal import NEUTRAL
from extractor.spec import CLASSES, COURSES, ENROLLMENTS, LINE_ITEMS, RESULTS, USERS, File

# The shapes of ids.Shape.HOMEROOM_CLASS and HOMEROOM_COURSE; other classes and courses carry
# numbers of sections and of the catalogue.
_HOMEROOM = r"^[^_]+_TN_"
_HOMEROOM_COURSE = r"^TCH_[0-9]+$"
_LABEL = 8  # characters of an id that stand in a title or name
_BYTES = 15  # 24 characters; that two of a million people share one has odds of 1 to 10**24
_SHORTEST, _FEWEST = 32, 8  # characters of a key, and different ones
_PURPOSE = b"oneroster pseudonyms 1\0"
_LINKS = {"classResources": "classSourcedId", "courseResources": "courseSourcedId"}
_ROLE_NAMES = {"student": "Student", "teacher": "Teacher", "parent": "Parent"}


class Pseudonyms:
    """Keyed hashes of ids: the same every night, and others for every vendor and every key."""

    def __init__(self, secret: str, vendor: str) -> None:
        self._key = hmac.digest(secret.encode(), _PURPOSE + vendor.encode(), "sha256")
        self._made: dict[str, str] = {}  # of people and homerooms: as many as there are of them

    @classmethod
    def of_secret(cls, secret: str, vendor: str) -> "Pseudonyms":
        """
        Make the pseudonyms of a vendor from the key that settings name.

        Raises:
            SettingsError: the key can be guessed: who has it can find out who everybody is.
        """
        if len(secret) < _SHORTEST or len(set(secret)) < _FEWEST:
            raise SettingsError(
                f"vendor {vendor}: pseudonyms: the key is too short or too plain; write "
                f"{_SHORTEST} random characters at least. This makes one: "
                'python -c "import secrets; print(secrets.token_hex(32))"'
            )
        return cls(secret, vendor)

    def of(self, published: str) -> str:
        """Return 24 letters and digits for the id that Aeries publishes."""
        made = self._made.get(published)
        if made is None:
            digest = hashlib.blake2b(published.encode(), key=self._key, digest_size=_BYTES).digest()
            made = self._made[published] = base64.b32encode(digest).decode().lower()
        return made


@dataclass(frozen=True, slots=True)
class Disguise:
    """
    How ids are replaced: of people (None: they stay), of homerooms, and of their courses.

    `titles` tells whether the titles of homerooms are replaced; those of their courses always
    are, for Aeries has no template for them.
    """

    person: Callable[[str], str] | None
    homeroom: Callable[[str], str]
    course: Callable[[str], str]
    titles: bool = True

    def worn(self, file: File, rows: DataFrame) -> DataFrame:
        """Return rows of one file with every id replaced that tells, wherever it stands."""
        made = {
            column.name: self._replaced(rows[column.name], column.target.file)
            for column in file.references
            if column.target
        }
        if file in (USERS, CLASSES, COURSES):
            made["sourcedId"] = self._replaced(rows["sourcedId"], file.name)
        rows = rows.assign(**made)
        if file.name in _LINKS:
            rows = rows.assign(sourcedId=_link_ids(rows, file, made))
        if self.person and file is ENROLLMENTS:
            rows = rows.assign(sourcedId=rows["userSourcedId"] + "-" + rows["classSourcedId"])
        if self.person and file is RESULTS:
            ids = rows["lineItemSourcedId"] + "-" + rows["studentSourcedId"]
            rows = rows.assign(sourcedId=ids)
        return rows

    def titled(self, file: File, rows: DataFrame, before: Series) -> DataFrame:
        """Return rows of classes or courses with neutral titles for homerooms, by their old ids."""
        if file is CLASSES and self.titles:
            mask = _like(before, _HOMEROOM)
        elif file is COURSES:
            mask = _like(before, _HOMEROOM_COURSE)
        else:
            return rows
        if not mask.any():
            return rows
        ids = rows["sourcedId"]
        made = {"title": rows["title"].mask(mask, "Homeroom " + changed(ids, _label))}
        if file is COURSES:
            made["courseCode"] = rows["courseCode"].mask(mask & rows["courseCode"].notna(), ids)
        return rows.assign(**made)

    def _replaced(self, ids: Series, target: str) -> Series:
        change, shape = {
            "users": (self.person, None),
            "classes": (self.homeroom, _HOMEROOM),
            "courses": (self.course, _HOMEROOM_COURSE),
        }.get(target, (None, None))
        if change is None:
            return ids
        if shape is None:
            return changed(ids, lambda whole: ",".join(map(change, whole.split(","))))
        mask = _like(ids, shape)
        return ids.mask(mask, changed(ids.where(mask), change)) if mask.any() else ids


def pseudonymous(pseudonyms: Pseudonyms) -> Disguise:
    """Replace people, homerooms and their courses by pseudonyms."""
    return Disguise(pseudonyms.of, pseudonyms.of, lambda one: pseudonyms.of(f"course {one}"))


def without_teachers(homerooms: Mapping[str, str], *, titles: bool) -> Disguise:
    """Name the courses of homerooms after a class of theirs; `homerooms` is class by course."""
    return Disguise(None, lambda one: one, homerooms.__getitem__, titles=titles)


def neutral(file: File, rows: DataFrame, listed: tuple[str, ...]) -> DataFrame:
    """Return rows with something neutral in required columns that tell, but for those listed."""
    made: dict[str, Series | str] = {
        name: value for name, value in NEUTRAL.get(file.name, {}).items() if value is not None
    }
    if file is USERS:
        role = changed(rows["role"], lambda role: _ROLE_NAMES.get(role, "Staff"))
        short = rows["sourcedId"].str.slice(0, _LABEL)
        made = {"username": rows["sourcedId"], "givenName": role, "familyName": short}
    elif file is LINE_ITEMS and "title" in listed:
        made = {}
    texts = {
        name: value if isinstance(value, Series) else Series(value, rows.index, dtype=TEXT)
        for name, value in made.items()
    }
    return rows.assign(**texts)


def _link_ids(rows: DataFrame, file: File, made: Mapping[str, Series]) -> Series:
    """Return the ids of links, made of what they join; those that nothing changed stay."""
    name = _LINKS[file.name]
    told = _like(rows["sourcedId"], f"(?:{_HOMEROOM})|(?:^TCH_[0-9]+_)")
    return rows["sourcedId"].mask(told, made[name] + "_" + rows["resourceSourcedId"])


def _label(homeroom: str) -> str:
    """Return the number in `990_TN_421`, or the beginning of a pseudonym."""
    return homeroom.partition("_TN_")[2] or homeroom[:_LABEL]


def _like(ids: Series, pattern: str) -> Series:
    return ids.str.contains(pattern, regex=True).fillna(value=False).astype(bool)
