"""Grade codes and spans of grades, for courses, classes and users."""

from pandas import DataFrame, Series

from extractor.findings import Findings
from extractor.frames import TEXT, among, distinct, look_up, number


def in_order(rows: DataFrame, keys: Series, findings: Findings) -> DataFrame:
    """Return rows whose low_grade is not above high_grade; reversed ones are swapped."""
    low, high = number(rows.low_grade), number(rows.high_grade)
    reversed_ = (low > high).fillna(value=False).astype(bool)
    findings.add("grade_range_reversed", keys[reversed_])
    return rows.assign(
        low_grade=rows.low_grade.mask(reversed_, rows.high_grade),
        high_grade=rows.high_grade.mask(reversed_, rows.low_grade),
    )


def unset(rows: DataFrame, lowest: Series) -> DataFrame:
    """
    Blank the spans 0 to 0 that mean "nobody filled it" and not kindergarten.

    Args:
        rows: low_grade, high_grade.
        lowest: the lowest grade of the school; a span of 0 to 0 is kindergarten only where a
            school has one.
    """
    nobody = (number(rows.low_grade) == 0) & (number(rows.high_grade) == 0) & (number(lowest) > 0)
    blank = nobody.fillna(value=False).astype(bool)
    return rows.assign(low_grade=rows.low_grade.mask(blank), high_grade=rows.high_grade.mask(blank))


def spans(rows: DataFrame, grades: DataFrame, keys: Series, findings: Findings) -> Series:
    """
    Return `09,10,11,12` for a low_grade of 9 and a high_grade of 12.

    A bound that is missing takes the other's value; both missing give NA. Each distinct span
    is expanded once.
    """
    low = rows.low_grade.fillna(rows.high_grade)
    high = rows.high_grade.fillna(rows.low_grade)
    pair = low + ":" + high
    known = dict(zip(grades.code, grades.grade, strict=True))
    made = {span: _expanded(span, known) for span in distinct(pair)}
    unknown = [span for span, (_, missing) in made.items() if missing]
    findings.add("unknown_grade", keys[among(pair, unknown)])
    return look_up(pair, {span: text for span, (text, _) in made.items()})


def ends(spans_: Series) -> Series:
    """Return `KG-05` for `KG,01,02,03,04,05`, and a single grade as it is."""
    first = spans_.str.split(",").str[0].astype(TEXT)
    last = spans_.str.split(",").str[-1].astype(TEXT)
    return first.where(first == last, first + "-" + last)


def _expanded(span: str, known: dict[str, str]) -> tuple[str | None, bool]:
    """Return the grades of one span, and whether one of them is unknown."""
    low, high = (int(bound) for bound in span.split(":"))
    codes = [str(code) for code in range(low, min(high, low + 40) + 1)]
    found = dict.fromkeys(known[code] for code in codes if isinstance(known.get(code), str))
    return ",".join(found) or None, any(code not in known for code in codes)
