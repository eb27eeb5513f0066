"""Every bundle is judged by the validator before it appears; an invalid one never does."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import AS_OF

from extractor import package, pipeline
from extractor.errors import DataError
from extractor.package import Written
from extractor.progress import Quiet
from extractor.settings import load

OLD = b"the bundle of last night"


def run(demo: Path) -> None:
    settings = load(demo / "oneroster.toml")
    pipeline.extract(settings, settings.vendor, AS_OF, demo / "out", Quiet())


def report(demo: Path) -> Any:
    return json.loads((demo / "out" / "report.json").read_text("utf-8"))


def test_the_report_tells_what_the_validator_said(own_demo: Path) -> None:
    run(own_demo)
    for told in report(own_demo)["validation"].values():
        assert told["counts"]["error"] == 0
        assert told["counts"]["info"] == sum(
            told["rules"][rule]
            for rule in {one["rule"] for one in told["findings"] if one["severity"] == "info"}
        )
        assert all("value" not in one for one in told["findings"])


def test_an_invalid_bundle_of_one_vendor_lets_none_appear(
    own_demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the program had a fault: the second bundle is written without its schools."""

    def without_orgs(final: Path, files: Iterator[Any], *rest: Any, **more: Any) -> Written:
        if final.parent.name == "everything":
            files = (one for one in files if one[0].name != "orgs")
        return package.package(final, files, *rest, **more)

    before = own_demo / "out" / "roster" / "OneRoster.zip"
    before.parent.mkdir(parents=True)
    before.write_bytes(OLD)
    monkeypatch.setattr(pipeline, "package", without_orgs)
    monkeypatch.setattr(pipeline, "ROSTERING_CORE", ())  # the look at absent files comes first
    with pytest.raises(DataError, match=r"vendor everything: .*dangling_reference") as caught:
        run(own_demo)
    assert "roster:" not in str(caught.value)
    assert "Nothing was written" in str(caught.value)
    assert before.read_bytes() == OLD
    assert [path.name for path in (own_demo / "out" / "everything").iterdir()] == []
    told = report(own_demo)["validation"]
    assert told["roster"]["counts"]["error"] == 0
    assert told["everything"]["counts"]["error"] > 0
    assert {one["code"] for one in told["everything"]["findings"]} >= {"R02"}
