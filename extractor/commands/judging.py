"""The commands that judge bundles of any producer: validate, rules."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from extractor.commands.shared import app, day_of, known, write


@app.command(epilog="Example: oneroster validate OneRoster.zip --format html --output report.html")
def validate(
    bundle: Annotated[Path, typer.Argument(help="A zip or a folder, from any producer.")],
    *,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="text, json, html, junit or sarif.")
    ] = "text",
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there.")] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Judge by this consumer's demands too; all: forecast each."
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="What the standard says softly is an error.")
    ] = False,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="BUNDLE", help="The bundle sent before; a delta may name its rows."),
    ] = None,
    rules_file: Annotated[
        Path | None,
        typer.Option("--rules", metavar="FILE", help="TOML that switches off or re-grades rules."),
    ] = None,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Print the values found: people's data.")
    ] = False,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="The day that tells past from future, like 2026-10-01.  [default: today]",
        ),
    ] = None,
    max_size: Annotated[
        int, typer.Option(min=1, metavar="MIB", help="Refuse a bundle that expands to more.")
    ] = 32 * 1024,
    max_entries: Annotated[
        int, typer.Option(min=1, help="Refuse a bundle with more entries.")
    ] = 1000,
    max_ratio: Annotated[
        int, typer.Option(min=1, help="Refuse an entry that expands more times than this.")
    ] = 500,
) -> None:
    """Check a bundle, offline; needs no settings."""
    from extractor.validate import Limits
    from extractor.validate import validate as judge
    from extractor.validate.consumers import forecasts
    from extractor.validate.profiles import ALL
    from extractor.validate.regrading import read_regrades
    from extractor.validate.report import FORMATS, render

    known("--format", format_, FORMATS)
    day = day_of(as_of) or datetime.now(UTC).date()
    limits = Limits(entries=max_entries, size=max_size * 2**20, ratio=max_ratio)
    verdict = judge(
        bundle,
        as_of=day,
        baseline=baseline,
        strict=strict,
        regrade=read_regrades(rules_file) if rules_file else None,
        profile=None if profile == ALL else profile,
        limits=limits,
    )
    told = forecasts(bundle, day, limits) if profile == ALL else ()
    color = output is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
    report = render(verdict, format_, show_values=show_values, color=color, forecasts=told)
    write(report, output)
    if not verdict.valid:
        raise typer.Exit(1)


@app.command(epilog="Example: oneroster rules --format markdown")
def rules(
    *,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="text, json or markdown.")
    ] = "text",
) -> None:
    """Print the rules that `validate` judges by."""
    from extractor.validate.listing import FORMATS

    known("--format", format_, FORMATS)
    write(FORMATS[format_](), None)
