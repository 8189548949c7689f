"""What LIME and SHAP fit, from the scores of all combinations of a few regions: exact, without sampling."""

from __future__ import annotations

from math import factorial

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]


def combinations(regions: int) -> npt.NDArray[np.bool_]:
    """(2^regions, regions): row ``i`` shows the regions whose bits are set in ``i``, region 0 in the lowest."""
    numbers = np.arange(2**regions)[:, None]
    return ((numbers >> np.arange(regions)) & 1).astype(np.bool_)


def shapley_values(scores: Scores) -> Scores:
    """(regions,): mean change of the score when a region is shown, over all orders in which regions can be shown.

    ``scores``: of ``combinations``. The values add up to the score of the whole image less that of none of it.
    Shapley 1953; Lundberg 2017, arXiv 1705.07874.
    """
    regions = int(np.log2(len(scores)))
    shown = combinations(regions)
    sizes = shown.sum(axis=1)
    orders = np.array([factorial(size) * factorial(regions - size - 1) for size in range(regions)])
    values = np.empty(regions)
    for region in range(regions):
        without = np.flatnonzero(~shown[:, region])
        gain = scores[without + 2**region] - scores[without]
        values[region] = (gain * orders[sizes[without]]).sum() / factorial(regions)
    return values


def lime_weights(scores: Scores, width: float = 0.25) -> Scores:
    """(regions,): weights of the linear model that fits the scores best, images near the original counting most.

    ``scores``: of ``combinations``. ``width``: of the exponential kernel over the cosine distance, that of the
    package lime for images. Ribeiro 2016, arXiv 1602.04938.
    """
    shown = combinations(int(np.log2(len(scores))))[1:]
    distance = 1 - np.sqrt(shown.mean(axis=1))
    kernel = np.sqrt(np.exp(-(distance**2) / width**2))
    design = np.column_stack([np.ones(len(shown)), shown])
    root = np.sqrt(kernel)[:, None]
    found, *_ = np.linalg.lstsq(design * root, scores[1:] * root[:, 0], rcond=None)
    return np.asarray(found[1:])
