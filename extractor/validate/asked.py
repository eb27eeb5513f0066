"""One judge per key of a profile: what breaks a requirement, and what mends it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from extractor.profiles import Requirement
from extractor.spec import BY_NAME, MANIFEST_HEADER
from extractor.validate.facts import ClassFacts, Facts, FileFacts, Place, probes_of

_NOWHERE = (Place(None, None),)


@dataclass(frozen=True, slots=True)
class Hit:
    """What breaks a requirement in one file: how often, the first places, rows that may go."""

    what: str
    remedy: str
    file: str | None = None
    column: str | None = None
    count: int = 1
    places: tuple[Place, ...] = _NOWHERE
    lost: dict[str, int] = field(default_factory=dict)


Judge = Callable[[Requirement, Facts, date], Iterator[Hit]]
_EXTENSION = re.compile(r"metadata\.[A-Za-z0-9._-]{1,100}")
_ENDS = {"crlf": "CRLF", "lf": "LF", "cr": "CR"}


def _zip_name(asked: Requirement, facts: Facts, _: date) -> Iterator[Hit]:
    if facts.is_zip and facts.name != asked.text:
        yield Hit(f"the zip is not named {asked.text}", f"name the zip {asked.text}")


def _zip_name_pattern(asked: Requirement, facts: Facts, _: date) -> Iterator[Hit]:
    if facts.is_zip and not re.fullmatch(asked.text, facts.name):
        yield Hit("the name of the zip is not accepted", f"name it to match {asked.text}")


def _line_end(asked: Requirement, facts: Facts, _: date) -> Iterator[Hit]:
    wanted = _ENDS[asked.text]
    for file, each in facts.files.items():
        if other := sorted(_ENDS[end] for end in each.line_ends - {asked.text}):
            what = f"lines end in {' and '.join(other)}, not in {wanted}"
            yield Hit(what, f"write {wanted} line ends", file)


def _quoting(asked: Requirement, facts: Facts, _: date) -> Iterator[Hit]:
    if asked.text == "needed":
        what, remedy = "fields in quotes that need none", "quote only fields that need it"
        counts = {file: each.needless_quotes for file, each in facts.files.items()}
    else:
        what, remedy = "fields without quotes", "write every field in quotes"
        counts = {file: each.unquoted for file, each in facts.files.items()}
    for file, count in counts.items():
        if count:
            yield Hit(f"{count} {what}", remedy, file)


def _byte_order_mark(_: Requirement, facts: Facts, __: date) -> Iterator[Hit]:
    for file, each in facts.files.items():
        if each.byte_order_mark:
            yield Hit("the file begins with a byte order mark", "write UTF-8 without it", file)


def _files(asked: Requirement, facts: Facts, _: date) -> Iterator[Hit]:
    for file in asked.items:
        if file not in facts.files:
            yield Hit("the file is not in the bundle", "add it, with its header at least", file)


def _only_files(asked: Requirement, facts: Facts, _: date) -> Iterator[Hit]:
    for file, each in facts.files.items():
        if file not in asked.items:
            remedy = "leave the file out for this consumer"
            yield Hit("the file is not expected", remedy, file, lost={file: each.rows})


def _header_only(asked: Requirement, facts: Facts, _: date) -> Iterator[Hit]:
    for file, each in facts.files.items():
        if not each.rows and file not in asked.items:
            yield Hit("the file has a header and no row", "fill it, or leave it out", file)


def _modes(asked: Requirement, facts: Facts, _: date) -> Iterator[Hit]:
    for file in facts.files:
        mode = facts.manifest.get(f"file.{file}")
        if mode in ("bulk", "delta") and mode not in asked.items:
            yield Hit(f"the file is {mode}", f"send it as {' or '.join(asked.items)}", file)


def _status(asked: Requirement, facts: Facts, _: date) -> Iterator[Hit]:
    tallies = {probe.file: facts.tallies.get(probe) for probe in probes_of(asked)}
    filled = {file: tally for file, tally in tallies.items() if tally and tally.count}
    rows = sum(each.rows for file, each in facts.files.items() if file != "manifest")
    if asked.text == "uniform" and sum(each.count for each in filled.values()) in (0, rows):
        return
    remedy = "leave status and dateLastModified blank in every row"
    if asked.text == "uniform":
        remedy += ", or fill both in every row of every file"
    for file, tally in filled.items():
        places = tuple(tally.places)
        what = "status or dateLastModified is filled"
        yield Hit(what, remedy, file, "status", tally.count, places, {file: tally.count})


def _properties(asked: Requirement, facts: Facts, _: date) -> Iterator[Hit]:
    for name in asked.items:
        if not facts.manifest.get(name):
            yield Hit(f"{name} is missing or blank", f"add {name}", "manifest", "propertyName")


def _beyond(file: str, header: tuple[str, ...]) -> list[str]:
    known = BY_NAME[file].header if file in BY_NAME else MANIFEST_HEADER
    return [name for name in header if name not in known]


def _metadata(_: Requirement, facts: Facts, __: date) -> Iterator[Hit]:
    for file, each in facts.files.items():
        for name in _beyond(file, each.header):
            # Where the header row is missing, its place is taken by somebody's data.
            column = name if _EXTENSION.fullmatch(name) else None
            yield Hit("a column beyond the standard's", "leave the column out", file, column)


def _columns(asked: Requirement, facts: Facts, _: date) -> Iterator[Hit]:
    for file in asked.on:
        held: FileFacts | None = facts.files.get(file)
        for column in asked.items if held else ():
            if held and column not in held.header:
                yield Hit(f"{column} is missing", "add the column at the right end", file, column)


_VALUES: dict[str, tuple[str, str]] = {
    "values": ("a value that the consumer does not know", "use one of: {}"),
    "characters": ("characters that the consumer does not accept", "use only what matches {}"),
    "length": ("a value longer than {} characters", "shorten it to {} characters"),
    "filled": ("blank, and the consumer needs it", "fill it"),
    "unique": ("the value occurs more than once", "give every record a value of its own"),
}


def _value(asked: Requirement, facts: Facts, _: date) -> Iterator[Hit]:
    argument = ", ".join(asked.items) if asked.items else asked.value
    what, remedy = (text.format(argument) for text in _VALUES[asked.key])
    for probe in probes_of(asked):
        tally = facts.tallies.get(probe)
        if tally and tally.count:
            lost = {probe.file: tally.count}
            places = tuple(tally.places)
            yield Hit(what, remedy, probe.file, probe.column, tally.count, places, lost)


def _class_hit(what: str, remedy: str, found: dict[str, ClassFacts]) -> Iterator[Hit]:
    if found:
        places = tuple(Place(each.line, name) for name, each in found.items())
        enrolled = sum(each.students + each.teachers for each in found.values())
        lost = {"classes": len(found), "enrollments": enrolled}
        yield Hit(what, remedy, "classes", "sourcedId", len(found), places, lost)


def _students_per_class(asked: Requirement, facts: Facts, _: date) -> Iterator[Hit]:
    found = {name: each for name, each in facts.classes.items() if each.students > asked.number}
    yield from _class_hit(f"more than {asked.number} students", "split the class", found)


def _teachers_per_class(asked: Requirement, facts: Facts, _: date) -> Iterator[Hit]:
    found = {name: each for name, each in facts.classes.items() if each.teachers > asked.number}
    yield from _class_hit(f"more than {asked.number} teachers", "send the primary one", found)


def _classes_per_teacher(asked: Requirement, facts: Facts, _: date) -> Iterator[Hit]:
    found = [name for name, classes in facts.teachers.items() if classes > asked.number]
    if found:
        places = tuple(Place(None, name) for name in found)
        what, remedy = f"teacher of more than {asked.number} classes", "check who teaches them"
        yield Hit(what, remedy, "users", "sourcedId", len(found), places)


def _future_terms(_: Requirement, facts: Facts, today: date) -> Iterator[Hit]:
    day = today.isoformat()
    found = {name: each for name, each in facts.classes.items() if (each.starts or "") > day}
    remedy = "send such classes when a term of theirs has begun"
    yield from _class_hit("no term of the class has begun", remedy, found)


JUDGES: dict[str, Judge] = {
    "zip_name": _zip_name,
    "zip_name_pattern": _zip_name_pattern,
    "line_end": _line_end,
    "quoting": _quoting,
    "byte_order_mark": _byte_order_mark,
    "files": _files,
    "only_files": _only_files,
    "header_only": _header_only,
    "modes": _modes,
    "status": _status,
    "properties": _properties,
    "metadata": _metadata,
    "columns": _columns,
    **dict.fromkeys(_VALUES, _value),
    "students_per_class": _students_per_class,
    "teachers_per_class": _teachers_per_class,
    "classes_per_teacher": _classes_per_teacher,
    "future_terms": _future_terms,
}
