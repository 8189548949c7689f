"""The one score of a finding that every method and every metric explains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from spine_core.networks.conditions import Condition, Scale
from spine_core.networks.outputs import RELEASED, Activation, Output, Outputs, log1mexp

if TYPE_CHECKING:
    from torch import Tensor


class TargetKind(StrEnum):
    """Which score of a grade is explained."""

    GRADE = "grade"
    AT_LEAST = "at least"
    VERSUS = "versus"


@dataclass(frozen=True)
class Target:
    """What an explanation explains: a grade, at least a grade, or one grade in contrast to another.

    ``kind``: which of the three. ``contrast``: the other grade of ``TargetKind.VERSUS``, else None. ``output``: the
    condition among the network's outputs; by default the released networks' of that name. Raises ``ValueError`` for
    unknown names, and for combinations without meaning, such as "at least" the lowest grade.
    """

    condition: str
    grade: str
    kind: TargetKind = TargetKind.GRADE
    contrast: str | None = None
    output: Output = field(default=None, repr=False)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.output is None:
            if self.condition not in RELEASED:
                msg = f"unknown condition {self.condition!r}; known: {', '.join(RELEASED)}"
                raise ValueError(msg)
            object.__setattr__(self, "output", RELEASED[self.condition])
        condition = self.definition
        if condition.name != self.condition:
            msg = f"the output is of {condition.name}, not of {self.condition}"
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

    @property
    def definition(self) -> Condition:
        """The condition with its grades and labels."""
        return self.output.condition

    @property
    def question(self) -> tuple[str, str, TargetKind, str | None]:
        """What is asked, whichever network answers: condition, grade, kind and contrast."""
        return self.condition, self.grade, self.kind, self.contrast

    def label(self) -> str:
        """The target in words, without the level."""
        condition = self.definition
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
        """Log-odds of the target for the network's logits (N, K): shape (N,), differentiable."""
        grades = self.definition.grades
        here = grades.index(self.grade)
        if self.kind is TargetKind.AT_LEAST:
            reached = self.output.log_reached(logits, here)
            return reached - log1mexp(reached)
        if self.output.activation is Activation.SIGMOID:
            # The logit itself: log(p / (1 - p)) loses precision, and its gradient vanishes, where p is near 0 or 1.
            logit = logits[:, self.output.part][:, 0]
            return logit if here == 1 else -logit
        logp = self.output.log_probabilities(logits)
        if self.contrast is not None:
            return logp[:, here] - logp[:, grades.index(self.contrast)]
        # log(p / (1 - p)) from log p without loss where p is near 1
        return logp[:, here] - log1mexp(logp[:, here])


def targets_of(outputs: Outputs) -> Iterator[Target]:
    """Every grade of every output."""
    for name, output in outputs.items():
        for grade in output.condition.grades:
            yield Target(name, grade, output=output)
