"""Agreement between raters: of all maps together, and of the maps of each method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spine_core.audit.analysis.coefficients import Coefficient, coefficients
from spine_core.audit.analysis.scores import first_showings
from spine_core.audit.analysis.terms import Terms
from spine_core.audit.ratings.protocol import Question

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class RaterAgreement:
    """Of one question; items are the maps (finding and method). ``method``: whose maps; empty for those of all.

    Maps of all methods differ more than those of one, which alone raises most coefficients: both are given.
    """

    question: str
    method: str
    coefficients: tuple[Coefficient, ...]


def between_raters(table: pd.DataFrame, protocol: Terms) -> tuple[RaterAgreement, ...]:
    """One record per question, then per question and method. ``table``: ``ratings_table``; repeats are left out."""
    rated = first_showings(table)
    return tuple(
        RaterAgreement(question.name, method, _of(rated, protocol, question, method))
        for question in protocol.questions
        for method in ("", *protocol.methods)
    )


def _of(rated: pd.DataFrame, protocol: Terms, question: Question, method: str) -> tuple[Coefficient, ...]:
    part = rated[rated["question"] == question.name]
    if method:
        part = part[part["method"] == method]
    scores = part.pivot_table(index=["finding", "method", "case"], columns="rater", values="score")
    # Coefficients take two columns or more; without ratings a column is no rater.
    columns = range(1, max(2, len(protocol.raters)) + 1)
    values = scores.reindex(columns=columns).to_numpy(dtype=float)
    return coefficients(values, question, [str(case) for case in scores.index.get_level_values("case")])
