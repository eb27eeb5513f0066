"""The comparison, held against the plain way: dictionaries of rows, one row at a time."""

import zipfile
from dataclasses import replace

import pytest
from gate.districts import district, write
from hypothesis import given, settings
from hypothesis import strategies as st
from validate.golden import golden

from extractor import spec
from extractor.errors import DataError
from extractor.gate.compare import changes
from extractor.gate.schools import ROLES
from extractor.gate.tally import Tally

ORGS = ("o1", "o2", "o3")


def ids(prefix):
    return st.sampled_from([f"{prefix}{number}" for number in range(6)])


def rows_of(file, **columns):
    """Return rows of a file with ids that repeat between bundles, and few values."""
    fixed = {
        "sourcedId": columns.pop("sourcedId", ids(file[0])),
        "status": st.sampled_from(["", "active", "tobedeleted"]),
        "dateLastModified": st.sampled_from(["", "2026-01-01T00:00:00.000Z"]),
    }
    return st.lists(st.fixed_dictionaries(fixed | columns), max_size=8)


TEXT = st.sampled_from(["", "a", "b", "Zoë", 'say "x"', "a,b"])
ORG = st.sampled_from([*ORGS, "nowhere"])
BUNDLES = st.fixed_dictionaries(
    {
        "orgs": rows_of("orgs", sourcedId=st.sampled_from(ORGS), name=TEXT),
        "users": rows_of(
            "users",
            role=st.sampled_from([*spec.USER_ROLE, "nobody"]),
            orgSourcedIds=st.lists(ORG, max_size=3).map(",".join),
            givenName=TEXT,
        ),
        "classes": rows_of("classes", schoolSourcedId=ORG, title=TEXT),
        "courses": rows_of("courses", orgSourcedId=ORG, title=TEXT),
        "enrollments": rows_of(
            "enrollments",
            schoolSourcedId=ORG,
            role=st.sampled_from(spec.ENROLLMENT_ROLE),
            classSourcedId=ids("c"),
        ),
        "lineItems": rows_of("lineItems", classSourcedId=ids("c"), title=TEXT),
        "results": rows_of("results", lineItemSourcedId=ids("l"), comment=TEXT),
        "demographics": rows_of("demographics", sourcedId=ids("u"), sex=TEXT),
        "courseResources": rows_of("courseResources", courseSourcedId=ids("c")),
        "classResources": rows_of("classResources", classSourcedId=ids("c")),
        "categories": rows_of("categories", title=TEXT),
    }
)


def plain(bundle, file):
    """Return live rows by id, the first of each."""
    found = {}
    for row in bundle[file]:
        if row["status"] != "tobedeleted":
            found.setdefault(row["sourcedId"], row)
    return found


def schools_of(bundle, known, file, row):
    """Return the schools of a row, by its own column or by what it names."""
    by = {"classes": "schoolSourcedId", "enrollments": "schoolSourcedId"}
    by |= {"courses": "orgSourcedId", "orgs": "sourcedId"}
    via = {
        "lineItems": ("classSourcedId", "classes"),
        "classResources": ("classSourcedId", "classes"),
    }
    via |= {"results": ("lineItemSourcedId", "lineItems"), "demographics": ("sourcedId", "users")}
    via |= {"courseResources": ("courseSourcedId", "courses")}
    if file == "users":
        return {one for one in row["orgSourcedIds"].split(",") if one in known}
    if file in by:
        return {row[by[file]]} & known
    if file in via:
        column, target = via[file]
        other = plain(bundle, target).get(row[column])
        return schools_of(bundle, known, target, other) if other else set()
    return set()


def groups(bundle, known, file, row):
    """Return all keys under which a row counts."""
    roles = [None]
    if row.get("role") in ROLES.get(file, ()):
        roles.append(row["role"])
    places = [None, *schools_of(bundle, known, file, row)]
    return {(file, school, role) for school in places for role in roles}


def told(row):
    return {name: value for name, value in row.items() if name != "dateLastModified"}


def naive(old, new):
    known = {*plain(old, "orgs"), *plain(new, "orgs")}
    found = {}

    def note(key, kind):
        found.setdefault(key, dict.fromkeys(Tally.__slots__, 0))[kind] += 1

    for file in old:
        before, after = plain(old, file), plain(new, file)
        for one in before.keys() | after.keys():
            was = groups(old, known, file, before[one]) if one in before else set()
            now = groups(new, known, file, after[one]) if one in after else set()
            for key in was:
                note(key, "before")
            for key in now:
                note(key, "after")
            for key in now - was:
                note(key, "added")
            for key in was - now:
                note(key, "removed")
            if one in before and one in after and told(before[one]) != told(after[one]):
                for key in was & now:
                    note(key, "changed")
    return {key: Tally(**counts) for key, counts in found.items()}


@settings(max_examples=60)
@given(BUNDLES, BUNDLES)
def test_any_two_bundles_compare_as_dictionaries_do(tmp_path_factory, old, new):
    folder = tmp_path_factory.mktemp("compare")
    found = changes(write(folder / "old.zip", old), write(folder / "new.zip", new))
    assert found.tallies == naive(old, new)


@given(BUNDLES)
def test_bundle_beside_itself_has_no_changes_whatever_the_order_of_its_rows(tmp_path_factory, old):
    folder = tmp_path_factory.mktemp("same")
    once = {file: list(plain(old, file).values()) for file in old}
    turned = {file: rows[::-1] for file, rows in once.items()}
    left = write(folder / "old.zip", once)
    found = changes(left, write(folder / "new.zip", turned))
    assert found.nothing
    assert not found.first


def test_without_a_bundle_before_all_is_added(tmp_path):
    found = changes(None, write(tmp_path / "new.zip", district()))
    assert found.first
    assert found.of("users") == Tally(0, 1107, 1107, 0, 0)
    assert found.of("users", "0800", "teacher") == Tally(0, 2, 2, 0, 0)
    assert found.of("results", "0634") == Tally(0, 400, 400, 0, 0)


def test_contents_tell_rows_and_filled_columns(tmp_path):
    found = changes(None, write(tmp_path / "new.zip", district()))
    assert found.contents["users"].rows == 1107
    assert found.contents["users"].columns == (
        *("sourcedId", "enabledUser", "orgSourcedIds", "role", "username"),
        *("givenName", "familyName", "identifier", "email"),
    )


def test_own_column_counts_and_the_order_of_columns_does_not(tmp_path):
    files = district()
    left = write(tmp_path / "old.zip", files)
    header = spec.BY_NAME["users"].header
    turned = {"users": (header[0], *header[:0:-1])}
    assert changes(left, write(tmp_path / "turned.zip", files, turned)).nothing
    own = {"users": (*header, "metadata.track")}
    assert changes(left, write(tmp_path / "blank.zip", files, own)).nothing
    files["users"][0]["metadata.track"] = "A"
    found = changes(left, write(tmp_path / "own.zip", files, own))
    assert found.of("users") == Tally(1107, 1107, 0, 0, 1)


def test_moment_of_the_change_alone_is_no_change(tmp_path):
    files = district()
    left = write(tmp_path / "old.zip", files)
    for row in files["users"]:
        row["dateLastModified"] = "2026-10-01T00:00:00.000Z"
    assert changes(left, write(tmp_path / "new.zip", files)).nothing


def test_value_that_moves_to_another_column_is_a_change(tmp_path):
    files = district()
    left = write(tmp_path / "old.zip", files)
    row = files["users"][0]
    row["givenName"], row["familyName"] = row["familyName"], row["givenName"]
    assert changes(left, write(tmp_path / "new.zip", files)).of("users").changed == 1


def test_many_batches_are_one_file(tmp_path):
    files = district()
    row = files["enrollments"][0]
    files["enrollments"] += [row | {"sourcedId": f"E{number}"} for number in range(250_000)]
    left = write(tmp_path / "old.zip", files)
    before = len(files["enrollments"])
    del files["enrollments"][100_000:100_007]
    files["enrollments"][-1]["primary"] = "true"
    found = changes(left, write(tmp_path / "new.zip", files))
    assert found.of("enrollments") == Tally(before, before - 7, 0, 7, 1)


def test_folder_and_zip_are_the_same(tmp_path):
    zipped = golden().at(tmp_path)
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(tmp_path / "folder")
    found = changes(zipped, tmp_path / "folder")
    assert found.nothing
    assert len(found.contents) == 13


def test_damaged_bundle_is_refused_by_name(tmp_path):
    (tmp_path / "new.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(DataError, match=r"new\.zip cannot be compared: it is damaged"):
        changes(None, tmp_path / "new.zip")


def test_damaged_file_in_a_bundle_is_refused(tmp_path):
    path = golden().at(tmp_path)
    raw = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("users.csv")
    start = info.header_offset + 30 + len("users.csv")
    raw[start : start + info.compress_size] = b"\xff" * info.compress_size
    path.write_bytes(raw)
    with pytest.raises(DataError, match=r"users\.csv"):
        changes(None, path)


def test_folder_in_the_zip_does_not_matter(tmp_path):
    plain_one = golden()
    inside = replace(
        plain_one, files={f"out/{k}": v for k, v in plain_one.files.items()}, name="in.zip"
    )
    assert changes(plain_one.at(tmp_path), inside.at(tmp_path)).nothing
