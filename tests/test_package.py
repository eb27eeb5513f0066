"""A bundle: the manifest says what was written, the zip is the same every time."""

import stat
import zipfile

import pytest
from pandas import concat

from extractor import spec
from extractor.conform import conform
from extractor.disk import owner_only
from extractor.findings import Findings
from extractor.frames import empty
from extractor.package import manifest_bytes, package, publish


@pytest.fixture
def orgs(frame):
    rows = frame("""
        sourcedId | name          | type     | parentSourcedId
        0         | Eagle, Unified| district |
        990       | Sparrow       | school   | 0
        994       | Zoë "High"    | school   | 0
        """)
    return conform(rows, spec.ORGS, Findings())


@pytest.fixture
def categories(frame):
    return conform(frame("sourcedId | title\n c1 | Homework"), spec.CATEGORIES, Findings())


def write(path, *files, source=()):
    return package(path, [(file, iter(frames)) for file, frames in files], source)


def entries(path):
    with zipfile.ZipFile(path) as bundle:
        assert bundle.testzip() is None
        return {name: bundle.read(name).decode("utf-8") for name in bundle.namelist()}


def test_bundle_holds_the_files_at_its_root_and_the_manifest(tmp_path, orgs, categories):
    written = write(
        tmp_path / "a.zip", (spec.CATEGORIES, [categories]), (spec.ORGS, [orgs]), source=("Aeries",)
    )
    publish([written])
    assert written.rows == {"categories": 1, "orgs": 3}
    assert entries(tmp_path / "a.zip") == {
        "categories.csv": "sourcedId,status,dateLastModified,title\r\nc1,,,Homework\r\n",
        "orgs.csv": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\r\n"
        '0,,,"Eagle, Unified",district,,\r\n'
        "990,,,Sparrow,school,,0\r\n"
        '994,,,"Zoë ""High""",school,,0\r\n',
        "manifest.csv": "propertyName,value\r\n"
        "manifest.version,1.0\r\n"
        "oneroster.version,1.1\r\n"
        "file.academicSessions,absent\r\n"
        "file.categories,bulk\r\n"
        "file.classes,absent\r\n"
        "file.classResources,absent\r\n"
        "file.courses,absent\r\n"
        "file.courseResources,absent\r\n"
        "file.demographics,absent\r\n"
        "file.enrollments,absent\r\n"
        "file.lineItems,absent\r\n"
        "file.orgs,bulk\r\n"
        "file.resources,absent\r\n"
        "file.results,absent\r\n"
        "file.users,absent\r\n"
        "source.systemName,Aeries\r\n",
    }


def test_file_without_rows_is_left_out_and_absent(tmp_path, orgs):
    nothing = empty(spec.CATEGORIES.header)
    written = write(
        tmp_path / "a.zip",
        (spec.CATEGORIES, [nothing, nothing]),
        (spec.CLASSES, []),
        (spec.ORGS, [orgs.head(0), orgs]),
    )
    publish([written])
    assert written.rows == {"orgs": 3}
    made = entries(tmp_path / "a.zip")
    assert list(made) == ["orgs.csv", "manifest.csv"]
    assert "file.categories,absent\r\nfile.classes,absent\r\n" in made["manifest.csv"]
    assert made["orgs.csv"].count("sourcedId,status") == 1


def test_bundle_of_nothing_is_a_manifest_in_which_every_file_is_absent(tmp_path):
    publish([write(tmp_path / "a.zip")])
    (manifest,) = entries(tmp_path / "a.zip").values()
    assert manifest.count(",absent\r\n") == len(spec.FILES)


def test_manifest_has_every_property_in_the_canonical_order():
    rows = {file.name: 1 for file in spec.FILES}
    lines = manifest_bytes(rows, ("Aeries", "x,y")).decode().splitlines()
    assert [line.split(",", 1)[0] for line in lines[1:]] == [one.name for one in spec.PROPERTIES]
    assert lines[-1] == 'source.systemCode,"x,y"'
    assert sum(line.endswith(",bulk") for line in lines) == len(spec.FILES)


def test_unknown_source_is_left_out_of_the_manifest():
    assert b"source." not in manifest_bytes({"orgs": 1})


def test_same_rows_give_the_same_bytes_in_another_folder_and_in_other_batches(tmp_path, orgs):
    many = concat([orgs] * 4000, ignore_index=True)
    parts = [many[at : at + 777] for at in range(0, len(many), 777)]
    (tmp_path / "b").mkdir()
    one = write(tmp_path / "a.zip", (spec.ORGS, [many]))
    two = write(tmp_path / "b" / "a.zip", (spec.ORGS, parts))
    assert one.rows == two.rows == {"orgs": 12000}
    assert one.partial.read_bytes() == two.partial.read_bytes()


def test_no_clock_and_no_system_is_in_the_zip(tmp_path, orgs):
    publish([write(tmp_path / "a.zip", (spec.ORGS, [orgs]))])
    with zipfile.ZipFile(tmp_path / "a.zip") as bundle:
        for entry in bundle.infolist():
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.create_system == 3
            assert entry.compress_type == zipfile.ZIP_DEFLATED
            assert not entry.flag_bits & 1
            assert stat.S_IMODE(entry.external_attr >> 16) == 0o600
            assert (entry.extra, entry.comment) == (b"", b"")


def test_nothing_appears_at_the_final_name_before_it_is_published(tmp_path, orgs):
    final = tmp_path / "a.zip"
    written = write(final, (spec.ORGS, [orgs]))
    assert not final.exists()
    assert written.partial.parent == final.parent
    assert written.partial.name.startswith(".")
    publish([written])
    assert final.exists()
    assert not written.partial.exists()


def test_new_bundle_takes_the_place_of_the_one_before(tmp_path, orgs, categories):
    final = tmp_path / "a.zip"
    publish([write(final, (spec.CATEGORIES, [categories]))])
    before = final.read_bytes()
    written = write(final, (spec.ORGS, [orgs]))
    assert final.read_bytes() == before
    publish([written])
    assert list(entries(final)) == ["orgs.csv", "manifest.csv"]


def test_failure_half_way_leaves_the_bundle_before_as_it_was(tmp_path, orgs):
    final = tmp_path / "a.zip"
    final.write_bytes(b"before")

    def broken():
        yield orgs
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        package(final, [(spec.ORGS, broken())])
    assert final.read_bytes() == b"before"


def test_bundle_is_readable_by_its_owner_only(tmp_path, orgs):
    publish([write(tmp_path / "a.zip", (spec.ORGS, [orgs]))])
    assert stat.S_IMODE((tmp_path / "a.zip").stat().st_mode) == 0o600


def test_leftover_of_a_killed_run_does_not_lend_its_rights_to_a_new_file(tmp_path):
    leftover = tmp_path / "x.partial"
    leftover.write_bytes(b"much longer than what comes now")
    leftover.chmod(0o644)
    with owner_only(leftover) as raw:
        raw.write(b"new")
    assert leftover.read_bytes() == b"new"
    assert stat.S_IMODE(leftover.stat().st_mode) == 0o600
