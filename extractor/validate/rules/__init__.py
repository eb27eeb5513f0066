"""The rules, by family; importing this package fills the catalogue."""

from extractor.validate.rules import (
    classes,
    headers,
    identity,
    manifest,
    package,
    references,
    rows,
    text,
    trees,
    values,
)

FAMILIES = (package, manifest, headers, text, values, references, rows, identity, trees, classes)
