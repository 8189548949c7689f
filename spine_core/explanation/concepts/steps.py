"""Which step of the measurement model a target asks about."""

from __future__ import annotations

from dataclasses import dataclass

from spine_core.networks.conditions import BY_NAME, Scale
from spine_core.networks.target import Target, TargetKind


@dataclass(frozen=True)
class Step:
    """The log-odds of "at least ``grade``", or of the contrary where ``sign`` is -1.

    ``coarser``: the model only tells presence from absence, while the target asks for a type.
    """

    grade: str
    sign: int
    coarser: bool = False


def step_of(target: Target) -> Step | None:
    """The step of a target; None where the model has no answer: other grades, or one type against another.

    A grade is explained by "at least this grade", the lowest one by "not the next one"; a contrast by the step to its
    higher grade. Categorical conditions have one step, from their first grade to any other.
    """
    condition = target.definition
    known = BY_NAME.get(condition.name)
    if known is None or known.grades != condition.grades:
        return None
    lowest, first = condition.grades[:2]
    if condition.scale is Scale.CATEGORICAL:
        return _presence(target, lowest, first)
    if target.kind is TargetKind.VERSUS:
        assert target.contrast is not None
        ordered = sorted((target.grade, target.contrast), key=condition.grades.index)
        return Step(ordered[1], 1 if target.grade == ordered[1] else -1)
    return Step(first, -1) if target.grade == lowest else Step(target.grade, 1)


def _presence(target: Target, lowest: str, first: str) -> Step | None:
    if target.kind is TargetKind.VERSUS and lowest not in (target.grade, target.contrast):
        return None
    present = target.grade != lowest
    return Step(first, 1 if present else -1, coarser=present)
