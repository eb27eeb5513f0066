"""From the database to the CSV file: any text arrives, or is changed by a documented rule."""

import csv
import io
import re

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pandas import DataFrame

from extractor import spec
from extractor.conform import conform
from extractor.findings import Findings
from extractor.frames import text, to_arrow
from extractor.queries import Header, Query
from extractor.source.text import as_frame
from extractor.write import csv_bytes

QUERY = Query("schools", Header("", "", {"identifier": "text"}, (), {}), "", ())
# Every character; those that some stage treats in its own way more often.
ODD = " \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029\0\x01\x7f\x9f\u00a0\u200b\ufeff\ufffd\"',;|"
CHARACTERS = st.characters(exclude_categories=[]) | st.sampled_from(ODD + "a\ud800\udc00")
TEXTS = st.lists(st.none() | st.text(CHARACTERS), min_size=1, max_size=10)


def arrives(value):
    """Say what is documented: lone surrogates, line breaks, controls, white space at the ends."""
    if value is None:
        return ""
    whole = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").strip()
    one_line = re.sub("[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+", " ", whole)
    return re.sub("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]", "", one_line).strip()


def written(values):
    """Return the lines of orgs.csv for schools with these identifiers."""
    findings = Findings()
    read = as_frame([values], QUERY, "America/Los_Angeles", findings)
    ids = text([str(at) for at in range(len(values))])
    rows = DataFrame({"sourcedId": ids, "name": "n", "type": "school", **read})
    return bytes(csv_bytes(to_arrow(conform(rows, spec.ORGS, findings)))).decode("utf-8")


def identifiers(lines):
    read = csv.reader(io.StringIO(lines, newline=""), strict=True)
    return [line[spec.ORGS.header.index("identifier")] for line in read]


@given(TEXTS)
@example([f"a{odd}b" for odd in ODD])
def test_any_text_of_a_database_arrives_as_documented_one_line_per_record(values):
    lines = written(values)
    assert identifiers(lines) == [arrives(value) for value in values]
    assert len(lines.splitlines()) == len(values)


@settings(max_examples=50)
@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"])), min_size=1, max_size=10))
def test_text_without_controls_and_separators_arrives_unchanged(values):
    assert identifiers(written(values)) == values
