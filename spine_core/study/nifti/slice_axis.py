"""Infers the axis along which the slices of a volume were acquired: headers rarely state it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

THICK = 2.0
"""An axis with steps at least this many times as long as the others is the slice axis: no pixel is so long."""
THICKER = 1.3
"""An axis with steps at least this many times as long is likely the slice axis."""
FEW = 0.5
"""An axis with at most this fraction of the samples of each other axis is likely the slice axis."""
SQUARE = 0.02
"""Largest relative difference of the sides of a square pixel; nearly all pixels are square."""


def slice_axis(shape: Sequence[int], steps: Sequence[float], stated: int | None) -> int | None:
    """Index of the slice axis; None for cubic voxels, which can be sliced along any axis.

    ``shape``: samples per axis. ``steps``: voxel size per axis, in one unit. ``stated``: the axis in the header. It is
    used only where the voxels do not determine the axis, since software often leaves it unchanged when it rotates or
    resamples a volume.
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
