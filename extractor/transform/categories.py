"""categories.csv: the categories of gradebooks (section 3.11)."""

import pandas as pd
from pandas import DataFrame, Series

from extractor.findings import Findings
from extractor.frames import among, columns_of, text
from extractor.ids import Shape, label, legal, refuse_shared, sourced_id

NONE = "none"


def category_codes(rows: DataFrame) -> Series:
    """Return the category code of assignments; a blank one is a category of its own."""
    return rows.category_code.fillna(NONE)


def categories(gradebook_categories: DataFrame, used: DataFrame, findings: Findings) -> DataFrame:
    """
    Build categories.csv.

    Grain: one row per gradebook and category code.

    Args:
        gradebook_categories: the query.
        used: gradebook_id, category_code of the assignments, each pair once; one that the
            gradebook does not know becomes a category with its code as the title.

    Returns:
        sourcedId, dateLastModified, title.
    """
    known = gradebook_categories[gradebook_categories.category_code.notna()]
    pairs = known.gradebook_id + "_" + known.category_code
    lacking = used[~among(used.gradebook_id + "_" + used.category_code, pairs)]
    blank = lacking.category_code == NONE
    keys = label("GBC", lacking.gradebook_id, lacking.category_code)
    findings.add("category_missing", keys[~blank])
    title = lacking.category_code.mask(blank, "Uncategorized")
    added = lacking.assign(title=title, modified_at=text(None, lacking.index))
    rows = pd.concat([known, added[list(known.columns)]], ignore_index=True)
    codes = legal(rows.category_code, "GBC.CD", findings)
    ids = sourced_id(Shape.CATEGORY, rows.gradebook_id, codes)
    names = label("GBC", rows.gradebook_id, rows.category_code)
    number = rows.groupby(["gradebook_id", "category_code"]).cumcount().astype(str)
    refuse_shared(ids, names + " row " + number, "categories")
    return columns_of(
        rows,
        {
            "sourcedId": ids,
            "dateLastModified": rows.modified_at,
            "title": rows.title.fillna(rows.category_code),
        },
    )
