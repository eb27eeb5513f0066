"""manifest.csv, as it was written: each property and where it stands."""

from dataclasses import dataclass, field

from extractor.spec import FILES, MODE
from extractor.validate.tokens import Flaw, Flaws, Record


@dataclass(slots=True)
class Manifest:
    """
    The rows of the manifest.

    `values` holds the first value of each property and `lines` every line a property has.
    `modes` says bulk or delta for files that it lists so; absent files are left out.
    """

    header: list[str]
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)

    @property
    def version(self) -> str | None:
        """What it says of the version of OneRoster."""
        return self.values.get("oneroster.version") or None

    @property
    def modes(self) -> dict[str, str]:
        """The mode of each file listed with one that the standard knows."""
        listed = {file.name: self.values.get(f"file.{file.name}", "") for file in FILES}
        return {name: mode for name, mode in listed.items() if mode in MODE}

    @property
    def mode(self) -> str | None:
        """Bulk, delta or mixed; None when it lists no file."""
        found = set(self.modes.values()) - {"absent"}
        return found.pop() if len(found) == 1 else "mixed" if found else None


def read_manifest(header: list[str], records: list[Record], flaws: Flaws) -> Manifest:
    """Take up the rows; ragged and empty ones are told in the flaws."""
    manifest = Manifest(header)
    for record in records:
        texts = [text.decode("utf-8", "replace") for text in record.fields]
        if not any(texts):
            flaws.add(Flaw.EMPTY, record.line)
            continue
        if len(texts) != len(header):
            flaws.add(Flaw.RAGGED, record.line, f"{len(texts)} fields; {len(header)} expected")
        name, value = (*texts, "")[:2]
        manifest.values.setdefault(name, value)
        manifest.lines.setdefault(name, []).append(record.line)
    return manifest
