"""Parents in users.csv, and both directions of agentSourcedIds."""

import pandas as pd

from extractor.findings import Findings
from extractor.transform.parents import parents, with_parents
from extractor.transform.people import Choices

ACCOUNTS = """
account_id | email          | first_name | last_name | student_id | school_id
1          | p@x.example    | Ada        | Diaz      | 99400001   | 994
1          | p@x.example    | Ada        | Diaz      | 99400001   | 894
1          | p@x.example    | Ada        | Diaz      | 99000001   | 990
2          |                | Bo         | Lee       | 99400001   | 994
3          | q@x.example    | Cy         | Roe       | 99400009   | 994
"""


def test_a_parent_has_all_schools_and_students(sis):
    students = pd.Series(["STU_99400001", "STU_99000001"])
    made = parents(sis("parents", ACCOUNTS), students, Choices(), Findings()).set_index("sourcedId")
    assert list(made.index) == ["PAT_1", "PAT_2"]  # 3 has no student who is extracted
    assert made.loc["PAT_1", "orgSourcedIds"] == "894,990,994"
    assert made.loc["PAT_1", "agentSourcedIds"] == "STU_99000001,STU_99400001"
    assert made.loc["PAT_1", "identifier"] == "0_PAT_1"
    assert made.loc["PAT_1", ["role", "username", "email"]].tolist() == [
        "parent",
        "p@x.example",
        "p@x.example",
    ]
    assert made.loc["PAT_2", "username"] == "PAT_2"


def test_a_student_names_the_parents(sis, frame):
    students = frame("sourcedId | x\nSTU_99400001 | 1\nSTU_99000001 | 1\nSTU_5 | 1")
    made = with_parents(students, sis("parents", ACCOUNTS))
    agents = made["agentSourcedIds"].fillna("").tolist()
    assert agents == ["PAT_1,PAT_2", "PAT_1", ""]
