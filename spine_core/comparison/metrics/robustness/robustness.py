"""Does the answer stay when the picture changes a little, and does the map stay when the answer does?"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from spine_core.comparison.metrics.agreement.agreement import chance_similarity, map_similarity
from spine_core.comparison.metrics.base import Direction, Metric, MetricResult, Property, Unit
from spine_core.comparison.metrics.robustness.adversarial import answer_step, map_step, random_step
from spine_core.comparison.metrics.robustness.corruptions import CORRUPTIONS, Corruption, corrupt
from spine_core.explanation.base import Explanation, ScoreModel
from spine_core.explanation.cam.base import FeatureHeadModel
from spine_core.explanation.gradient.gradients import require_logits
from spine_core.explanation.perturbation.masked_scores import score_grades, score_images
from spine_core.explanation.registry import CONTROLS, explain
from spine_core.grading.types import DiscImage
from spine_core.networks.backend import resolve_backend
from spine_core.networks.target import Target
from spine_core.progress import Part, Progress, silent

RUNS = len(Corruption)
"""Maps that each method makes anew."""

ATTACK = 0.1
"""Share of the progress bar for making the pictures."""


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
class Answer:
    """What the network says: log-odds and probability of the target, and the likeliest grade of its condition."""

    log_odds: float
    probability: float
    grade: str


@dataclass(frozen=True)
class PredictionShift:
    """What became of the answer. ``size``: root mean square of the pixels' change, where the picture's is about 1."""

    kind: Corruption
    size: float
    answer: Answer


@dataclass(frozen=True)
class AttributionShift:
    """What became of one map: Spearman with the map of the unchanged picture, None where either is empty.

    ``chance``: what 95 % of blurred random maps stay below; None where there was no map to begin with.
    ``same_answer``: whether the likeliest grade stayed.
    """

    method: str
    kind: Corruption
    similarity: float | None
    chance: float | None
    same_answer: bool

    @property
    def another_map(self) -> bool | None:
        """Whether the map is no more like it was than random patches are; None where there was none."""
        if self.chance is None:
            return None
        return self.similarity is None or self.similarity <= self.chance

    @property
    def flagged(self) -> bool:
        """Same answer, different map: the reason that is shown is not what the answer rests on."""
        return self.same_answer and self.another_map is True


@dataclass(frozen=True, eq=False)
class Robustness:
    """What altering the picture showed, for the methods and for the controls."""

    answer: Answer
    altered: tuple[PredictionShift, ...]
    moved: tuple[AttributionShift, ...]
    controls: tuple[str, ...]
    seed: int
    seconds: float

    @property
    def results(self) -> tuple[MetricResult, ...]:
        """Records of every map and of the network's probability (``method`` empty); ``variant`` is the change."""
        answers = [("unchanged", self.answer), *((one.kind.value, one.answer) for one in self.altered)]
        return (
            *(
                MetricResult(PREDICTED_PROBABILITY, "", one.probability, variant=kind)
                for kind, one in answers
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
                for one in self.moved
            ),
        )


def robustness(
    explanations: Sequence[Explanation],
    network: ScoreModel,
    image: DiscImage,
    seed: int = 0,
    progress: Progress = silent,
) -> Robustness:
    """Answers and maps before and after every ``Corruption``, with each explanation's own seed and settings.

    Raises ``TypeError`` for a network whose answer cannot be followed back to the pixels.
    """
    if not isinstance(network, FeatureHeadModel):
        msg = f"the worst steps need a network with features() and head(), {type(network).__name__} has not"
        raise TypeError(msg)
    started = time.perf_counter()
    progress(0.0, "Changing the image")
    target = explanations[0].target
    pictures = dict(_pictures(network, image, target, seed, Part(progress, 0.0, ATTACK)))
    answers = _answers(network, [image.pixels, *pictures.values()], target, Part(progress, ATTACK, 0.0))
    same = {kind: one.grade == answers[0].grade for kind, one in zip(pictures, answers[1:], strict=True)}
    known = {one.method for one in explanations}
    controls = [
        explain(one.name, network, image, target, seed, None, Part(progress, ATTACK, 0.0))
        for one in CONTROLS
        if one.name not in known
    ]
    everything = (*explanations, *controls)
    total = sum(one.seconds for one in everything) * len(pictures) or 1.0
    done, moved = 0.0, []
    for one in everything:
        chance = chance_similarity(one, seed)
        for kind, pixels in pictures.items():
            share = (1 - ATTACK) / total
            part = Part(progress, ATTACK + done * share, one.seconds * share)
            changed = replace(image, pixels=pixels)
            asked = resolve_backend(network, one.backend)
            again = explain(one.method, asked, changed, target, one.seed, one.settings, part)
            moved.append(AttributionShift(one.method, kind, map_similarity(one, again), chance, same[kind]))
            done += one.seconds
    progress(1.0, "Changing the image")
    return Robustness(
        answer=answers[0],
        altered=tuple(
            PredictionShift(kind, float(np.sqrt(np.mean((pixels - image.pixels) ** 2))), answer)
            for (kind, pixels), answer in zip(pictures.items(), answers[1:], strict=True)
        ),
        moved=tuple(moved),
        controls=tuple(one.method for one in controls),
        seed=seed,
        seconds=time.perf_counter() - started,
    )


def _pictures(
    network: FeatureHeadModel, image: DiscImage, target: Target, seed: int, progress: Progress
) -> Iterator[tuple[Corruption, npt.NDArray[np.float32]]]:
    for kind in CORRUPTIONS:
        progress(0.0, "Changing the image")
        yield kind, corrupt(image.pixels, kind, seed)
    yield Corruption.RANDOM_STEP, random_step(image.pixels, np.random.default_rng(seed))
    differentiable = require_logits(network, "The worst step for the answer")
    progress(0.0, "Looking for the worst step")
    yield Corruption.ANSWER_STEP, answer_step(differentiable, image.pixels, target)
    yield Corruption.MAP_STEP, map_step(network, image.pixels, target, progress)


def _answers(
    network: ScoreModel, pictures: Sequence[npt.NDArray[np.float32]], target: Target, progress: Progress
) -> list[Answer]:
    what = "Changing the image"
    scores = score_images(network, pictures.__getitem__, len(pictures), target, progress, what)
    grades = score_grades(network, pictures, target.condition, progress, what)
    likeliest = np.argmax(list(grades.values()), axis=0)
    return [
        Answer(float(one), float(special.expit(one)), list(grades)[number])
        for one, number in zip(scores, likeliest, strict=True)
    ]
