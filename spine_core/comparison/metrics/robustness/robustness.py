"""Robustness of predictions and maps under small changes of the image."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from spine_core.comparison.metrics.agreement.agreement import chance_similarity, map_similarity
from spine_core.comparison.metrics.base import Direction, Metric, MetricResult, Property, Unit
from spine_core.comparison.metrics.robustness.adversarial import map_step, random_step, score_step
from spine_core.comparison.metrics.robustness.corruptions import Corruption, corrupt, fitting_corruptions
from spine_core.explanation.base import Explanation, ScoreModel
from spine_core.explanation.gradient.gradients import require_logits
from spine_core.explanation.perturbation.masked_scores import score_grades, score_images
from spine_core.explanation.registry import CONTROLS, explain
from spine_core.grading.types import DiscImage
from spine_core.networks.backend import resolve_backend
from spine_core.networks.target import Target
from spine_core.progress import Part, Progress, silent

RUNS = len(Corruption)
"""Number of maps that are computed per method."""

CHANGING = 0.1
"""Fraction of the progress for changing the images."""


MAP_ROBUSTNESS = Metric(
    "map_robustness",
    "Map similarity",
    Direction.HIGHER,
    Property.ROBUSTNESS,
    "Ghorbani et al. 2019, arXiv 1710.10547",
    "Rank correlation with the map of the unchanged image. A map may rightly change where the prediction does; it is "
    "flagged only where the grade stays.",
)

PREDICTED_PROBABILITY = Metric(
    "predicted_probability",
    "Predicted probability",
    Direction.NONE,
    Property.PREDICTION,
    "Measured; no doi",
    "Of the explained target, after each change of the image or by each network.",
    Unit.FRACTION,
)


@dataclass(frozen=True)
class Prediction:
    """A prediction: log-odds and probability of the target, and the most probable grade of its condition."""

    log_odds: float
    probability: float
    grade: str


@dataclass(frozen=True)
class PredictionShift:
    """The prediction after a change. ``size``: root mean square of the pixels' change, where the image's is about 1."""

    kind: Corruption
    size: float
    prediction: Prediction


@dataclass(frozen=True)
class AttributionShift:
    """The map after a change.

    ``similarity``: Spearman with the map of the unchanged image, None where either is empty. ``chance``: 95 % quantile
    over blurred random maps; None where the original map is empty. ``same_grade``: whether the most probable grade is
    unchanged.
    """

    method: str
    kind: Corruption
    similarity: float | None
    chance: float | None
    same_grade: bool

    @property
    def different_map(self) -> bool | None:
        """Whether the similarity is at most chance; None where the original map is empty."""
        if self.chance is None:
            return None
        return self.similarity is None or self.similarity <= self.chance

    @property
    def flagged(self) -> bool:
        """Same grade, different map: the map does not show what the grade depends on."""
        return self.same_grade and self.different_map is True


@dataclass(frozen=True, eq=False)
class Robustness:
    """Predictions and maps after changes of the image, for the methods and the controls.

    ``prediction``: of the unchanged image. ``prediction_shifts``, ``attribution_shifts``: after every change.
    ``controls``: names of the methods that were added as controls.
    """

    prediction: Prediction
    prediction_shifts: tuple[PredictionShift, ...]
    attribution_shifts: tuple[AttributionShift, ...]
    controls: tuple[str, ...]
    seed: int
    seconds: float

    @property
    def results(self) -> tuple[MetricResult, ...]:
        """Records of the network's probability (``method`` empty) and of every map; ``variant`` is the change."""
        shifted = ((one.kind.value, one.prediction) for one in self.prediction_shifts)
        predictions = [("unchanged", self.prediction), *shifted]
        return (
            *(
                MetricResult(PREDICTED_PROBABILITY, "", one.probability, variant=kind)
                for kind, one in predictions
            ),
            *(
                MetricResult(
                    MAP_ROBUSTNESS,
                    one.method,
                    one.similarity,
                    one.chance,
                    is_control=one.method in self.controls,
                    variant=one.kind.value,
                )
                for one in self.attribution_shifts
            ),
        )


def robustness(
    explanations: Sequence[Explanation],
    network: ScoreModel,
    image: DiscImage,
    seed: int = 0,
    progress: Progress = silent,
) -> Robustness:
    """Predictions and maps before and after every ``Corruption``, with each explanation's seed and settings.

    The worst steps are left out where the network has no gradients, or no layer with feature maps. Raises ``Cancelled``
    when ``progress`` does.
    """
    started = time.perf_counter()
    progress(0.0, "Changing the image")
    target = explanations[0].target
    images = dict(_changed_images(network, image, target, seed, Part(progress, 0.0, CHANGING)))
    predictions = _predictions(
        network, [image.pixels, *images.values()], target, Part(progress, CHANGING, 0.0)
    )
    same_grade = {
        kind: one.grade == predictions[0].grade for kind, one in zip(images, predictions[1:], strict=True)
    }
    known = {one.method for one in explanations}
    controls = [
        explain(one.name, network, image, target, seed, None, Part(progress, CHANGING, 0.0))
        for one in CONTROLS
        if one.name not in known and not one.why_unavailable(network)
    ]
    everything = (*explanations, *controls)
    total = sum(one.seconds for one in everything) * len(images) or 1.0
    done, moved = 0.0, []
    for one in everything:
        chance = chance_similarity(one, seed)
        for kind, pixels in images.items():
            scale = (1 - CHANGING) / total
            part = Part(progress, CHANGING + done * scale, one.seconds * scale)
            changed = replace(image, pixels=pixels)
            resolved = resolve_backend(network, one.backend)
            again = explain(one.method, resolved, changed, target, one.seed, one.settings, part)
            moved.append(
                AttributionShift(one.method, kind, map_similarity(one, again), chance, same_grade[kind])
            )
            done += one.seconds
    progress(1.0, "Changing the image")
    return Robustness(
        prediction=predictions[0],
        prediction_shifts=tuple(
            PredictionShift(kind, float(np.sqrt(np.mean((pixels - image.pixels) ** 2))), answer)
            for (kind, pixels), answer in zip(images.items(), predictions[1:], strict=True)
        ),
        attribution_shifts=tuple(moved),
        controls=tuple(one.method for one in controls),
        seed=seed,
        seconds=time.perf_counter() - started,
    )


def _changed_images(
    network: ScoreModel, image: DiscImage, target: Target, seed: int, progress: Progress
) -> Iterator[tuple[Corruption, npt.NDArray[np.float32]]]:
    for kind in fitting_corruptions(getattr(network, "preprocessing", None)):
        progress(0.0, "Changing the image")
        yield kind, corrupt(image.pixels, kind, seed)
    yield Corruption.RANDOM_STEP, random_step(image.pixels, np.random.default_rng(seed))
    progress(0.0, "Searching the worst step")
    if getattr(network, "differentiable", True):
        differentiable = require_logits(network, "The worst step for the answer")
        yield Corruption.SCORE_STEP, score_step(differentiable, image.pixels, target)
        if getattr(network, "has_feature_maps", True):
            yield Corruption.MAP_STEP, map_step(network, image.pixels, target, progress)


def _predictions(
    network: ScoreModel, images: Sequence[npt.NDArray[np.float32]], target: Target, progress: Progress
) -> list[Prediction]:
    what = "Changing the image"
    scores = score_images(network, images.__getitem__, len(images), target, progress, what)
    grades = score_grades(network, images, target.output, progress, what)
    likeliest = np.argmax(list(grades.values()), axis=0)
    return [
        Prediction(float(one), float(special.expit(one)), list(grades)[number])
        for one, number in zip(scores, likeliest, strict=True)
    ]
