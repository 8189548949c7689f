"""Whether a map depends on the network's trained weights."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.comparison.metrics.agreement.agreement import chance_similarity, map_similarity
from spine_core.comparison.metrics.base import Direction, Metric, MetricResult, Property
from spine_core.explanation.base import Explanation, ScoreModel
from spine_core.explanation.registry import explain
from spine_core.grading.types import DiscImage
from spine_core.networks.randomised import shuffle_weights
from spine_core.progress import Part, Progress, silent

DEPTHS = (0.05, 0.25, 0.5, 1.0)
"""Fractions of the layers that are randomised at each step, from the output layer backwards."""


PARAMETER_RANDOMISATION = Metric(
    "parameter_randomisation",
    "Similarity after randomising weights",
    Direction.LOWER,
    Property.RANDOMISATION,
    "Adebayo et al. 2018, arXiv 1810.03292 (cascading randomisation)",
    "A map that stays the same after randomising all weights shows the image, not the reason. Faint maps of a "
    "randomised network are compared by rank, as if they were strong.",
)


@dataclass(frozen=True, eq=False)
class RandomisationStep:
    """A map after randomising the last layers of the network. ``depth``: their fraction of all layers.

    ``similarity``: Spearman with the map of the trained network, None where either is empty.
    """

    depth: float
    attribution: npt.NDArray[np.float32]
    signed: bool
    similarity: float | None


@dataclass(frozen=True, eq=False)
class ParameterRandomisation:
    """Steps of one method. ``chance``: 95 % quantile over blurred random maps; None for an empty map."""

    method: str
    stages: tuple[RandomisationStep, ...]
    chance: float | None

    @property
    def passed(self) -> bool | None:
        """Whether the similarity with all weights randomised is at most chance; None where the map was empty."""
        if self.chance is None:
            return None
        last = self.stages[-1].similarity
        return last is None or last <= self.chance

    def results(self, *, is_control: bool) -> Iterator[MetricResult]:
        """One record per step; ``variant`` names the layers that were randomised."""
        for step in self.stages:
            layers = "all layers" if step.depth == 1 else f"last {step.depth:.0%} of layers"
            yield MetricResult(
                PARAMETER_RANDOMISATION,
                self.method,
                step.similarity,
                self.chance,
                is_control=is_control,
                variant=layers,
            )


def parameter_randomisation(
    explanation: Explanation,
    network: ScoreModel,
    image: DiscImage,
    seed: int = 0,
    progress: Progress = silent,
) -> ParameterRandomisation:
    """Cascading randomisation, Adebayo 2018, arXiv 1810.03292.

    The weights of each layer are permuted, which keeps their distribution, on a copy of the network. Each map is
    computed with the explanation's seed and settings, by torch, since other backends are compiled for fixed weights.
    Raises ``TypeError`` for a network without a module.
    """
    randomised: Any = copy.deepcopy(network)
    stages = []
    for number, depth in enumerate(DEPTHS):
        progress(number / len(DEPTHS), "Shuffling weights")
        for member in getattr(randomised, "members", (randomised,)):
            shuffle_weights(member, DEPTHS[number - 1] if number else 0.0, depth, seed)
        part = Part(progress, number / len(DEPTHS), 1 / len(DEPTHS))
        found = explain(
            explanation.method,
            randomised,
            image,
            explanation.target,
            explanation.seed,
            explanation.settings,
            part,
        )
        stages.append(
            RandomisationStep(depth, found.attribution, found.signed, map_similarity(explanation, found))
        )
    return ParameterRandomisation(explanation.method, tuple(stages), chance_similarity(explanation, seed))
