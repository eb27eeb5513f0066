"""
What a run tells machines: one JSON object per line, on stderr and in a file that settings name.

Fields are a fixed list of counts, names and codes, so that nothing personal can slip in. A log
that cannot be written is complained about once, and never stops a run.
"""

import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import TimedRotatingFileHandler
from pathlib import Path
from typing import Literal, TypedDict, Unpack, cast, get_args

from extractor.errors import SettingsError

Format = Literal["text", "json"]
Level = Literal["info", "warning", "error"]
VARIABLE = "ONEROSTER_LOG_FORMAT"
_LEVELS: dict[Level, int] = {"info": 20, "warning": 30, "error": 40}
_FIELDS = "fields"


class Fields(TypedDict, total=False):
    """What an event may tell beside its name; a type checker refuses anything else."""

    run: str
    vendor: str
    stage: str
    outcome: str
    channel: str
    rows: int
    files: int
    bytes: int
    attempts: int
    seconds: float
    exit_code: int
    counts: Mapping[str, int]  # by file, by kind of finding
    sha256: str
    error: str  # the text of one of our own exceptions
    text: str  # what progress says between stages
    version: str
    as_of: str


def chosen(asked: str | None, *, by_default: Format) -> Format:
    """
    Return the format: what the option asks for, else the environment, else the command's own.

    Raises:
        SettingsError: if it is none.
    """
    value = asked or os.environ.get(VARIABLE) or by_default
    if value not in get_args(Format):
        where = "--log-format" if asked else VARIABLE
        raise SettingsError(f"{where} {value}: there are {', '.join(get_args(Format))}")
    return cast("Format", value)


def settle(asked: str | None, *, unattended: bool) -> Format:
    """
    Decide the format for the whole process; it stands in the environment from then on.

    Args:
        asked: what `--log-format` says.
        unattended: whether the command is made for schedulers: off a terminal it tells JSON.

    Raises:
        SettingsError: as `chosen`.
    """
    watched = sys.stderr is not None and sys.stderr.isatty()
    format_ = chosen(asked, by_default="json" if unattended and not watched else "text")
    os.environ[VARIABLE] = format_
    return format_


class EventLog:
    """Where events go; `bound` fields stand in each of them."""

    def __init__(self, logger: logging.Logger, bound: Fields) -> None:
        self.logger = logger
        self._bound = bound

    def bind(self, **fields: Unpack[Fields]) -> "EventLog":
        """Return a log whose events all have these fields too."""
        return EventLog(self.logger, self._bound | fields)

    def event(self, event: str, level: Level = "info", **fields: Unpack[Fields]) -> None:
        """Write one event, named in a few words that never change."""
        told = self._bound | fields
        self.logger.log(_LEVELS[level], "%s", event, extra={_FIELDS: told})


def stderr_log(format_: Format, run: str | None = None) -> EventLog:
    """
    Return a log that goes to stderr only.

    In the text format it leaves out stages and notes, which `progress` shows there.
    """
    logger = logging.Logger("oneroster")  # not among the process's own: nobody adds to it
    logger.addHandler(_Stderr(format_))
    return EventLog(logger, {"run": run} if run else {})


@contextmanager
def event_log(
    format_: Format, run: str, file: Path | None = None, keep: int = 90
) -> Iterator[EventLog]:
    """
    Open the log of one run, on stderr and in a file.

    Args:
        format_: what stderr gets: JSON lines, or lines for people.
        run: the id of the run, which all events have.
        file: gets JSON lines too, appended; a new one is begun each day (UTC).
        keep: how many older files are left beside it, one for each day with events.
    """
    log = stderr_log(format_, run)
    handler = None
    try:
        if file:
            handler = _daily(file, keep)
            log.logger.addHandler(handler)
    except OSError as error:
        why = error.strerror or type(error).__name__
        complain(f"{file}: the log cannot be written: {why}; the run goes on", format_)
    try:
        yield log
    finally:
        if handler:
            with suppress(OSError):  # what could not be written is complained about already
                handler.close()


def complain(message: str, format_: Format) -> None:
    """Tell an error on stderr, in one object or in the words themselves."""
    if format_ == "json":
        _say(_line(datetime.now(UTC), "error", "error", {"error": message}))
    else:
        _say(f"oneroster: {message}")


def _say(line: str) -> None:
    """Print to what stderr is by now; when it is closed, there is nobody to tell."""
    if sys.stderr is not None:  # what a program without one has; print() would take stdout
        with suppress(OSError, ValueError):
            print(line, file=sys.stderr, flush=True)


def _line(moment: datetime, level: str, event: str, fields: Mapping[str, object]) -> str:
    ts = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    # Plain ASCII: no reader can take a sign within a text for the end of the line.
    return json.dumps({"ts": ts, "level": level, "event": event, **fields})


def _daily(file: Path, keep: int) -> logging.Handler:
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = _Daily(file, when="midnight", backupCount=keep, encoding="utf-8", utc=True)
    handler.setFormatter(_Json())
    return handler


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    return cast("Mapping[str, object]", getattr(record, _FIELDS, {}))


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        return _line(moment, record.levelname.lower(), record.getMessage(), _fields(record))


class _Words(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told = {name: value for name, value in _fields(record).items() if name != "run"}
        words = ", ".join(f"{name} {_word(value)}" for name, value in told.items())
        level = "" if record.levelno < logging.WARNING else f"{record.levelname.lower()}: "
        return f"{level}{record.getMessage()}{': ' if words else ''}{words}"


def _word(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name}={count:,}" for name, count in value.items())
    return f"{value:,}" if isinstance(value, int | float) else " ".join(str(value).split())


class _Stderr(logging.Handler):
    def __init__(self, format_: Format) -> None:
        super().__init__()
        self.setFormatter(_Json() if format_ == "json" else _Words())
        self._stages = format_ == "json"

    def emit(self, record: logging.LogRecord) -> None:
        if self._stages or not {"stage", "text"} & _fields(record).keys():
            _say(self.format(record))


class _Daily(TimedRotatingFileHandler):
    """A file that its owner alone may read, and whose lines are whole after a killed run too."""

    _complained = False

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read() != b"\n":
                    before = path.stat()
                    file.write(b"\n")
                    file.flush()
                    # The day of the last event decides when the next file is begun.
                    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Complain once, without the record."""
        if not self._complained:
            self._complained = True
            error = sys.exception()
            why = getattr(error, "strerror", None) or type(error).__name__
            complain(f"{self.baseFilename}: the log cannot be written: {why}", "text")
