"""What the users of every role have in common: one row per person, and the columns of users.csv."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd
from pandas import DataFrame, Series

from extractor.findings import Findings
from extractor.frames import TEXT, by_number, columns_of, text

_NOT_IN_USER_ID = r"[{}:,]"


@dataclass(frozen=True, slots=True)
class Choices:
    """
    What settings choose about the users of one kind.

    `username` is the email, the part before its @, or the query's column username. `user_ids`
    are the types of the query's columns user_id_1 and on, `without_email` the roles whose email
    is not written.
    """

    username: Literal["email", "local part", "field"] = "email"
    user_ids: tuple[str, ...] = ()
    without_email: frozenset[str] = frozenset()
    grades: bool = True


def users_of(
    people: DataFrame, ids: Series, keys: Series, role: str, choices: Choices, findings: Findings
) -> DataFrame:
    """
    Build the columns that users of all roles have.

    Args:
        people: one row per person; first_name, last_name, email, school_ids, modified_at, and
            what was chosen: username, user_id_1 and on, phone, sms.
        ids: sourcedIds.
        keys: what findings call the people.

    Returns:
        Columns of users.csv; `key`, the SIS key for findings; `own_id`, what settings chose in
        place of the number.
    """
    _report_shared(people.email, keys, "shared_email", findings)
    username = _usernames(people, keys, choices, findings)
    return columns_of(
        people,
        {
            "sourcedId": ids,
            "dateLastModified": people.modified_at,
            "enabledUser": "true",
            "orgSourcedIds": people.school_ids,
            "role": role,
            "username": username.fillna(ids),
            "userIds": _user_ids(people, keys, choices, findings),
            "givenName": people.first_name,
            "familyName": people.last_name,
            "email": None if role in choices.without_email else people.email,
            "phone": people.get("phone"),
            "sms": people.get("sms"),
            "key": keys,
            "own_id": people.get("own_id"),
        },
    )


def one_row_each(rows: DataFrame, key: str) -> DataFrame:
    """
    Merge the rows of one person: the first filled value of each column, all schools.

    Args:
        rows: sorted by the key and the school.

    Returns:
        The columns of rows, and school_ids, comma separated in the order of school codes.
    """
    several = rows[key].duplicated(keep=False)
    alone = rows[~several].assign(school_ids=rows.school_id[~several])
    if not several.any():
        return alone
    groups = rows[several].groupby(key, sort=False)
    schools = groups.school_id.agg(lambda ids: ",".join(dict.fromkeys(ids)))
    merged = groups.first().assign(school_ids=schools).reset_index().astype(TEXT)
    return by_number(pd.concat([alone, merged], ignore_index=True), key)


def _usernames(people: DataFrame, keys: Series, choices: Choices, findings: Findings) -> Series:
    """Return what settings chose; NA where it is blank, which `users_of` fills."""
    if choices.username == "email":
        return people.email  # who has none is named by email_blank
    if choices.username == "local part":
        chosen = people.email.str.split("@").str[0].astype(TEXT)
    else:
        chosen = people["username"].astype(TEXT)
    chosen = chosen.mask(chosen == "")
    findings.add("username_blank", keys[chosen.isna()])
    _report_shared(chosen, keys, "shared_username", findings)
    return chosen


def _report_shared(values: Series, keys: Series, finding: str, findings: Findings) -> None:
    plain = values.str.casefold()
    findings.add(finding, keys[plain.notna() & plain.duplicated(keep=False)])


def _user_ids(people: DataFrame, keys: Series, choices: Choices, findings: Findings) -> Series:
    """Write `{SSID:7123},{Local:994}`; blank ones are left out."""
    made = text(None, people.index)
    for at, kind in enumerate(choices.user_ids, 1):
        value = people[f"user_id_{at}"]
        odd = value.str.contains(_NOT_IN_USER_ID, regex=True).fillna(value=False).astype(bool)
        findings.add("user_id_unusable", keys[odd] + f" {kind}")
        item = ("{" + kind + ":" + value + "}").mask(odd)
        made = (made + "," + item).fillna(made).fillna(item)
    return made
