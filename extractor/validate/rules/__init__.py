"""The rules, by family; importing this package fills the catalogue."""

from extractor.validate.rules import (
    classes,
    enrollments,
    gradebook,
    headers,
    identity,
    manifest,
    package,
    references,
    rows,
    text,
    texts,
    trees,
    values,
)

FAMILIES = (
    *(package, manifest, headers, text, values, texts, references, rows),
    *(enrollments, gradebook, identity, trees, classes),
)
