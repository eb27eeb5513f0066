"""One vendor's share of the district set, closed over the references of the standard.

What stays: schools of the vendor; classes in them; people of a granted role who are in such a
class; and of courses, sessions and orgs what those rows name. So nothing dangles, and nobody
is in a bundle whom nothing in it needs.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd
from pandas import DataFrame, Series

from extractor.frames import TEXT
from extractor.grants import files_of, roles_of
from extractor.settings import Options, Vendor
from extractor.spec import BY_NAME, FILES, File, Kind
from extractor.spool import Spool

# Files are chosen in this order: each is named only by those before it, and by itself.
_CHOSEN_BY_NEED = ("courses", "academicSessions", "orgs")
_ENDS = ("endDate",)


class Scope:
    """The rows of the district set that one vendor gets."""

    def __init__(self, spool: Spool, vendor: Vendor, options: Options) -> None:
        self._spool = spool
        self._vendor = vendor
        self._schools = _schools(spool, vendor)
        self._kept: dict[str, DataFrame] = {}
        self._choose(options)

    def files(self) -> Iterator[tuple[File, Iterator[DataFrame]]]:
        """Yield each granted file and its rows, in batches, as the vendor wants them."""
        granted = files_of(self._vendor.grants)
        for file in FILES:
            if file.name in granted:
                yield file, (_dressed(rows, file, self._vendor) for rows in self._rows(file.name))

    def roles(self) -> set[str]:
        """Return the roles that somebody in the vendor's users.csv has."""
        return set(self._kept["users"]["role"])

    def _rows(self, name: str) -> Iterator[DataFrame]:
        if name in self._kept:
            yield self._kept[name]
            return
        for rows in self._spool.batches(name):
            yield rows[self._needed(rows, name)].reset_index(drop=True)

    def _needed(self, rows: DataFrame, name: str) -> Series:
        """Tell which rows of a streamed file name only records that are kept."""
        good = pd.Series(data=True, index=rows.index)
        for column in BY_NAME[name].references:
            if column.target and column.target.file in self._kept:
                known = self._kept[column.target.file]["sourcedId"]
                good &= rows[column.name].isin(known) | rows[column.name].isna()
        return good

    def _choose(self, options: Options) -> None:
        classes = self._spool.frame("classes")
        users = self._spool.frame("users")
        classes = classes[classes["schoolSourcedId"].isin(self._schools)]
        users = users[users["role"].isin(roles_of(self._vendor.grants))]
        in_class, with_user = self._enrolled(classes, users)
        if not options.empty_classes:
            classes = classes[classes["sourcedId"].isin(in_class)]
        mine = users["sourcedId"].isin(with_user)
        users = _at(users, self._schools)
        if options.unscheduled_students:
            mine = mine | ((users["role"] == "student") & users["orgSourcedIds"].notna())
        self._kept = {
            "classes": classes.reset_index(drop=True),
            "users": users[mine].reset_index(drop=True),
        }
        for name in _CHOSEN_BY_NEED:
            self._kept[name] = self._closed(name)

    def _enrolled(self, classes: DataFrame, users: DataFrame) -> tuple[set[str], set[str]]:
        """Return the classes and users that enrollments join, one pass over the big file."""
        in_class: set[str] = set()
        with_user: set[str] = set()
        class_ids, user_ids = pd.Index(classes["sourcedId"]), pd.Index(users["sourcedId"])
        for rows in self._spool.batches("enrollments", ("classSourcedId", "userSourcedId")):
            whole = rows["classSourcedId"].isin(class_ids) & rows["userSourcedId"].isin(user_ids)
            in_class.update(rows["classSourcedId"][whole].unique())
            with_user.update(rows["userSourcedId"][whole].unique())
        return in_class, with_user

    def _closed(self, name: str) -> DataFrame:
        """Return the rows of a file that kept rows name, and those that these name in turn."""
        rows = self._spool.frame(name)
        wanted = self._named(name)
        while True:
            kept = rows[rows["sourcedId"].isin(wanted)]
            more = _names(kept, BY_NAME[name], name) - wanted
            if not more:
                return kept.reset_index(drop=True)
            wanted |= more

    def _named(self, name: str) -> set[str]:
        return {
            wanted
            for held in self._kept
            for wanted in _names(self._kept[held], BY_NAME[held], name)
        }


def _schools(spool: Spool, vendor: Vendor) -> set[str]:
    orgs = spool.frame("orgs")
    schools = set(orgs["sourcedId"][orgs["type"] == "school"])
    if vendor.schools is None:
        return schools
    return schools & {str(code) for code in vendor.schools}


def _names(rows: DataFrame, file: File, target: str) -> set[str]:
    """Return the sourcedIds of `target` that these rows name."""
    named: set[str] = set()
    for column in file.references:
        if column.target and column.target.file == target:
            values = rows[column.name].dropna().drop_duplicates()
            named.update(values.str.split(",").explode() if column.many else values)
    return named


def _at(users: DataFrame, schools: set[str]) -> DataFrame:
    """Return users with only these schools in orgSourcedIds; each distinct list is cut once."""
    lists = users["orgSourcedIds"].drop_duplicates()
    cut = {whole: ",".join(org for org in whole.split(",") if org in schools) for whole in lists}
    kept = users["orgSourcedIds"].map(cut).astype(TEXT)
    return users.assign(orgSourcedIds=kept.mask(kept == ""))


def _dressed(rows: DataFrame, file: File, vendor: Vendor) -> DataFrame:
    """Apply how the vendor wants its rows; status and dateLastModified are blank in bulk."""
    blank = ["status", "dateLastModified"]
    if file.name == "courses" and not vendor.course_school_year:
        blank.append("schoolYearSourcedId")
    made = rows.assign(**{name: pd.Series(pd.NA, index=rows.index, dtype=TEXT) for name in blank})
    if vendor.end_dates == "inclusive":
        ends = [c.name for c in file.columns if c.name in _ENDS and c.kind is Kind.DATE]
        made = made.assign(**{name: _day_before(made[name]) for name in ends})
    return made


def _day_before(days: Series) -> Series:
    distinct = days.dropna().unique()
    before = {day: (date.fromisoformat(day) - timedelta(days=1)).isoformat() for day in distinct}
    return days.map(before).astype(TEXT)
