"""The order of the stages, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

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
from extractor.source import Reader, connect
from extractor.spec import ROSTERING_CORE
from extractor.spool import Spool
from extractor.transform.left_out import LeftOut
from extractor.transform.user_ids import UserIds
from extractor.until_whole import by_either_reader, until_whole
from extractor.validate import Verdict
from extractor.verify import refuse_invalid, verify
from extractor.workspace import REPORT, emptied, workspace


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
    refuse_wrong_sources(settings)
    connection = reveal(settings.sis.connection, "sis.connection", settings.folder)
    findings = Findings()
    grants = {grant for vendor in vendors for grant in vendor.grants}
    listed = _resources(settings, grants, findings)
    dressed = [dress(vendor, settings, findings, as_of) for vendor in vendors]
    verdicts: dict[str, Verdict] = {}
    with workspace(out) as work, FindingsKept(out / REPORT, as_of, findings, verdicts):
        take_back = findings.mark()

        def read(reader: Reader) -> tuple[int, dict[str, str], list[Written]]:
            take_back()
            spool = Spool(emptied(work / "read"))
            with Beside[Written](spool.stop) as writing:
                with connect(
                    connection,
                    time_zone=settings.district.time_zone,
                    beside=settings.folder,
                    conduct=settings.sis.conduct(),
                    reader=reader,
                ) as source:
                    refuse_absent_fields(settings, source)
                    if not source.one_moment:
                        findings.add("read_not_at_one_moment", [source.engine])
                    gone = LeftOut(staff=frozenset(map(str, settings.options.exclude_staff)))
                    reading = Reading(settings, as_of, source, findings, progress, gone)
                    filling = Filling(settings, spool, findings)
                    asked = files_of(grants), roles_of(grants)
                    district = DistrictSet(reading, filling, *asked, listed)
                    district.build()
                    # A retry dresses each vendor anew: what it wears depends on what was read.
                    ids, fresh = district.ids, map(replace, dressed)
                    writing.begin(partial(_bundle, settings, o, spool, ids, out) for o in fresh)
                    district.finish(between=writing.refuse_failed)
                return district.year, district.kinds, _written(writing, vendors, progress)

        attempts, tell = settings.sis.attempts, progress.tell
        year, kinds, written = by_either_reader(
            lambda reader: until_whole(partial(read, reader), attempts, tell),
            settings.sis.reader,
            tell,
        )
        for vendor, one in zip(vendors, written, strict=True):
            give_back()
            with progress.stage(f"validate {vendor.name}") as advance:
                profile = settings.profile_of(vendor)
                # Whoever names the zip otherwise than the profile, means it.
                asked = shape_of(vendor.model_copy(update={"zip_name": None}), load(profile))
                verdicts[vendor.name] = verify(one, profile, asked.zip_name, as_of)
                advance(sum(one.rows.values()))
        refuse_invalid(verdicts)
        bundles = [
            Bundle.of(vendor.name, one) for vendor, one in zip(vendors, written, strict=True)
        ]
        report = Report(as_of, year, bundles, list(findings), kinds, verdicts)
        publish(written)
        report.write(out / REPORT)
    return report


def _resources(settings: Settings, grants: set[str], findings: Findings) -> DataFrame | None:
    """Load the district's list before the SIS is asked: what is wrong with it is told at once."""
    if settings.resources is None or "resources" not in grants:
        return None
    return resource_list.load(settings.folder / settings.resources.file, findings)


def _written(
    writing: Beside[Written], vendors: Sequence[Vendor], progress: Progress
) -> list[Written]:
    """Wait for the bundles; most of each may have been written while the SIS was read."""
    made = []
    for vendor, result in zip(vendors, writing.results(), strict=True):
        with progress.stage(f"write {vendor.name}") as advance:
            made.append(result())
            advance(sum(made[-1].rows.values()))
    return made


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
