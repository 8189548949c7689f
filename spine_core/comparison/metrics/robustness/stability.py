"""Stability of a map under another seed, noise, a shift, and the neighbouring slice."""

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
"""Standard deviation of the noise, where the image's is about 1: invisible to a reader."""

STEPS = ((1, 0), (0, 1))
"""Shifts in pixels, (rows, columns)."""


class Change(StrEnum):
    """Changes under which a map should be stable."""

    SEED = "another seed"
    NOISE = "a little noise"
    SHIFT = "one pixel's shift"
    SLICE = "the neighbouring slice"


@dataclass(frozen=True)
class Stability:
    """Similarity of one method's maps under a change: mean and lowest Spearman correlation over ``count`` pairs.

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
"""Number of maps that are computed for each change."""


def stability(
    explanation: Explanation,
    change: Change,
    network: ScoreModel,
    image: DiscImage,
    seed: int = 0,
    progress: Progress = silent,
    neighbour: DiscImage | None = None,
) -> Stability:
    """Explains again under ``change``, with the explanation's settings and backend, and compares the maps.

    The changes are two other seeds, two draws of noise, a shift by one pixel along rows and along columns (the map is
    shifted back), or ``neighbour``: the same crop of the next slice (``grading.crops.neighbouring_slice``). Raises
    ``ValueError`` for ``Change.SLICE`` without ``neighbour``.
    """
    if change is Change.SLICE and neighbour is None:
        msg = "there is no neighbouring slice to compare with"
        raise ValueError(msg)
    maps = [explanation]
    network = resolve_backend(network, explanation.backend)
    draws = DRAWS[change]
    for number in range(draws):
        part = Part(progress, number / draws, 1 / draws)
        changed, used_seed = image, explanation.seed
        if change is Change.SEED:
            used_seed = explanation.seed + 1 + number
        elif change is Change.NOISE:
            changed = _noisy(image, np.random.default_rng([seed, number]))
        elif change is Change.SHIFT:
            changed = _shifted(image, STEPS[number])
        elif neighbour is not None:
            changed = neighbour
        found = explain(
            explanation.method, network, changed, explanation.target, used_seed, explanation.settings, part
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
    """The image with noise; a missing weighting stays zeros."""
    noise = NOISE * random.standard_normal(image.pixels.shape).astype(np.float32)
    noise[~np.any(image.pixels, axis=(1, 2))] = 0
    return replace(image, pixels=image.pixels + noise)


def _shifted(image: DiscImage, step: tuple[int, int]) -> DiscImage:
    pixels = ndimage.shift(image.pixels, (0, *step), order=0, mode="nearest")
    regions = None if image.regions is None else ndimage.shift(image.regions, step, order=0, mode="nearest")
    return replace(image, pixels=pixels, regions=regions)
