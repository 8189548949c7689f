"""Whether the measurements lead to the network's grade."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import numpy as np

from spine_core.explanation.concepts.measurement_model import ConditionModel
from spine_core.explanation.concepts.ordinal import grade_probabilities


class Agreement(StrEnum):
    """The grade by the measurements, compared with the network's.

    ``AGREES``: the same grade. ``ADJACENT``: one grade apart on an ordinal scale. ``OPEN``: another grade, but the
    measurements are not clear enough to contradict. ``CONFLICTS``: clearly another grade. ``UNKNOWN``: nothing to
    compare.
    """

    AGREES = "agrees"
    ADJACENT = "adjacent"
    OPEN = "open"
    CONFLICTS = "conflicts"
    UNKNOWN = "unknown"


def agreement(model: ConditionModel, score: float, margin: float, network: Mapping[str, float]) -> Agreement:
    """Compares the most probable grades. ``margin``: 95 % error of the score. ``network``: probability by grade.

    A conflict needs more than another grade, since findings that are rare seldom reach 50 % on measurements alone. On
    an ordinal scale every grade within ``margin`` is two or more away. Of two grades, the network says present where
    the measurements make it rarer than in the average disc, or absent where they make it likelier than not, within
    ``margin`` in both cases.
    """
    grades = ("", *model.steps)
    own = int(np.argmax(grade_probabilities(score, model.thresholds)))
    theirs = network_grade(model, network)
    if own == theirs:
        return Agreement.AGREES
    if len(grades) == 2:
        return Agreement.CONFLICTS if _binary_conflict(model, score, margin, theirs) else Agreement.OPEN
    if abs(own - theirs) == 1:
        return Agreement.ADJACENT
    ends = np.argmax(
        grade_probabilities(np.array([score - margin, score + margin]), model.thresholds), axis=1
    )
    nearest = min(abs(theirs - int(grade)) for grade in range(int(ends[0]), int(ends[1]) + 1))
    return Agreement.CONFLICTS if nearest >= 2 else Agreement.OPEN


def _binary_conflict(model: ConditionModel, score: float, margin: float, theirs: int) -> bool:
    if theirs == 1:
        return bool(score + margin - model.thresholds[0] < model.prevalence[0])
    return bool(score - margin - model.thresholds[0] > 0)


def network_grade(model: ConditionModel, network: Mapping[str, float]) -> int:
    """Index among the model's grades (0 is below its first step) of the network's most probable grade."""
    grades = list(network)
    chosen = max(grades, key=lambda grade: network[grade])
    position = grades.index(chosen)
    return sum(position >= grades.index(step) for step in model.steps)


def probability_at_least(grade: str, network: Mapping[str, float]) -> float:
    """The network's probability of at least ``grade``; its probabilities are in the order of the grades."""
    grades = list(network)
    return float(sum(network[one] for one in grades[grades.index(grade) :]))
