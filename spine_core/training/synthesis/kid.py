"""Kernel inception distance: how unlike two sets of images are, by their features.

Binkowski 2018, arXiv 1801.01401: the unbiased estimate of the squared maximum mean discrepancy with the kernel
(x y / d + 1) ** 3. It can be slightly negative where the two are alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.bootstrap import multiplicities, percentile_interval

Features = npt.NDArray[np.float64]
"""One row per image."""


@dataclass(frozen=True)
class Distance:
    """A distance with its 95 % interval over patients, and the number of images on both sides."""

    value: float
    low: float
    high: float
    images: int
    others: int


def kernel(one: Features, other: Features) -> Features:
    """(x y / d + 1) ** 3 for all pairs of rows."""
    return np.asarray((one @ other.T / one.shape[1] + 1) ** 3, dtype=np.float64)


def kid(one: Features, other: Features) -> float:
    """The distance of two sets of features; both need at least two rows."""
    weights = np.ones((1, len(one))), np.ones((1, len(other)))
    return float(_weighted(kernel(one, one), kernel(other, other), kernel(one, other), *weights)[0])


def kid_interval(
    one: Features,
    other: Features,
    patients: npt.NDArray[np.str_],
    others: npt.NDArray[np.str_],
    seed: int = 0,
) -> Distance:
    """The distance with its interval: all images of a patient are resampled together, on both sides.

    ``patients``, ``others``: of the rows of ``one`` and ``other``; every synthetic image is its own. A resampled image
    is never paired with itself, which would count as similarity.
    """
    kernels = kernel(one, one), kernel(other, other), kernel(one, other)
    drawn = _weighted(*kernels, multiplicities(patients, seed), multiplicities(others, seed + 1))
    return Distance(kid(one, other), *percentile_interval(drawn), len(one), len(other))


def _weighted(xx: Features, yy: Features, xy: Features, x: Features, y: Features) -> Features:
    """The estimate for each row of weights ``x`` (draws, images) and ``y`` (draws, others)."""
    return np.asarray(_within(xx, x) + _within(yy, y) - 2 * _across(xy, x, y))


def _within(values: Features, weights: Features) -> Features:
    own = np.einsum("dn,n->d", weights**2, np.diagonal(values))
    pairs = weights.sum(axis=1) ** 2 - (weights**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((np.einsum("dn,dn->d", weights @ values, weights) - own) / pairs)


def _across(values: Features, x: Features, y: Features) -> Features:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.einsum("dn,dn->d", x @ values, y) / (x.sum(axis=1) * y.sum(axis=1)))
