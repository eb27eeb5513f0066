"""One vendor's share of the district set, closed over the references of the standard.

What stays: schools of the vendor; classes in them; people of a granted role who are in such a
class; and of courses, sessions and orgs what those rows name. So nothing dangles, and nobody
is in a bundle whom nothing in it needs.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd
from pandas import DataFrame, Series

from extractor.frames import TEXT, among, distinct, look_up
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
                good &= among(rows[column.name], known) | rows[column.name].isna()
        return good

    def _choose(self, options: Options) -> None:
        classes = self._spool.frame("classes")
        users = self._spool.frame("users")
        classes = classes[among(classes["schoolSourcedId"], self._schools)]
        users = users[among(users["role"], roles_of(self._vendor.grants))]
        in_class, with_user = self._enrolled(classes, users)
        if not options.empty_classes:
            classes = classes[among(classes["sourcedId"], in_class)]
        mine = among(users["sourcedId"], with_user)
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
        for rows in self._spool.batches("enrollments", ("classSourcedId", "userSourcedId")):
            taught = among(rows["classSourcedId"], classes["sourcedId"])
            whole = taught & among(rows["userSourcedId"], users["sourcedId"])
            in_class.update(distinct(rows["classSourcedId"][whole]))
            with_user.update(distinct(rows["userSourcedId"][whole]))
        return in_class, with_user

    def _closed(self, name: str) -> DataFrame:
        """Return the rows of a file that kept rows name, and those that these name in turn."""
        rows = self._spool.frame(name)
        wanted = self._named(name)
        while True:
            kept = rows[among(rows["sourcedId"], wanted)]
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
            values = distinct(rows[column.name])
            named.update(",".join(values).split(",") if column.many and values else values)
    return named


def _at(users: DataFrame, schools: set[str]) -> DataFrame:
    """Return users with only these schools in orgSourcedIds; each distinct list is cut once."""
    lists = distinct(users["orgSourcedIds"])
    cut = {whole: ",".join(org for org in whole.split(",") if org in schools) for whole in lists}
    kept = look_up(users["orgSourcedIds"], cut)
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
    one = timedelta(days=1)
    before = {day: (date.fromisoformat(day) - one).isoformat() for day in distinct(days)}
    return look_up(days, before)
