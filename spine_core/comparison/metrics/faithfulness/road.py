"""ROAD: the strongest parts removed so that the hole itself says nothing. Rong 2022, arXiv 2202.00449."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage, sparse

from spine_core.comparison.metrics.faithfulness.deletion_insertion import GRID, Ranked, curve_of
from spine_core.comparison.metrics.grid import strongest_first, to_grid
from spine_core.comparison.types import RoadCurve
from spine_core.explanation.base import ScoreModel
from spine_core.explanation.perturbation.masked_scores import score_images
from spine_core.explanation.perturbation.superpixels import blocks
from spine_core.grading.types import DiscImage
from spine_core.networks.target import Target
from spine_core.progress import Progress

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Shares of the picture that are removed. With more gone than half, little is left to continue from."""

NOISE = 0.01
"""Standard deviation of what is added to the imputed pixels, as in the paper: smoothness shall not give them away."""

NEAR = {(0, 1): 1 / 6, (1, 0): 1 / 6, (0, -1): 1 / 6, (-1, 0): 1 / 6,
        (1, 1): 1 / 12, (1, -1): 1 / 12, (-1, 1): 1 / 12, (-1, -1): 1 / 12}  # fmt: skip
"""Weights of a pixel's eight neighbours, (rows, columns) away."""


def road(
    maps: Sequence[Ranked],
    network: ScoreModel,
    image: DiscImage,
    target: Target,
    seed: int,
    progress: Progress,
) -> tuple[RoadCurve, ...]:
    """The answers while the strongest blocks are removed and imputed, strongest first; one curve per map.

    Blocks of ``faithfulness.GRID`` per side rather than single pixels, as in deletion; the same noise for all maps.
    """
    size = image.pixels.shape[-1]
    grid = min(GRID, size)
    pieces = blocks(size, grid)
    orders = [strongest_first(to_grid(one.map, (grid, grid)), np.random.default_rng(seed)) for one in maps]
    steps = len(SHARES) - 1
    count = len(maps) * steps

    def picture(number: int) -> npt.NDArray[np.float32]:
        # Imputing a picture takes as long as asking about it, so a cancel is listened for in between.
        progress(number / count, "Removing parts")
        order = orders[number // steps]
        gone = order[: round(SHARES[1 + number % steps] * order.size)]
        return imputed(image.pixels, np.isin(pieces, gone), np.random.default_rng(seed))

    full = float(network.score(image.pixels[None], target)[0])
    answers = score_images(network, picture, count, target, progress, "Removing parts").reshape(-1, steps)
    return tuple(
        RoadCurve(one.method, curve_of(np.array(SHARES), np.array([full, *row])), one.draw)
        for one, row in zip(maps, answers, strict=True)
    )


def imputed(
    pixels: npt.NDArray[np.float32], gone: npt.NDArray[np.bool_], random: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Noisy linear imputation: every pixel that is gone becomes the weighted mean of its neighbours, plus noise.

    ``pixels``: (channels, size, size). ``gone``: (size, size); some pixel must be left. A missing weighting stays
    zeros.
    """
    if not gone.any():
        return pixels
    out = pixels.copy()
    solved = sparse.linalg.splu(_system(gone), **_SYMMETRIC)
    for channel, picture in enumerate(pixels):
        if not np.any(picture):
            continue
        known = np.where(gone, 0.0, picture).astype(np.float64)
        right = np.sum([weight * _moved(known, step)[gone] for step, weight in NEAR.items()], axis=0)
        out[channel][gone] = solved.solve(right) + NOISE * random.standard_normal(right.size)
    return out


_SYMMETRIC = {"permc_spec": "MMD_AT_PLUS_A", "diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}
"""Three times faster than the default for a matrix of this kind."""


def _system(gone: npt.NDArray[np.bool_]) -> sparse.csc_matrix:
    """Left-hand side: each unknown times the weights it has inside the picture, less its unknown neighbours."""
    count = int(gone.sum())
    number = np.zeros(gone.shape)  # counted from 1; 0 is what is known, or beyond the edge
    number[gone] = np.arange(1, count + 1)
    inside = np.ones(gone.shape)
    rows, columns, values = [], [], []
    total = np.zeros(count)
    for step, weight in NEAR.items():
        total += weight * _moved(inside, step)[gone]
        beside = _moved(number, step)[gone].astype(int) - 1
        unknown = np.flatnonzero(beside >= 0)
        rows.append(unknown)
        columns.append(beside[unknown])
        values.append(np.full(unknown.size, -weight))
    everyone = np.arange(count)
    place = (np.concatenate([*rows, everyone]), np.concatenate([*columns, everyone]))
    return sparse.csc_matrix((np.concatenate([*values, total]), place), shape=(count, count))


def _moved(picture: npt.NDArray[np.float64], step: tuple[int, int]) -> npt.NDArray[np.float64]:
    """What stands ``step`` away from every pixel; 0 beyond the edge."""
    moved: npt.NDArray[np.float64] = ndimage.shift(picture, (-step[0], -step[1]), order=0)
    return moved
