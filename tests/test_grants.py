"""Which files grants open, and which grants need which others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor import spec
from extractor.grants import DEFAULT, GRANTS, files_of, lacking, roles_of
from extractor.settings import Vendor

SOME = st.lists(st.sampled_from(sorted(GRANTS)), unique=True)


def test_every_grant_opens_a_file_of_the_standard_and_a_role_of_its_users():
    for opens in GRANTS.values():
        assert set(opens.files) <= set(spec.BY_NAME)
        assert bool(opens.roles) == (opens.files == ("users",))
        assert set(opens.roles) <= set(spec.USER_ROLE)


@pytest.mark.parametrize("grant", GRANTS)
def test_settings_know_every_grant(grant):
    assert grant in Vendor(name="a", grants=tuple({*DEFAULT, *GRANTS})).grants


def test_default_grants_need_nothing_more_and_open_no_demographics():
    assert lacking(DEFAULT) == []
    assert files_of(DEFAULT) == {file.name for file in spec.ROSTERING_CORE}
    assert roles_of(DEFAULT) == {"student", "teacher"}


@pytest.mark.parametrize(
    ("grants", "missing"),
    [
        (["terms"], []),
        (["schools", "students"], []),
        (["students"], ["schools"]),
        (["courses"], ["schools"]),
        (["schools", "classes"], ["courses", "terms"]),
        (["schools", "terms", "courses", "classes", "enrollments"], ["students", "teachers"]),
        (["schools", "students", "enrollments"], ["classes"]),
        (["schools", "teachers", "demographics"], ["students"]),
        (["demographics"], ["students"]),
        (["schools", "students", "demographics"], []),
    ],
)
def test_grant_that_needs_another_says_which(grants, missing):
    problems = lacking(grants)
    assert [name for name in missing if not any(repr(name) in one for one in problems)] == []
    assert bool(problems) == bool(missing)


@given(SOME)
def test_required_references_of_granted_files_are_granted_when_nothing_lacks(grants):
    if lacking(grants):
        return
    files = files_of(grants)
    dangling = [
        (file.name, column.name)
        for file, column, target in spec.references()
        if file.name in files
        and column.required is spec.Required.ALWAYS
        and target.file not in files
    ]
    assert dangling == []


@given(SOME)
def test_grants_open_exactly_their_own_files_and_roles(grants):
    assert files_of(grants) == {file for name in grants for file in GRANTS[name].files}
    roles = {"student", "teacher", "parent"} & {name.removesuffix("s") for name in grants}
    staff = {"administrator", "aide"} if "staff" in grants else set()
    assert roles_of(grants) == roles | staff
