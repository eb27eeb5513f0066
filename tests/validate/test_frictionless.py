"""Frictionless, with schemas made from the spec, and our rules say the same of the same cells.

An independent implementation checks types, required values, words and patterns, keys, references
and the width of rows, for the golden bundle (all files) and for the sample (many rows). Where the
two differ on purpose, `DIFFERENCES` says why, and the difference itself is tested.
"""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sample import SAMPLE
from validate.defects import both, cell, column, raw, row
from validate.golden import Sample, golden, table, text_of
from validate.table_schema import Told, told

from extractor import spec
from extractor.spec import Column, File, Kind, Required
from extractor.validate.registry import CATALOGUE
from extractor.validate.verdict import LISTED

KINDS = {
    "bad_date": "type",
    "spreadsheet_date": "type",
    "bad_datetime": "type",
    "bad_year": "type",
    "bad_number": "type",
    "missing_value": "required",
    "unknown_word": "value",
    "unknown_status": "value",
    "bad_id_character": "value",
    "id_too_long": "value",
    "bad_user_id": "value",
    "empty_item": "value",
    "duplicate_id": "key",
    "duplicate_record": "key",
    "dangling_reference": "reference",
    "lost_leading_zeros": "reference",
    "demographics_of_nobody": "reference",
    "ragged_row": "ragged",
    "empty_row": "empty",
    "wrong_header": "header",
    "foreign_column": "header",
}
WRONG = {
    Kind.DATE: ("2024-02-30", "9/9/2024", "20240909", "2024-09-09T00:00:00"),
    Kind.DATETIME: ("2024-09-30T14:05:09Z", "2024-09-30", "2024-09-31T14:05:09.000Z", "now"),
    Kind.YEAR: ("2024-2025", "24", "20244", "MMXX"),
    Kind.FLOAT: ("B+", "88,5", "88%", "8.5.1"),
}
OUTSIDE = {
    Kind.ENUM: ("Student", "inactive", "TRUE", "1"),
    Kind.REF: ("a b", "é", "a:b", "x" * 256),
    Kind.USER_ID: ("ada", "{ada}", "{LDAP:}", "{LDAP:ada"),
}


def sample() -> Sample:
    """Return the sample bundle, without the district's own columns: a schema lists every column."""
    with zipfile.ZipFile(SAMPLE / "OneRoster.zip") as archive:
        found = Sample({name: archive.read(name) for name in archive.namelist()})
    for file in spec.FILES:
        if file.csv in found.files:
            header, rows = table(found.files[file.csv].decode())
            width = len(file.columns)
            plain = text_of(header[:width], [cells[:width] for cells in rows])
            found = found.with_file(file.csv, plain)
    return found


BUNDLES = {"golden": golden(), "sample": sample()}


def cells(bundle: Sample, chosen: Callable[[Column], bool]) -> Iterator[tuple[File, Column]]:
    """Yield the columns that are chosen, of the files that a bundle has."""
    for file in spec.FILES:
        for each in file.columns:
            if file.csv in bundle.files and chosen(each):
                yield file, each


def filled(bundle: Sample, value: Callable[[Column], str | None]) -> Sample:
    """Return the bundle with a value in the last row of each column that it is given for."""
    for file, each in cells(bundle, lambda one: value(one) is not None):
        bundle = bundle.cell(file.name, -1, each.name, value(each) or "")
    return bundle


def each_file(bundle: Sample, edit: Callable[[list[list[str]]], None]) -> Sample:
    """Return the bundle with the rows of every data file edited."""
    for file in spec.FILES:
        if file.csv in bundle.files:
            header, rows = table(bundle.files[file.csv].decode())
            edit(rows)
            bundle = bundle.with_file(file.csv, text_of(header, rows))
    return bundle


def blank(one: Column) -> str | None:
    """Say that a required value goes; the key has a test of its own."""
    return "" if one.required is Required.ALWAYS and one.name != "sourcedId" else None


def nowhere(one: Column) -> str | None:
    """Say that a reference names nobody; lists of references are no foreign keys."""
    return "nowhere" if one.target and not one.many else None


def of_kind(values: dict[Kind, tuple[str, ...]], place: int) -> Callable[[Column], str | None]:
    """Return what puts one of the values for its kind into a column."""
    return lambda one: (
        values[one.kind][place] if one.kind in values and one.name not in _APART else None
    )


_APART = {"sourcedId", "status"}  # whose values change what is said of other rows
_NAMED = {target.file for _, _, target in spec.references()}


def bad_keys(bundle: Sample) -> Sample:
    """Return the bundle with a bad key in each file that no other names."""
    for file in spec.FILES:
        if file.csv in bundle.files and file.name not in _NAMED:
            bundle = bundle.cell(file.name, -1, "sourcedId", "a b")
    return bundle


VARIANTS: dict[str, Callable[[Sample], Sample]] = {
    "clean": lambda bundle: bundle,
    **{
        f"{name} {place + 1}": lambda bundle, values=values, place=place: filled(
            bundle, of_kind(values, place)
        )
        for name, values in (("wrong type", WRONG), ("outside", OUTSIDE))
        for place in range(4)
    },
    "required value blank": lambda bundle: filled(bundle, blank),
    "reference to nobody": lambda bundle: filled(bundle, nowhere),
    "key twice": lambda bundle: each_file(
        bundle, lambda rows: rows.append([rows[-1][0], "active", *rows[-1][2:]])
    ),
    "record twice": lambda bundle: each_file(bundle, lambda rows: rows.append(list(rows[0]))),
    "key outside": bad_keys,
    "unknown status": lambda bundle: filled(
        bundle, lambda one: "inactive" if one.name == "status" else None
    ),
    "a field more": lambda bundle: each_file(bundle, lambda rows: rows[-1].append("x")),
}


def ours(bundle: Sample, judged) -> set[Told]:
    """Return what our rules say, in the words of both."""
    verdict = judged(bundle)
    assert all(verdict.rules.get(rule, 0) <= LISTED for rule in KINDS)
    return {
        Told((one.file or "").removesuffix(".csv"), one.line or 0, _column(one), KINDS[one.rule])
        for one in verdict.findings
        if one.rule in KINDS
    }


def _column(one) -> str:
    return "" if KINDS[one.rule] in {"ragged", "empty", "header"} else one.column or "sourcedId"


def in_list(one: Told) -> bool:
    """Tell whether it is an item of a list of references; see the differences."""
    return one.kind == "reference" and spec.BY_NAME[one.file][one.column].many


def test_compared_rules_exist():
    assert set(KINDS) <= set(CATALOGUE)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", BUNDLES)
def test_both_say_the_same_of_the_same_cells(name, variant, judged, tmp_path):
    broken = VARIANTS[variant](BUNDLES[name])
    theirs = told(broken, tmp_path)
    assert {one for one in ours(broken, judged) if not in_list(one)} == theirs
    assert bool(theirs) == (variant != "clean")


@dataclass(frozen=True)
class Difference:
    """An edit of the golden bundle on which the two differ, what only one says, and why."""

    why: str
    edit: Callable[[Sample], Sample]
    only_ours: tuple[Told, ...] = ()
    only_theirs: tuple[Told, ...] = ()


DIFFERENCES = {
    "blank key": Difference(
        "to us a blank key is a missing value alone; to them it is a bad key too",
        cell("categories", 0, "sourcedId", ""),
        only_theirs=(Told("categories", 2, "sourcedId", "key"),),
    ),
    "empty row": Difference(
        "to us an empty row is one finding; to them it has a bad key too",
        row("categories", ",,,"),
        only_theirs=(Told("categories", 3, "sourcedId", "key"),),
    ),
    "short row": Difference(
        "we do not judge the cells of a row whose fields may have shifted",
        row("categories", "cat-2,,"),
        only_theirs=(Told("categories", 3, "title", "required"),),
    ),
    "list of references": Difference(
        "Table Schema has no foreign keys of the items of a list",
        cell("users", 0, "orgSourcedIds", "s1,nowhere"),
        only_ours=(Told("users", 2, "orgSourcedIds", "reference"),),
    ),
    "no number": Difference(
        "Table Schema takes NaN and INF for numbers; no receiver of scores does",
        cell("results", 0, "score", "NaN"),
        only_ours=(Told("results", 2, "score", "type"),),
    ),
    "blank beside a number": Difference(
        "they cut blanks off numbers; the standard has none in them",
        cell("results", 0, "score", "8.5 "),
        only_ours=(Told("results", 2, "score", "type"),),
    ),
    "tenth of a second": Difference(
        "their format takes any number of decimals; the standard writes three",
        cell("results", 0, "dateLastModified", "2024-09-30T14:05:09.1Z"),
        only_ours=(Told("results", 2, "dateLastModified", "type"),),
    ),
    "date without zeros": Difference(
        "they take 2024-9-9 for a date; the standard writes two digits",
        cell("results", 0, "scoreDate", "2024-9-9"),
        only_ours=(Told("results", 2, "scoreDate", "type"),),
    ),
    "line break": Difference(
        "we count physical lines, which an editor shows; they count records",
        both(
            raw("results", b"Good work", b'"Good\nwork"'),
            row("results", "r-2,,,li-1,u-s2,exempt,BAD,2024-09-09,"),
        ),
        only_ours=(Told("results", 4, "score", "type"),),
        only_theirs=(Told("results", 3, "score", "type"),),
    ),
    "extension": Difference(
        "the standard allows columns metadata.*; a schema lists every column",
        column("metadata.a", "orgs", "7"),
        only_theirs=(Told("orgs", 1, "", "header"),),
    ),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_both_differ_only_where_it_is_meant(name, judged, tmp_path):
    difference = DIFFERENCES[name]
    broken = difference.edit(golden())
    mine, theirs = ours(broken, judged), told(broken, tmp_path)
    assert mine - theirs == set(difference.only_ours), difference.why
    assert theirs - mine == set(difference.only_theirs), difference.why
