"""Discs from reference masks."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Structure
from spine_core.evaluation.types import DiscLabel, Point
from spine_core.training.datasets.common import is_contiguous, level_of


def discs_of_mask(mask: npt.NDArray[np.uint8]) -> tuple[DiscLabel, ...]:
    """Centre and posterior edge of every disc in a mask, from caudal to cranial; empty if the mask is fragmented.

    The posterior edge is known only if the slice shows the canal at the disc.
    """
    from scipy import ndimage

    components, count = ndimage.label(mask == Structure.DISC)
    if not count:
        return ()
    sizes = ndimage.sum_labels(components > 0, components, range(1, count + 1))
    selected = [i + 1 for i, size in enumerate(sizes) if size > 0.25 * np.median(sizes)]
    centers = ndimage.center_of_mass(components > 0, components, selected)
    order = sorted(range(len(selected)), key=lambda i: -centers[i][0])
    selected, centers = [selected[i] for i in order], [centers[i] for i in order]
    if not is_contiguous(centers):
        return ()
    steps = [np.hypot(*np.subtract(a, b)) for a, b in itertools.pairwise(centers)]
    if min(steps) < 0.5 * np.median(steps):
        return ()
    to_canal = distance_to(mask == Structure.CANAL)
    discs = []
    for index, (label, center) in enumerate(zip(selected, centers, strict=True)):
        posterior = posterior_edge(np.argwhere(components == label), to_canal, float(np.median(steps)))
        discs.append(DiscLabel(level_of(index), (float(center[0]), float(center[1])), posterior))
    return tuple(discs)


def distance_to(structure: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64] | None:
    """Distance of every pixel to the nearest one of ``structure``, in pixels; None where there is none."""
    from scipy import ndimage

    if not structure.any():
        return None
    return np.asarray(ndimage.distance_transform_edt(~structure), dtype=np.float64)


def posterior_edge(
    disc: npt.NDArray[np.int64], to_canal: npt.NDArray[np.float64] | None, inter_disc: float
) -> Point | None:
    """Midpoint of the disc margin that faces the canal; None if the canal is not near.

    ``disc``: its pixels (N, 2). ``to_canal``: of every pixel of the slice, see ``distance_to``.
    """
    if to_canal is None:
        return None
    distance = to_canal[disc[:, 0], disc[:, 1]]
    if distance.min() > 0.25 * inter_disc:
        return None
    # The mean over the whole margin: the single closest pixel is unstable along a flat margin.
    facing = disc[distance <= distance.min() + 0.08 * inter_disc]
    row, column = facing.mean(axis=0)
    return float(row), float(column)
