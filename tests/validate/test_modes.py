"""Bulk, delta, and both in one bundle; how much of what is wrong is told, however much there is."""

import zipfile

import pytest
from validate.golden import STAMP, Sample, delta, golden

from extractor.validate.verdict import LISTED, Severity


def mixed() -> Sample:
    """Return a bundle whose enrollments are a delta, and all else is bulk."""
    changed = golden().listed("enrollments", "delta")
    return changed.with_file("enrollments.csv", delta().files["enrollments.csv"])


def test_a_bundle_of_both_modes_is_called_mixed_and_is_clean(judged):
    """Each file is judged by its own mode; the delta's references are in the bulk beside it."""
    verdict = judged(mixed())
    assert verdict.mode == "mixed"
    # That a class has no teacher cannot be told: the enrollments hold only what changed.
    assert verdict.findings == []


@pytest.mark.parametrize("known", [False, True])
def test_a_delta_beside_bulk_is_judged_as_a_delta(known, judged):
    """A row that is to be deleted may name somebody whom the bulk beside it no longer has."""
    gone = f"e-10,active,{STAMP},k-1001,s1,u-s9,student,false,2024-10-01,2024-12-21"
    sample = mixed().row("enrollments", gone)
    verdict = judged(sample.given(baseline=golden()) if known else sample)
    rule = "dangling_delta_reference" if known else "unconfirmed_reference"
    assert verdict.rules == {rule: 1}
    assert verdict.valid is not known


def test_bulk_beside_a_delta_may_not_hold_a_status(judged):
    wrong = mixed().cell("users", 0, "status", "active")
    verdict = judged(wrong.cell("users", 0, "dateLastModified", STAMP))
    assert set(verdict.rules) <= {"status_against_mode", "content_against_manifest"}
    assert not verdict.valid


@pytest.mark.parametrize("count", [LISTED, LISTED + 1, 50_000])
def test_findings_are_capped_and_counts_are_not(count, judged):
    rows = "".join(
        f"x-{at},,,k-1001,s1,u-nobody,student,false,2024-08-12,2024-12-21\r\n"
        for at in range(count)
    )
    whole = golden().files["enrollments.csv"] + rows.encode()
    verdict = judged(golden().with_file("enrollments.csv", whole))
    assert verdict.rules["dangling_reference"] == count
    assert verdict.counts[Severity.ERROR] == count
    listed = [one for one in verdict.findings if one.rule == "dangling_reference"]
    assert len(listed) == min(count, LISTED)
    assert listed[0].line == 5


def test_a_file_that_is_really_encrypted_is_told(judged, tmp_path):
    """The bit says encrypted, and so are the bytes: no password, no guess, no crash."""

    def write(sample: Sample, folder):
        path = folder / "bundle.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for name, content in sample.files.items():
                archive.writestr(name, content)
        raw = bytearray(path.read_bytes())
        place = raw.index(b"users.csv") + len("users.csv")
        for at in range(place, place + 400):  # as a cipher would leave them
            raw[at] ^= 0x5A
        for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = raw.index(b"users.csv", raw.index(mark))
            start = raw.rindex(mark, 0, raw.index(b"users.csv", at))
            raw[start + flags] |= 1
        path.write_bytes(bytes(raw))
        return path

    sample = golden()
    verdict = judged(Sample(sample.files, write=write))
    assert "encrypted_entry" in verdict.rules
    assert not verdict.valid
