"""The commands that make bundles, and what they need: demo, check, extract, init, sql."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from extractor.commands.shared import (
    AsOf,
    Config,
    LogFormat,
    Out,
    Vendors,
    app,
    day_of,
    known,
    progress,
    show,
    vendors_of,
    write,
)
from extractor.settings_file import FILE_NAME


@app.command(epilog="Example: oneroster demo --students 5000")
def demo(
    directory: Annotated[Path, typer.Argument(help="Where the demo is written.")] = Path("demo"),
    *,
    students: Annotated[int, typer.Option(help="How many students the district has.")] = 1200,
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another district.")] = 1,
    assignments: Annotated[int, typer.Option(help="How many a gradebook has.")] = 6,
    as_of: AsOf = None,
) -> None:
    """Make a district in Aeries' shape, and extract its bundles."""
    from extractor.demo.folder import TIME_ZONE, make

    day = day_of(as_of) or datetime.now(ZoneInfo(TIME_ZONE)).date()
    config = make(directory, students, seed, day, progress(), assignments=assignments)
    _extract(config, None, None, day)


@app.command(epilog="Example: oneroster load-demo --schema demo --students 5000")
def load_demo(
    *,
    connection: Annotated[
        str,
        typer.Option(
            envvar="SIS_CONNECTION",
            metavar="ODBC",
            help="A login that may create tables. Others on this machine can see a command line: "
            "put a password into the environment variable instead.",
        ),
    ],
    schema: Annotated[
        str | None, typer.Option(metavar="NAME", help="Made if needed.  [default: dbo or public]")
    ] = None,
    students: Annotated[int, typer.Option(help="How many students the district has.")] = 1200,
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another district.")] = 1,
    assignments: Annotated[int, typer.Option(help="How many a gradebook has.")] = 6,
    replace: Annotated[
        bool, typer.Option("--replace", help="An earlier demo there may go; nothing else.")
    ] = False,
    as_of: AsOf = None,
) -> None:
    """Make the demo district in SQL Server or PostgreSQL."""
    from extractor.demo.district import district
    from extractor.demo.folder import TIME_ZONE, refuse_impossible
    from extractor.demo.server import load_demo as into_server
    from extractor.demo.settings_lines import settings_lines

    refuse_impossible(students, assignments)
    day = day_of(as_of) or datetime.now(ZoneInfo(TIME_ZONE)).date()
    rows = district(students, seed, day, assignments)
    with progress().stage("load the demo district") as advance:
        loaded = into_server(
            connection, rows, schema=schema, replace=replace, on_rows=lambda _, more: advance(more)
        )
    write(settings_lines(loaded, connection), None)


@app.command(epilog="Example: oneroster check --vendor acme-math; see docs/setup.md")
def check(
    *,
    vendor: Vendors = None,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="text or json.")
    ] = "text",
    as_of: AsOf = None,
    config: Config = Path(FILE_NAME),
) -> None:
    """Look at everything that a run needs; change nothing."""
    from rich.console import Console

    from extractor.check import PROBES, Context, exit_code, look
    from extractor.check.report import as_json, show

    known("--format", format_, ("text", "json"))
    lines = look(PROBES, Context(config, tuple(vendor or ()), day_of(as_of)))
    if format_ == "text":
        told = show(lines, Console(markup=False, emoji=False, highlight=False))
    else:
        told = list(lines)
        write(as_json(told), None)
    code = exit_code(told)
    if code:
        raise typer.Exit(code)


@app.command(epilog="Example: oneroster init; then edit oneroster.toml")
def init(
    file: Annotated[Path, typer.Argument(help="Where the settings are written.")] = Path(FILE_NAME),
    *,
    stdout: Annotated[bool, typer.Option("--stdout", help="Print them instead.")] = False,
) -> None:
    """Write a commented settings file, where there is none."""
    from extractor.settings_file import example, write_new

    if stdout:
        print(example(), end="")
        return
    write_new(file, example())
    print(f"{file} is written; fill in [sis] and [[vendor]], then run: oneroster check")


@app.command(epilog="Example: oneroster sql students_in_sections")
def sql(
    query: Annotated[str | None, typer.Argument(help="One query; all when left out.")] = None,
    *,
    grants: Annotated[
        str | None,
        typer.Option(metavar="LOGIN", help="Print the SQL that gives a login these rights only."),
    ] = None,
    as_of: AsOf = None,
    config: Config = Path(FILE_NAME),
) -> None:
    """Print the SQL that would run, or the rights it needs."""
    from extractor import queries
    from extractor.plan import queries_used, refuse_wrong_sources, render
    from extractor.settings import load

    settings = load(config)
    refuse_wrong_sources(settings)
    day = day_of(as_of) or settings.today()
    names = [query] if query else queries_used(settings)
    wanted = [render(settings, name, day) for name in names]
    if grants:
        print(queries.grant_script(wanted, settings.sis.schema_, grants), end="")
        return
    for one in wanted:
        print(one.readable())


@app.command(epilog="Example: oneroster extract --vendor acme-math --as-of 2026-10-01")
def extract(
    *,
    vendor: Vendors = None,
    out: Out = None,
    as_of: AsOf = None,
    log_format: LogFormat = None,
    config: Config = Path(FILE_NAME),
) -> None:
    """Write each vendor's bundle and the report; deliver nothing."""
    from extractor.logs import settle

    settle(log_format, unattended=False)
    _extract(config, vendor, out, day_of(as_of))


def _extract(config: Path, names: list[str] | None, out: Path | None, as_of: date | None) -> None:
    from rich.console import Console

    from extractor import pipeline
    from extractor.settings import load
    from extractor.workspace import REPORT

    settings = load(config)
    vendors = vendors_of(settings, names)
    folder = out or settings.folder / settings.output.directory
    day = as_of or settings.today()
    report = pipeline.extract(settings, vendors, day, folder, progress())
    kept = folder / REPORT
    show(lambda: report.show(Console(markup=False, emoji=False), kept), str(kept))
