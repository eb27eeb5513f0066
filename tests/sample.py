"""Write sample_output/ anew: the bundle of the smallest demo district, zipped and unpacked."""

import shutil
import tempfile
import zipfile
from pathlib import Path

from conftest import AS_OF

from extractor.demo.district import SMALLEST
from extractor.demo.folder import make
from extractor.pipeline import extract
from extractor.progress import Quiet
from extractor.settings import load

SAMPLE = Path(__file__).parent.parent / "sample_output"


def bundle(folder: Path) -> Path:
    """Extract the smallest demo district for the vendor `everything`; return its bundle."""
    settings = load(make(folder, SMALLEST, 1, AS_OF, Quiet()))
    vendor = next(one for one in settings.vendor if one.name == "everything")
    return extract(settings, [vendor], AS_OF, folder / "out", Quiet()).bundles[0].path


def main() -> None:
    """Replace what the folder holds; README.md stays."""
    for old in (*SAMPLE.glob("*.csv"), *SAMPLE.glob("*.zip")):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        made = bundle(Path(folder))
        shutil.copyfile(made, SAMPLE / made.name)
        with zipfile.ZipFile(made) as zipped:
            zipped.extractall(SAMPLE)


if __name__ == "__main__":
    main()
