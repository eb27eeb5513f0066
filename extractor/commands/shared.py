"""What the commands share: the program itself, common options, and how results are told."""

import os
import sys
from collections.abc import Callable, Collection
from datetime import date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.errors import OutputError, SettingsError

if TYPE_CHECKING:
    from extractor.progress import Progress
    from extractor.settings import Settings, Vendor

EPILOG = (
    "Exit codes: 0 done; 1 the data is not fit to send; 2 arguments or settings; "
    "3 database, SFTP, disk or mail; 4 held by the gate; 130 stopped."
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
        help="The day for which the SIS is read, like 2026-10-01.  "
        "[default: today in the district]",
    ),
]
LogFormat = Annotated[
    str | None,
    typer.Option(metavar="FORMAT", help="What stderr gets: text, or json lines."),
]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where bundles appear.  [default: settings]")
]
Vendors = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Only this vendor; repeatable.")
]
Format = Annotated[str, typer.Option("--format", metavar="FORMAT", help="text or json.")]


def known(option: str, given: str, known: Collection[str]) -> None:
    """Refuse a word that an option does not know."""
    if given not in known:
        raise SettingsError(f"{option} {given}: there are {', '.join(known)}")


def write(text: str, output: Path | None) -> None:
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


def show(print_it: Callable[[], object], kept: str) -> None:
    """
    Print what a run came to; the exit code stays that of the run, whatever becomes of the words.

    A terminal or a file that knows few signs gets question marks.

    Args:
        kept: where it can be read when nothing can be printed: a closed pipe, a full disk.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        print_it()
        sys.stdout.flush()
    except (OSError, SystemExit):  # rich makes one of a broken pipe
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until exit
        complain(f"the run is done, but its outcome cannot be printed; see {kept}")


def vendors_of(settings: "Settings", names: list[str] | None) -> list["Vendor"]:
    """Return the vendors of these names, or all."""
    known = {vendor.name: vendor for vendor in settings.vendor}
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise SettingsError(
            f"--vendor {unknown[0]}: settings have no such vendor; there are {', '.join(known)}"
        )
    return [known[name] for name in dict.fromkeys(names or known)]


def day_of(moment: datetime | None) -> date | None:
    """Return the day of a moment; such a far one must be a slip."""
    if moment is None:
        return None
    if not 1990 <= moment.year <= 2100:
        raise SettingsError(f"--as-of {moment.date()}: write a date between 1990 and 2100")
    return moment.date()


def progress() -> "Progress":
    """Return what shows on stderr how far a run is."""
    from extractor.progress import to_stderr

    return to_stderr()


def complain(message: str) -> None:
    """Tell an error on stderr."""
    from extractor.logs import VARIABLE, complain

    complain(message, "json" if os.environ.get(VARIABLE) == "json" else "text")
