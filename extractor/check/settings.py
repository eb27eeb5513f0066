"""Settings that can be judged without a database: the file, secrets, queries, lists."""

import os
import stat
from collections.abc import Iterator

from pydantic import BaseModel

from extractor import queries, resource_list
from extractor.check.line import Line, failed, ok, warning
from extractor.check.probing import Context
from extractor.errors import SettingsError
from extractor.findings import Findings
from extractor.plan import queries_used, refuse_wrong_sources, render
from extractor.reading import code_table
from extractor.settings import Secret, Settings, load, reveal


def file(context: Context) -> Iterator[Line]:
    """Read the settings, and keep the vendors that are wanted."""
    settings = load(context.config)
    known = [vendor.name for vendor in settings.vendor]
    for name in context.vendors:
        if name not in known:
            there = f"name one of {', '.join(known)}"
            yield failed(f"--vendor {name}: settings have no such vendor", there, 2)
    wanted = tuple(one for one in settings.vendor if one.name in (context.vendors or known))
    if not wanted:
        return
    context.chosen = settings.model_copy(update={"vendor": wanted})
    many = f"{len(wanted)} vendor{'s' if wanted[1:] else ''}"
    yield ok(f"{context.config.name} is in order, with {many}")


def secrets(context: Context) -> Iterator[Line]:
    """Reach every secret that settings name, of the database and of the vendors."""
    found = list(_secrets(context.settings))
    for key, secret in found:
        kept = f"{key}: {_place(secret)}"
        try:
            reveal(secret, key, context.settings.folder)
        except SettingsError as error:
            what, _, remedy = str(error).partition("; ")
            yield failed(what, remedy or None, 2)
            continue
        open_to = _open_to(context.settings, secret)
        if open_to:
            yield warning(f"{kept} can be read by {open_to}", f"run: chmod 600 {secret.file}")
        else:
            yield ok(f"{kept} holds a value")
    if not found:
        yield ok("settings name no secret")


def own_queries(context: Context) -> Iterator[Line]:
    """Render every query, and hold the district's own against the shipped ones."""
    settings = context.settings
    refuse_wrong_sources(settings)
    names = [*queries_used(settings), *queries.checks(settings.sis.kind)]
    bad = 0
    for name in names:
        try:
            render(settings, name, context.as_of)
        except SettingsError as error:
            bad += 1
            yield failed(str(error), "correct the template, or remove it to use the shipped one", 2)
    own = sorted(path.name for path in settings.overlay.glob("*.j2")) if settings.overlay else []
    if not bad:
        yield ok(
            f"all {len(names)} queries hold" + (f"; your own: {', '.join(own)}" if own else "")
        )


def lists(context: Context) -> Iterator[Line]:
    """Read the district's own code tables, and its list of resources."""
    settings = context.settings
    for vocabulary in type(settings.codes).model_fields:
        own = getattr(settings.codes, vocabulary)
        if own:
            code_table(settings, vocabulary)
            yield ok(f"codes.{vocabulary}: {own} holds")
    if settings.resources:
        findings = Findings()
        rows = resource_list.load(settings.folder / settings.resources.file, findings)
        for finding in findings:
            first = "; ".join(finding.keys[:3])
            what = f"resources.file: {finding.count:,} rows are not fit to send: {first}"
            yield warning(what, finding.kind.remedy)
        yield ok(f"resources.file: {len(rows):,} resources")


def _secrets(model: BaseModel, before: str = "") -> Iterator[tuple[str, Secret]]:
    """Yield every secret below a table of settings, with its key."""
    for name, described in type(model).model_fields.items():
        value, key = getattr(model, name), f"{before}{described.alias or name}"
        several = value if isinstance(value, tuple) else (value,)
        for at, one in enumerate(several):
            place = f"{key}.{at}" if isinstance(value, tuple) else key
            if isinstance(one, Secret):
                yield place, one
            elif isinstance(one, BaseModel):
                yield from _secrets(one, f"{place}.")


def _place(secret: Secret) -> str:
    if secret.env:
        return f"the environment variable {secret.env}"
    return f"the file {secret.file}" if secret.file else f"the keyring's entry {secret.keyring!r}"


def _open_to(settings: Settings, secret: Secret) -> str | None:
    """Return who else may read a secret's file; Windows has no such bits to ask."""
    if secret.file is None or os.name == "nt":
        return None
    mode = (settings.folder / secret.file).stat().st_mode
    if mode & stat.S_IROTH:
        return "everybody on this machine"
    return "its group" if mode & stat.S_IRGRP else None
