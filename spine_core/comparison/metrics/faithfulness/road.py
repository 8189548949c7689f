"""ROAD: removal of the most relevant parts with imputation, which hides the mask. After Rong 2022, arXiv 2202.00449."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage, sparse

from spine_core.comparison.metrics.base import (
    CurveFacts,
    Direction,
    EvaluatedMap,
    MapMetric,
    Metric,
    MetricContext,
    MetricResult,
    Property,
)
from spine_core.comparison.metrics.faithfulness.deletion_insertion import curve_of
from spine_core.explanation.perturbation.masked_scores import score_images
from spine_core.progress import Progress

FRACTIONS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Fractions of the image that are removed. With more than half removed, imputation has little to start from."""

NOISE = 0.01
"""Standard deviation of the noise on imputed pixels, as in the paper, so that their smoothness does not reveal them."""

NEAR = {(0, 1): 1 / 6, (1, 0): 1 / 6, (0, -1): 1 / 6, (-1, 0): 1 / 6,
        (1, 1): 1 / 12, (1, -1): 1 / 12, (-1, 1): 1 / 12, (-1, -1): 1 / 12}  # fmt: skip
"""Weights of a pixel's eight neighbours, by their offset (rows, columns)."""


ROAD_LOG_ODDS = Metric(
    "road_log_odds",
    "ROAD, mean log-odds",
    Direction.LOWER,
    Property.FAITHFULNESS,
    "After Rong et al. 2022, arXiv 2202.00449; of one image, over blocks instead of pixels, of log-odds instead of "
    "accuracy",
    "Removed parts are interpolated from their edges, which can create new anatomy; blocks are removed, not pixels.",
    curve=CurveFacts(
        "ROAD",
        "removed",
        "The most relevant parts are interpolated from their edges, so that the mask itself carries no information. "
        "A faithful map falls faster than the bands.",
    ),
)


class Road(MapMetric):
    """Scores while the most relevant of the context's blocks are removed and imputed; value: their mean."""

    metrics = (ROAD_LOG_ODDS,)
    work = 0.11

    def evaluate(
        self, maps: Sequence[EvaluatedMap], context: MetricContext, progress: Progress
    ) -> tuple[MetricResult, ...]:
        """One result with its curve per map; the noise is the same for all maps."""
        pixels, segments = context.image.pixels, context.blocks
        orders = [context.ranking(one) for one in maps]
        steps = len(FRACTIONS) - 1
        count = len(maps) * steps

        def removed(number: int) -> npt.NDArray[np.float32]:
            # Imputing an image takes as long as evaluating it, so a cancel is checked in between.
            progress(number / count, "ROAD")
            order = orders[number // steps]
            removed_blocks = order[: round(FRACTIONS[1 + number % steps] * order.size)]
            return imputed(pixels, np.isin(segments, removed_blocks), np.random.default_rng(context.seed))

        full = float(context.network.score(pixels[None], context.target)[0])
        scores = score_images(context.network, removed, count, context.target, progress, "ROAD")
        curves = [curve_of(np.array(FRACTIONS), np.array([full, *row])) for row in scores.reshape(-1, steps)]
        return tuple(
            one.result(ROAD_LOG_ODDS, curve.log_odds_auc, curve=curve)
            for one, curve in zip(maps, curves, strict=True)
        )

    def settings(self, context: MetricContext) -> Mapping[str, float | int | str]:
        """Fractions removed."""
        return {"road_fractions": ", ".join(f"{fraction:.0%}" for fraction in FRACTIONS)}


def imputed(
    pixels: npt.NDArray[np.float32], removed_mask: npt.NDArray[np.bool_], random: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Noisy linear imputation: every removed pixel becomes the weighted mean of its neighbours, plus noise.

    ``pixels``: (channels, size, size). ``removed_mask``: (size, size), not all True. A missing weighting stays zeros.
    """
    if not removed_mask.any():
        return pixels
    out = pixels.copy()
    solved = sparse.linalg.splu(_system(removed_mask), **_SYMMETRIC)
    for channel, image in enumerate(pixels):
        if not np.any(image):
            continue
        known = np.where(removed_mask, 0.0, image).astype(np.float64)
        right = np.sum(
            [weight * _shifted(known, step)[removed_mask] for step, weight in NEAR.items()], axis=0
        )
        out[channel][removed_mask] = solved.solve(right) + NOISE * random.standard_normal(right.size)
    return out


_SYMMETRIC = {"permc_spec": "MMD_AT_PLUS_A", "diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}
"""Three times faster than the default for a matrix of this kind."""


def _system(removed_mask: npt.NDArray[np.bool_]) -> sparse.csc_matrix:
    """Left-hand side: each unknown times its weights inside the image, minus its weighted unknown neighbours."""
    count = int(removed_mask.sum())
    number = np.zeros(removed_mask.shape)  # from 1; 0 for known pixels and beyond the edge
    number[removed_mask] = np.arange(1, count + 1)
    inside = np.ones(removed_mask.shape)
    rows, columns, values = [], [], []
    total = np.zeros(count)
    for step, weight in NEAR.items():
        total += weight * _shifted(inside, step)[removed_mask]
        neighbour = _shifted(number, step)[removed_mask].astype(int) - 1
        unknown = np.flatnonzero(neighbour >= 0)
        rows.append(unknown)
        columns.append(neighbour[unknown])
        values.append(np.full(unknown.size, -weight))
    diagonal = np.arange(count)
    entries = (np.concatenate([*rows, diagonal]), np.concatenate([*columns, diagonal]))
    return sparse.csc_matrix((np.concatenate([*values, total]), entries), shape=(count, count))


def _shifted(image: npt.NDArray[np.float64], step: tuple[int, int]) -> npt.NDArray[np.float64]:
    """The value at offset ``step`` from every pixel; 0 beyond the edge."""
    shifted: npt.NDArray[np.float64] = ndimage.shift(image, (-step[0], -step[1]), order=0)
    return shifted
