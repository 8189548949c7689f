"""The axis along which a volume was cut into slices, by evidence: headers rarely say it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

THICK = 2.0
"""Slices this many times as thick as pixels are wide: no pixel is so long, so this is the slice axis."""
THICKER = 1.3
"""Slices this much thicker than pixels are wide: likely the slice axis."""
FEW = 0.5
"""An axis with at most this share of the samples of each other one is likely the slice axis."""
SQUARE = 0.02
"""Relative difference up to which two sides of a pixel are equal; nearly all pixels are square."""


def slice_axis(shape: Sequence[int], steps: Sequence[float], stated: int | None) -> int | None:
    """Index of the slice axis; None where a volume could as well be cut along any.

    ``shape``: samples per axis. ``steps``: voxel size per axis, in one unit. ``stated``: the axis in the header, which
    counts where the voxels leave it open: software that turns or resamples a volume often leaves it unchanged. Cubes
    lose nothing along any axis.
    """
    single = [axis for axis in range(3) if shape[axis] == 1]
    if len(single) == 1:
        return single[0]
    longest, fewest = int(np.argmax(steps)), int(np.argmin(shape))
    ratio = steps[longest] / max(steps[axis] for axis in range(3) if axis != longest)
    if ratio >= THICK:
        return longest
    if all(shape[fewest] <= FEW * shape[axis] for axis in range(3) if axis != fewest):
        return fewest
    if ratio >= THICKER:
        return longest
    if max(steps) - min(steps) <= SQUARE * max(steps):
        return None
    odd = _odd_one_out(steps)
    return odd if odd is not None else stated


def _odd_one_out(steps: Sequence[float]) -> int | None:
    """The axis whose step differs where the other two are equal, as the sides of a pixel are."""
    for axis in range(3):
        one, other = (steps[index] for index in range(3) if index != axis)
        same = abs(one - other) <= SQUARE * max(one, other)
        if same and abs(steps[axis] - one) > SQUARE * max(steps[axis], one):
            return axis
    return None
