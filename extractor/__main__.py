"""The command `oneroster`, also as `python -m extractor`."""

import sys

from extractor import __version__


def main() -> None:
    """Tell the version at once; for anything else import the command line, which takes longer."""
    if sys.argv[1:] == ["--version"]:
        print(f"oneroster {__version__}")
        return
    from extractor.cli import main as run

    run()


if __name__ == "__main__":
    main()
