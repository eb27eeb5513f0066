"""A header row against the standard's: what stands where, and what is wrong with it."""

import difflib
from dataclasses import dataclass, field

from extractor.spec import File

EXTENSION = "metadata."
_ALIKE = 0.84
_LOOKED_AT = 500  # columns; more are no accident, and comparing names takes time


@dataclass(slots=True)
class Header:
    """
    One file's header.

    `places` says where each column of the standard stands, near misses included. `misspelt`
    maps a name found to the one meant.
    """

    file: File
    names: list[str]
    places: dict[str, int] = field(default_factory=dict)
    misspelt: dict[str, str] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    disordered: str | None = None

    @property
    def missing(self) -> list[str]:
        """The columns of the standard that are not there, not even misspelt."""
        return [name for name in self.file.header if name not in self.places]

    @property
    def absent(self) -> bool:
        """
        Whether the row is no header at all, but likely somebody's data.

        Its cells must not be told then.
        """
        return not self.separator and "sourcedId" not in self.places and len(self.places) < 2

    @property
    def separator(self) -> str | None:
        """What stands between the names if it is no comma."""
        only = self.names[0] if len(self.names) == 1 else ""
        for sign, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if only.count(sign) > 1:
                return name
        return None


def read_header(file: File, names: list[str]) -> Header:
    """Compare a header row with the standard's."""
    header = Header(file, names[:_LOOKED_AT])
    for place, name in enumerate(header.names):
        if name in header.names[:place]:
            if name not in header.repeated:
                header.repeated.append(name)
        elif name in file.header:
            header.places[name] = place
    _spell(header)
    _extensions(header)
    _order(header)
    return header


def _spell(header: Header) -> None:
    for place, name in enumerate(header.names):
        if name in header.file.header or name in header.names[:place]:
            continue
        if name.startswith(EXTENSION) and len(name) > len(EXTENSION):
            continue
        meant = alike(name, header.missing)
        if meant:
            header.misspelt[name] = meant
            header.places[meant] = place
        else:
            header.foreign.append(name)


def _extensions(header: Header) -> None:
    last = max(header.places.values(), default=-1)
    for place, name in enumerate(header.names):
        if name.startswith(EXTENSION) and place < last:
            header.early.append(name)


def _order(header: Header) -> None:
    found = sorted(header.places, key=lambda name: header.places[name])
    due = [name for name in header.file.header if name in header.places]
    for name, expected in zip(found, due, strict=True):
        if name != expected:
            header.disordered = expected
            return


def alike(name: str, known: list[str] | tuple[str, ...]) -> str | None:
    """Return which of the known names somebody must have meant, if any."""
    plain = {other.casefold(): other for other in known}
    bare = name.strip().casefold()
    if bare in plain:
        return plain[bare]
    near = difflib.get_close_matches(bare, plain, 1, _ALIKE)
    return plain[near[0]] if near else None
