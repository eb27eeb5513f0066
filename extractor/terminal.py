"""Lines for a person: wrapped under their beginning on a terminal, whole where a program reads."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text


def tell(console: Console, text: str | Text, indent: int = 0) -> None:
    """
    Print a text, `indent` blanks to the right.

    On a terminal it is wrapped there and stays indented; off one it is a single line, so that
    `grep` finds it whole. What would steer the terminal is shown as a question mark.
    """
    shown = text if isinstance(text, Text) else Text(inert(text))
    if console.is_terminal:
        console.print(Padding(shown, (0, 0, 0, indent), expand=False), overflow="fold")
    else:
        console.print(Text.assemble(" " * indent, shown), soft_wrap=True)


def inert(text: str) -> str:
    """Keep what a database, a file name or a person says from steering the terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def moment(written: str) -> str:
    """Shorten a moment of the record, in UTC: 2026-11-24T03:15:09Z to 2026-11-24 03:15:09."""
    return written.removesuffix("Z").replace("T", " ")
