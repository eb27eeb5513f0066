"""The order of the stages, and nothing else."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from threading import Lock

from pandas import DataFrame

from extractor import resource_list
from extractor.beside import Beside
from extractor.district import DistrictSet
from extractor.dress import Dress, dress
from extractor.errors import DataError
from extractor.filling import Filling
from extractor.findings import Findings
from extractor.grants import STAFF_ROLES, files_of, roles_of
from extractor.memory import be_frugal, give_back
from extractor.package import Written, package, publish
from extractor.plan import refuse_absent_fields, refuse_wrong_sources
from extractor.profiles import load
from extractor.progress import Progress
from extractor.reading import Reading
from extractor.report import Bundle, FindingsKept, Report
from extractor.scope import Scope
from extractor.settings import Settings, Vendor, reveal
from extractor.shape import shape_of
from extractor.source import Reader, Source, connect
from extractor.spec import ROSTERING_CORE
from extractor.spool import Spool
from extractor.transform.left_out import LeftOut
from extractor.transform.user_ids import UserIds
from extractor.until_whole import by_either_reader, until_whole
from extractor.validate import Verdict
from extractor.verify import refuse_invalid, verify
from extractor.workspace import REPORT, emptied, workspace


@dataclass(frozen=True, slots=True)
class _Run:
    """What the stages of one run share; `connection` holds secrets."""

    settings: Settings
    vendors: Sequence[Vendor]
    as_of: date
    out: Path
    progress: Progress
    findings: Findings
    connection: str
    grants: frozenset[str]
    listed: DataFrame | None
    dressed: list[Dress]


@dataclass(frozen=True, slots=True)
class _Made:
    """What was read and written: the school year, the kinds of schools, the bundles."""

    year: int
    kinds: dict[str, str]
    written: list[Written]
    verdicts: list[Verdict]


@dataclass(frozen=True, slots=True)
class _Begun:
    """A vendor's bundle that is being written, and then judged, in a thread."""

    vendor: Vendor
    written: Future[Written]
    verdict: Future[Verdict]


def extract(
    settings: Settings, vendors: Sequence[Vendor], as_of: date, out: Path, progress: Progress
) -> Report:
    """
    Write the bundle of each vendor, judge it, and write the report.

    All bundles are written whole beside their names, and found valid, before the first one
    appears, so a run that fails before that replaces nothing. They appear one after the other;
    a run that is killed just then leaves some of last night's, each of them whole.

    Args:
        vendors: those of the settings that are wanted.
        as_of: the day for which the SIS is read; nothing asks for today.
        out: gets one folder per vendor.

    Raises:
        OneRosterError: any of its kinds.
    """
    be_frugal()
    run = _prepared(settings, vendors, as_of, out, progress)
    verdicts: dict[str, Verdict] = {}
    with workspace(out) as work, FindingsKept(out / REPORT, as_of, run.findings, verdicts):
        made = _whole(run, work / "read")
        for vendor, verdict in zip(vendors, made.verdicts, strict=True):
            verdicts[vendor.name] = verdict
        refuse_invalid(verdicts)
        bundles = [
            Bundle.of(vendor.name, one) for vendor, one in zip(vendors, made.written, strict=True)
        ]
        report = Report(as_of, made.year, bundles, list(run.findings), made.kinds, verdicts)
        publish(made.written)
        report.write(out / REPORT)
    return report


def _prepared(
    settings: Settings, vendors: Sequence[Vendor], as_of: date, out: Path, progress: Progress
) -> _Run:
    """Find what is wrong with settings, secrets and lists before the SIS is asked."""
    refuse_wrong_sources(settings)
    connection = reveal(settings.sis.connection, "sis.connection", settings.folder)
    findings = Findings()
    grants = frozenset(grant for vendor in vendors for grant in vendor.grants)
    listed = _resources(settings, grants, findings)
    dressed = [dress(vendor, settings, findings, as_of) for vendor in vendors]
    shared = (settings, vendors, as_of, out, progress)
    return _Run(*shared, findings, connection, grants, listed, dressed)


def _whole(run: _Run, folder: Path) -> _Made:
    """Read and write, begun anew when the database breaks it off; `folder` is emptied first."""
    take_back = run.findings.mark()
    sis, tell = run.settings.sis, run.progress.tell

    def read(reader: Reader) -> _Made:
        take_back()
        return _made(run, Spool(emptied(folder)), reader)

    return by_either_reader(
        lambda reader: until_whole(partial(read, reader), sis.attempts, tell), sis.reader, tell
    )


def _made(run: _Run, spool: Spool, reader: Reader) -> _Made:
    """Read the SIS once, and write and judge bundles while the scores are still read."""
    begun, judging = [], Lock()
    with Beside(spool.stop) as writing:
        with connect(
            run.connection,
            time_zone=run.settings.district.time_zone,
            beside=run.settings.folder,
            conduct=run.settings.sis.conduct(),
            reader=reader,
        ) as source:
            district = _district(run, source, spool)
            district.build()
            # A retry dresses each vendor anew: what it wears depends on what was read.
            for dressed in map(replace, run.dressed):
                written: Future[Written] = Future()
                bundle = partial(_bundle, run.settings, dressed, spool, district.ids, run.out)
                job = partial(_judged, run, dressed.vendor, bundle, written, spool, judging)
                begun.append(_Begun(dressed.vendor, written, writing.begin(job)))
            give_back()  # the server joins and sorts; what made the other files is free
            district.finish(between=writing.refuse_failed)
        year, kinds = district.year, district.kinds
        del district  # judging needs the memory
        made = [_written(writing, one, run.progress) for one in begun]
        verdicts = [_verdict(writing, one, run.progress) for one in begun]
    return _Made(year, kinds, made, verdicts)


def _district(run: _Run, source: Source, spool: Spool) -> DistrictSet:
    refuse_absent_fields(run.settings, source)
    if not source.one_moment:
        run.findings.add("read_not_at_one_moment", [source.engine])
    gone = LeftOut(staff=frozenset(map(str, run.settings.options.exclude_staff)))
    reading = Reading(run.settings, run.as_of, source, run.findings, run.progress, gone)
    filling = Filling(run.settings, spool, run.findings)
    asked = files_of(run.grants), roles_of(run.grants)
    return DistrictSet(reading, filling, *asked, run.listed)


def _resources(settings: Settings, grants: Collection[str], findings: Findings) -> DataFrame | None:
    """Load the district's list before the SIS is asked: what is wrong with it is told at once."""
    if settings.resources is None or "resources" not in grants:
        return None
    return resource_list.load(settings.folder / settings.resources.file, findings)


def _written(writing: Beside, one: _Begun, progress: Progress) -> Written:
    """Wait for a bundle; most of it may have been written while the SIS was read."""
    with progress.stage(f"write {one.vendor.name}") as advance:
        made = writing.result(one.written)
        advance(sum(made.rows.values()))
    return made


def _verdict(writing: Beside, one: _Begun, progress: Progress) -> Verdict:
    """Wait for a bundle's verdict; a bundle without results may have had it long ago."""
    with progress.stage(f"validate {one.vendor.name}") as advance:
        verdict = writing.result(one.verdict)
        advance(sum(one.written.result().rows.values()))
    return verdict


def _judged(
    run: _Run,
    vendor: Vendor,
    bundle: Callable[[], Written],
    written: Future[Written],
    spool: Spool,
    judging: Lock,
) -> Verdict:
    """
    Write a bundle, hand it to who waits for `written`, and judge it by its profile.

    Whoever names the zip otherwise than the profile, means it. Runs in a thread; `judging` lets
    one judge at a time, for it takes memory.
    """
    made = bundle()
    written.set_result(made)
    profile = run.settings.profile_of(vendor)
    asked = shape_of(vendor.model_copy(update={"zip_name": None}), load(profile))
    with judging:
        give_back()
        return verify(made, profile, asked.zip_name, run.as_of, spool.refuse_stopped)


def _bundle(
    settings: Settings, dressed: Dress, spool: Spool, ids: UserIds | None, out: Path
) -> Written:
    """Write one vendor's bundle; runs in a thread, and tells nobody how far it is."""
    vendor, shape = dressed.vendor, dressed.shape
    folder = out / vendor.name
    folder.mkdir(mode=0o700, exist_ok=True)
    scope = Scope(spool, vendor, settings, ids, dressed)
    _refuse_empty(vendor, scope)
    kind = settings.sis.kind
    source = (kind.capitalize(), kind) if shape.system_code else (kind.capitalize(),)
    written = package(folder / shape.zip_name, scope.files(), source, shape)
    absent = [
        file.csv
        for file in ROSTERING_CORE
        if file.name in dressed.files and not written.rows.get(file.name)
    ]
    if absent:
        raise DataError(
            f"vendor {vendor.name}: {', '.join(absent)} would have no row; a receiver may delete "
            "everything it holds. Check the as-of date, the school year of the database, and the "
            "schools in settings. Nothing was written."
        )
    return written


def _refuse_empty(vendor: Vendor, scope: Scope) -> None:
    """Stop when everybody of a granted role is gone; staff are few, and may be nobody."""
    missing = scope.wanted_roles() - set(STAFF_ROLES) - scope.roles()
    if missing:
        raise DataError(
            f"vendor {vendor.name}: there would be no {' and no '.join(sorted(missing))} in "
            "users.csv; a receiver may delete all of them. Check the as-of date, the school year "
            "of the database, and the schools in settings. Nothing was written."
        )
