"""Coverage-guided fuzzing of the reader; pytest does not collect it.

Atheris 3.0 has wheels for Linux on x86-64 alone, so it is none of the pinned requirements:

    .venv/bin/pip install --no-deps atheris
    PYTHONPATH=tests .venv/bin/python -m fuzz.fuzz_reader /tmp/corpus -max_total_time=600

writes seeds to the folder (the golden bundle, and every defect that a rule finds) and fuzzes from
there. What follows the folder goes to libFuzzer: `-max_total_time` in seconds, `-runs=0` to
replay the corpus only, `-merge=1 /tmp/small /tmp/corpus` to keep one input per feature.
A crash is left in the current folder; given instead of the folder, it is run again:

    PYTHONPATH=tests .venv/bin/python -m fuzz.fuzz_reader crash-0a1b2c

What an input means, and what has to hold for it, is in `inputs.py`. What was found that way is
in `tests/validate/test_fuzz_cases.py`, which runs everywhere.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["extractor", "zipfile"]):
    from fuzz.inputs import GOLDEN, NAMES, SEPARATOR, Input, run

from validate.defects import DEFECTS, zipped
from validate.golden import Sample

DEFAULTS = ("-timeout=30", "-rss_limit_mb=3000", "-max_len=4096", "-reload=0")
MEMORY = Path("/dev/shm")


def seeds() -> list[Input]:
    """Return what the fuzzer starts from."""
    cases = [
        Input("entries", _joined(GOLDEN)),
        Input("zip", zipped(GOLDEN)),
        *(Input("alone", b"", name) for name in NAMES),
        *(Input("alone", text, name, 16, "classlink") for name, text in GOLDEN.files.items()),
        *(Input("stream", text, name, 16) for name, text in GOLDEN.files.items()),
        *(Input("folder", text, name, 0) for name, text in GOLDEN.files.items()),
    ]
    for edit in DEFECTS.values():
        broken = edit(GOLDEN)
        if broken.write:
            cases.append(Input("zip", _written(broken)))
        for name, text in broken.files.items():
            if name in NAMES and GOLDEN.files.get(name) != text:
                cases += [Input(form, text, name, 7) for form in ("alone", "stream")]
    return cases


def _joined(sample: Sample) -> bytes:
    return SEPARATOR.join(name.encode() + b"\n" + text for name, text in sample.files.items())


def _written(sample: Sample) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = sample.at(Path(folder))
        return path.read_bytes() if path.is_file() else b""


def sow(corpus: Path) -> None:
    """Write the seeds, each under the hash of its bytes."""
    corpus.mkdir(parents=True, exist_ok=True)
    for case in seeds():
        data = case.encoded()
        (corpus / hashlib.sha1(data, usedforsecurity=False).hexdigest()).write_bytes(data)


def main() -> None:
    """Fuzz until libFuzzer has enough."""
    place = Path(sys.argv[1])
    if not place.is_file() and not sys.argv[1].startswith("-"):
        sow(place)
    folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
    atheris.Setup(
        [sys.argv[0], *DEFAULTS, *sys.argv[1:]],
        lambda data: run(Input.of(data), folder),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
