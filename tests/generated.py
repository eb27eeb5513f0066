"""Write what is derived from the program anew: pages of docs/, and the sample bundle."""

from pathlib import Path

import columns_table
import sample

from extractor.findings import KINDS
from extractor.spec import FILES, Required

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


def columns_page() -> str:
    """Return docs/columns.md."""
    parts = [columns_table.INTRODUCTION]
    for file in FILES:
        parts.append(f"## {file.csv}\n")
        for table in (one for one in columns_table.TABLES if one.file == file.name):
            if table.roles:
                parts.append(f"### {file.csv}, {' and '.join(table.roles)}\n")
            if table.note:
                parts.append(f"{table.note}\n")
            parts.append(_columns(table))
    return "\n".join(parts)


def _columns(table: columns_table.Table) -> str:
    """Return one table; kinds of school side by side that agree in every column share one."""
    file = next(one for one in FILES if one.name == table.file)
    groups: list[list[str]] = []
    for kind in columns_table.KINDS:
        if groups and all(row[kind] == row[groups[-1][0]] for row in table.columns.values()):
            groups[-1].append(kind)
        else:
            groups.append([kind])
    heads = [", ".join(columns_table.KINDS[kind] for kind in group) for group in groups]
    if len(groups) == 1:
        heads = ["every kind of school"]
    lines = [["OneRoster column", "required", *heads], ["---"] * (len(groups) + 2)]
    asked = {Required.ALWAYS: "yes", Required.DELTA: "in delta", Required.NO: "no"}
    for column in file.columns:
        says = [table.columns[column.name][group[0]].says for group in groups]
        cells = ["*the same*" if at and one == says[at - 1] else one for at, one in enumerate(says)]
        lines.append([f"`{column.name}`", asked[column.required], *cells])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Write everything."""
    (DOCS / "findings.md").write_text(findings_page(), "utf-8")
    (DOCS / "columns.md").write_text(columns_page(), "utf-8")
    sample.main()


if __name__ == "__main__":
    main()
