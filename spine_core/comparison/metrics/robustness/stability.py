"""How much of a map is the seed's, the noise's or the pixel grid's doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations

import numpy as np
from scipy import ndimage

from spine_core.comparison.metrics.agreement.agreement import rank_correlation
from spine_core.comparison.metrics.base import Direction, Metric, MetricResult, Property
from spine_core.comparison.metrics.grid import to_grid
from spine_core.explanation.base import Explanation, ScoreModel
from spine_core.explanation.registry import explain
from spine_core.grading.types import DiscImage
from spine_core.networks.backend import resolve_backend
from spine_core.progress import Part, Progress, silent

STABILITY = Metric(
    "stability",
    "Stability",
    Direction.HIGHER,
    Property.STABILITY,
    "Arun et al. 2021, doi 10.1148/ryai.2021200267",
    "Mean rank correlation of maps before and after a change that should not matter. A map that never changes can "
    "still be wrong; methods without random sampling do not depend on the seed at all.",
)

NOISE = 0.05
"""Standard deviation of the noise, where that of the picture is about 1: below what a reader sees."""

STEPS = ((1, 0), (0, 1))
"""Shifts in pixels, (rows, columns)."""


class Change(StrEnum):
    """What a map should be stable under."""

    SEED = "another seed"
    NOISE = "a little noise"
    SHIFT = "one pixel's shift"
    SLICE = "the neighbouring slice"


@dataclass(frozen=True)
class Stability:
    """How alike the maps of one method stay: Spearman, mean and lowest, over ``count`` pairs of maps.

    None where a map is empty.
    """

    method: str
    change: Change
    count: int
    mean: float | None
    lowest: float | None

    def result(self, *, is_control: bool) -> MetricResult:
        """The mean as a record; ``variant`` is the change."""
        return MetricResult(
            STABILITY, self.method, self.mean, is_control=is_control, variant=self.change.value
        )


DRAWS = {Change.SEED: 2, Change.NOISE: 2, Change.SHIFT: 2, Change.SLICE: 1}
"""How many maps are made anew under each change."""


def stability(
    explanation: Explanation,
    change: Change,
    network: ScoreModel,
    image: DiscImage,
    seed: int = 0,
    progress: Progress = silent,
    neighbour: DiscImage | None = None,
) -> Stability:
    """Explains again under ``change``, with the explanation's own settings and engine, and compares the maps.

    Two seeds more, two draws of noise, a shift by one pixel down and one to the right (and back), or ``neighbour``: the
    same crop of the next slice (``grading.crops.neighbouring_slice``). Raises ``ValueError`` where that is asked for
    and not given.
    """
    if change is Change.SLICE and neighbour is None:
        msg = "there is no neighbouring slice to compare with"
        raise ValueError(msg)
    maps = [explanation]
    network = resolve_backend(network, explanation.backend)
    draws = DRAWS[change]
    for number in range(draws):
        part = Part(progress, number / draws, 1 / draws)
        picture, again = image, explanation.seed
        if change is Change.SEED:
            again = explanation.seed + 1 + number
        elif change is Change.NOISE:
            picture = _noisy(image, np.random.default_rng([seed, number]))
        elif change is Change.SHIFT:
            picture = _shifted(image, STEPS[number])
        elif neighbour is not None:
            picture = neighbour
        found = explain(
            explanation.method, network, picture, explanation.target, again, explanation.settings, part
        )
        if change is Change.SHIFT:
            back = (-STEPS[number][0], -STEPS[number][1])
            found = replace(
                found, attribution=ndimage.shift(found.attribution, back, order=0, mode="nearest")
            )
        maps.append(found)
    return repeatability(explanation.method, change, maps)


def repeatability(method: str, change: Change, maps: Sequence[Explanation]) -> Stability:
    """Mean and lowest Spearman correlation over all pairs, on the coarsest native grid; None if a map is empty."""
    grid = (min(one.native_shape[0] for one in maps), min(one.native_shape[1] for one in maps))
    coarse = [to_grid(one.attribution, grid) for one in maps]
    count = len(maps) * (len(maps) - 1) // 2
    if any(np.ptp(one) == 0 for one in coarse):
        return Stability(method, change, count, None, None)
    pairs = [rank_correlation(one, other) for one, other in combinations(coarse, 2)]
    return Stability(method, change, count, float(np.mean(pairs)), min(pairs))


def _noisy(image: DiscImage, random: np.random.Generator) -> DiscImage:
    """The picture with noise; a missing weighting stays missing."""
    noise = NOISE * random.standard_normal(image.pixels.shape).astype(np.float32)
    noise[~np.any(image.pixels, axis=(1, 2))] = 0
    return replace(image, pixels=image.pixels + noise)


def _shifted(image: DiscImage, step: tuple[int, int]) -> DiscImage:
    pixels = ndimage.shift(image.pixels, (0, *step), order=0, mode="nearest")
    regions = None if image.regions is None else ndimage.shift(image.regions, step, order=0, mode="nearest")
    return replace(image, pixels=pixels, regions=regions)
