"""orgs.csv, one example per branch."""

import pytest

from extractor.errors import DataError
from extractor.transform.orgs import orgs, rostered_schools


def test_district_and_its_schools(sis, same, findings, found):
    schools = sis(
        "schools",
        """
        school_id | name    | county_code | district_code | state_school_code | modified_at
        994       | Eagle H | 30          | 12345         | 0001234           | M994
        0         | Eagle U | 30          | 12345         | 0000000           | M0
        990       | Sparrow | 30          |               | 0001111           |
        992       |         |             |               |                   |
        """,
    )
    rostered = rostered_schools(schools, None, findings)
    same(
        orgs(schools, rostered, "From settings"),
        """
        sourcedId | dateLastModified | name    | type     | identifier     | parentSourcedId
        0         | M0               | Eagle U | district | 30123450000000 |
        994       | M994             | Eagle H | school   | 30123450001234 | 0
        990       |                  | Sparrow | school   |                | 0
        992       |                  | 992     | school   |                | 0
        """,
    )
    assert found() == {}


@pytest.mark.parametrize("table", ["990 | Sparrow", "990 | Sparrow\n0 |"])
def test_district_that_the_sis_does_not_name_has_the_name_of_the_settings(
    sis, same, findings, table
):
    schools = sis("schools", "school_id | name\n" + table)
    same(
        orgs(schools, rostered_schools(schools, None, findings), "Eagle Unified"),
        """
        sourcedId | name          | type     | parentSourcedId
        0         | Eagle Unified | district |
        990       | Sparrow       | school   | 0
        """,
    )


def test_inactive_school_is_left_out_with_a_finding(sis, findings, found):
    schools = sis("schools", "school_id | tag\n 0 |\n 990 |\n 999 | I")
    assert rostered_schools(schools, None, findings).school_id.tolist() == ["990"]
    assert found() == {"inactive_school": ["LOC 999"]}


def test_school_that_no_vendor_gets_is_left_out_in_silence(sis, findings, found):
    schools = sis("schools", "school_id | tag\n 0 | \n 990 |\n 994 |\n 999 | I")
    assert rostered_schools(schools, [994, 1], findings).school_id.tolist() == ["994"]
    assert found() == {}


def test_two_schools_of_one_code_stop_the_run(sis, findings):
    schools = sis("schools", "school_id | name\n 990 | Sparrow\n 990 | Wren")
    with pytest.raises(DataError, match=r"orgs\.csv: 1 sourcedId") as stopped:
        orgs(schools, rostered_schools(schools, None, findings), "E")
    assert "990: LOC 990 " in str(stopped.value)
