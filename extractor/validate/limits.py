"""How much of a bundle is looked at before it is taken for an attack."""

from dataclasses import dataclass

GIB = 2**30


@dataclass(frozen=True, slots=True)
class Limits:
    """
    Bounds on one bundle.

    `entries` in the archive, `size` in bytes when expanded, `ratio` of expanded to packed bytes
    of one entry (looked at above 64 MiB only: a small file of blanks is no attack), `record` in
    bytes of one CSV record.
    """

    entries: int = 1_000
    size: int = 32 * GIB
    ratio: int = 500
    record: int = 2**24
    block: int = 2**23
