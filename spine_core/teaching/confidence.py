"""What a confidence of 1 to 5 states as a probability, and how often such answers are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spine_core.audit.analysis.means import Mean, mean_over_cases
from spine_core.networks.conditions import BY_NAME
from spine_core.teaching.answers import CONFIDENCES
from spine_core.teaching.marks import Mark


@dataclass(frozen=True)
class ConfidenceLevel:
    """Answers of one confidence. ``stated``: mean probability of being right that it states. ``right``: fraction."""

    confidence: int
    stated: float
    right: Mean


def stated_probability(confidence: int, grades: int) -> float:
    """Probability that an answer is right, by a learner who chose among ``grades`` grades; 1 / ``grades`` to 1.

    1 is a guess, and a guess among k grades is right with probability 1/k; 5 is certain; the steps between are equal.
    Fixed values such as 0.2 for a guess would state, of a finding with two grades, that the other one is likelier.
    """
    chance = 1 / grades
    step = (confidence - CONFIDENCES.start) / (CONFIDENCES[-1] - CONFIDENCES.start)
    return chance + step * (1 - chance)


def stated_by(mark: Mark) -> float:
    """Probability of being right that the committed answer states. It must be a grade."""
    assert mark.first.confidence is not None
    return stated_probability(mark.first.confidence, len(BY_NAME[mark.condition].grades))


def brier_score(marks: Sequence[Mark]) -> Mean:
    """Mean squared difference between stated probability and being right: 0 is best, 1 worst. Of grades only."""
    told = [one for one in marks if one.first.tells]
    return mean_over_cases([(stated_by(one) - one.right) ** 2 for one in told], [one.case for one in told])


def calibration(marks: Sequence[Mark]) -> tuple[ConfidenceLevel, ...]:
    """One row per confidence that was given, from 1 to 5. Of grades only."""
    levels = {one: [mark for mark in marks if mark.first.confidence == one] for one in CONFIDENCES}
    return tuple(_level(confidence, of_level) for confidence, of_level in levels.items() if of_level)


def _level(confidence: int, marks: Sequence[Mark]) -> ConfidenceLevel:
    stated = sum(map(stated_by, marks)) / len(marks)
    right = mean_over_cases([float(one.right) for one in marks], [one.case for one in marks])
    return ConfidenceLevel(confidence, stated, right)
