"""Prediction sets: the grades that a finding may well have, found so that the true one is among them nine times in ten.

Conformal prediction with one threshold per grade (Sadinle 2019, doi 10.1080/01621459.2017.1395341): a grade belongs to
the set where its probability reaches the threshold that nine in ten patients' discs of that grade reached on fold 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spine_core.grading.conditions import Condition, Scale

COVERAGE = 0.9
"""Share of sets that must hold the true grade."""

Thresholds = Mapping[str, Sequence[float]]
"""By condition, the least probability of every grade that belongs to the set."""


def prediction_set(
    condition: Condition, probabilities: Mapping[str, float], thresholds: Thresholds
) -> tuple[str, ...]:
    """Grades that cannot be ruled out, in their order, the likeliest always among them.

    Ordinal grades between two of the set belong to it: "II or IV, but not III" is no answer. Empty where the
    condition has no thresholds.
    """
    least = thresholds.get(condition.name)
    if least is None:
        return ()
    grades = condition.grades
    likeliest = max(grades, key=lambda grade: probabilities[grade])
    inside = [probabilities[g] >= limit or g == likeliest for g, limit in zip(grades, least, strict=True)]
    if condition.scale is Scale.ORDINAL:
        first, last = inside.index(True), len(grades) - 1 - inside[::-1].index(True)
        inside = [first <= position <= last for position in range(len(grades))]
    return tuple(grade for grade, belongs in zip(grades, inside, strict=True) if belongs)
