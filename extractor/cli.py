"""The command line: arguments in, exit code out; no decisions about data."""

import os
import signal
from typing import Annotated, NoReturn

import typer

from extractor import __version__
from extractor.commands import judging, making, nightly  # noqa: F401 - they add their commands
from extractor.commands.shared import app, complain
from extractor.errors import OneRosterError, StoppedError, internal

DEBUG = "ONEROSTER_DEBUG"


def main() -> None:
    """Run the command line; the only place where exceptions become exit codes."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        app()
    except OneRosterError as error:
        complain("\n".join([str(error), *getattr(error, "__notes__", ())]))
        raise SystemExit(error.exit_code) from None
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        complain(
            f"{internal(error)}; {DEBUG}=1 shows the whole traceback, which may hold student data."
        )
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
