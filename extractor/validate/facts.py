"""What profiles ask about a bundle, gathered in one look; `profiles.check` judges it.

Which questions about values there are depends on the profiles: `probes(profiles)` lists them,
and a look answers just these, for one profile or for all of them at once. `look.gather` fills
`Facts` from a zip or folder; nothing else of the validator needs to know about profiles.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from extractor.profiles import Profile, Requirement
from extractor.spec import FILES
from extractor.validate.verdict import LISTED


@dataclass(frozen=True, slots=True)
class Probe:
    """
    One question about every value of one column: which rows fail it?

    `key` is that of a requirement on columns (values, characters, length, filled, unique) and
    `argument` its value; or `status`, which is failed by rows that have one or a date.
    """

    file: str
    column: str
    key: str
    argument: int | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A row that fails, by its line; the header is line 1."""

    line: int | None
    sourced_id: str | None


@dataclass(slots=True)
class Tally:
    """How many rows fail a probe, and the first of them."""

    count: int = 0
    places: list[Place] = field(default_factory=list)

    def add(self, count: int, places: Iterable[Place]) -> None:
        """Count further rows; keep a place of each as long as there is room."""
        self.count += count
        for place in places:
            if len(self.places) == LISTED:
                break
            self.places.append(place)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """
    One CSV file as it stands in the bundle.

    `line_ends` holds those seen, of `crlf`, `lf` and `cr`. `needless_quotes` counts fields in
    quotes that hold neither space, comma, quote nor line break; `unquoted` counts filled
    fields without quotes; both only when a profile asks.
    """

    header: tuple[str, ...] = ()
    rows: int = 0
    line_ends: frozenset[str] = frozenset()
    byte_order_mark: bool = False
    needless_quotes: int = 0
    unquoted: int = 0


@dataclass(slots=True)
class ClassFacts:
    """One class: where it stands, when its first term begins (ISO), and who is in it."""

    line: int | None = None
    starts: str | None = None
    students: int = 0
    teachers: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What a look at a bundle saw, for the profiles it was told of.

    `name` is the zip's or folder's; `entries` are in the order of the zip. `manifest` holds its
    properties. `files` is by base name, `manifest` among them. `classes` is by sourcedId,
    `teachers` counts classes by the teacher's.
    """

    name: str
    is_zip: bool = True
    entries: tuple[str, ...] = ()
    manifest: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, FileFacts] = field(default_factory=dict)
    tallies: Mapping[Probe, Tally] = field(default_factory=dict)
    classes: Mapping[str, ClassFacts] = field(default_factory=dict)
    teachers: Mapping[str, int] = field(default_factory=dict)

    def rows(self, file: str) -> int:
        """Count the rows of a file; one that is not there has none."""
        return self.files[file].rows if file in self.files else 0


def probes(profiles: Iterable[Profile]) -> frozenset[Probe]:
    """List what must be asked of values to judge these profiles."""
    return frozenset(
        probe for profile in profiles for each in profile.requirement for probe in probes_of(each)
    )


def probes_of(requirement: Requirement) -> tuple[Probe, ...]:
    """List what one requirement asks of values; most ask nothing of them."""
    if requirement.key == "status":
        return tuple(Probe(file.name, "status", "status", "blank") for file in FILES)
    return tuple(
        Probe(file, column, requirement.key, requirement.value)
        for file, column in requirement.columns
    )
