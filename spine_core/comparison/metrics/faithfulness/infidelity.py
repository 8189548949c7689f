"""Infidelity: does a map foretell how the answer changes? Yeh 2019, arXiv 1901.09392."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from spine_core.comparison.metrics.faithfulness.deletion_insertion import GRID, Ranked
from spine_core.comparison.metrics.fills import hidden_picture
from spine_core.comparison.metrics.grid import to_grid
from spine_core.comparison.types import Infidelity
from spine_core.explanation.base import ScoreModel
from spine_core.explanation.perturbation.masked_scores import RESPONSE_FLOOR, score_masked
from spine_core.explanation.perturbation.superpixels import blocks
from spine_core.grading.types import DiscImage
from spine_core.networks.target import Target
from spine_core.progress import Progress

SQUARES = 64
"""Pictures with one hidden square each; the same for all maps, so that they cost nothing per map."""

SIDES = (1 / 12, 1 / 2)
"""Smallest and largest side of a square, as a share of the picture's."""


def infidelity(
    maps: Sequence[Ranked],
    network: ScoreModel,
    image: DiscImage,
    target: Target,
    fill: str,
    seed: int,
    progress: Progress,
) -> tuple[Infidelity, ...]:
    """Infidelity of every map under the same ``SQUARES`` hidden squares ("square removal" in the paper)."""
    size = image.pixels.shape[-1]
    grid = min(GRID, size)
    hidden = _squares(grid, np.random.default_rng(seed))
    shown = np.concatenate([np.ones((1, grid * grid), dtype=bool), ~hidden])
    empty = hidden_picture(image.pixels, fill, seed)
    answers = score_masked(
        network, image.pixels, empty, blocks(size, grid), shown, target, progress, "Hiding squares"
    )
    drops = answers[0] - answers[1:]
    found = []
    for one in maps:
        foretold = hidden @ to_grid(one.map, (grid, grid)).ravel()
        found.append(Infidelity(one.method, residual_fraction(foretold, drops), one.draw))
    return tuple(found)


def residual_fraction(foretold: npt.NDArray[np.float64], drops: npt.NDArray[np.float64]) -> float | None:
    """Mean square of what a map foretells wrongly, over the mean square of the drops: 0 to 1.

    ``foretold``: relevance under each square (N,); ``drops``: how far the answer fell, log-odds (N,). Maps have
    different units, so each is first scaled by the one number that suits it best, as the paper does; a map that
    foretells the opposite gets no credit for it. None for an empty map, or where no answer falls or rises by
    ``RESPONSE_FLOOR``.
    """
    size = float(foretold @ foretold)
    if size == 0 or np.abs(drops).max() < RESPONSE_FLOOR:
        return None
    scale = max(0.0, float(foretold @ drops) / size)
    return float(np.mean((scale * foretold - drops) ** 2) / np.mean(drops**2))


def _squares(grid: int, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which blocks each square hides, (SQUARES, grid * grid)."""
    out = np.zeros((SQUARES, grid, grid), dtype=bool)
    for square in out:
        side = random.integers(max(1, round(SIDES[0] * grid)), max(1, round(SIDES[1] * grid)), endpoint=True)
        row, column = random.integers(0, grid - side, size=2, endpoint=True)
        square[row : row + side, column : column + side] = True
    return out.reshape(SQUARES, -1)
