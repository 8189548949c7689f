"""Agreement of raters with themselves: a map at its first showing, and when it comes again in silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spine_core.audit.analysis.coefficients import Coefficient, coefficients
from spine_core.audit.analysis.means import Mean, mean_over_cases
from spine_core.audit.ratings.protocol import Protocol, Question

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Repeatability:
    """Of one question, over all raters. ``pairs``: maps with both ratings. ``exact``: fraction of equal ratings.

    The columns of ``coefficients`` are the two showings.
    """

    question: str
    pairs: int
    exact: Mean
    coefficients: tuple[Coefficient, ...]


def within_raters(table: pd.DataFrame, protocol: Protocol) -> tuple[Repeatability, ...]:
    """One record per question. ``table``: ``ratings_table``."""
    return tuple(_of(table[table["question"] == one.name], one) for one in protocol.questions)


def _of(rated: pd.DataFrame, question: Question) -> Repeatability:
    index = ["rater", "finding", "method", "case"]
    scores = rated.pivot_table(index=index, columns="repeat", values="score")
    both = scores.reindex(columns=[False, True]).dropna()
    cases = [str(case) for case in both.index.get_level_values("case")]
    values = both.to_numpy(dtype=float)
    equal = [float(first == second) for first, second in values]
    found = coefficients(values, question, cases)
    return Repeatability(question.name, len(both), mean_over_cases(equal, cases), found)
