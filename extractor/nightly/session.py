"""One run around its work: the lock, the record, the log, and the end, however it comes."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from extractor import __version__
from extractor.errors import OneRosterError, OutputError, StoppedError, internal
from extractor.lock import one_run_at_a_time
from extractor.logs import EventLog, Fields, Level, chosen, event_log
from extractor.nightly.results import Night, VendorResult
from extractor.notify import notify
from extractor.progress import Progress, to_stderr
from extractor.record import runs
from extractor.record.folder import Record, open_record
from extractor.record.store import prune
from extractor.settings import Settings

NIGHT = "run"  # the command that schedulers start


@dataclass(frozen=True, slots=True)
class Session:
    """What the work of a run needs; results go into `night`."""

    settings: Settings
    record: Record
    night: Night
    progress: Progress
    log: EventLog


def record_folder(settings: Settings) -> Path:
    """Return where runs, disclosures and sent bundles are kept."""
    return settings.folder / settings.record.directory


@contextmanager
def session(
    settings: Settings, command: str, as_of: date, *, quiet: bool = False
) -> Iterator[Session]:
    """
    Run something as one entry of the record; whoever is to be told, is told how it ended.

    An error of ours ends the work and not the session: it stands in the night. What asks the run
    to stop, and a broken program, go on to the caller once they are recorded.

    Args:
        command: what stands in the history.
        quiet: whether nobody is told: a dry run.

    Raises:
        OutputError: another run is at work, or the record cannot be written.
    """
    try:
        with (
            _begun(settings, command, as_of) as (record, night),
            _log(settings, str(night.run)) as log,
        ):
            progress = to_stderr(log)
            log.event("run started", version=__version__, as_of=as_of.isoformat())
            try:
                yield Session(settings, record, night, progress, log)
            except StoppedError as error:
                night.stop(error)
                raise
            except OneRosterError as error:
                night.stop(error)
            except Exception as error:
                night.stop(OneRosterError(internal(error)))
                raise
            finally:
                _end(settings, record, night, log, quiet=quiet)
    except OSError as error:
        raise _of_system(error, record_folder(settings)) from error


@contextmanager
def _begun(settings: Settings, command: str, as_of: date) -> Iterator[tuple[Record, Night]]:
    """Enter a run; a night that cannot even begin is told to people, for nobody is looking."""
    folder, began = record_folder(settings), datetime.now(UTC)
    with ExitStack() as stack:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            stack.enter_context(one_run_at_a_time(folder))
            record = stack.enter_context(open_record(folder))
            run = runs.begin(record, __version__, command, as_of)
        except (OneRosterError, OSError) as error:
            why = _of_system(error, folder) if isinstance(error, OSError) else error
            if command == NIGHT and not isinstance(why, StoppedError):
                _never_begun(settings, Night(0, settings.district.name, as_of, began), why)
            raise why from error
        yield record, Night(run, settings.district.name, as_of, began)


def _never_begun(settings: Settings, night: Night, why: OneRosterError) -> None:
    night.ended = datetime.now(UTC)
    night.stop(why)
    name = f"none-{night.started:%Y%m%dT%H%M%SZ}"  # of no other message
    with _log(settings, name) as log:
        log.event("run not begun", "error", error=night.error or "", exit_code=why.exit_code)
        _tell(settings, night, log, name)


def _of_system(error: OSError, folder: Path) -> OutputError:
    place = error.filename2 or error.filename or folder
    why = error.strerror or type(error).__name__
    return OutputError(f"{place}: {why}; look at the disk and its rights, and run again")


def _log(settings: Settings, run: str) -> AbstractContextManager[EventLog]:
    file = settings.folder / settings.log.file if settings.log.file else None
    format_ = chosen(None, by_default="text")  # an option stands in the environment
    return event_log(format_, run, file, settings.log.keep)


def _tell(settings: Settings, night: Night, log: EventLog, run: str) -> None:
    news = replace(night.news(), run=run)
    night.told = notify(settings.notify, news, settings.folder)
    for sent in night.told:
        if sent.error:
            log.event("nobody told", "error", channel=sent.channel, error=sent.error)


def _end(settings: Settings, record: Record, night: Night, log: EventLog, *, quiet: bool) -> None:
    night.ended = datetime.now(UTC)
    outcome = {"success": "done", "hold": "held", "failure": "failed"}[night.ending]
    keep = settings.record
    try:
        runs.finish(record, night.run, "dry run" if quiet else outcome, message=night.error)
        prune(record, keep.bundles, keep.bundle_days, keep.history_days)
    except (OneRosterError, OSError) as error:  # people are told all the same, of this too
        if not night.error:
            folder = record_folder(settings)
            night.stop(_of_system(error, folder) if isinstance(error, OSError) else error)
    for one in night.vendors:
        _vendor_done(log, one)
    if not quiet and night.stopped_with != StoppedError.exit_code:
        _tell(settings, night, log, str(night.run))
    ended: Fields = {"error": night.error} if night.error else {}
    ended |= {"outcome": night.ending, "exit_code": night.exit_code}
    ended |= {"seconds": round((night.ended - night.started).total_seconds(), 3)}
    log.event("run ended", "error" if night.error else "info", **ended)


def _vendor_done(log: EventLog, result: VendorResult) -> None:
    level: Level = "warning" if result.held else "info"
    if result.outcome in {"failed", "refused"}:
        level = "error"
    fields: Fields = {"vendor": result.vendor, "outcome": result.outcome, "counts": result.rows}
    if result.sha256:
        fields |= {"sha256": result.sha256}
    if result.message:
        fields |= {"error": result.message}
    log.event("vendor done", level, **fields)
