"""How much of a map is the seed's doing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from spine_core.compare.agreement import rank_correlation
from spine_core.compare.grid import to_grid
from spine_core.compare.model import Stability
from spine_core.explain.model import Explanation, Scored
from spine_core.explain.registry import explain
from spine_core.grading.model import DiscImage
from spine_core.grading.target import Target
from spine_core.progress import Progress, silent


def stability(
    method: str,
    network: Scored,
    image: DiscImage,
    target: Target,
    seeds: Sequence[int],
    settings: Mapping[str, float | int | str] | None = None,
    progress: Progress = silent,
) -> Stability:
    """Explains once per seed and compares the maps pairwise. Raises ``ValueError`` for fewer than two seeds."""
    if len(seeds) < 2:
        msg = f"stability needs two seeds or more, got {len(seeds)}"
        raise ValueError(msg)
    maps = []
    for done, seed in enumerate(seeds):
        share = Part(progress, done / len(seeds), 1 / len(seeds))
        maps.append(explain(method, network, image, target, seed, settings, share))
    return repeatability(method, maps)


def repeatability(method: str, maps: Sequence[Explanation]) -> Stability:
    """Mean and lowest Spearman correlation over all pairs, on the coarsest native grid; None if a map is empty."""
    seeds = tuple(one.seed for one in maps)
    grid = (min(one.native[0] for one in maps), min(one.native[1] for one in maps))
    coarse = [to_grid(one.map, grid) for one in maps]
    if any(np.ptp(one) == 0 for one in coarse):
        return Stability(method, seeds, None, None)
    pairs = [rank_correlation(one, other) for one, other in combinations(coarse, 2)]
    return Stability(method, seeds, float(np.mean(pairs)), min(pairs))


class Part:
    """Progress of one part of longer work: its 0 to 1 becomes ``start`` to ``start + length``."""

    def __init__(self, whole: Progress, start: float, length: float) -> None:
        self._whole, self._start, self._length = whole, start, length

    def __call__(self, done: float, what: str = "") -> None:
        """Passes on how far the whole work is."""
        self._whole(self._start + self._length * done, what)
