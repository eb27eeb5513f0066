"""The settings of the gate and of the record: what may change in a night, and what is kept."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictInt, ValidationError

from extractor.settings_problems import close
from extractor.settings_values import FileName, FilePath, Table

Percent = Annotated[float, Field(ge=0, le=100_000)]
Count = Annotated[StrictInt, Field(ge=0)]


class Limit(Table):
    """
    How many records of a kind may change in one night.

    More than `percent` of those before is too many, once they are `least` or more; more than
    `most` always is. Without either there is no limit.
    """

    INLINE: ClassVar[bool] = True

    percent: Percent | None = None
    least: Annotated[StrictInt, Field(ge=1)] = 1
    most: Count | None = None

    def exceeded(self, number: int, before: int) -> bool:
        """Tell whether so many of so many are too many."""
        if self.most is not None and number > self.most:
            return True
        if self.percent is None or number < self.least:
            return False
        return number * 100 > self.percent * before


class FileLimits(Table):
    """Limits of one file, in place of those of all files."""

    INLINE: ClassVar[bool] = True

    removed: Limit | None = None
    added: Limit | None = None
    changed: Limit | None = None
    school_removed: Limit | None = None
    school_added: Limit | None = None
    school_changed: Limit | None = None


class Blackout(Table):
    """Days on which nothing leaves, the first and the last included."""

    INLINE: ClassVar[bool] = True

    first: date
    last: date
    why: Annotated[str, Field(min_length=1)] = "blackout"


def _in_order(ranges: tuple[Blackout, ...]) -> tuple[Blackout, ...]:
    for one in ranges:
        if one.last < one.first:
            message = f"{one.first} to {one.last} ends before it begins"
            raise ValueError(message)
    return ranges


class Gate(Table):
    """When a bundle is held instead of sent."""

    removed: Limit = Limit(percent=10, least=10)
    added: Limit = Limit(percent=25, least=50)
    changed: Limit = Limit(percent=50, least=100)
    school_removed: Limit = Limit(percent=20, least=5)
    school_added: Limit = Limit(percent=50, least=25)
    school_changed: Limit = Limit(percent=80, least=50)
    files: dict[FileName, FileLimits] | None = None
    rekeyed: Count = 0
    reused: Count = 0
    emptied: Annotated[StrictInt, Field(ge=1)] = 1
    sessions_gone: StrictBool = True
    first: Literal["send", "hold"] = "send"
    blackout: Annotated[tuple[Blackout, ...], AfterValidator(_in_order)] = ()

    def limit(self, file: str, kind: str, *, school: bool) -> Limit:
        """Return the limit on `removed`, `added` or `changed` in a file or in one school of it."""
        name = f"school_{kind}" if school else kind
        own: Limit | None = getattr((self.files or {}).get(file), name, None)
        if own is not None:
            return own
        if kind == "added" and file in GROWING:
            return Limit()
        general: Limit = getattr(self, name)
        return general


# Gradebooks start empty and grow all term: a share of what was there says nothing.
GROWING = ("categories", "lineItems", "results")


def laid_over(base: Gate, own: Mapping[str, object] | None) -> Gate:
    """Return the gate with one vendor's own keys in place of those of all vendors."""
    if not own:
        return base
    return Gate.model_validate({**base.model_dump(exclude_unset=True), **own})


def _own_keys(own: dict[str, object]) -> dict[str, object]:
    try:
        Gate.model_validate(own)
    except ValidationError as error:
        raise ValueError(
            "; ".join(
                _told(one["loc"], one["msg"], one["type"])
                for one in error.errors(include_input=False)
            )
        ) from None
    return own


def _told(where: tuple[str | int, ...], what: str, kind: str) -> str:
    if kind == "extra_forbidden":
        what = "is no setting" + (
            close(str(where[-1]), Gate.model_fields) if len(where) == 1 else ""
        )
    return f"{'.'.join(map(str, where))}: {what.removeprefix('Value error, ')}"


# The keys of [gate] that one vendor has otherwise.
OwnGate = Annotated[dict[str, object], AfterValidator(_own_keys)]


class Record(Table):
    """Where runs, disclosures and sent bundles are kept, and for how long."""

    directory: FilePath = Path("record")
    bundles: Annotated[StrictInt, Field(ge=1)] = 14
    bundle_days: Annotated[StrictInt, Field(ge=0)] = 30
    history_days: Annotated[StrictInt, Field(ge=1)] | None = None
