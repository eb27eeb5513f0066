"""Queries: their headers, how they are rendered, and the SQL that every engine understands."""

import re
from datetime import date

import pytest
import sqlglot
from columns_read import columns_read
from jinja2 import Environment, meta, nodes
from sqlglot import exp

from extractor import queries
from extractor.errors import SettingsError
from extractor.fields import Field

RUN = queries.names("aeries")
CHECKS = queries.checks("aeries")
NAMES = sorted([*RUN, *CHECKS])
DIALECTS = ["tsql", "postgres", "sqlite"]
DAYS = {
    "as_of": date(2026, 10, 1),
    "next_day": date(2026, 10, 2),
    "first_date": date(1900, 1, 2),
    "open_date": date(2079, 6, 6),
}
NO_FIELDS = {"student_fields": {}, "staff_fields": {}, "section_fields": {}}
# Every column that settings can choose, of every table.
STUDENT = {"preferred_first_name": "STU.FNA", "own_id": "DSD.UNM", "username": "SUP.BADGE"}
STUDENT |= {"user_id_1": "STU.CID", "user_id_3": "DSD.UNM", "phone": "STU.TL", "sms": "STU.MPH"}
STAFF = {"preferred_first_name": "STF.FNP", "own_id": "STF.SID", "username": "UGN.UN"}
STAFF |= {"user_id_2": "STF.NID", "phone": "STF.TL", "sms": "STF.CP"}
SECTION = {"primary_class": "MST.PC", "split_term": "MST.SP", "track": "MST.TR"}
FIELDS = {
    f"{name}_fields": {column: Field.of(field) for column, field in chosen.items()}
    for name, chosen in (("student", STUDENT), ("staff", STAFF), ("section", SECTION))
}
# No school is named; and every list that settings can hold is.
SETTINGS = {
    "all schools": DAYS
    | NO_FIELDS
    | {"schools": None, "homeroom_schools": [], "section_schools": []},
    "some schools": DAYS
    | FIELDS
    | {"schools": [990, 994], "homeroom_schools": [990], "section_schools": [994, 992]},
}
WRITERS = {"bind", "table", "name", "digit", "chosen", "chooses"}
# Functions that SQL Server 2016, PostgreSQL and SQLite share, as sqlglot names them.
SHARED = {"And", "Case", "Coalesce", "Count", "Exists", "If", "Max", "Min", "Or", "RowNumber"}
SHARED |= {"Sum", "Trim"}


@pytest.fixture(params=SETTINGS)
def values(request):
    return SETTINGS[request.param]


@pytest.fixture
def render(tmp_path, monkeypatch):
    """Render a template of our own, under a header that is in order."""
    monkeypatch.setattr(queries, "folder", lambda _: tmp_path)

    def rendered(body, returns="value int", needs="as_of", schema="dbo", **values):
        contract = f"-- returns: {returns}\n-- needs: {needs}\n-- reads: STU(ID)\n"
        head = f"-- Title.\n-- grain: one\n{contract}"
        (tmp_path / "own.sql.j2").write_text(head + body, "utf-8")
        return queries.render("own", "own", schema, {"as_of": "2026-10-01"} | values)

    return rendered


def template(name):
    return (queries.folder("aeries") / f"{name}.sql.j2").read_text("utf-8")


def used_by(name):
    """Return the values that a template uses, through the macros that it calls, too."""
    environment = Environment(autoescape=True)
    macros = {
        macro.name: macro for macro in environment.parse(template("_aeries")).find_all(nodes.Macro)
    }
    known = set(macros)
    tree = environment.parse(template(name))
    used = meta.find_undeclared_variables(tree)
    called = {node.attr for node in tree.find_all(nodes.Getattr) if node.attr in macros}
    while called:
        macro = macros.pop(called.pop(), None)
        if macro:
            own = {argument.name for argument in macro.args}
            named = {node.name for node in macro.find_all(nodes.Name)} - own
            called |= named & macros.keys()
            used |= named - known
    return {one for one in used if not one.startswith("_")} - WRITERS - {"live", "blank"}


# --- the queries of Aeries


def test_there_are_the_queries_that_the_transforms_need():
    assert sorted(RUN) == RUN
    assert {"schools", "terms", "students", "staff", "sections"} <= set(RUN)
    assert not [name for name in NAMES if name.startswith("_")]


# Demographics are read only when granted; their codes are checked only then.
ONLY_WITH = {"check_races": ["student_demographics"], "check_sexes": ["student_demographics"]}


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_reads_nothing_that_runs_do_not_read(name):
    beside = ONLY_WITH.get(name, ["students", "course_catalog", "sections", "terms", "schools"])
    read = [queries.header("aeries", run).reads for run in beside]
    for table, columns in queries.header("aeries", name).reads.items():
        assert set(columns) <= {column for reads in read for column in reads.get(table, ())}, table


def test_no_run_sends_what_only_checks_do():
    assert set(CHECKS) == {"check_grades", "check_races", "check_sessions", "check_sexes"}
    assert not set(CHECKS) & set(RUN)


@pytest.mark.parametrize("name", NAMES)
def test_header_tells_title_grain_columns_and_needs(name):
    header = queries.header("aeries", name)
    assert header.title.endswith(".")
    assert header.grain.startswith("one row per ")
    assert set(header.returns.values()) <= set(queries.TYPES)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", column) for column in header.returns)
    assert set(header.needs) <= set(SETTINGS["all schools"])


@pytest.mark.parametrize("name", NAMES)
def test_header_needs_what_the_template_uses_and_nothing_else(name):
    assert set(queries.header("aeries", name).needs) == used_by(name)


@pytest.mark.parametrize("name", NAMES)
def test_header_names_every_table_and_column_that_is_read(name, values):
    query = queries.render("aeries", name, "dbo", values)
    assert query.reads == columns_read(query.sql)


def test_grant_script_lets_a_login_read_those_columns_and_nothing_else():
    values = SETTINGS["all schools"]
    used = [queries.render("aeries", name, None, values) for name in ("course_catalog", "terms")]
    script = queries.grant_script(used, None, "oneroster")
    assert script == (
        "GRANT SELECT (CN, CO, DE, DEL, DTS, HI, LO) ON dbo.CRS TO oneroster;\n"
        "GRANT SELECT (CD, DEL, TG) ON dbo.LOC TO oneroster;\n"
        "GRANT SELECT (D1, D2, DEL, DTS, SC, TM) ON dbo.TRM TO oneroster;\n"
    )


@pytest.mark.parametrize("login", ["a b", "x]; DROP", "", "a'b"])
def test_grant_script_for_a_login_that_is_no_plain_name_is_refused(login):
    with pytest.raises(SettingsError, match="write a name like"):
        queries.grant_script([], "dbo", login)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_query_selects_exactly_the_columns_of_its_header(name, dialect, values):
    query = queries.render("aeries", name, "dbo", values)
    (statement,) = sqlglot.parse(query.sql, dialect=dialect)
    assert isinstance(statement, exp.Select)
    assert statement.named_selects == list(query.header.returns)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_query_keeps_to_what_all_engines_share(name, dialect, values):
    query = queries.render("aeries", name, None, values)
    tree = sqlglot.parse_one(query.sql, dialect=dialect)
    assert {type(node).__name__ for node in tree.find_all(exp.Func)} <= SHARED
    foreign = (exp.DPipe, exp.Add, exp.Limit, exp.Lateral, exp.Cast, exp.Boolean)
    assert list(tree.find_all(*foreign)) == []
    assert all(star.find_ancestor(exp.Count) for star in tree.find_all(exp.Star))
    words = set(re.findall(r"[A-Z_]+", query.sql.upper()))
    forbidden = {"ISNULL", "TOP", "APPLY", "GETDATE", "IFNULL", "NVL", "CONVERT", "NOW", "LIMIT"}
    assert words & (forbidden | {"CURRENT_DATE", "CURRENT_TIMESTAMP", "INTO", "WITH"}) == set()
    assert not re.search(r"\|\||\[|\"|`|/\*", query.sql)


@pytest.mark.parametrize("name", NAMES)
def test_as_many_marks_reach_the_driver_as_values_and_no_comment_or_semicolon(name, values):
    query = queries.render("aeries", name, "dbo", values)
    assert "--" not in query.sql
    assert ";" not in query.sql
    assert query.sql.count("?") == len(query.values)


@pytest.mark.parametrize("name", NAMES)
def test_no_value_stands_in_the_sql(name, values):
    numbers = set(re.findall(r"(?<![\w.])\d+", queries.render("aeries", name, "dbo", values).sql))
    assert numbers <= {"0", "1", "2", "3", "5", "8"}


@pytest.mark.parametrize("name", NAMES)
def test_every_literal_text_stands_in_the_template_as_it_is(name, values):
    sql = queries.render("aeries", name, "dbo", values).sql
    written = template(name) + template("_aeries")
    assert all(literal in written for literal in re.findall(r"'[^']*'", sql))


@pytest.mark.parametrize("name", NAMES)
def test_every_table_stands_in_the_schema_of_the_settings(name, values):
    def tables(schema):
        tree = sqlglot.parse_one(queries.render("aeries", name, schema, values).sql)
        return {(table.db, table.name) for table in tree.find_all(exp.Table)}

    assert {db for db, _ in tables("dbo")} == {"dbo"}
    assert {db for db, _ in tables(None)} == {""}
    assert all(re.fullmatch(r"[A-Z]{3}", table) for _, table in tables(None))


@pytest.mark.parametrize("name", NAMES)
def test_every_table_is_asked_for_live_rows(name, values):
    sql = queries.render("aeries", name, None, values).sql
    for table in sqlglot.parse_one(sql, dialect="tsql").find_all(exp.Table):
        assert f"({table.alias}.DEL = 0 OR {table.alias}.DEL IS NULL)" in sql


def test_school_lists_become_conditions_with_one_mark_per_school():
    plain, listed = (
        queries.render("aeries", "homerooms", None, values) for values in SETTINGS.values()
    )
    assert (plain.sql.count("?"), plain.values) == (0, ())
    assert "loc.CD IN (?, ?)" in listed.sql
    assert listed.values == (990, 994, 990, 994, 992)


def test_readable_sql_keeps_comments_and_shows_the_bound_values():
    shown = queries.render("aeries", "staff", "dbo", SETTINGS["some schools"]).readable()
    assert shown.startswith("-- staff: Staff who may teach")
    assert (
        "\n-- value 1: 990\n-- value 2: 994\n-- value 3: 1900-01-02\n-- value 4: 2026-10-01\n"
        in shown
    )
    assert "-- vacancies and records nobody linked" in shown


def test_unknown_query_or_sis_is_refused_and_the_known_ones_are_listed():
    with pytest.raises(SettingsError, match=r"no query 'pupils'; there are course_catalog, "):
        queries.header("aeries", "pupils")
    with pytest.raises(SettingsError, match=r"sis\.kind = 'other'"):
        queries.folder("other")


# --- how any template is rendered


def test_bound_value_is_a_mark_and_keeps_its_type(render):
    day = date(2026, 10, 1)
    query = render("SELECT {{ bind(as_of) }} AS value", as_of=day)
    assert (query.sql.strip(), query.values) == ("SELECT ? AS value", (day,))


def test_bound_list_is_a_mark_per_item(render):
    query = render("SELECT 1 AS value WHERE x IN ({{ bind(as_of) }})", as_of=[3, 1, 2])
    assert "IN (?, ?, ?)" in query.sql
    assert query.values == (3, 1, 2)


def test_bound_empty_list_matches_nothing(render):
    query = render("SELECT 1 AS value WHERE x IN ({{ bind(as_of) }})", as_of=[])
    assert "IN (NULL)" in query.sql
    assert query.values == ()


@pytest.mark.parametrize(
    "body",
    [
        "SELECT {{ as_of }}",
        "SELECT '{{ as_of }}'",
        'SELECT {{ as_of ~ "" }}',
        "SELECT {{ as_of | upper }}",
        "SELECT {% for day in as_of %}{{ day }}{% endfor %}",
        "{% macro pasted() %}{{ as_of }}{% endmacro %}SELECT {{ pasted() }}",
        "SELECT {{ name(as_of) }}",
        "SELECT {{ table(as_of) }}",
        "SELECT {{ digit(as_of) }}",
    ],
)
@pytest.mark.parametrize("value", ["2026-10-01", "x'; DROP TABLE STU; --"])
def test_template_that_pastes_a_value_is_refused(render, body, value):
    with pytest.raises(SettingsError, match="query own: "):
        render(body, as_of=value)


@pytest.mark.parametrize(
    "body",
    [
        "SELECT {{ nothing }}",
        "SELECT {{ bind(as_of) ",
        "SELECT {{ name('a b') }}",
        "SELECT {{ name('a.b.c') }}",
        "SELECT {{ name('1a') }}",
        "SELECT {{ name('a;b') }}",
        "SELECT {{ table('[STU]') }}",
        "SELECT {{ digit('12') }}",
        "SELECT {{ digit('-1') }}",
        "{% import '_other.sql.j2' as other %}SELECT 1",
    ],
)
def test_broken_template_is_refused(render, body):
    with pytest.raises(SettingsError, match="query own: "):
        render(body)


def test_needed_value_that_does_not_exist_is_refused(render):
    with pytest.raises(SettingsError, match="moon_phase"):
        render("SELECT 1 AS value", needs="moon_phase")


def test_value_that_the_header_does_not_need_is_not_there(render):
    with pytest.raises(SettingsError, match="schools"):
        render("SELECT 1 AS value {% if schools %}WHERE 1 = 1{% endif %}", schools=[990])


def test_comments_are_shown_and_not_sent(render):
    query = render(
        "SELECT 1 AS value,  -- why? because; don't ask\n"
        "-- a line of its own; ?\n"
        "       '--; ?' AS text -- isn't it"
    )
    assert query.sql == "SELECT 1 AS value,\n       '--; ?' AS text\n"
    assert "-- why? because; don't ask" in query.readable()


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("-- Title.\n-- returns: a int\n-- needs: nothing\n-- reads: A(B)\n", "lacks grain"),
        ("-- Title.\n-- grain: one\n", "lacks needs, reads, returns"),
        ("SELECT 1\n", "lacks grain, needs, reads, returns, title"),
        (
            "-- T.\n-- grain: one\n-- returns: a money\n-- needs: nothing\n-- reads: A(B)\n",
            "unknown type money",
        ),
    ],
)
def test_header_that_is_incomplete_is_refused(tmp_path, monkeypatch, head, said):
    monkeypatch.setattr(queries, "folder", lambda _: tmp_path)
    (tmp_path / "own.sql.j2").write_text(head + "SELECT 1 AS a\n", "utf-8")
    with pytest.raises(SettingsError, match=said):
        queries.header("own", "own")


def test_header_may_go_over_several_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(queries, "folder", lambda _: tmp_path)
    lines = [
        "-- Title of",
        "-- two lines.",
        "-- grain:   one row",
        "-- returns: a int,",
        "--          b text",
        "-- needs:   nothing",
        "-- reads:   STU(ID FN), LOC(CD",
        "--          DEL)",
        "SELECT 1 AS a -- returns: c int",
    ]
    (tmp_path / "own.sql.j2").write_text("\n".join(lines), "utf-8")
    header = queries.header("own", "own")
    assert header.title == "Title of two lines."
    assert (dict(header.returns), header.needs) == ({"a": "int", "b": "text"}, ())
    assert header.reads == {"STU": ("ID", "FN"), "LOC": ("CD", "DEL")}
