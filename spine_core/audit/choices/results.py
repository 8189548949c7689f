"""How often each method was chosen: against chance, against the best control beside it, and with which agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spine_core.audit.agreement.registry import LEAST_ITEMS, LEAST_RATERS
from spine_core.audit.analysis.between_raters import between_raters
from spine_core.audit.analysis.by_method import by_method
from spine_core.audit.analysis.coefficients import Coefficient
from spine_core.audit.analysis.means import Mean, mean_over_cases
from spine_core.audit.analysis.scores import first_showings
from spine_core.audit.choices.data import ChoiceData
from spine_core.audit.choices.table import choices_table
from spine_core.audit.ratings.protocol import is_control

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class MethodChoices:
    """Of one method. Findings that a learner reads again are left out.

    ``chosen``, ``shown``: counts. ``share``: of the showings in which it was chosen. ``above_chance``: that share less
    the one that it would have if every learner who chose a map had drawn it among those that were shown.
    ``above_control``: less the share of ``best_control``, where both were shown; None for controls and without one.
    Intervals are over cases. All three are None where the results have a ``reason``.
    """

    method: str
    control: bool
    chosen: int
    shown: int
    share: Mean | None
    above_chance: Mean | None
    above_control: Mean | None
    best_control: str | None


@dataclass(frozen=True, eq=False)
class ChoiceResults:
    """``none_chosen``: choices of none of the maps, of ``choices``; both without those that a learner repeats.

    ``agreement``: between learners, on maps. ``reason``: why there are counts only, the same rule as for agreement in
    rating studies; empty where there is more.
    """

    data: ChoiceData
    table: pd.DataFrame
    choices: int
    none_chosen: int
    methods: tuple[MethodChoices, ...]
    agreement: tuple[Coefficient, ...]
    reason: str


def choice_results(data: ChoiceData) -> ChoiceResults:
    """All statistics of the choices of a set; methods of the network first."""
    table = choices_table(data)
    first = [one for one in data.choices if not one.repeat]
    agreement = between_raters(table, data)[0].coefficients
    reason = _reason(agreement[0])
    return ChoiceResults(
        data,
        table,
        len(first),
        sum(one.chosen not in one.order for one in first),
        _methods(table, data, figures=not reason),
        agreement,
        reason,
    )


def _reason(one: Coefficient) -> str:
    if one.columns < LEAST_RATERS:
        return f"Counts only: fewer than {LEAST_RATERS} learners have chosen."
    if one.items < LEAST_ITEMS:
        return f"Counts only: fewer than {LEAST_ITEMS} maps were shown to two learners."
    return ""


def _methods(table: pd.DataFrame, data: ChoiceData, *, figures: bool) -> tuple[MethodChoices, ...]:
    rated = first_showings(table)
    counts = rated.groupby("method")["score"].agg(["sum", "count"])
    return tuple(
        MethodChoices(
            one.method,
            is_control(one.method),
            int(counts["sum"].get(one.method, 0)),
            int(counts["count"].get(one.method, 0)),
            one.mean if figures else None,
            _above_chance(rated, one.method) if figures else None,
            one.difference if figures else None,
            one.best_control if figures else None,
        )
        for one in by_method(table, data)
    )


def _above_chance(rated: pd.DataFrame, method: str) -> Mean:
    of_choice = rated.groupby(["rater", "sheet"])["score"]
    # A learner who chose none of the maps gives none of them a chance.
    expected = of_choice.transform("sum") / of_choice.transform("count")
    own = rated["method"] == method
    difference = (rated["score"] - expected)[own]
    return mean_over_cases(difference.to_list(), rated.loc[own, "case"].to_list())
