"""One vendor's share of the district set, closed over the references of the standard.

What stays: schools of the vendor; classes in them; people of a granted role who are in such a
class; and of courses, sessions and orgs what those rows name. So nothing dangles, and nobody
is in a bundle whom nothing in it needs.
"""

from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
from pandas import DataFrame, Series

from extractor.dress import Dress, dress
from extractor.findings import Findings
from extractor.frames import among, distinct
from extractor.grants import STAFF_ROLES, roles_of
from extractor.references import at_schools, cut, is_known, named_by, one_array
from extractor.settings import Settings, Vendor
from extractor.spec import BY_NAME, FILES, LINE_ITEMS, RESOURCES, Column, File, Required
from extractor.spool import Spool
from extractor.transform.user_ids import UserIds

# Chosen by what names them, in this order: each is named only by those before it, and itself.
_BY_NEED = ("courses", "categories", "academicSessions", "orgs")
# What binds a resource: the column that names a class or course, and the file it is in.
_LINKS = {
    "classResources": ("classSourcedId", "classes"),
    "courseResources": ("courseSourcedId", "courses"),
}
PARENT = "parent"


class Scope:
    """The rows of the district set that one vendor gets."""

    def __init__(
        self,
        spool: Spool,
        vendor: Vendor,
        settings: Settings,
        ids: UserIds | None = None,
        dressed: Dress | None = None,
    ) -> None:
        self._spool = spool
        self._vendor = vendor
        self._settings = settings
        self._dress = dressed or dress(vendor, settings, Findings())
        self._shape = self._dress.shape
        self._dress.ids = ids
        self._granted = self._dress.files
        self._mute = {file.name: self._dress.blank(file) for file in FILES}
        self._frames: dict[str, DataFrame] = {}  # whole files that are kept in memory
        self._known: dict[str, pa.Array] = {}  # sourcedIds that are kept, of these and others
        self._named: dict[str, set[str]] = {file.name: set() for file in FILES}
        self._left_out: set[str] = set()
        self._choose()
        self._dress.name_homerooms(_classes_of_courses(self._frames["classes"]))

    def files(self) -> Iterator[tuple[File, Iterator[DataFrame]]]:
        """Yield each file of the bundle and its rows, in batches, as the vendor wants them."""
        for file in FILES:
            if file.name in self._granted:
                yield file, (self._dress.of(rows, file) for rows in self._rows(file.name))
            elif file.name in self._shape.header_only:
                yield file, iter(())

    def roles(self) -> set[str]:
        """Return the roles that somebody in the vendor's users.csv has."""
        return set(distinct(self._frames["users"]["role"]))

    def wanted_roles(self) -> set[str]:
        """Return the roles that are granted, as far as the consumer takes them."""
        taken = self._shape.taken.get(("users", "role"))
        granted = roles_of(self._vendor.grants)
        return granted if taken is None else granted & set(taken)

    def _rows(self, name: str) -> Iterator[DataFrame]:
        if name in self._frames:
            yield self._frames[name]
        else:
            yield from self._stream(name)

    def _stream(self, name: str) -> Iterator[DataFrame]:
        """Yield the rows of a file that name only records that are kept, as far as chosen."""
        columns = [column for column in BY_NAME[name].references if column.target]
        for rows in self._spool.batches(name):
            good = self._taken(name, rows)
            for column in columns:
                known = self._known.get(column.target.file) if column.target else None
                if known is not None:
                    good &= is_known(rows[column.name], known) | rows[column.name].isna()
            yield rows if good.all() else rows[good].reset_index(drop=True)

    def _frame(self, name: str) -> DataFrame:
        """Return a whole file of the district, without the rows that the consumer drops."""
        rows = self._spool.frame(name)
        return rows[self._taken(name, rows)]

    def _taken(self, name: str, rows: DataFrame) -> Series:
        """Tell which rows the consumer takes, by what its profile says about columns of theirs."""
        good = pd.Series(data=True, index=rows.index)
        for (file, column), values in self._shape.taken.items():
            if file == name:
                good &= among(rows[column], values) | rows[column].isna()
        if name == "enrollments" and not self._shape.co_teachers:
            good &= (rows["role"] != "teacher") | among(rows["primary"], ("true",))
        if not good.all():
            self._leave_out(name)
        return good

    def _choose(self) -> None:
        options = self._settings.options
        orgs, schools = _orgs(self._spool, self._vendor)
        classes = self._begun(self._frame("classes"))
        classes = classes[among(classes["schoolSourcedId"], schools)]
        users = self._not_excluded(self._frame("users"))
        roles = self.wanted_roles()
        seen = users[among(users["role"], roles)] if roles else users
        if self._vendor.exclude_grades and "student" in roles:
            attended, _ = self._enrolled(classes, seen[seen["role"] == "student"])
            classes = classes[among(classes["sourcedId"], attended)]
        in_class, with_user = self._enrolled(classes, seen)
        if not options.empty_classes:
            classes = classes[among(classes["sourcedId"], in_class)]
        self._keep("classes", classes)
        self._keep("users", self._people(at_schools(users, orgs), with_user))
        if LINE_ITEMS.name in self._granted:
            self._keep_line_items()
        if RESOURCES.name in self._granted:
            self._keep("courses", self._closed("courses"))
            self._keep_resources()
        for name in _BY_NEED:
            self._keep(name, self._closed(name))

    def _not_excluded(self, users: DataFrame) -> DataFrame:
        """Return users without the students of grades that settings leave out for the vendor."""
        gone = among(users["grades"], self._vendor.exclude_grades)
        return users[~(gone & (users["role"] == "student"))]

    def _begun(self, classes: DataFrame) -> DataFrame:
        """Return the classes of which a term has begun, where the consumer wants no others."""
        as_of = self._dress.as_of
        if self._shape.future_terms or as_of is None:
            return classes
        sessions = self._spool.frame("academicSessions")
        ahead = sessions[sessions["startDate"] > as_of.isoformat()]
        later = set(distinct(ahead["sourcedId"]))
        lists = distinct(classes["termSourcedIds"])
        begun = [whole for whole in lists if not set(whole.split(",")) <= later]
        kept = classes[among(classes["termSourcedIds"], begun)]
        if len(kept) < len(classes):
            self._leave_out("classes")
        return kept

    def _leave_out(self, name: str) -> None:
        """Say once that rows of a file are not sent for the profile's sake."""
        if name not in self._left_out:
            self._dress.findings.add("profile_leaves_out", [f"{self._vendor.name} {name}.csv"])
        self._left_out.add(name)

    def _people(self, users: DataFrame, with_user: set[str]) -> DataFrame:
        """Return who is in a class, in a granted role; parents of those students; other staff."""
        mine = among(users["sourcedId"], with_user)
        if self._settings.options.unscheduled_students:
            mine = mine | ((users["role"] == "student") & users["orgSourcedIds"].notna())
        granted = among(users["role"], self.wanted_roles())
        children = set(distinct(users["sourcedId"][mine & granted]))
        agents = cut(users["agentSourcedIds"], children)
        kin = (users["role"] == PARENT) & agents.notna() & granted
        staff = among(users["role"], STAFF_ROLES) & users["orgSourcedIds"].notna()
        kept = users[(mine | kin | staff) & granted]
        everyone = children | set(distinct(kept["sourcedId"]))
        return kept.assign(agentSourcedIds=cut(kept["agentSourcedIds"], everyone))

    def _keep(self, name: str, rows: DataFrame) -> None:
        self._frames[name] = rows.reset_index(drop=True)
        self._known[name] = one_array([rows["sourcedId"]])
        self._note(name, rows)

    def _keep_line_items(self) -> None:
        """Keep the ids of line items, and what they name, without their rows."""

        def ids() -> Iterator[Series]:
            for rows in self._stream(LINE_ITEMS.name):
                self._note(LINE_ITEMS.name, rows)
                yield rows["sourcedId"]

        self._known[LINE_ITEMS.name] = one_array(ids())

    def _keep_resources(self) -> None:
        """Keep the resources that a kept class or course uses, and those bound to nothing."""
        rows = {name: self._spool.frame(name) for name in ("resources", *_LINKS)}
        every = {one for link in _LINKS for one in distinct(rows[link]["resourceSourcedId"])}
        used: set[str] = set()
        for link, (column, file) in _LINKS.items():
            rows[link] = rows[link][among(rows[link][column], self._known[file])]
            used |= set(distinct(rows[link]["resourceSourcedId"]))
        ids = rows["resources"]["sourcedId"]
        rows["resources"] = rows["resources"][among(ids, used) | ~among(ids, every)]
        for name, kept in rows.items():
            self._keep(name, kept)

    def _note(self, name: str, rows: DataFrame) -> None:
        """Note what rows name, if they are in the bundle, or nothing in it has to name that."""
        for column in BY_NAME[name].references:
            target = column.target
            if target and (name in self._granted or not self._is_named(target.file)):
                self._named[target.file] |= self._names(name, rows, column)

    def _is_named(self, target: str) -> bool:
        """Tell whether a file of the bundle has to name rows of another one."""
        return any(
            column.target and column.target.file == target and column.required is Required.ALWAYS
            for file in self._granted
            for column in BY_NAME[file].references
        )

    def _names(self, name: str, rows: DataFrame, column: Column) -> set[str]:
        """Return the sourcedIds that a column names; none where it is blank in the bundle."""
        mute = name in self._granted and column.name in self._mute[name]
        return set() if mute else named_by(rows, column)

    def _enrolled(self, classes: DataFrame, users: DataFrame) -> tuple[set[str], set[str]]:
        """Return the classes and users that enrollments join, one pass over the big file."""
        in_class: set[str] = set()
        with_user: set[str] = set()
        columns = ("classSourcedId", "userSourcedId", "role", "primary")
        for rows in self._spool.batches("enrollments", columns):
            taught = among(rows["classSourcedId"], classes["sourcedId"])
            taught &= self._taken("enrollments", rows)
            whole = taught & among(rows["userSourcedId"], users["sourcedId"])
            in_class.update(distinct(rows["classSourcedId"][whole]))
            with_user.update(distinct(rows["userSourcedId"][whole]))
        return in_class, with_user

    def _closed(self, name: str) -> DataFrame:
        """Return the rows of a file that kept rows name, and those that these name in turn."""
        rows, wanted = self._frame(name), self._named[name]
        own = [c for c in BY_NAME[name].references if c.target and c.target.file == name]
        while True:
            kept = rows[among(rows["sourcedId"], wanted)]
            more = {one for column in own for one in self._names(name, kept, column)} - wanted
            if not more:
                return kept
            wanted |= more


def _orgs(spool: Spool, vendor: Vendor) -> tuple[set[str], set[str]]:
    """Return the orgs and the schools whose people a vendor gets; all when it has no list."""
    orgs = spool.frame("orgs")
    schools = set(orgs["sourcedId"][orgs["type"] == "school"])
    if vendor.schools is None:
        return set(orgs["sourcedId"]), schools
    mine = schools & {str(code) for code in vendor.schools}
    return mine, mine


def _classes_of_courses(classes: DataFrame) -> dict[str, str]:
    """Return the first class of each course, by sourcedId."""
    pairs = classes.sort_values("sourcedId").drop_duplicates("courseSourcedId")
    return dict(zip(pairs["courseSourcedId"], pairs["sourcedId"], strict=True))
