"""Rules on references: the row that is named exists, and is of the kind that is meant."""

import numpy as np

from extractor.spec import Column, File
from extractor.validate.batch import Mask
from extractor.validate.bundle import Bundle
from extractor.validate.hashes import UNKNOWN
from extractor.validate.registry import Level, Scope, rule
from extractor.validate.resolve import Reference
from extractor.validate.table import SHORTENED
from extractor.validate.verdict import Severity

REFERENCE = Scope.REFERENCE
ADULTS = ("parent", "guardian", "relative")


def _not_demographics(file: File, _column: Column) -> bool:
    return file.name != "demographics"


def _where(column_name: str, *words: str) -> object:
    """Look at references whose target is to have one of these words in a column."""
    return lambda _file, column: bool(column.target and column.target.where == (column_name, words))


def _unknown(reference: Reference) -> Mask:
    judged: Mask = reference.targets == UNKNOWN
    return judged


def _sent_before(reference: Reference, bundle: Bundle) -> bool:
    """Tell whether what is named may have come in an earlier bundle."""
    return bundle.partial and (
        bundle.mode(reference.file.name) == "delta" or bundle.mode(reference.target.file) != "bulk"
    )


def _none(reference: Reference) -> Mask:
    return np.zeros(len(reference.targets), np.bool_)


@rule(
    "R02",
    Severity.ERROR,
    REFERENCE,
    on=_not_demographics,
    says="{column} names no row of {target}.csv",
    remedy="Add the row that is named, or leave this one out; look at the filters of both queries.",
)
def dangling_reference(reference: Reference, bundle: Bundle) -> Mask:
    """
    A reference of a bulk file names a sourcedId that no row has.

    Receivers drop the row or refuse the zip. The usual cause is a query that filters one side of a
    join and not the other.
    """
    return _none(reference) if _sent_before(reference, bundle) else _unknown(reference)


@rule(
    "R03",
    Severity.INFO,
    REFERENCE,
    on=_not_demographics,
    says="{column} names no row of {target}.csv here; it may have been sent before",
    remedy="Give the bundle that was sent before with --baseline to be sure.",
)
def unconfirmed_reference(reference: Reference, bundle: Bundle) -> Mask:
    """
    A reference of a delta names a row that is not in the bundle, and no baseline was given.

    Nothing is wrong if the row was sent before; a delta alone cannot tell.
    """
    alone = _sent_before(reference, bundle) and bundle.baseline is None
    return _unknown(reference) if alone else _none(reference)


@rule(
    "R03",
    Severity.ERROR,
    REFERENCE,
    on=_not_demographics,
    says="{column} names a row of {target}.csv that is neither here nor in the baseline",
    remedy="Send the row that is named in this delta too.",
)
def dangling_delta_reference(reference: Reference, bundle: Bundle) -> Mask:
    """
    A reference of a delta names a row that is neither in the bundle nor in the baseline.

    Receivers drop the row. The usual cause is a delta that was made against another bundle than the
    one that was delivered last.
    """
    sure = _sent_before(reference, bundle) and bundle.baseline is not None
    return _unknown(reference) if sure else _none(reference)


@rule(
    "X13",
    Severity.ERROR,
    REFERENCE,
    on=None,
    says="{column} names no row of {target}.csv, and would with zeros in front",
    remedy="Export again without opening the file in a spreadsheet.",
)
def lost_leading_zeros(reference: Reference, bundle: Bundle) -> Mask:
    """
    A reference names a row once zeros are put in front of it.

    Receivers drop the row. The usual cause is a file that was opened and saved in a spreadsheet,
    which takes 0634 for the number 634.
    """
    judged: Mask = reference.targets == SHORTENED
    return judged


@rule(
    "R07",
    Severity.ERROR,
    REFERENCE,
    on=lambda file, _column: file.name == "demographics",
    says="no user has this sourcedId",
    remedy="Add the user, or leave the demographics out.",
)
def demographics_of_nobody(reference: Reference, bundle: Bundle) -> Mask:
    """
    A row of demographics has the sourcedId of no user.

    It is lost, or the zip refused. The usual cause is a query of demographics that is not cut to
    the students who are sent.
    """
    alone = _sent_before(reference, bundle) and bundle.baseline is None
    return _none(reference) if alone else _unknown(reference)


def _wrong(reference: Reference, bundle: Bundle) -> Mask:
    """Tell which ids name a row that is not of the kind that the spec asks for."""
    where = reference.target.where
    found = reference.targets >= 0
    if where is None or not found.any():
        return _none(reference)
    column, words = where
    table = bundle.table(reference.target.file)
    tokens = table.file[column].values
    kinds = table[column]
    if not len(kinds):
        return _none(reference)
    kind = kinds[np.where(found, reference.targets, 0)]
    wanted = [tokens.index(word) for word in words]
    # What is no word of the standard at all is that row's own finding.
    judged: Mask = found & (kind != UNKNOWN) & ~np.isin(kind, wanted)
    return judged


@rule(
    "R04",
    Severity.ERROR,
    REFERENCE,
    on=_where("type", "school"),
    says="{column} names an org that is no school",
    remedy="Name the school; the district stands in orgs.csv as its parent.",
)
def not_a_school(reference: Reference, bundle: Bundle) -> Mask:
    """
    The school of a class or an enrollment is an org of another type.

    Receivers show the class nowhere. The usual cause is a class of the whole district.
    """
    return _wrong(reference, bundle)


@rule(
    "R05",
    Severity.ERROR,
    REFERENCE,
    on=_where("type", "schoolYear"),
    says="{column} names a session that is no schoolYear",
    remedy="Name the session of type schoolYear, or leave it empty.",
)
def not_a_school_year(reference: Reference, bundle: Bundle) -> Mask:
    """
    The school year of a course is a session of another type.

    Receivers file the course under the wrong year. The usual cause is the id of a term.
    """
    return _wrong(reference, bundle)


@rule(
    "R06",
    Severity.ERROR,
    REFERENCE,
    on=_where("role", "student"),
    says="{column} names a user who is no student",
    remedy="Send results of students only.",
)
def result_of_no_student(reference: Reference, bundle: Bundle) -> Mask:
    """
    A result belongs to a user who is no student.

    Receivers drop it. The usual cause is a test account in a gradebook.
    """
    return _wrong(reference, bundle)


@rule(
    "R08",
    Severity.WARNING,
    REFERENCE,
    level=Level.SHOULD,
    on=_where("type", "gradingPeriod"),
    says="{column} names a session that is no gradingPeriod",
    remedy="Send a session of type gradingPeriod and name it.",
)
def not_a_grading_period(reference: Reference, bundle: Bundle) -> Mask:
    """
    The grading period of a line item is a session of another type.

    Receivers cannot tell which mark it counts for. The usual cause is the id of a term.
    """
    return _wrong(reference, bundle)


@rule(
    "R09",
    Severity.WARNING,
    REFERENCE,
    on=_where("type", "term", "semester"),
    says="{column} names a session that is neither term nor semester",
    remedy="Name the terms in which the class meets.",
)
def not_a_term(reference: Reference, bundle: Bundle) -> Mask:
    """
    A term of a class is a session of another type.

    Some receivers drop the class. The usual cause is a class of the whole year that names the
    school year.
    """
    return _wrong(reference, bundle)


@rule(
    "R11",
    Severity.WARNING,
    REFERENCE,
    on=lambda _file, column: column.name == "agentSourcedIds",
    says="{column} names the user itself, or one who is no parent, guardian, relative or child",
    remedy="Name the parents of a student, and the students of a parent.",
)
def wrong_agent(reference: Reference, bundle: Bundle) -> Mask:
    """
    An agent is the user itself, or neither the adult of a student nor the student of an adult.

    Receivers give somebody access to a stranger. The usual cause is a sibling or a teacher in the
    list of contacts.
    """
    users = bundle.table("users")
    roles = users["role"]
    found = reference.targets >= 0
    if not found.any():
        return found
    tokens = users.file["role"].values
    target, owner = roles[np.where(found, reference.targets, 0)], roles[reference.owners]
    adult = np.isin(target, [tokens.index(word) for word in ADULTS])
    owner_adult = np.isin(owner, [tokens.index(word) for word in ADULTS])
    child = (target == tokens.index("student")) & owner_adult
    known = (target != UNKNOWN) & (owner != UNKNOWN)
    itself = reference.targets == reference.owners
    judged: Mask = found & (itself | (known & ~adult & ~child))
    return judged


@rule(
    "R12",
    Severity.WARNING,
    REFERENCE,
    on=None,
    says="{column} names a row of {target}.csv that is to be deleted",
    remedy="Send the rows that depend on a deleted one as tobedeleted too.",
)
def reference_to_deleted(reference: Reference, bundle: Bundle) -> Mask:
    """
    A row that stays names a row that is to be deleted.

    Receivers keep an enrollment of a class that is gone. The usual cause is a delta that does not
    follow a deletion to what hangs on it.
    """
    deleted = bundle.table(reference.target.file).deleted
    if not deleted.any():
        return _none(reference)
    found = reference.targets >= 0
    return found & deleted[np.where(found, reference.targets, 0)] & ~reference.leaving
