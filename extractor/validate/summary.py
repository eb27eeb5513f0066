"""Fills in what a verdict tells beside its findings: rows, schools, mode, what was not read."""

import numpy as np

from extractor.validate.bundle import Bundle
from extractor.validate.hashes import Rows
from extractor.validate.tokens import Flaw
from extractor.validate.verdict import Verdict


def summarise(bundle: Bundle, verdict: Verdict) -> None:
    """Describe the bundle."""
    if bundle.manifest:
        verdict.version, verdict.mode = bundle.manifest.version, bundle.manifest.mode
    for name, table in bundle.tables.items():
        if table.present:
            verdict.rows[name] = table.own + table.broken
    verdict.schools = _schools(bundle)
    verdict.stopped = _stopped(bundle)


def _stopped(bundle: Bundle) -> list[str]:
    if bundle.package.broken:
        return [f"nothing was read: {bundle.package.broken}"]
    if bundle.package.exceeded:
        return [f"nothing was read: {bundle.package.exceeded}"]
    if bundle.foreign_version:
        return [f"not judged: the bundle is OneRoster {bundle.foreign_version}"]
    stopped = [f"{name} was not read: {why}" for name, why in bundle.unread.items()]
    for name, flaws in bundle.flaws.items():
        unread = name.removesuffix(".csv") not in bundle.headers and flaws.counts[Flaw.ENCODING]
        if (flaws.counts[Flaw.DAMAGED] or unread) and name not in bundle.unread:
            stopped.append(f"{name} was not read to its end; references to it are not judged")
    return stopped


def _schools(bundle: Bundle) -> dict[str, dict[str, int]]:
    orgs = bundle.tables["orgs"]
    kinds = {
        "classes": bundle.tables["classes"].rows("schoolSourcedId"),
        "enrollments": bundle.tables["enrollments"].rows("schoolSourcedId"),
        **{f"{role}s": _orgs_of(bundle, role) for role in ("student", "teacher")},
    }
    counted = {
        kind: np.bincount(rows[rows >= 0], minlength=len(orgs.hashes))
        for kind, rows in kinds.items()
    }
    school = orgs["type"] == orgs.file["type"].values.index("school")
    return {
        orgs.key(int(row)): {kind: int(counts[row]) for kind, counts in counted.items()}
        for row in np.flatnonzero(school[: orgs.own])
    }


def _orgs_of(bundle: Bundle, role: str) -> Rows:
    users = bundle.tables["users"]
    named = users.named.get("orgSourcedIds")
    if named is None:
        return np.zeros(0, np.int32)
    wanted = users["role"] == users.file["role"].values.index(role)
    judged: Rows = named.targets[wanted[named.owners]].astype(np.int32)
    return judged
