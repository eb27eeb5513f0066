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
    "zip_name": Key("the zip has exactly this name", str),
    "zip_name_pattern": Key("the name of the zip matches this expression", str),
    "line_end": Key("every line ends so", str, choices=("crlf", "lf")),
    "quoting": Key("these fields stand in quotes", str, choices=("needed", "always")),
    "byte_order_mark": Key("a file may begin with one", str, choices=("absent",)),
    "files": Key("these files are in the bundle", tuple, choices=_FILES),
    "only_files": Key("no other files are in the bundle", tuple, choices=_FILES),
    "header_only": Key("these may have a header and no row", tuple, choices=_FILES),
    "modes": Key("every file is in one of these modes", tuple, choices=MODE),
    "status": Key("status and dateLastModified in bulk", str, choices=("blank", "uniform")),
    "properties": Key(
        "manifest.csv has these, each with a value",
        tuple,
        choices=tuple(each.name for each in PROPERTIES),
    ),
    "metadata": Key("columns beyond the standard's", str, choices=("absent",)),
    "columns": Key("the file has these columns too", tuple, On.FILES),
    "values": Key("every item is one of", tuple, _COLUMNS),
    "characters": Key("every item matches", str, _COLUMNS),
    "length": Key("no value has more characters than", int, _COLUMNS),
    "filled": Key("filled in the rows of these users.role (* for all rows)", tuple, _COLUMNS),
    "unique": Key("no value occurs twice", str, _COLUMNS, choices=("file",)),
    "students_per_class": Key("no class has more students than", int),
    "teachers_per_class": Key("no class has more teachers than", int),
    "classes_per_teacher": Key("no teacher has more classes than", int),
    "future_terms": Key("classes whose terms all begin later", str, choices=("absent",)),
}
