"""The commands of the night: run, deliver, status, history."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from extractor.commands.shared import (
    AsOf,
    Config,
    Format,
    LogFormat,
    Out,
    Vendors,
    app,
    complain,
    day_of,
    known,
    show,
    vendors_of,
    write,
)
from extractor.errors import SettingsError
from extractor.settings_file import FILE_NAME

if TYPE_CHECKING:
    from extractor.nightly import Night
    from extractor.settings import Settings, Vendor

Reason = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT", help="Why (required to send); stands in the record with your login."
    ),
]


@app.command(epilog='Example: oneroster run --approve --vendor acme-math --reason "new year"')
def run(
    *,
    vendor: Vendors = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Say what would happen; bundles are made in --out, nothing leaves."
        ),
    ] = False,
    approve: Annotated[
        bool, typer.Option("--approve", help="Send the very bundles that the gate holds.")
    ] = False,
    reason: Reason = None,
    sha256: Annotated[
        str | None,
        typer.Option(
            metavar="HASH",
            help="With --approve: only the bundle you looked at; 12 signs are enough.",
        ),
    ] = None,
    out: Out = None,
    as_of: AsOf = None,
    log_format: LogFormat = None,
    config: Config = Path(FILE_NAME),
) -> None:
    """Do one night: extract, ask the gate, deliver, record, tell."""
    from extractor import nightly
    from extractor.logs import settle

    settle(log_format, unattended=True)
    settings, vendors, day = _chosen(config, vendor, as_of)
    if approve and dry_run:
        raise SettingsError("--approve sends; leave --dry-run out")
    if not approve and (reason or sha256):
        raise SettingsError("--reason and --sha256 go with --approve")
    if approve:
        _tell(nightly.approve(settings, vendors, day, why=reason or "", digest=sha256))
    folder = out or settings.folder / settings.output.directory
    _tell(nightly.run(settings, vendors, day, folder, dry_run=dry_run))


@app.command(epilog='Example: oneroster deliver OneRoster.zip --vendor acme-math --reason "undo"')
def deliver(
    bundle: Annotated[Path, typer.Argument(help="A zip; old ones lie in the record folder.")],
    *,
    vendor: Annotated[str, typer.Option(metavar="NAME", help="To whom.")],
    reason: Reason = None,
    as_of: AsOf = None,
    log_format: LogFormat = None,
    config: Config = Path(FILE_NAME),
) -> None:
    """Send one bundle as it is, past the gate: the way back."""
    from extractor import nightly
    from extractor.logs import settle

    settle(log_format, unattended=False)
    settings, vendors, day = _chosen(config, [vendor], as_of)
    _tell(nightly.send_again(settings, vendors[0], bundle, day, why=reason or ""))


@app.command(epilog="Example: oneroster status --max-age 26h")
def status(
    *,
    vendor: Vendors = None,
    max_age: Annotated[
        str, typer.Option(metavar="AGE", help="How old a good night may be: 90m, 26h, 3d.")
    ] = "26h",
    format_: Format = "text",
    config: Config = Path(FILE_NAME),
) -> None:
    """Answer whether last night went out, for monitoring."""
    from extractor.nightly.health import as_json, as_line, exit_code, health, parsed_age
    from extractor.settings import load

    known("--format", format_, ("text", "json"))
    age = parsed_age(max_age)
    settings = load(config)
    found = health(settings, [one.name for one in vendors_of(settings, vendor)], age)
    write(as_json(found) if format_ == "json" else as_line(found), None)
    code = exit_code(found)
    if code:
        raise typer.Exit(code)


def _chosen(
    config: Path, names: list[str] | None, as_of: datetime | None
) -> "tuple[Settings, list[Vendor], date]":
    from extractor.settings import load

    settings = load(config)
    return settings, vendors_of(settings, names), day_of(as_of) or settings.today()


def _tell(night: "Night") -> NoReturn:
    """Print a night, and end with its exit code."""
    from rich.console import Console

    from extractor.nightly.show import show as table

    show(lambda: table(night, Console(markup=True, emoji=False)), "oneroster history")
    if night.error:
        complain(night.error)
    raise typer.Exit(night.exit_code)


@app.command(epilog="Example: oneroster history --vendor acme-math --format json")
def history(
    *,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="text or json.")
    ] = "text",
    vendor: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this vendor, one of before too.")
    ] = None,
    config: Config = Path(FILE_NAME),
) -> None:
    """Print runs, holds, and what was disclosed to whom, when."""
    from rich.console import Console

    from extractor.record.folder import exists, open_record
    from extractor.record.history import NOTHING
    from extractor.record.history import history as told
    from extractor.record.show import show as tables
    from extractor.settings import load

    known("--format", format_, ("text", "json"))
    settings = load(config)
    folder = settings.folder / settings.record.directory
    found = NOTHING
    if exists(folder):  # asking makes no record
        with open_record(folder) as record:
            found = told(record, vendor)
    if format_ == "json":
        write(json.dumps(found.as_json(), indent=2, ensure_ascii=False), None)
    else:
        show(lambda: tables(found, Console(markup=False, emoji=False)), "the record")
