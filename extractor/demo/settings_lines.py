"""What to write into settings, and to run, after the demo was loaded into a server."""

import re

from extractor.demo.folder import TIME_ZONE
from extractor.demo.server import Loaded
from extractor.settings_values import PASSWORD


def settings_lines(loaded: Loaded, connection: str) -> str:
    """
    Return what was loaded and the lines of a settings file that read it.

    Args:
        connection: written out where it holds no password and TOML bears it as it is.
    """
    plain = not PASSWORD.search(connection) and not re.search(r"['\x00-\x1f\x7f]", connection)
    shown = f"'{connection}'" if plain else '{env = "SIS_CONNECTION"}'
    return f"""\
{len(loaded.rows)} tables with {sum(loaded.rows.values()):,} rows are in schema \
{loaded.schema} of database {loaded.database}, {loaded.engine}.

Put this into oneroster.toml:

[district]
name = "Eagle Unified School District"
time_zone = "{TIME_ZONE}"

[sis]
kind = "aeries"
connection = {shown}
schema = "{loaded.schema}"

[[vendor]]
name = "roster"

Then run: oneroster check
A login that may only read gets its rights from: oneroster sql --grants LOGIN
(after --replace again: new tables have lost the rights given before)
"""
