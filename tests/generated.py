"""Write what is derived from the program anew: docs/findings.md, and the sample bundle."""

from pathlib import Path

import sample

from extractor.findings import KINDS

DOCS = Path(__file__).parent.parent / "docs"


def findings_page() -> str:
    """Return docs/findings.md."""
    lines = [
        "# Source findings",
        "",
        "What a run repairs or leaves out; the number of cases and the first SIS keys stand in",
        "`report.json`. An `info` needs nobody; a `warning` is worth mending in the SIS. What",
        "cannot be repaired stops the run: see the exit codes in the README.",
        "",
        "| finding | severity | what was seen | what was done | what mends it |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, kind in KINDS.items():
        cells = (f"`{name}`", kind.severity.value, kind.what, kind.done, kind.remedy)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write everything."""
    (DOCS / "findings.md").write_text(findings_page(), "utf-8")
    sample.main()


if __name__ == "__main__":
    main()
