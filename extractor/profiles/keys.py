"""The words of a profile: which keys a requirement may have, what they mean, what they take."""

from dataclasses import dataclass
from enum import Enum

from extractor.spec import BY_NAME, MODE, PROPERTIES

Value = int | str | tuple[str, ...]
ANY = "*"


class Effect(Enum):
    """What the consumer does with a bundle, or with its rows, that break a requirement."""

    REJECT = "reject"  # refuses the whole bundle
    DROP = "drop"  # leaves out what breaks it and imports the rest
    HOLD = "hold"  # waits until somebody approves
    WARN = "warn"  # imports it, with a result that is likely unwanted


class Evidence(Enum):
    """How a requirement is known."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"


class On(Enum):
    """What a requirement's `on` names."""

    NOTHING = "nothing"
    FILES = "files"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class Key:
    """What one key asks, the type of its value, what it is asked of, and the values there are."""

    asks: str
    kind: type[int] | type[str] | type[tuple[str, ...]]
    on: On = On.NOTHING
    choices: tuple[str, ...] = ()


_FILES = ("manifest", *BY_NAME)
_COLUMNS = On.COLUMNS

KEYS: dict[str, Key] = {
    "zip_name": Key("name of the zip", str),
    "zip_name_pattern": Key("name of the zip matches", str),
    "line_end": Key("line ends", str, choices=("crlf", "lf")),
    "quoting": Key("fields in quotes", str, choices=("needed", "always")),
    "byte_order_mark": Key("byte order mark", str, choices=("absent",)),
    "files": Key("files that must be there", tuple, choices=_FILES),
    "only_files": Key("files that may be there", tuple, choices=_FILES),
    "header_only": Key("files that may have a header and no row", tuple, choices=_FILES),
    "modes": Key("modes of files", tuple, choices=MODE),
    "status": Key("status and dateLastModified in bulk", str, choices=("blank", "uniform")),
    "properties": Key(
        "properties of the manifest that have a value",
        tuple,
        choices=tuple(each.name for each in PROPERTIES),
    ),
    "metadata": Key("columns beyond the standard's", str, choices=("absent",)),
    "columns": Key("further columns", tuple, On.FILES),
    "values": Key("every item is one of", tuple, _COLUMNS),
    "characters": Key("every item matches", str, _COLUMNS),
    "length": Key("most characters of a value", int, _COLUMNS),
    "filled": Key("never blank, for users of these roles or in all rows (*)", tuple, _COLUMNS),
    "unique": Key("no value twice in one", str, _COLUMNS, choices=("file",)),
    "students_per_class": Key("most students of a class", int),
    "teachers_per_class": Key("most teachers of a class", int),
    "classes_per_teacher": Key("most classes of a teacher", int),
    "future_terms": Key("classes whose terms all begin later", str, choices=("absent",)),
}
