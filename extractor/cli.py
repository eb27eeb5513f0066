"""The command line: arguments in, exit code out; no decisions about data."""

import os
import signal
import sys
import traceback
from collections.abc import Collection
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer

from extractor import __version__
from extractor.errors import OneRosterError, OutputError, SettingsError, StoppedError
from extractor.settings_file import FILE_NAME

if TYPE_CHECKING:
    from extractor.progress import Progress
    from extractor.settings import Settings, Vendor

DEBUG = "ONEROSTER_DEBUG"
EPILOG = (
    "Exit codes: 0 done; 1 the data is not fit to send; 2 arguments or settings; "
    "3 database, disk; 130 stopped."
)

app = typer.Typer(
    name="oneroster",
    help="OneRoster 1.1 CSV bundles from a school district's SIS database.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they would print the values of local variables
    rich_markup_mode=None,
)

Config = Annotated[Path, typer.Option(help="The settings file.", metavar="FILE")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="The day for which the SIS is read, like 2026-10-01.  [default: today there]",
    ),
]

LogFormat = Annotated[
    str | None,
    typer.Option(metavar="FORMAT", help="What stderr gets: text, or json lines."),
]


def main() -> None:
    """Run the command line; the only place where exceptions become exit codes."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        app()
    except OneRosterError as error:
        _complain("\n".join([str(error), *getattr(error, "__notes__", ())]))
        raise SystemExit(error.exit_code) from None
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        _complain(_internal(error))
        raise SystemExit(3) from None


def _stop(number: int, frame: object) -> NoReturn:
    raise StoppedError("stopped on request; working files were removed")


@app.callback(invoke_without_command=True)
def options(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """OneRoster 1.1 CSV bundles from a school district's SIS database."""
    if version:
        print(f"oneroster {__version__}")
        raise typer.Exit


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

    day = _day(as_of) or datetime.now(ZoneInfo(TIME_ZONE)).date()
    config = make(directory, students, seed, day, _progress(), assignments=assignments)
    _extract(config, None, None, day)


@app.command(epilog="Example: oneroster extract --vendor acme-math --as-of 2026-10-01")
def extract(
    *,
    vendor: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this vendor; repeatable.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where bundles appear.  [default: settings]")
    ] = None,
    as_of: AsOf = None,
    log_format: LogFormat = None,
    config: Config = Path(FILE_NAME),
) -> None:
    """Write each vendor's bundle and the report; deliver nothing."""
    from extractor.logs import settle

    settle(log_format, unattended=False)
    _extract(config, vendor, out, _day(as_of))


@app.command(epilog="Example: oneroster init; then edit oneroster.toml")
def init(
    file: Annotated[Path, typer.Argument(help="Where the settings are written.")] = Path(FILE_NAME),
    *,
    stdout: Annotated[bool, typer.Option("--stdout", help="Print them instead.")] = False,
) -> None:
    """Write a commented settings file; an existing one is not touched."""
    from extractor.settings_file import example, write_new

    if stdout:
        print(example(), end="")
        return
    write_new(file, example())
    print(f"{file} is written; fill in [sis] and [[vendor]], then run: oneroster extract")


@app.command(epilog="Example: oneroster sql students_in_sections")
def sql(
    query: Annotated[str | None, typer.Argument(help="One query; all when left out.")] = None,
    *,
    grants: Annotated[
        str | None,
        typer.Option(metavar="LOGIN", help="Print the T-SQL that gives a login these rights only."),
    ] = None,
    as_of: AsOf = None,
    config: Config = Path(FILE_NAME),
) -> None:
    """Print the SQL that would run, and its bound values."""
    from extractor import queries
    from extractor.plan import queries_used, refuse_wrong_sources, render
    from extractor.settings import load

    settings = load(config)
    refuse_wrong_sources(settings)
    day = _day(as_of) or settings.today()
    names = [query] if query else queries_used(settings)
    wanted = [render(settings, name, day) for name in names]
    if grants:
        print(queries.grant_script(wanted, settings.sis.schema_, grants), end="")
        return
    for one in wanted:
        print(one.readable())


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
    as_of: AsOf = None,
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

    _known("--format", format_, FORMATS)
    day = _day(as_of) or datetime.now(UTC).date()
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
    _write(report, output)
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

    _known("--format", format_, FORMATS)
    _write(FORMATS[format_](), None)


def _known(option: str, given: str, known: Collection[str]) -> None:
    if given not in known:
        raise SettingsError(f"{option} {given}: there are {', '.join(known)}")


def _write(text: str, output: Path | None) -> None:
    """Print, or write a file; a terminal that knows few signs gets question marks."""
    text = text if text.endswith("\n") else f"{text}\n"
    if output is None:
        encoding = sys.stdout.encoding or "utf-8"
        print(text.encode(encoding, "replace").decode(encoding), end="")
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror}") from error


def _extract(config: Path, names: list[str] | None, out: Path | None, as_of: date | None) -> None:
    from rich.console import Console

    from extractor import pipeline
    from extractor.settings import load
    from extractor.workspace import REPORT

    settings = load(config)
    vendors = _vendors(settings, names)
    folder = out or settings.folder / settings.output.directory
    day = as_of or settings.today()
    report = pipeline.extract(settings, vendors, day, folder, _progress())
    try:
        report.show(Console(markup=False, emoji=False), folder / REPORT)
        sys.stdout.flush()
    except (
        OSError,
        UnicodeError,
        SystemExit,
    ):  # a closed pipe, a full disk: the bundles are there all the same
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until exit
        _complain(f"the bundles are written, but not what to print; see {folder / REPORT}")


def _vendors(settings: "Settings", names: list[str] | None) -> list["Vendor"]:
    known = {vendor.name: vendor for vendor in settings.vendor}
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise SettingsError(
            f"--vendor {unknown[0]}: settings have no such vendor; there are {', '.join(known)}"
        )
    return [known[name] for name in dict.fromkeys(names or known)]


def _day(moment: datetime | None) -> date | None:
    if moment is None:
        return None
    if not 1990 <= moment.year <= 2100:
        raise SettingsError(f"--as-of {moment.date()}: write a date between 1990 and 2100")
    return moment.date()


def _progress() -> "Progress":
    from extractor.progress import to_stderr

    return to_stderr()


def _complain(message: str) -> None:
    from extractor.logs import VARIABLE, complain

    complain(message, "json" if os.environ.get(VARIABLE) == "json" else "text")


def _internal(error: Exception) -> str:
    """Say where the program broke, without the values an exception's text may hold."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"internal error: {type(error).__name__} in {Path(place.filename).name}, line "
        f"{place.lineno}. Please report it; {DEBUG}=1 shows the whole traceback, which may hold "
        "student data."
    )
