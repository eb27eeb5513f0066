"""House tests: imports point one way, queries have headers, public functions say what they do."""

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import extractor
from extractor import queries, spec
from extractor.transform.academic_sessions import academic_sessions
from extractor.transform.classes import classes
from extractor.transform.courses import courses
from extractor.transform.demographics import demographics
from extractor.transform.enrollments import students_of_homerooms, students_of_sections, teachers
from extractor.transform.orgs import orgs
from extractor.transform.users import students

PACKAGE = Path(extractor.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.name not in {"__init__.py", "__main__.py"}
}
# What a module at the edge may not be needed by; each knows only what stands before it.
EDGES = {"cli", "pipeline", "district", "settings", "source", "spool", "package", "workspace"}
EDGES |= {"report", "progress", "demo", "settings_file", "scope", "write", "check"}
EDGES |= {"logs", "lock", "notify", "deliver", "gate", "record", "nightly", "commands"}
FOUNDATION = {"spec", "ids", "codes", "errors", "findings", "frames"}
# How few of ours a module may import; whoever needs more moves a wall, here and in the design.
ALLOWED = {
    "spec": set(),
    "errors": set(),
    "findings": set(),
    "frames": set(),
    "ids": {"errors", "findings", "frames"},
    "codes": {"errors", "frames"},
    "grants": {"spec"},
    "fields": set(),
    "queries": {"errors", "fields"},
    "conform": {"errors", "findings", "frames", "spec"},
    "write": set(),
    "spool": {"frames", "spec"},
    "validate": {"__version__", "errors", "profiles", "spec", "validate"},
    "source": {"errors", "findings", "frames", "queries", "source"},
    "notify": {"errors", "notify", "secret", "settings_values"},
    "logs": {"errors"},
    "lock": {"errors"},
    "secret": {"errors", "settings_values"},
    "disk": set(),
    "deliver": {"deliver", "disk", "errors", "progress", "secret", "settings_values", "spec"},
}


def imported(path):
    """Return which of our modules a file imports, by the first name below the package."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("extractor"):
            parts = (node.module or "").split(".")
            names |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {
                alias.name.split(".")[1]
                for alias in node.names
                if alias.name.startswith("extractor.")
            }
    return names


def module_of(name):
    return name.split(".")[1]


@pytest.mark.parametrize("name", [name for name in MODULES if module_of(name) in ALLOWED])
def test_stage_imports_only_what_stands_before_it(name):
    assert imported(MODULES[name]) <= ALLOWED[module_of(name)]


@pytest.mark.parametrize("name", [name for name in MODULES if ".transform." in name])
def test_transform_knows_no_edge(name):
    assert imported(MODULES[name]) <= FOUNDATION | {"transform"}


@pytest.mark.parametrize("name", [name for name in MODULES if ".transform." in name])
def test_transform_touches_no_file_clock_or_log(name):
    tree = ast.parse(MODULES[name].read_text("utf-8"))
    whole = {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    parts = {
        (node.module or "").split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert (whole | parts) & {"os", "pathlib", "logging", "time", "sqlite3", "pyodbc"} == set()
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert called & {"today", "now", "utcnow", "read_csv", "to_csv", "read_sql"} == set()


@pytest.mark.parametrize("name", MODULES)
def test_nobody_imports_the_command_line_and_only_it_the_pipeline(name):
    needed = imported(MODULES[name])
    assert "cli" not in needed
    assert "pipeline" not in needed or module_of(name) in {"cli", "commands", "demo", "nightly"}


def test_only_the_command_line_catches_our_exceptions_and_checks_that_tell_them():
    for name, path in MODULES.items():
        caught = {
            named.id
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.ExceptHandler) and node.type
            for named in ast.walk(node.type)
            if isinstance(named, ast.Name)
        }
        ours = {"OneRosterError", "DataError", "SettingsError", "SourceError", "OutputError"}
        # These tell of one vendor's or one probe's failure, and go on with the others.
        tell = {"cli", "check", "deliver", "nightly"}
        assert not caught & ours or module_of(name) in tell, name


@pytest.mark.parametrize(
    "path", sorted(queries.folder("aeries").glob("[!_]*.j2")), ids=lambda p: p.name
)
def test_query_has_a_header(path):
    name = path.name.removesuffix(".sql.j2")
    assert path.name == f"{name}.sql.j2"
    assert queries.header("aeries", name).title


@pytest.mark.parametrize("name", MODULES)
def test_module_and_its_public_names_have_a_docstring(name):
    tree = ast.parse(MODULES[name].read_text("utf-8"))
    assert ast.get_docstring(tree), name
    kinds = (ast.FunctionDef, ast.ClassDef)
    classes_ = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    public = [
        node
        for holder in (tree, *classes_)
        for node in holder.body
        if isinstance(node, kinds) and not node.name.startswith("_")
        if holder is tree or not holder.name.startswith("_")
    ]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


# Parameters that are no query: another file's rows, settings, or where findings go.
OTHERS = {"findings", "rostered", "allowed", "district_name", "school_year", "homeroom_title"}
OTHERS |= {"enrolled", "terms", "as_of", "unscheduled", "co_teachers", "attended"}
OTHERS |= {"choices", "class_title"}


@pytest.mark.parametrize(
    "transform",
    [
        orgs,
        academic_sessions,
        courses,
        classes,
        students_of_sections,
        students_of_homerooms,
        teachers,
        students,
        demographics,
    ],
    ids=lambda transform: transform.__name__,
)
def test_transforms_parameters_are_queries_code_tables_files_or_settings(transform):
    vocabularies = {path.stem for path in (queries.folder("aeries") / "codes").glob("*.csv")}
    files = {"academic_sessions", *spec.BY_NAME}
    wired = set(queries.names("aeries")) | vocabularies | files | OTHERS
    assert set(inspect.signature(transform).parameters) <= wired


@pytest.mark.parametrize("file", ["orgs", "academicSessions", "courses", "classes", "enrollments"])
def test_rostering_file_has_a_transform_of_its_name(file):
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in file)
    assert import_module(f"extractor.transform.{name}").__doc__.startswith(f"{file}.csv: ")
