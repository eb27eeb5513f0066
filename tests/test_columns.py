"""docs/columns.md tells where every value comes from: held against queries, settings and a run."""

import csv
import io
import re
import shutil
import zipfile
from collections import defaultdict
from functools import cache
from typing import get_args

import pytest
from columns_read import columns_read
from columns_table import INTRODUCTION, KINDS, TABLES, Holds
from conftest import AS_OF, edit, some_settings
from generated import DOCS, columns_page

from extractor import queries, settings
from extractor.fields import STAFF_FIELDS, STAFF_PHONES, STUDENT_FIELDS, STUDENT_PHONES
from extractor.pipeline import extract
from extractor.plan import FEEDS, render
from extractor.progress import Quiet
from extractor.settings import Options, Vendor, load
from extractor.spec import BY_NAME, FILES

# Settings that make an optional column be read, one after the other.
CHOICES = [
    {},
    {"users": {"preferred_names": True}},
    {"options": Options(class_title="{splitTerm}{track}", homeroom_primary_class=True)},
    *({"users": {"student_username": field}} for field in STUDENT_FIELDS),
    *({"users": {"staff_username": field}} for field in STAFF_FIELDS),
    *({"users": {"student_phone": field}} for field in STUDENT_PHONES),
    *({"users": {"staff_phone": field}} for field in STAFF_PHONES),
]
# Columns that only decide which rows there are, or how rows of two tables belong together.
NO_VALUE = {
    "*.DEL": "a deleted row is left out",
    "*.DTS": "dateLastModified, blank in bulk",
    "*.TG": "what is tagged inactive is left out",
    "CAR.SC": "join",
    "CAR.SE": "join",
    "CAR.SN": "join",
    "CAR.SQ": "decides between stays",
    "FTF.SQ": "join",
    "GBA.AN of gradebook_scores": "join",
    "GBA.GN": "join",
    "GBA.NP of gradebook_scores": "what lies outside it becomes a finding",
    "GBK.GN": "join",
    "GBK.SC": "join",
    "GBL.GN": "join",
    "GBL.SC of gradebook_scores": "join",
    "GBL.SE of gradebook_scores": "join",
    "LOC.CD": "schools that are not rostered are left out",
    "MST.ST": "a section that is not taught is left out",
    "PWA.TY": "an account that is no parent's is left out",
    "PWA.XD": "an account that has expired is left out",
    "PWS.AID": "join",
    "SEC.SC of gradebook_scores": "join",
    "SEC.SN": "join",
    "SSE.ED": "staff who have gone are left out",
    "SSE.SD": "staff who have not come are left out",
    "SSE.SE": "join",
    "STF.ID of homerooms": "join",
    "STF.LD": "staff who have left are left out",
    "STU.SC of gradebook_scores": "join",
    "STU.SC of student_demographics": "decides between rows",
    "STU.SN": "join",
    "TCH.TN": "join",
    "UGN.SID": "join",
    "UGN.UID": "decides between accounts",
    "UGN.XD": "an account that has expired is left out",
}
# Settings that change no value of a column of the standard.
NOT_VALUES = {
    "district.time_zone": "of dateLastModified, blank in bulk",
    "sis.": "where the queries go",
    "options.unscheduled_students": "more rows",
    "options.empty_classes": "more rows",
    "options.co_teachers": "fewer rows",
    "options.terms": "fewer rows",
    "options.exclude_": "fewer rows",
    "output.": "where bundles appear",
    "school.code": "whose scheduling it is",
    "metadata.file": "whose column it is",
    "metadata.vendors": "who gets it",
    "vendor.name": "the folder",
    "vendor.profile": "how files look, and which rows a consumer takes: docs/vendors.md",
    "vendor.exclude_grades": "fewer rows",
    "vendor.co_teachers": "fewer rows",
    "vendor.columns": "blank or not: docs/vendors.md",
    "vendor.blank": "blank or not: docs/vendors.md",
    "vendor.pseudonyms": "other ids, and no names: docs/vendors.md",
    "vendor.sftp": "where it goes",
    "vendor.folder": "where it goes",
    "vendor.unpacked": "how it goes",
    "vendor.gate": "whether it goes",
    "gate.": "whether it goes",
    "record.": "what is kept",
    "notify.": "who is told",
    "log.": "what is logged",
    "vendor.schools": "fewer rows",
    "vendor.zip_name": "the file",
}
# What the second run asks for, of all that is blank unless settings ask.
ASKED = {
    "users.student_user_ids": ("SSID:STU.CID",),
    "users.staff_user_ids": ("Login:UGN.UN",),
    "users.student_phone": "STU.TL",
    "users.student_sms": "STU.TL",
    "users.staff_phone": "STF.TL",
    "users.staff_sms": "STF.CP",
    "vendor.course_school_year": True,
}
every_table = pytest.mark.parametrize(
    "table", TABLES, ids=lambda table: "-".join((table.file, *table.roles))
)


def mentioned(says):
    """Return the columns of the SIS that a text names."""
    return {f"{table}.{column}" for table, column in re.findall(r"\b([A-Z]{3})\.([A-Z0-9]+)", says)}


def keys_in(says):
    """Return the keys of settings that a text names."""
    return set(re.findall(r"`([a-z_]+\.[a-z_]+)`", says))


def text_of(table):
    return " ".join(cell.says for row in table.columns.values() for cell in row.values())


EVERYTHING = " ".join([INTRODUCTION, *(text_of(table) + table.note for table in TABLES)])


@cache
def read_by(query):
    """Return what a query reads, whatever settings choose."""
    sent = {render(some_settings(Vendor(name="any"), **more), query, AS_OF).sql for more in CHOICES}
    found = [columns_read(sql) for sql in sent]
    return {f"{table}.{one}" for read in found for table, held in read.items() for one in held}


def all_settings():
    """Return every key of the settings file."""
    found = set()
    for name, field in settings.Settings.model_fields.items():
        inner = [one for one in (field.annotation, *get_args(field.annotation)) if one is not None]
        table = next(one for one in inner if hasattr(one, "model_fields"))
        found |= {f"{name}.{one.alias or key}" for key, one in table.model_fields.items()}
    return found


# --- the table and the standard, the queries, the settings


@every_table
def test_there_is_an_entry_for_every_column_of_the_standard_and_no_other(table):
    assert set(table.columns) == set(BY_NAME[table.file].header)
    assert all(set(row) == set(KINDS) for row in table.columns.values())


def test_there_is_a_table_for_every_file():
    assert [file.name for file in FILES] == list(dict.fromkeys(one.file for one in TABLES))


@every_table
def test_what_is_mentioned_is_read_by_a_query_that_feeds_the_file(table):
    feeding = (*FEEDS[table.file], *(table.also or ()))
    assert sorted(set(feeding)) == sorted(feeding)
    read = {one for query in feeding for one in read_by(query)}
    assert mentioned(text_of(table) + table.note) - read == set()


def test_what_the_introduction_mentions_is_read():
    every = {one for query in queries.names("aeries") for one in read_by(query)}
    assert mentioned(INTRODUCTION) - every == set()


@pytest.mark.parametrize("query", queries.names("aeries"))
def test_what_a_query_reads_is_mentioned_or_no_value(query):
    tables = [one for one in TABLES if query in (*FEEDS[one.file], *(one.also or ()))]
    told = mentioned(" ".join([INTRODUCTION, *(text_of(one) for one in tables)]))
    left = {
        one
        for one in read_by(query) - told
        if not {one, f"{one} of {query}", f"*.{one[4:]}"} & set(NO_VALUE)
    }
    assert left == set()


def test_settings_that_are_mentioned_exist():
    assert keys_in(EVERYTHING) - all_settings() == set()


def test_every_setting_that_changes_a_value_is_mentioned():
    silent = {
        key for key in all_settings() - keys_in(EVERYTHING) if not key.startswith(tuple(NOT_VALUES))
    }
    assert silent == set()
    assert [key for key in keys_in(EVERYTHING) if key.startswith(tuple(NOT_VALUES))] == []


def test_page_is_what_the_table_gives():
    assert (DOCS / "columns.md").read_text("utf-8") == columns_page()


# --- the table and what a run writes


class Run:
    """One bundle of the vendor that is granted everything, its rows by kind of school."""

    def __init__(self, folder, out, asked):
        self.settings = load(folder / "oneroster.toml")
        self.vendor = next(one for one in self.settings.vendor if one.name == "everything")
        self._ask(asked)
        report = extract(self.settings, [self.vendor], AS_OF, out, Quiet())
        self.kinds = report.scheduling
        with zipfile.ZipFile(report.bundles[0].path) as bundle:
            self.rows = {
                file.name: list(csv.DictReader(io.StringIO(bundle.read(file.csv).decode(), "")))
                for file in FILES
            }

    def _ask(self, asked):
        given = defaultdict(dict)
        for key, value in asked.items():
            table, name = key.split(".")
            given[table][name] = value
        self.vendor = self.vendor.model_copy(update=given.pop("vendor", {}))
        more = {
            table: getattr(self.settings, table).model_copy(update=values)
            for table, values in given.items()
        }
        self.settings = self.settings.model_copy(update={**more, "vendor": (self.vendor,)})

    def is_asked(self, key):
        table, name = key.split(".")
        return bool(getattr(self.vendor if table == "vendor" else self.settings.users, name))

    def of(self, table, kind):
        """Return the rows of a table that belong to schools of a kind."""
        rows = [one for one in self.rows[table.file] if one.get("role") in (table.roles or {None})]
        if table.file == "resources":  # roles are another thing there
            rows = self.rows[table.file]
        if not table.of_schools:
            return rows
        here = {code for code, found in self.kinds.items() if found == kind}
        return [row for row in rows if here & self._schools()[table.file](row)]

    @cache  # noqa: B019 - a run lives as long as the tests
    def _schools(self):
        """Return, by file, how the schools of a row are found."""
        by_class = {row["sourcedId"]: {row["schoolSourcedId"]} for row in self.rows["classes"]}
        by_item = {
            row["sourcedId"]: by_class[row["classSourcedId"]] for row in self.rows["lineItems"]
        }
        by_user = {
            row["sourcedId"]: set(row["orgSourcedIds"].split(",")) for row in self.rows["users"]
        }
        by_course, by_category = defaultdict(set), defaultdict(set)
        for row in self.rows["classes"]:
            by_course[row["courseSourcedId"]].add(row["schoolSourcedId"])
        for row in self.rows["lineItems"]:
            by_category[row["categorySourcedId"]] |= by_item[row["sourcedId"]]
        return {
            "academicSessions": lambda row: {row["sourcedId"].split("_")[0]},
            "categories": lambda row: by_category[row["sourcedId"]],
            "classes": lambda row: by_class[row["sourcedId"]],
            "courses": lambda row: by_course[row["sourcedId"]],
            "demographics": lambda row: by_user[row["sourcedId"]],
            "enrollments": lambda row: {row["schoolSourcedId"]},
            "lineItems": lambda row: by_item[row["sourcedId"]],
            "orgs": lambda row: {row["sourcedId"]},
            "results": lambda row: by_item[row["lineItemSourcedId"]],
            "users": lambda row: by_user[row["sourcedId"]],
        }


@pytest.fixture(scope="module")
def as_it_is(demo, tmp_path_factory):
    return Run(demo, tmp_path_factory.mktemp("as-it-is"), {})


@pytest.fixture(scope="module")
def all_asked(demo, tmp_path_factory):
    return Run(demo, tmp_path_factory.mktemp("all-asked"), ASKED)


def test_the_second_run_asks_for_all_that_is_blank_unless_asked_for():
    cells = [cell for table in TABLES for row in table.columns.values() for cell in row.values()]
    assert {cell.key for cell in cells if cell.key} == set(ASKED)
    assert all(f"`{cell.key}`" in cell.says for cell in cells if cell.key)
    assert all(cell.says.startswith("blank: ") == (cell.holds is Holds.BLANK) for cell in cells)


@pytest.mark.parametrize("run", ["as_it_is", "all_asked"])
@pytest.mark.parametrize("kind", KINDS)
@every_table
def test_column_holds_values_exactly_where_the_table_says_so(table, kind, run, request):
    run = request.getfixturevalue(run)
    rows = run.of(table, kind)
    cells = {name: row[kind] for name, row in table.columns.items()}
    there = any(cell.holds is not Holds.NO_ROWS for cell in cells.values())
    assert bool(rows) == there
    filled = {name for name in cells if any(row[name] for row in rows)}
    assert filled == {
        name
        for name, cell in cells.items()
        if cell.holds is Holds.VALUE and (not cell.key or run.is_asked(cell.key))
    }


@pytest.mark.parametrize("file", ["enrollments", "users"])
def test_every_role_has_a_table(file, as_it_is):
    told = [role for table in TABLES if table.file == file for role in table.roles]
    assert sorted(told) == sorted({row["role"] for row in as_it_is.rows[file]})


@every_table
def test_tokens_are_those_that_the_table_says(table, as_it_is):
    for column in BY_NAME[table.file].columns:
        every = set()
        for kind, cell in table.columns[column.name].items():
            told = set(re.findall("`(.+?)`", cell.says)) & set(column.values)
            seen = {row[column.name] for row in as_it_is.of(table, kind)} - {""}
            assert not told or seen <= told, (column.name, kind)
            every |= told
        seen = {row[column.name] for row in as_it_is.rows[table.file]}
        assert every <= seen, column.name


# Columns of text that reach a bundle as they are: each is marked with its own name.
MARKED = {
    "CRS": "CO DE",
    "FTF": "ET ST STI",
    "GBA": "AD",
    "GBC": "DE",
    "GBS": "TX",
    "LOC": "CC DC NM SC",
    "MST": "RM",
    "PWA": "EM FN LN",
    "STF": "CP EM FN FNP LN TL",
    "STU": "BCU BCY BST CID FN FNA LN LNA MN MNA MPH NID SEM TL",
    "TCH": "EM RM TE TF TLN",
    "UGN": "EM UN",
}
# Somebody for every "else": a value that is blank, so that the next one shows.
BLANKED = (
    "CRS SET CO = '' WHERE CN IN ('0101', '2100')",
    "TCH SET TLN = '' WHERE ID IN (990421, 990422)",
    "STF SET LN = '' WHERE ID IN (990421)",
    "UGN SET EM = '' WHERE SID IN (994603, 994604, 994001)",
    "STF SET EM = '' WHERE ID IN (994603)",
)
SHOWN = ASKED | {
    "users.student_sms": "STU.MPH",
    "options.class_title": "{courseTitle} {period} {room}",
    "options.homeroom_title": "{familyName} {grades} {room}",
}
CHOSEN = {"sourcedId", "username", "userIds", "phone", "sms"}  # among many: one at a time


@pytest.fixture(scope="module")
def marked(demo, tmp_path_factory):
    """Extract a district in which every text ends in the name of the column it stands in."""
    folder = tmp_path_factory.mktemp("marked")
    shutil.copytree(demo, folder / "demo")
    edit(
        folder / "demo" / "district.sqlite",
        *(
            f"UPDATE {table} SET {column} = {column} || '~{table}.{column}~' "
            f"WHERE TRIM({column}) <> ''"
            for table, columns in MARKED.items()
            for column in columns.split()
        ),
        *(f"UPDATE {what}" for what in BLANKED),
    )
    return Run(folder / "demo", folder / "out", SHOWN)


def marks_in(rows, name):
    return {mark for row in rows for mark in re.findall("~(.*?)~", row[name])}


@pytest.mark.parametrize("kind", KINDS)
@every_table
def test_text_of_the_sis_reaches_only_columns_that_the_table_says(table, kind, marked):
    says = {name: row[kind].says for name, row in table.columns.items()}
    for name, told in says.items():
        others = [says[one] for one in re.findall(r"else as `(\w+)`", told)]
        allowed = mentioned(" ".join([told, *others]))
        assert marks_in(marked.of(table, kind), name) <= allowed, name


@every_table
def test_text_of_the_sis_reaches_every_column_that_the_table_says(table, marked):
    every = {f"{table}.{one}" for table, columns in MARKED.items() for one in columns.split()}
    for name in set(table.columns) - CHOSEN:
        told = mentioned(" ".join(cell.says for cell in table.columns[name].values())) & every
        rows = [row for kind in KINDS for row in marked.of(table, kind)]
        assert told - marks_in(rows, name) == set(), name
