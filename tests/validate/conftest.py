"""What the tests of the validator share."""

from pathlib import Path

import pytest
from validate.golden import AS_OF, Sample

from extractor.validate import validate
from extractor.validate.verdict import Verdict


@pytest.fixture
def judged(tmp_path):
    """Write a sample and judge it."""

    def judge(sample: Sample) -> Verdict:
        options = {"as_of": AS_OF, **sample.options}
        baseline = options.get("baseline")
        if isinstance(baseline, Sample):
            folder = tmp_path / "baseline"
            folder.mkdir()
            options["baseline"] = baseline.at(folder)
        return validate(Path(sample.at(tmp_path)), **options)

    return judge
