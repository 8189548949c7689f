"""The one score of a finding that every method and every metric explains.

A network returns ``LOGITS`` numbers per disc, laid out as in ``LOGIT_SLICES``. A binary condition has one logit. A
categorical condition has a softmax logit per grade. An ordinal condition has one logit per step: the log-odds that the
grade is higher, given that it is at least this grade (continuation ratios, Fienberg 1980). Steps cannot cross, unlike
separate "at least" logits, so that every grade has a probability and a gradient. All logits are calibrated by an affine
map per logit inside the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from spine_core.networks.conditions import BY_NAME, CONDITIONS, Condition, Scale

if TYPE_CHECKING:
    from torch import Tensor


def _layout() -> dict[str, slice]:
    layout, start = {}, 0
    for condition in CONDITIONS:
        width = _width(condition)
        layout[condition.name] = slice(start, start + width)
        start += width
    return layout


def _width(condition: Condition) -> int:
    if condition.scale is Scale.BINARY:
        return 1
    if condition.scale is Scale.ORDINAL:
        return len(condition.grades) - 1
    return len(condition.grades)


LOGIT_SLICES: dict[str, slice] = _layout()
"""Where each condition's logits lie in the network's output."""

LOGITS: int = sum(_width(condition) for condition in CONDITIONS)
"""Number of outputs of a grading network."""


class TargetKind(StrEnum):
    """Which score of a grade is explained."""

    GRADE = "grade"
    AT_LEAST = "at least"
    VERSUS = "versus"


@dataclass(frozen=True)
class Target:
    """What an explanation explains: a grade, at least a grade, or one grade in contrast to another.

    ``kind``: which of the three. ``contrast``: the other grade of ``TargetKind.VERSUS``, else None. Raises
    ``ValueError`` for unknown names, and for combinations without meaning, such as "at least" the lowest grade.
    """

    condition: str
    grade: str
    kind: TargetKind = TargetKind.GRADE
    contrast: str | None = None

    def __post_init__(self) -> None:
        condition = BY_NAME.get(self.condition)
        if condition is None:
            msg = f"unknown condition {self.condition!r}; known: {', '.join(BY_NAME)}"
            raise ValueError(msg)
        for grade in (self.grade, *(() if self.contrast is None else (self.contrast,))):
            if grade not in condition.grades:
                msg = f"{self.condition} has no grade {grade!r}; it has {', '.join(condition.grades)}"
                raise ValueError(msg)
        if (self.kind is TargetKind.VERSUS) != (self.contrast is not None) or self.contrast == self.grade:
            msg = f"a contrast needs two different grades, got {self.grade!r} and {self.contrast!r}"
            raise ValueError(msg)
        if self.kind is TargetKind.AT_LEAST and condition.scale is not Scale.ORDINAL:
            msg = f"{self.condition} is not ordinal: 'at least' has no meaning"
            raise ValueError(msg)
        if self.kind is TargetKind.AT_LEAST and self.grade == condition.grades[0]:
            msg = f"every disc has at least grade {self.grade!r}: there is nothing to explain"
            raise ValueError(msg)

    def label(self) -> str:
        """The target in words, without the level."""
        condition = BY_NAME[self.condition]
        words = dict(zip(condition.grades, condition.grade_labels, strict=True))
        if self.kind is TargetKind.AT_LEAST:
            return f"{condition.label}: at least {words[self.grade]}"
        if self.contrast is not None:
            return f"{condition.label}: {words[self.grade]} rather than {words[self.contrast]}"
        return f"{condition.label}: {words[self.grade]}"

    def short_label(self) -> str:
        """What positive relevance is evidence for, without a colon: ``Disc herniation present``."""
        return self.label().replace(": ", " ", 1)

    def log_odds(self, logits: Tensor) -> Tensor:
        """Log-odds of the target for logits of shape (N, LOGITS): shape (N,), differentiable."""
        condition = BY_NAME[self.condition]
        if self.kind is TargetKind.AT_LEAST:
            steps = logits[:, LOGIT_SLICES[self.condition]][:, : condition.grades.index(self.grade)]
            reached = _log_sigmoid(steps).sum(dim=1)
            return reached - _log1mexp(reached)
        if condition.scale is Scale.BINARY:
            # The logit itself: log(p / (1 - p)) loses precision, and its gradient vanishes, where p is near 0 or 1.
            logit = logits[:, LOGIT_SLICES[self.condition]][:, 0]
            return logit if self.grade == condition.grades[1] else -logit
        logp = log_probabilities(logits, self.condition)
        here = logp[:, condition.grades.index(self.grade)]
        if self.contrast is not None:
            return here - logp[:, condition.grades.index(self.contrast)]
        # log(p / (1 - p)) from log p without loss where p is near 1
        return here - _log1mexp(here)


def log_probabilities(logits: Tensor, condition_name: str) -> Tensor:
    """Log-probability of every grade of a condition for logits (N, LOGITS): (N, grades)."""
    import torch

    condition = BY_NAME[condition_name]
    part = logits[:, LOGIT_SLICES[condition_name]]
    if condition.scale is Scale.CATEGORICAL:
        return torch.log_softmax(part, dim=1)
    if condition.scale is Scale.BINARY:
        return _log_sigmoid(torch.cat([-part, part], dim=1))
    nothing = torch.zeros_like(part[:, :1])
    reached = torch.cat([nothing, torch.cumsum(_log_sigmoid(part), dim=1)], dim=1)
    stopped = torch.cat([_log_sigmoid(-part), nothing], dim=1)
    return reached + stopped


def _log_sigmoid(x: Tensor) -> Tensor:
    import torch

    return torch.nn.functional.logsigmoid(x)


def _log1mexp(x: Tensor) -> Tensor:
    import torch

    return torch.log((-torch.expm1(x.clamp_max(-1e-7))).clamp_min(1e-12))
