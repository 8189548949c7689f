"""Discs from the masks of people."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Structure
from spine_core.evaluation.types import DiscLabel, Point
from spine_core.training.datasets.common import gapless, level_of


def discs_of_mask(mask: npt.NDArray[np.uint8]) -> tuple[DiscLabel, ...]:
    """Centre and posterior edge of every disc in a mask, from the lowest upwards; nothing where it is fragmented.

    The posterior edge is known only where the canal is in the slice beside the disc.
    """
    from scipy import ndimage

    found, count = ndimage.label(mask == Structure.DISC)
    if not count:
        return ()
    sizes = ndimage.sum_labels(found > 0, found, range(1, count + 1))
    keep = [i + 1 for i, size in enumerate(sizes) if size > 0.25 * np.median(sizes)]
    centers = [ndimage.center_of_mass(found == i) for i in keep]
    order = sorted(range(len(keep)), key=lambda i: -centers[i][0])
    keep, centers = [keep[i] for i in order], [centers[i] for i in order]
    if not gapless(centers):
        return ()
    steps = [np.hypot(*np.subtract(a, b)) for a, b in itertools.pairwise(centers)]
    if min(steps) < 0.5 * np.median(steps):
        return ()
    canal = np.argwhere(mask == Structure.CANAL)
    discs = []
    for index, (label, center) in enumerate(zip(keep, centers, strict=True)):
        posterior = posterior_edge(np.argwhere(found == label), canal, float(np.median(steps)))
        discs.append(DiscLabel(level_of(index), (float(center[0]), float(center[1])), posterior))
    return tuple(discs)


def posterior_edge(disc: npt.NDArray[np.int64], canal: npt.NDArray[np.int64], pitch: float) -> Point | None:
    """Middle of the disc's margin that faces the canal, from the pixels of both; None where the canal is not near."""
    if not len(canal):
        return None
    from scipy.spatial import cKDTree

    distance, _ = cKDTree(canal).query(disc)
    if distance.min() > 0.25 * pitch:
        return None
    # The whole margin that faces the canal, not the one closest pixel, which jumps along a flat margin.
    facing = disc[distance <= distance.min() + 0.08 * pitch]
    row, column = facing.mean(axis=0)
    return float(row), float(column)
