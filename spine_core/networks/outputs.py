"""The outputs of a grading network: which logits belong to which condition, and what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from spine_core.networks.conditions import CONDITIONS, Condition, Scale

if TYPE_CHECKING:
    from torch import Tensor


class Activation(StrEnum):
    """How logits become probabilities of the grades.

    ``SIGMOID``: one logit, of the second of two grades. ``SOFTMAX``: one logit per grade. ``CONTINUATION``: one logit
    per step, the log-odds that the grade is higher, given that it is at least this grade (continuation ratios,
    Fienberg 1980). ``CUMULATIVE``: one logit per step, the log-odds that the grade is higher (proportional odds,
    McCullagh 1980; CORAL, Cao 2020); where two of them cross, the higher step gets the lower one's.
    """

    SIGMOID = "sigmoid"
    SOFTMAX = "softmax"
    CONTINUATION = "continuation"
    CUMULATIVE = "cumulative"

    def logits(self, grades: int) -> int:
        """Number of logits for a condition with ``grades`` grades."""
        if self is Activation.SIGMOID:
            return 1
        return grades if self is Activation.SOFTMAX else grades - 1


BY_SCALE = {
    Scale.BINARY: Activation.SIGMOID,
    Scale.CATEGORICAL: Activation.SOFTMAX,
    Scale.ORDINAL: Activation.CONTINUATION,
}
"""The released networks' activation by scale. Steps of continuation ratios cannot cross, unlike cumulative logits."""


@dataclass(frozen=True)
class Output:
    """One condition among a network's outputs: its logits are ``start`` to ``stop`` (exclusive).

    Raises ``ValueError`` where the number of logits or the scale does not fit the activation.
    """

    condition: Condition
    start: int
    stop: int
    activation: Activation

    def __post_init__(self) -> None:
        name, grades = self.condition.name, len(self.condition.grades)
        expected = self.activation.logits(grades)
        if self.activation is Activation.SIGMOID and grades != 2:
            msg = f"{name}: a sigmoid has two grades, not {grades}"
            raise ValueError(msg)
        if self.activation is Activation.CUMULATIVE and self.condition.scale is Scale.CATEGORICAL:
            msg = (
                f"{name}: cumulative logits need an order of the grades, and a categorical condition has none"
            )
            raise ValueError(msg)
        if self.start < 0 or self.stop - self.start != expected:
            given = f"{self.start} to {self.stop}"
            msg = f"{name}: {self.activation.value} of {grades} grades needs {expected} logits, not {given}"
            raise ValueError(msg)

    @property
    def part(self) -> slice:
        """The columns of the logits (N, K)."""
        return slice(self.start, self.stop)

    def log_probabilities(self, logits: Tensor) -> Tensor:
        """Log-probability of every grade for logits (N, K): (N, grades), differentiable."""
        import torch

        part = logits[:, self.part]
        if self.activation is Activation.SOFTMAX:
            return torch.log_softmax(part, dim=1)
        if self.activation is Activation.SIGMOID:
            return log_sigmoid(torch.cat([-part, part], dim=1))
        nothing = torch.zeros_like(part[:, :1])
        if self.activation is Activation.CUMULATIVE:
            part = torch.cummin(part, dim=1).values
            # P(this grade) = P(higher than the one below) - P(higher than this one), from logs without cancellation.
            below = torch.cat([nothing, log_sigmoid(part)], dim=1)
            fraction = torch.cat(
                [log_sigmoid(part) - below[:, :-1], torch.full_like(nothing, -torch.inf)], dim=1
            )
            return below + log1mexp(fraction)
        reached = torch.cat([nothing, torch.cumsum(log_sigmoid(part), dim=1)], dim=1)
        return reached + torch.cat([log_sigmoid(-part), nothing], dim=1)

    def log_reached(self, logits: Tensor, grade: int) -> Tensor:
        """Log-probability of at least the grade with index ``grade`` (1 or more), (N,), of an ordinal condition."""
        import torch

        part = logits[:, self.part]
        if self.activation is Activation.CONTINUATION:
            return log_sigmoid(part[:, :grade]).sum(dim=1)
        if self.activation is Activation.CUMULATIVE:
            return log_sigmoid(part[:, :grade].min(dim=1).values)
        return torch.logsumexp(self.log_probabilities(logits)[:, grade:], dim=1)


@dataclass(frozen=True)
class Outputs(Mapping[str, Output]):
    """All outputs of a network, by the name of the condition, in the order in which they are shown."""

    outputs: tuple[Output, ...]

    def __post_init__(self) -> None:
        names = [one.condition.name for one in self.outputs]
        if len(set(names)) != len(names) or not names:
            msg = f"a network needs outputs with different names, got {', '.join(names) or 'none'}"
            raise ValueError(msg)

    def __getitem__(self, name: str) -> Output:
        for one in self.outputs:
            if one.condition.name == name:
                return one
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (one.condition.name for one in self.outputs)

    def __len__(self) -> int:
        return len(self.outputs)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions, in order."""
        return tuple(one.condition for one in self.outputs)

    @property
    def logits(self) -> int:
        """Least number of logits that a network with these outputs has."""
        return max(one.stop for one in self.outputs)


def in_sequence(conditions: Sequence[Condition], activations: Sequence[Activation] | None = None) -> Outputs:
    """Outputs whose logits follow each other without gaps. ``activations``: by default those of ``BY_SCALE``."""
    found, start = [], 0
    for condition, activation in zip(
        conditions, activations or [BY_SCALE[one.scale] for one in conditions], strict=True
    ):
        stop = start + activation.logits(len(condition.grades))
        found.append(Output(condition, start, stop, activation))
        start = stop
    return Outputs(tuple(found))


RELEASED = in_sequence(CONDITIONS)
"""Outputs of the released networks."""

LOGIT_SLICES: dict[str, slice] = {name: RELEASED[name].part for name in RELEASED}
"""Where each condition's logits lie in the released networks' output."""

LOGITS: int = RELEASED.logits
"""Number of outputs of a released network."""


def log_probabilities(logits: Tensor, condition_name: str) -> Tensor:
    """Log-probability of every grade of a released condition for logits (N, LOGITS): (N, grades)."""
    return RELEASED[condition_name].log_probabilities(logits)


def log_sigmoid(x: Tensor) -> Tensor:
    """log(1 / (1 + exp(-x))) without overflow."""
    import torch

    return torch.nn.functional.logsigmoid(x)


def log1mexp(x: Tensor) -> Tensor:
    """log(1 - exp(x)) for x of at most 0, finite at 0."""
    import torch

    return torch.log((-torch.expm1(x.clamp_max(-1e-7))).clamp_min(1e-12))
