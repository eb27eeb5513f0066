"""The reader: whatever an archive or a CSV file can do to it, it says what and where."""

import struct
import time
import zipfile
from dataclasses import replace

import pytest
from validate.defects import as_folder, cell, zipped
from validate.golden import golden

from extractor.errors import SettingsError
from extractor.validate import Limits, validate
from extractor.validate.verdict import LISTED

SMALL = [Limits(), Limits(block=64), Limits(block=7)]


def places(verdict, rule=None):
    """Return where a rule found something."""
    return [(f.file, f.line) for f in verdict.findings if rule in (None, f.rule)]


def comments(*texts, end="\r\n"):
    """Return a bundle whose results have these comments, written as they are, from line 2 on."""
    sample = golden()
    items = sample.files["lineItems.csv"].decode()
    items += "".join(
        f"li{n},,,HW,,2024-09-02,2024-09-06,k-1001,cat-hw,q1-2025,0,10\r\n"
        for n in range(len(texts))
    )
    sample = sample.with_file("lineItems.csv", items)
    header = sample.files["results.csv"].decode().split("\r\n")[0]
    rows = [
        f"r-{number},,,li{number},u-s1,submitted,8.5,2024-09-09,{text}"
        for number, text in enumerate(texts)
    ]
    return sample.with_file("results.csv", end.join([header, *rows, ""]))


@pytest.mark.parametrize("limits", SMALL, ids=["whole", "64", "7"])
def test_lines_stay_exact_behind_quoted_line_breaks(limits, judged):
    sample = comments('"one\r\ntwo\r\nthree"', '"four\nfive"').row(
        "results", "r-9,,,li-1,u-s2,exempt,BAD,2024-09-09,"
    )
    verdict = judged(sample.given(limits=limits))
    assert places(verdict, "line_break_in_field") == [("results.csv", 2), ("results.csv", 5)]
    assert places(verdict, "bad_number") == [("results.csv", 7)]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("limits", SMALL, ids=["whole", "64", "7"])
def test_line_ends_and_quotes_that_belong_are_no_finding(end, limits, judged):
    sample = comments('"a, ""b"", c"', '""', end=end)
    assert judged(sample.given(limits=limits)).rules == {}


def test_missing_last_line_end_is_no_finding(judged):
    sample = golden()
    files = {name: text.removesuffix(b"\r\n") for name, text in sample.files.items()}
    assert judged(replace(sample, files=files)).rules == {}


def test_file_of_bare_carriage_returns_is_read(judged):
    sample = comments("x", "y", end="\r")
    verdict = judged(sample)
    assert verdict.rules == {"bare_carriage_return": 3}
    assert verdict.rows["results"] == 2


@pytest.mark.parametrize("limits", SMALL, ids=["whole", "64", "7"])
@pytest.mark.parametrize(
    "comment",
    ['a"b', '"a"b', '"a', '"a" ', '"a"b"'],
)
def test_broken_quote_is_found_and_hides_no_other_row(comment, limits, judged):
    sample = comments("fine", comment, "fine").row(
        "results", "r-9,,,li-1,u-s2,exempt,BAD,2024-09-09,"
    )
    verdict = judged(sample.given(limits=limits))
    assert places(verdict, "broken_quoting") == [("results.csv", 3)]
    assert places(verdict, "bad_number") == [("results.csv", 5)]
    assert verdict.rows["results"] == 4


@pytest.mark.parametrize("limits", SMALL, ids=["whole", "64", "7"])
def test_ragged_and_empty_rows_are_named_and_the_others_judged(limits, judged):
    sample = comments("a,b", "fine")
    for line in ("", "r-5,,,li-1", "r-9,,,li-1,u-s2,exempt,BAD,2024-09-09,"):
        sample = sample.row("results", line)
    verdict = judged(sample.given(limits=limits))
    assert places(verdict, "ragged_row") == [("results.csv", 2), ("results.csv", 5)]
    assert places(verdict, "empty_row") == [("results.csv", 4)]
    assert places(verdict, "bad_number") == [("results.csv", 6)]


def test_row_that_names_a_ragged_row_is_not_blamed(judged):
    sample = golden().swap("categories", "cat-hw,,,Homework", "cat-hw,,,Homework, long")
    assert judged(sample).rules == {"ragged_row": 1}


@pytest.mark.parametrize("limits", SMALL, ids=["whole", "64", "7"])
def test_byte_that_is_not_utf8_is_named_with_its_offset(limits, judged):
    sample = golden()
    content = sample.files["users.csv"].replace("Zoë".encode(), "Zoë".encode("cp1252"))
    verdict = judged(sample.with_file("users.csv", content).given(limits=limits))
    (finding,) = verdict.findings
    assert f"byte {content.index(0xEB)} is 0xeb" in finding.message
    assert "1252" in finding.message
    assert finding.line == 4


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_named_once_and_nobody_blamed_for_naming_its_rows(encoding, judged):
    sample = golden()
    content = sample.files["users.csv"].decode().encode(encoding)
    verdict = judged(sample.with_file("users.csv", content))
    assert verdict.rules == {"not_utf8": 1}
    assert "UTF-16" in verdict.findings[0].message
    assert any("users.csv" in reason for reason in verdict.stopped)


def test_byte_order_mark_does_not_hide_the_first_column(judged):
    sample = golden()
    marked = {name: b"\xef\xbb\xbf" + text for name, text in sample.files.items()}
    assert judged(replace(sample, files=marked)).rules == {"byte_order_mark": 14}


def test_file_without_bytes_is_named(judged):
    verdict = judged(golden().with_file("demographics.csv", b""))
    assert verdict.rules == {"wrong_header": 1}


def test_semicolons_are_told_once(judged):
    sample = golden()
    text = sample.files["orgs.csv"].decode().replace(",", ";")
    verdict = judged(sample.with_file("orgs.csv", text))
    assert verdict.rules == {"wrong_header": 1}
    assert "semicolons" in verdict.findings[0].message


def test_one_bad_file_does_not_hide_what_is_wrong_in_others(judged):
    sample = cell("results", 0, "score", "B+")(golden().with_file("users.csv", b"\xff\xfe\0"))
    assert judged(sample).rules == {"not_utf8": 1, "bad_number": 1}


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.99])
def test_truncated_zip(cut, tmp_path, judged):
    content = zipped(golden())
    path = tmp_path / "cut.zip"
    path.write_bytes(content[: int(len(content) * cut)])
    verdict = validate(path, as_of=golden_day())
    assert verdict.rules == {"unreadable_archive": 1}
    assert verdict.stopped


def golden_day():
    """Return the day on which the golden bundle is judged."""
    from validate.golden import AS_OF

    return AS_OF


def test_folder_is_judged_like_a_zip(judged):
    assert judged(replace(golden(), write=as_folder)).rules == {}


def test_symlink_is_not_followed(tmp_path):
    folder = as_folder(golden(), tmp_path)
    target = tmp_path / "elsewhere.csv"
    (folder / "orgs.csv").rename(target)
    (folder / "orgs.csv").symlink_to(target)
    verdict = validate(folder, as_of=golden_day())
    assert verdict.rules == {"link_in_folder": 1, "unreadable_entry": 1}


def test_nothing_is_written_under_a_name_of_the_archive(tmp_path, judged, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sample = golden().with_file("../evil.csv", b"x").with_file("/abs.csv", b"x")
    before = {path.name for path in tmp_path.parent.iterdir()}
    verdict = judged(sample)
    assert verdict.rules == {"unsafe_entry_name": 2}
    assert {path.name for path in tmp_path.parent.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["bundle.zip"]


def test_zip_bomb_is_refused_before_it_is_expanded(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.csv", golden().files["manifest.csv"])
        with archive.open("users.csv", "w") as users:
            for _ in range(80):
                users.write(b"\0" * 2**20)
    verdict = validate(path, as_of=golden_day())
    assert verdict.rules == {"too_big": 1}
    assert verdict.rows == {}


def test_size_that_the_archive_lies_about_is_no_way_round_the_limit(tmp_path):
    path = tmp_path / "lie.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in golden().files.items():
            archive.writestr(name, text if name != "results.csv" else text + b"x" * 10**6)
    content = bytearray(path.read_bytes())
    central = content.find(b"PK\x01\x02")
    while content[central + 46 : central + 57] != b"results.csv":
        central = content.find(b"PK\x01\x02", central + 1)
    struct.pack_into("<I", content, central + 24, 200)
    path.write_bytes(content)
    verdict = validate(path, as_of=golden_day())
    assert "unreadable_entry" in verdict.rules


def test_too_many_entries(judged):
    sample = golden()
    for number in range(5):
        sample = sample.with_file(f"extra{number}.csv", b"")
    verdict = judged(sample.given(limits=Limits(entries=15)))
    assert verdict.rules == {"too_big": 1, "unknown_file": 5}
    assert verdict.rows == {}


def test_record_without_end_is_bounded(judged):
    sample = comments("x" * 5000)
    verdict = judged(sample.given(limits=Limits(block=64, record=1000)))
    assert verdict.rules == {"unreadable_entry": 1}


def test_quote_never_closed_is_bounded_too(judged):
    sample = comments('"never', *["fine"] * 200)
    verdict = judged(sample.given(limits=Limits(block=64, record=1000)))
    assert verdict.rules["broken_quoting"] == 1
    assert verdict.rows["results"] == 201


def test_listing_is_capped_and_counts_are_not(judged):
    sample = comments(*["a,b"] * 5000)
    verdict = judged(sample.given(limits=Limits(block=10_000)))
    assert verdict.rules["ragged_row"] == 5000
    listed = places(verdict, "ragged_row")
    assert listed == [("results.csv", line) for line in range(2, LISTED + 2)]


def test_values_too_are_capped_at_the_smallest_lines(judged):
    sample = comments(*["=x"] * 5000).given(limits=Limits(block=10_000))
    verdict = judged(sample)
    assert verdict.rules["formula_value"] == 5000
    assert places(verdict, "formula_value")[-1] == ("results.csv", LISTED + 1)


@pytest.mark.parametrize("name", ["nope.zip", "nope/there"])
def test_missing_bundle_is_the_callers_mistake(name, tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        validate(tmp_path / name, as_of=golden_day())


def test_near_miss_of_a_file_name_is_read_as_the_file_that_is_meant(judged):
    sample = golden()
    text = sample.files.pop("courseResources.csv")
    verdict = judged(sample.with_file("courseResourses.csv", text))
    assert verdict.rules == {"unknown_file": 1}
    assert "did you mean courseResources.csv?" in verdict.findings[0].message


def test_misspelt_header_is_judged_as_the_column_that_is_meant(judged):
    sample = golden().swap("classes", "termSourcedIds", "termSourcedId")
    verdict = judged(sample.cell("classes", 0, "termSourcedId", "t-nowhere"))
    assert verdict.rules == {"wrong_header": 1, "dangling_reference": 1}


def test_version_1_2_is_told_once(judged):
    sample = golden().swap("manifest", "oneroster.version,1.1", "oneroster.version,1.2")
    verdict = judged(sample.with_file("roles.csv", b"sourcedId\r\n"))
    assert verdict.rules == {"other_version": 1}
    assert "1.2" in verdict.findings[0].message
    assert verdict.stopped


@pytest.mark.parametrize(
    "content",
    [
        b"a," * 200_000 + b"\r\nx\r\n",
        b"sourcedId,status,dateLastModified,title\r\n" + b"\r\n" * 500_000,
        b"sourcedId,status,dateLastModified,title\r\n" + b'"' * 1_000_001,
        b"sourcedId,status,dateLastModified,title\r\n" + b'"\r' * 200_000,
        b"propertyName,value\r\n" + b"a,b\r\n" * 300_000,
    ],
    ids=["columns", "lines", "quotes", "carriage returns", "properties"],
)
@pytest.mark.parametrize("name", ["categories.csv", "manifest.csv"])
def test_file_made_to_keep_us_busy_does_not(content, name, judged):
    started = time.process_time()
    verdict = judged(golden().with_file(name, content))
    assert not verdict.valid
    assert time.process_time() - started < 20
