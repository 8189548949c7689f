"""Whether two methods point at the same places, beside what chance alone would give."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy import stats

from spine_core.compare.grid import strongest_first, to_grid
from spine_core.compare.model import Agreement
from spine_core.explain.controls import blurred_random_map
from spine_core.explain.model import Explanation

TOP = 0.1
"""Share of cells that count as strongest."""

DRAWS = 100
"""Blurred random maps from which the chance level is taken."""

QUANTILE = 0.95
"""Share of random maps that stay below the chance level."""


def agreements(explanations: Sequence[Explanation], random: np.random.Generator) -> tuple[Agreement, ...]:
    """Agreement of every pair, in the order given."""
    if not explanations:
        return ()
    size = explanations[0].map.shape[-1]
    chance = [blurred_random_map(size, random) for _ in range(DRAWS)]
    return tuple(agreement(one, other, chance, random) for one, other in combinations(explanations, 2))


def agreement(
    first: Explanation,
    second: Explanation,
    chance: Sequence[npt.NDArray[np.float32]],
    random: np.random.Generator,
) -> Agreement:
    """Compares two maps on the coarser of their native grids (per axis).

    Where one of the maps knows positive evidence only, so does the comparison: the other's negative part becomes 0.
    ``chance``: random maps (size, size), each of which is compared with both. The Dice overlap of two sets of k
    among n cells has mean k / n where they are unrelated.
    """
    grid = (min(first.native[0], second.native[0]), min(first.native[1], second.native[1]))
    signed = first.signed and second.signed
    top = max(1, round(TOP * grid[0] * grid[1]))
    expected = top / (grid[0] * grid[1])
    evidence = "signed" if signed else "positive"
    maps = [to_grid(e.map if signed else np.maximum(e.map, 0), grid) for e in (first, second)]
    if first.zero or second.zero or any(np.ptp(one) == 0 for one in maps):
        return Agreement(first.method, second.method, grid, evidence, None, None, None, None, expected)
    noise = [to_grid(draw, grid) for draw in chance]
    chance_rank = [rank_correlation(one, draw) for one in maps for draw in noise]
    chance_overlap = [overlap(one, draw, top, random) for one in maps for draw in noise]
    return Agreement(
        first=first.method,
        second=second.method,
        grid=grid,
        evidence=evidence,
        rank_correlation=rank_correlation(*maps),
        overlap=overlap(maps[0], maps[1], top, random),
        chance_correlation=float(np.quantile(chance_rank, QUANTILE)),
        chance_overlap=float(np.quantile(chance_overlap, QUANTILE)),
        expected_overlap=expected,
    )


def rank_correlation(first: npt.NDArray[np.floating], second: npt.NDArray[np.floating]) -> float:
    """Spearman's rank correlation of two maps of one shape, neither of them constant."""
    return float(stats.spearmanr(first.ravel(), second.ravel()).statistic)


def overlap(
    first: npt.NDArray[np.floating], second: npt.NDArray[np.floating], top: int, random: np.random.Generator
) -> float:
    """Dice overlap of the ``top`` strongest cells of two maps, 0 to 1."""
    chosen = [set(strongest_first(one, random)[:top].tolist()) for one in (first, second)]
    return len(chosen[0] & chosen[1]) / top
