"""For any bundle: what the spec allows is clean, and whatever comes gets a verdict."""

import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st
from validate.defects import DEFECTS, zipped
from validate.golden import AS_OF, Sample, golden, manifest, text_of

from extractor import spec
from extractor.spec import Kind, Required
from extractor.validate import Limits, validate
from extractor.validate.registry import CATALOGUE
from extractor.validate.verdict import Severity, Verdict

WORD = st.text("abcdefghijklmnopqrstuvwxyzäöü '\",-", min_size=1, max_size=12).map(
    lambda text: f"x{text}x"
)
PAST = st.dates(AS_OF.replace(year=2000), AS_OF).map(str)
NUMBER = st.floats(-1000, 1000).map(lambda number: f"{number:.2f}")


def judge(sample: Sample | bytes, **options: object) -> Verdict:
    """Write a bundle to a folder of its own and judge it."""
    with tempfile.TemporaryDirectory() as folder:
        if isinstance(sample, bytes):
            path = Path(folder) / "bundle.zip"
            path.write_bytes(sample)
        else:
            path = sample.at(Path(folder))
        return validate(path, as_of=AS_OF, **options)


@st.composite
def drawn_bundles(draw: st.DrawFn) -> Sample:
    """Draw rows from the spec alone: kinds, words, references to rows that are there."""
    ids = {
        file.name: draw(
            st.lists(
                st.from_regex(r"\A[A-Za-z0-9._@/-]{1,12}\Z"), min_size=1, max_size=4, unique=True
            )
        )
        for file in spec.FILES
    }
    ids["demographics"] = ids["users"]
    contents = {
        file.csv: text_of(
            list(file.header),
            [
                [draw(value(file, column, key, ids)) for column in file.columns]
                for key in ids[file.name]
            ],
        ).encode()
        for file in spec.FILES
    }
    modes = dict.fromkeys(spec.BY_NAME, "bulk")
    return Sample({"manifest.csv": manifest(modes).encode(), **contents})


def value(
    file: spec.File, column: spec.Column, key: str, ids: dict[str, list[str]]
) -> st.SearchStrategy[str]:
    """Draw a value that the spec allows, and the rules that look at several values too."""
    if column.name == "sourcedId":
        return st.just(key)
    if column.required is Required.DELTA or column.name in {"parentSourcedId", "primary"}:
        return st.just("")
    drawn = filled(file, column, ids)
    return drawn if column.required is Required.ALWAYS else st.one_of(st.just(""), drawn)


FIXED = {
    ("orgs", "type"): "school",
    ("users", "role"): "student",
    ("academicSessions", "startDate"): "1999-01-01",
    ("academicSessions", "endDate"): "1999-12-31",
    ("enrollments", "beginDate"): "1999-02-01",
    ("enrollments", "endDate"): "1999-03-01",
    ("lineItems", "resultValueMin"): "-1000",
    ("lineItems", "resultValueMax"): "1000",
    ("academicSessions", "type"): "schoolYear",
}


def filled(
    file: spec.File, column: spec.Column, ids: dict[str, list[str]]
) -> st.SearchStrategy[str]:
    """Draw a value that is not empty."""
    if (file.name, column.name) in FIXED:
        return st.just(FIXED[file.name, column.name])
    match column.kind:
        case Kind.REF:
            assert column.target
            one = st.sampled_from(ids[column.target.file])
        case Kind.ENUM:
            one = st.sampled_from(column.values)
        case Kind.DATE:
            one = PAST
        case Kind.YEAR:
            one = st.just("1999")
        case Kind.FLOAT:
            one = NUMBER
        case Kind.USER_ID:
            one = st.from_regex(r"\A\{[A-Za-z]{1,9}:[A-Za-z0-9 é]{1,9}\}\Z")
        case _:
            one = st.sampled_from(column.suggested) if column.suggested else WORD
    if column.many and column.paired_with is None:
        items = one.map(lambda text: text.replace(",", "."))
        return st.lists(items, min_size=1, max_size=3).map(",".join)
    return one.map(lambda text: text.replace(",", ".")) if column.many else one


@settings(max_examples=40)
@given(drawn_bundles())
def test_what_the_spec_allows_has_no_error(sample):
    verdict = judge(sample)
    errors = [finding for finding in verdict.findings if finding.severity is Severity.ERROR]
    assert errors == []


@settings(max_examples=150)
@given(st.binary(max_size=2000))
def test_any_bytes_get_a_verdict(content):
    assert judge(content).rules == {"unreadable_archive": 1}


CSV_NAMES = ["manifest.csv", *(file.csv for file in spec.FILES)]
NAMES = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=20)
TEXTS = st.one_of(
    st.binary(max_size=400),
    st.text('a,"\r\n\0é;', max_size=200).map(str.encode),
    st.lists(
        st.sampled_from(["a", '"', ",", "\r\n", "\n", "\r", "sourcedId", "é"]), max_size=60
    ).map(lambda parts: "".join(parts).encode()),
)


@settings(max_examples=150)
@given(st.dictionaries(st.one_of(st.sampled_from(CSV_NAMES), NAMES), TEXTS))
def test_any_files_get_a_verdict(files):
    verdict = judge(zipped(Sample(files)))
    check(verdict)


def check(verdict: Verdict) -> None:
    """Hold a verdict against itself."""
    assert set(verdict.rules) <= set(CATALOGUE)
    assert sum(verdict.counts.values()) == sum(verdict.rules.values())
    for finding in verdict.findings:
        assert finding.line is None or finding.line >= 1


@st.composite
def mutations(draw: st.DrawFn) -> tuple[Sample, int]:
    """Draw a golden bundle with some bytes of one file changed, and a size of blocks."""
    sample = golden()
    name = draw(st.sampled_from(CSV_NAMES))
    content = bytearray(sample.files[name])
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 6)))
        content[start:end] = draw(
            st.one_of(
                st.sampled_from([b'"', b",", b"\r", b"\n", b"\r\n", b'""', b"\0", b"\xeb", b" "]),
                st.binary(max_size=4),
            )
        )
    return sample.with_file(name, bytes(content)), draw(st.integers(8, 300))


@settings(max_examples=80)
@given(mutations())
def test_a_changed_bundle_gets_the_same_verdict_however_it_is_cut(drawn):
    sample, size = drawn
    whole, cut = judge(sample), judge(sample, limits=Limits(block=size))
    check(whole)
    assert whole.rules == cut.rules
    assert [(f.rule, f.file, f.line, f.column) for f in whole.findings] == [
        (f.rule, f.file, f.line, f.column) for f in cut.findings
    ]
    assert whole.rows == cut.rows


@settings(max_examples=100)
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
@example(0, b"PK")
def test_a_damaged_zip_gets_a_verdict(place, change):
    content = bytearray(zipped(golden()))
    place %= len(content)
    content[place : place + len(change)] = change
    check(judge(bytes(content)))


@settings(max_examples=60)
@given(st.sampled_from(sorted(CATALOGUE)), st.integers(8, 200))
def test_a_defect_is_found_however_the_file_is_cut(name, size):
    sample = DEFECTS[name](golden())
    if "limits" in sample.options or "baseline" in sample.options:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = sample.at(Path(folder))
        verdict = validate(path, as_of=AS_OF, limits=Limits(block=size))
    assert set(verdict.rules) - {"content_against_manifest", "status_against_mode"} == {name} - {
        "content_against_manifest",
        "status_against_mode",
    }
