"""Mean rating of every method, and its difference to the best control that was rated next to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spine_core.audit.analysis.means import Mean, mean_over_cases
from spine_core.audit.analysis.scores import first_showings
from spine_core.audit.analysis.terms import Terms
from spine_core.audit.ratings.protocol import controls_for, is_control, is_reason

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class MethodScore:
    """Ratings of one method on one question, silent repeats left out.

    ``difference``: mean over all ratings of the method's score less that of ``best_control`` on the same sheet; above 0
    where raters prefer the method. Both are None for controls, and in an audit without controls. A map is compared with
    the control maps, another reason with its own control.
    """

    question: str
    method: str
    control: bool
    mean: Mean
    best_control: str | None
    difference: Mean | None


def by_method(table: pd.DataFrame, protocol: Terms) -> tuple[MethodScore, ...]:
    """One record per question and method, methods of the network first. ``table``: ``ratings_table``.

    The best control is the one with the highest mean on the question; it is chosen after the fact, so that the
    difference is more often too small than too large.
    """
    rated = first_showings(table)
    methods = sorted(protocol.methods, key=is_control)
    return tuple(
        record
        for question in protocol.questions
        for record in _of_question(rated[rated["question"] == question.name], question.name, methods)
    )


def _of_question(rated: pd.DataFrame, question: str, methods: Sequence[str]) -> list[MethodScore]:
    scores = rated.pivot_table(index=["rater", "finding", "case"], columns="method", values="score")
    found = []
    for method in methods:
        # Of a reason that is no map the question may not have been asked.
        if method not in scores and is_reason(method):
            continue
        controls = [one for one in controls_for(method, methods) if one in scores]
        best = max(controls, key=lambda one: float(scores[one].mean()), default=None)
        compared = None if is_control(method) or best is None or method not in scores else best
        difference = None if compared is None else _mean(scores[method] - scores[compared])
        mean = _mean(scores[method]) if method in scores else mean_over_cases([], [])
        found.append(MethodScore(question, method, is_control(method), mean, compared, difference))
    return found


def _mean(scores: pd.Series[float]) -> Mean:
    """Of the sheets that showed all maps that it takes."""
    shown = scores.dropna()
    return mean_over_cases(shown.to_list(), [str(case) for case in shown.index.get_level_values("case")])
