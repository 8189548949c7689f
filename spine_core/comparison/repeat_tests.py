"""The expensive tests of a comparison: explaining again under small changes, and with randomised weights."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from spine_core.comparison.metrics.base import MetricResult
from spine_core.comparison.metrics.randomisation.parameter_randomisation import (
    DEPTHS,
    ParameterRandomisation,
    parameter_randomisation,
)
from spine_core.comparison.metrics.robustness.stability import DRAWS, Change, Stability, stability
from spine_core.explanation.base import Explanation, ScoreModel
from spine_core.explanation.registry import CONTROLS, explain
from spine_core.grading.types import DiscImage
from spine_core.progress import Part, Progress, silent

RUNS = sum(DRAWS.values()) + len(DEPTHS)
"""Largest number of maps per method: for every change, and for every step of randomisation."""


@dataclass(frozen=True, eq=False)
class RepeatTests:
    """Results of the repeat tests, for the methods and the controls.

    ``stability``: per method and change. ``randomisation``: parameter randomisation per method. ``controls``:
    names of the methods that were added as controls.
    """

    stability: tuple[Stability, ...]
    randomisation: tuple[ParameterRandomisation, ...]
    controls: tuple[str, ...]
    seed: int
    seconds: float

    @property
    def results(self) -> tuple[MetricResult, ...]:
        """Records of every map: stability per change, then similarity per step of randomisation."""
        stabilities = [one.result(is_control=one.method in self.controls) for one in self.stability]
        randomisations = [
            record
            for one in self.randomisation
            for record in one.results(is_control=one.method in self.controls)
        ]
        return (*stabilities, *randomisations)


def run_repeat_tests(
    explanations: Sequence[Explanation],
    network: ScoreModel,
    image: DiscImage,
    seed: int = 0,
    progress: Progress = silent,
    neighbour: DiscImage | None = None,
) -> RepeatTests:
    """Stability and parameter randomisation of every map and of the controls.

    ``neighbour``: the same crop of the next slice; without it ``Change.SLICE`` is left out. Randomisation is left out
    for a network whose weights cannot be changed, such as an ONNX model.
    """
    started = time.perf_counter()
    progress(0.0, "Repeating")
    known = {one.method for one in explanations}
    controls = [
        explain(control.name, network, image, explanations[0].target, seed, None, Part(progress, 0.0, 0.0))
        for control in CONTROLS
        if control.name not in known and not control.why_unavailable(network)
    ]
    everything = (*explanations, *controls)
    changes = [change for change in Change if change is not Change.SLICE or neighbour is not None]
    # A map's seconds estimate the time of repeating it.
    total = sum(one.seconds for one in everything) * (len(changes) + 1) or 1.0
    done = 0.0
    stabilities, randomisations = [], []
    for one in everything:
        for change in changes:
            part = Part(progress, done / total, one.seconds / total)
            stabilities.append(stability(one, change, network, image, seed, part, neighbour))
            done += one.seconds
        if getattr(network, "differentiable", True):
            part = Part(progress, done / total, one.seconds / total)
            randomisations.append(parameter_randomisation(one, network, image, seed, part))
        done += one.seconds
    progress(1.0, "Repeating")
    names = tuple(one.method for one in controls)
    return RepeatTests(tuple(stabilities), tuple(randomisations), names, seed, time.perf_counter() - started)
