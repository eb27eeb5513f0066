"""`oneroster check`: is everything in place before the first night?

A probe looks at one matter and yields lines, each with its remedy. To add one, write a function
of a `Context` and put a `Probe` into `PROBES`: after the probes that it `needs`, since it is
skipped, with the reason, when one of those has a cross.
"""

from extractor.check import codes, connection, delivery, machine, rights, settings, year
from extractor.check.line import Line, State, exit_code
from extractor.check.probing import Context, Probe, look

__all__ = ["PROBES", "Context", "Line", "Probe", "State", "exit_code", "look"]

PROBES: tuple[Probe, ...] = (
    Probe("settings", "settings", settings.file),
    Probe("secrets", "settings", settings.secrets, needs=("settings",)),
    Probe("queries", "settings", settings.own_queries, needs=("settings",)),
    Probe("lists", "settings", settings.lists, needs=("settings",)),
    Probe("driver", "database", connection.driver, needs=("secrets",)),
    Probe("login", "database", connection.login, needs=("driver",)),
    Probe("server", "database", connection.server, needs=("login",)),
    Probe("one moment", "database", connection.one_moment, needs=("login",)),
    Probe("rights", "rights", rights.enough, needs=("queries", "login")),
    Probe("least privilege", "rights", rights.too_many, needs=("queries", "login")),
    Probe("own queries", "rights", rights.own_queries, needs=("rights",)),
    Probe("database name", "school year", year.database_name, needs=("login",)),
    Probe("terms", "school year", year.terms, needs=("queries", "login")),
    Probe("schools", "school year", year.schools, needs=("queries", "login")),
    Probe("codes", "codes", codes.in_use, needs=("queries", "login", "lists")),
    Probe("named codes", "codes", codes.named, needs=("queries", "login")),
    Probe("delivery", "delivery", delivery.vendors, needs=("secrets",)),
    Probe("clock", "machine", machine.clock, needs=("login",)),
    Probe("output folder", "machine", machine.output, needs=("settings",)),
    Probe("record folder", "machine", machine.record, needs=("settings",)),
    Probe("disk space", "machine", machine.disk, needs=("output folder", "queries", "login")),
)
