"""What the fuzzer's bytes mean: a bundle, how it is judged, and what every verdict has to keep."""

import io
import time
import warnings
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from validate.golden import AS_OF, golden

from extractor import spec
from extractor.validate import Limits, Verdict, validate
from extractor.validate.batch import Shape, build
from extractor.validate.blocks import Stream
from extractor.validate.registry import CATALOGUE
from extractor.validate.tokens import Flaw, Flaws
from extractor.validate.verdict import LISTED, Severity

NAMES = ("manifest.csv", *(file.csv for file in spec.FILES))
FORMS = ("zip", "folder", *("entries",) * 2, *("alone",) * 5, *("stream",) * 7)
PROFILES = (None, None, None, "classlink")
SECONDS = 20  # for one input; the longest takes a tenth of one
SEPARATOR = b"\x1e"  # between the entries of a bundle made up by the fuzzer
GOLDEN = golden()
# Whether a file is bulk or delta is told by the first of its blocks that has a whole row.
_VOTED = {
    "content_against_manifest",
    "dangling_reference",
    "status_against_mode",
    "unconfirmed_reference",
}
_SIZE, _RECORD, _WHOLE = 2**24, 2**20, 2**23


@dataclass(frozen=True)
class Input:
    """
    One case: the payload and what it is.

    `zip`: the bytes are the archive. `alone`, `folder`: they are the file `name`, without others
    or among the golden ones. `entries`: name, line feed, content of each entry of a zip.
    `stream`: they are a file, and only read, which is a hundred times as fast.
    `block` is the size in which the reader takes the file up too, beside its own.
    """

    form: str
    payload: bytes
    name: str = "orgs.csv"
    block: int = 0
    profile: str | None = None

    @classmethod
    def of(cls, data: bytes) -> "Input":
        """Read the three bytes in front, and the payload behind them."""
        form, name, block = (*data[:3], 0, 0, 0)[:3]
        return cls(
            form=FORMS[form % len(FORMS)],
            payload=data[3:],
            name=NAMES[name % len(NAMES)],
            block=block % 64,
            profile=PROFILES[block // 64],
        )

    def encoded(self) -> bytes:
        """Return the bytes that `of` reads."""
        profile = PROFILES.index(self.profile)
        front = (FORMS.index(self.form), NAMES.index(self.name), self.block + 64 * profile)
        return bytes(front) + self.payload

    def write(self, folder: Path) -> Path:
        """Write the bundle; return where it is."""
        if self.form == "zip":
            path = folder / "bundle.zip"
            path.write_bytes(self.payload)
        elif self.form == "entries":
            path = folder / "bundle.zip"
            path.write_bytes(zipped(self.payload))
        else:
            path = folder / "bundle"
            path.mkdir(exist_ok=True)
            files = GOLDEN.files if self.form == "folder" else {}
            for name in NAMES:
                (path / name).unlink(missing_ok=True)
            for name, content in {**files, self.name: self.payload}.items():
                (path / name).write_bytes(content)
        return path


def zipped(payload: bytes) -> bytes:
    """Return a zip of the entries in a payload."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that is there twice is a case
        for part in payload.split(SEPARATOR):
            name, _, content = part.partition(b"\n")
            text = name[:200].decode("utf-8", "replace").partition("\0")[0]
            archive.writestr(text or "orgs.csv", content)
    return out.getvalue()


def run(case: Input, folder: Path) -> None:
    """Judge or read a case; whatever does not hold is an AssertionError."""
    started = time.monotonic()
    if case.form == "stream":
        whole, cut = read(case, _WHOLE), read(case, case.block or 7)
        assert whole is None or cut is None or whole == cut, "what is read depends on the cut"
    else:
        judge(case, folder)
    assert time.monotonic() - started < SECONDS, "too long"


def judge(case: Input, folder: Path) -> Verdict:
    """Judge a case whole and cut, and hold the verdicts against themselves and each other."""
    path = case.write(folder)
    verdict = _validate(case, path, _WHOLE)
    hold(verdict)
    if case.block:
        cut = _validate(case, path, case.block)
        hold(cut)
        # UTF-16 is told by what the first block holds, so a tiny one may see another thing.
        foreign = "not_utf8" in verdict.rules | cut.rules
        assert foreign or _told(cut) == _told(verdict), "the verdict depends on the cut"
    return verdict


def read(case: Input, block: int) -> object:
    """Read a file; return its rows, their lines, and what is wrong. None: it is not UTF-8."""
    flaws, file = Flaws(), spec.BY_NAME.get(case.name.removesuffix(".csv"), spec.ORGS)
    limits = Limits(record=_RECORD, block=block)
    stream = Stream(io.BytesIO(case.payload), flaws, limits)
    names = stream.header() or []
    shape = Shape(file, len(names), dict(zip(file.header, range(len(names)), strict=False)))
    rows: list[tuple[object, ...]] = []
    for each in stream.blocks() if names else ():
        batch = build(each, shape)
        flaws.take(batch.flaws)
        rows += [
            (batch.line(row), *(values.text(row) for values in batch.columns.values()))
            for row in range(len(batch))
        ]
    told = {flaw: (count, flaws.spots[flaw]) for flaw, count in flaws.counts.items() if count}
    return None if Flaw.ENCODING in told else (names, rows, told)


def _validate(case: Input, path: Path, block: int) -> Verdict:
    limits = Limits(size=_SIZE, record=_RECORD, block=block)
    return validate(path, as_of=AS_OF, profile=case.profile, limits=limits)


def _told(verdict: Verdict) -> object:
    counts = {rule: count for rule, count in verdict.rules.items() if rule not in _VOTED}
    findings = [
        (one.rule, one.file, one.line, one.column)
        for one in verdict.findings
        if one.rule not in _VOTED
    ]
    return counts, verdict.rows, findings


def hold(verdict: Verdict) -> None:
    """Hold a verdict against itself."""
    listed = Counter(one.rule for one in verdict.findings)
    assert set(listed) == set(verdict.rules)
    assert verdict.profile or set(verdict.rules) <= set(CATALOGUE)
    for rule, count in verdict.rules.items():
        assert 0 < listed[rule] <= min(count, LISTED)
    assert sum(verdict.counts.values()) == sum(verdict.rules.values())
    assert verdict.valid == (not verdict.counts.get(Severity.ERROR))
    for per_file in verdict.by_file.values():
        for severity, count in per_file.items():
            assert 0 < count <= verdict.counts[severity]
    assert all(rows >= 0 for rows in verdict.rows.values())
    for one in verdict.findings:
        assert one.line is None or one.line >= 1
        assert one.message
        assert one.remedy
