"""Whether several rows of one SIS key are one person: the same everywhere, or two by mistake."""

import pandas as pd
from pandas import DataFrame, Series

from extractor.errors import DataError
from extractor.findings import Findings
from extractor.ids import label


def _differs(rows: DataFrame, key: str, column: str) -> Series:
    """Tell where a filled value is not the first filled one of the person, regardless of case."""
    plain = rows[column].str.casefold()
    first = plain.groupby(rows[key]).transform("first")
    return (plain != first).fillna(value=False).astype(bool)


def _unlike(rows: DataFrame, key: str, column: str) -> Series:
    """Tell where a name is no short or long form of the person's first one: J., Smith-Lee."""
    plain = rows[column].str.casefold().str.strip(". ").fillna("")
    first = plain.where(plain != "").groupby(rows[key]).transform("first").fillna("")
    pairs = zip(plain, first, strict=True)  # of people with several records only
    return Series([not (a in b or b in a) for a, b in pairs], index=rows.index, dtype=bool)


def refuse_different_students(rows: DataFrame, findings: Findings) -> None:
    """
    Stop where one STU.ID stands for two people.

    Two rows are two people when their state ids differ and so does a name, or when a state id
    is missing and both names differ. A difference in one thing only is a typing error or a
    name in use, and becomes a finding.
    """
    some = rows[rows.student_id.duplicated(keep=False)].reset_index(drop=True)
    if some.empty:
        return
    first, last = (
        _differs(some, "student_id", "first_name"),
        _differs(some, "student_id", "last_name"),
    )
    state = _differs(some, "student_id", "state_id")
    untold = some.state_id.isna().groupby(some.student_id).transform("any")
    different = (state & (first | last)) | (untold & first & last)
    keys = label("STU", some.school_id, some.student_number)
    _refuse(some, "student_id", "STU.ID", different, keys)
    findings.add("student_rows_disagree", keys[state | first | last])


def refuse_different_staff(rows: DataFrame, findings: Findings) -> None:
    """Stop where records of one staff id differ in both names, and no email joins them."""
    some = rows[rows.staff_id.duplicated(keep=False)].reset_index(drop=True)
    if some.empty:
        return
    first = _unlike(some, "staff_id", "first_name")
    last = _unlike(some, "staff_id", "last_name")
    named = some.assign(email=some.email.str.casefold())
    known = named.email.mask(first & last).groupby(some.staff_id).transform("first")
    same_email = (named.email == known).fillna(value=False).astype(bool)
    keys = label("TCH", some.school_id, some.teacher_number)
    _refuse(some, "staff_id", "TCH.ID", first & last & ~same_email, keys)
    either = _differs(some, "staff_id", "first_name") | _differs(some, "staff_id", "last_name")
    findings.add("staff_rows_disagree", keys[either])


def _refuse(rows: DataFrame, key: str, name: str, different: Series, keys: Series) -> None:
    bad = rows[key][different].drop_duplicates()
    if bad.empty:
        return
    lines = [f"  {name} {one}: {'; '.join(keys[rows[key] == one])}" for one in bad[:20]]
    raise DataError(
        f"users.csv: {len(bad)} id(s) stand for different people:\n"
        + "\n".join(lines)
        + "\nNothing was written. Give each person an id of their own in the SIS; if it is one "
        "person, make the names and state ids agree."
    )


def report_emails(rows: DataFrame, findings: Findings) -> None:
    """Name the staff for whom UGN, STF and TCH hold different emails."""
    chosen = rows.login_email.fillna(rows.staff_email)
    every = pd.concat([rows.assign(email=chosen), rows.assign(email=rows.staff_email), rows])
    disagree = _differs(every.reset_index(drop=True), "staff_id", "email")
    ids = every.reset_index(drop=True).staff_id[disagree].drop_duplicates()
    findings.add("staff_emails_disagree", label("STF.ID", ids))
