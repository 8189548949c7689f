"""Infidelity: does a map predict how the score changes? After Yeh 2019, arXiv 1901.09392."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from spine_core.comparison.metrics.base import (
    Direction,
    EvaluatedMap,
    MapMetric,
    Metric,
    MetricContext,
    MetricResult,
    Property,
)
from spine_core.explanation.perturbation.masked_scores import RESPONSE_FLOOR, score_masked
from spine_core.progress import Progress

SQUARES = 64
"""Number of images with one masked square each. They are the same for all maps, so that scores are shared."""

SIDES = (1 / 12, 1 / 2)
"""Smallest and largest side of a square, as a fraction of the image's."""

NORMALISED_INFIDELITY = Metric(
    "normalised_infidelity",
    "Normalised infidelity",
    Direction.LOWER,
    Property.FAITHFULNESS,
    "After Yeh et al. 2019, arXiv 1901.09392 (square removal); divided by the mean square of the score's changes, "
    "which the paper does not do",
    "Fraction of the score's changes under masked squares that the map does not predict, 0 to 1. Any map predicts that "
    "larger squares change more: compare with the controls, never with 1.",
)


class NormalisedInfidelity(MapMetric):
    """Normalised infidelity of every map under the same ``SQUARES`` masked squares ("square removal" in the paper)."""

    metrics = (NORMALISED_INFIDELITY,)
    work = 0.05

    def evaluate(
        self, maps: Sequence[EvaluatedMap], context: MetricContext, progress: Progress
    ) -> tuple[MetricResult, ...]:
        """One result per map; None for an empty map, or where the score does not change."""
        masked = _squares(context.side, np.random.default_rng(context.seed))
        shown = np.concatenate([np.ones((1, masked.shape[1]), dtype=bool), ~masked])
        scores = score_masked(
            context.network,
            context.image.pixels,
            context.masked,
            context.blocks,
            shown,
            context.target,
            progress,
            "Infidelity",
        )
        drops = scores[0] - scores[1:]
        return tuple(
            one.result(
                NORMALISED_INFIDELITY,
                residual_fraction(masked @ context.on_blocks(one.attribution).ravel(), drops),
            )
            for one in maps
        )

    def settings(self, context: MetricContext) -> Mapping[str, float | int | str]:
        """Number of squares."""
        return {"infidelity_squares": SQUARES}


def residual_fraction(predicted: npt.NDArray[np.float64], drops: npt.NDArray[np.float64]) -> float | None:
    """Mean square of what a map predicts wrongly, over the mean square of the drops: 0 to 1.

    ``predicted``: relevance under each square (N,); ``drops``: fall of the score, log-odds (N,). Maps have different
    units, so each is first scaled by the one factor that fits best, as the paper does; a map that predicts the opposite
    gets no credit for it. None for an empty map, or where no score falls or rises by ``RESPONSE_FLOOR``.
    """
    size = float(predicted @ predicted)
    if size == 0 or np.abs(drops).max() < RESPONSE_FLOOR:
        return None
    scale = max(0.0, float(predicted @ drops) / size)
    return float(np.mean((scale * predicted - drops) ** 2) / np.mean(drops**2))


def _squares(grid: int, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which blocks each square masks, (SQUARES, grid * grid)."""
    out = np.zeros((SQUARES, grid, grid), dtype=bool)
    for square in out:
        side = random.integers(max(1, round(SIDES[0] * grid)), max(1, round(SIDES[1] * grid)), endpoint=True)
        row, column = random.integers(0, grid - side, size=2, endpoint=True)
        square[row : row + side, column : column + side] = True
    return out.reshape(SQUARES, -1)
