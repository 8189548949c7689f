"""Ratings in the form of multi-reader multi-case studies, for R's MRMCaov.

In R: ``mrmc(empirical_auc(truth, rating), treatment, reader, case, data)``. It asks whether ratings tell right grades
of the network from wrong ones, by method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spine_core.audit.analysis.scores import first_showings

if TYPE_CHECKING:
    import pandas as pd

MRMC_COLUMNS = ("reader", "case", "treatment", "truth", "rating")


def mrmc_table(table: pd.DataFrame, question: str) -> pd.DataFrame:
    """One row per rater, finding and method; silent repeats, and findings without a reference grade, are left out.

    ``table``: ``ratings_table``. ``reader``: number of the rater. ``case``: number of the finding: what MRMCaov calls
    a case has one truth. ``treatment``: method, controls among them. ``truth``: 1 where the grade that is explained
    equals the reference, else 0; MRMCaov needs findings of both kinds. ``rating``: the score on ``question``.

    Raises ``ValueError`` for a question that the table does not have, unless it is empty.
    """
    if len(table) and question not in set(table["question"]):
        msg = f"the audit has no question {question!r}"
        raise ValueError(msg)
    rated = first_showings(table)
    rated = rated[
        (rated["question"] == question) & rated["reference"].notna() & (rated["explained_grade"] != "")
    ]
    found = rated.assign(truth=(rated["explained_grade"] == rated["reference"]).astype(int))
    names = {"rater": "reader", "finding": "case", "method": "treatment", "score": "rating"}
    # The table has a case of its own, of which a case of MRMCaov is a part.
    return found.drop(columns="case").rename(columns=names)[list(MRMC_COLUMNS)].reset_index(drop=True)


def mrmc_csv(table: pd.DataFrame, question: str) -> str:
    """``mrmc_table`` as CSV."""
    return str(mrmc_table(table, question).to_csv(index=False, lineterminator="\n"))
