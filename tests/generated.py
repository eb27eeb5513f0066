"""Write what is derived from the program anew: pages of docs/, and the sample bundle."""

from pathlib import Path

import columns_table
import sample

from extractor.findings import KINDS
from extractor.profiles import Profile, Requirement, load, names
from extractor.profiles.keys import KEYS
from extractor.spec import FILES, Required
from extractor.validate.listing import as_markdown

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


def consumers_page() -> str:
    """Return docs/consumers.md."""
    lines = [
        "# What consumers ask beyond the standard",
        "",
        "Each section is a profile; `oneroster validate BUNDLE --profile NAME` judges a bundle by",
        "it. `documented` is what the consumer's public help said up to November 2026; `observed`",
        "is what somebody saw, and no promise. The effects: `reject` refuses the bundle, `drop`",
        "leaves rows or files out, `hold` waits for approval, `warn` imports with a result that is",
        "likely unwanted. Few pages tell the effect; where one does not, it is the likely one.",
        "Codes stay for ever. The data stands in `extractor/profiles/`, one file each.",
        "",
    ]
    for name in names():
        lines += _consumer(load(name))
    return "\n".join(lines).rstrip("\n") + "\n"


def _consumer(profile: Profile) -> list[str]:
    lines = [f"## {profile.title}", "", f"`{profile.name}`. {profile.summary}", ""]
    if profile.requirement:
        lines += ["| code | key | asks | because | effect | evidence | source |"]
        lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
    for each in profile.requirement:
        cells = (each.code, f"`{each.key}`", _asks(each), each.note, each.effect.value)
        row = (*cells, each.evidence.value, each.source)
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |")
    if profile.requirement:
        lines.append("")
    lines += [f"- {each.text} ({each.evidence.value}: {each.source})" for each in profile.note]
    return [*lines, ""] if profile.note else lines


def _asks(requirement: Requirement) -> str:
    value = ", ".join(requirement.items) or str(requirement.value)
    on = f"{', '.join(requirement.on)}: " if requirement.on else ""
    return f"{on}{KEYS[requirement.key].asks}: `{value}`"


def main() -> None:
    """Write everything."""
    (DOCS / "findings.md").write_text(findings_page(), "utf-8")
    (DOCS / "columns.md").write_text(columns_page(), "utf-8")
    (DOCS / "rules.md").write_text(as_markdown(), "utf-8")
    (DOCS / "consumers.md").write_text(consumers_page(), "utf-8")
    sample.main()


if __name__ == "__main__":
    main()
