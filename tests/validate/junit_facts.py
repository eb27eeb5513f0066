"""What the JUnit schema of the Ant task (windyroad/JUnit-Schema) asks, as far as we use it.

Its attributes and their types, and the order of children; the schema itself stays with its owner.
"""

import re
from xml.etree.ElementTree import Element

_NUMBER, _DECIMAL = r"-?\d+", r"-?\d+(\.\d+)?"
_TOKEN = r"(\S+( \S+)*)?"  # neither ends nor begins with a blank, and holds no two in a row
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
REQUIRED = {
    "testsuite": {
        "name": _TOKEN,
        "timestamp": _MOMENT,
        "hostname": _TOKEN,
        "tests": _NUMBER,
        "failures": _NUMBER,
        "errors": _NUMBER,
        "time": _DECIMAL,
    },
    "property": {"name": _TOKEN, "value": r"(?s).*"},
    "testcase": {"name": _TOKEN, "classname": _TOKEN, "time": _DECIMAL},
    "failure": {"type": r"(?s).*"},
    "error": {"type": r"(?s).*"},
    "properties": {},
    "skipped": {},
    "system-out": {},
    "system-err": {},
}
OPTIONAL = {"testsuite": {"skipped"}, "failure": {"message"}, "error": {"message"}}
CHILDREN = {
    "testsuite": r"properties( testcase)* system-out system-err",
    "properties": r"(property( property)*)?",
    "testcase": r"(skipped|error|failure)?",
}


def problems(element: Element) -> list[str]:
    """List where an element and those below it break the schema."""
    if element.tag not in REQUIRED:
        return [f"unknown element {element.tag}"]
    needed, given = REQUIRED[element.tag], element.attrib
    found = [f"{element.tag} lacks {name}" for name in needed if name not in given]
    found += [
        f"{element.tag}/@{name} = {given[name]!r}"
        for name, form in needed.items()
        if name in given and not re.fullmatch(form, given[name])
    ]
    strange = set(given) - set(needed) - OPTIONAL.get(element.tag, set())
    found += [f"{element.tag} has {name}" for name in strange]
    children = " ".join(child.tag for child in element)
    if not re.fullmatch(CHILDREN.get(element.tag, ""), children):
        found.append(f"{element.tag} holds {children}")
    return found + [each for child in element for each in problems(child)]
