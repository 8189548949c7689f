"""Maps of networks with different crops on the pixels of one of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spine_core.explanation.base import Explanation
from spine_core.grading.types import DiscImage


def align(explanation: Explanation, seen: DiscImage, onto: DiscImage) -> Explanation:
    """``explanation``, a map over ``seen``, resampled to the pixels of ``onto``; 0 where ``seen`` does not reach.

    The map itself where both are one crop. Raises ``ValueError`` where no channel of both is of the same slice.
    """
    if seen is onto:
        return explanation
    for one in seen.channels:
        for other in onto.channels:
            if one is None or other is None:
                continue
            if (one.series_uid, one.slice_index) != (other.series_uid, other.slice_index):
                continue
            if one.frame == other.frame and seen.pixels.shape[-2:] == onto.pixels.shape[-2:]:
                return explanation
            shape = (onto.pixels.shape[-2], onto.pixels.shape[-1])
            moved = one.frame.inverse().after(other.frame).resample(explanation.attribution, shape)
            return replace(explanation, attribution=np.asarray(moved, dtype=np.float32))
    msg = f"the networks see different slices at {onto.level}, so their maps cannot be put on one image"
    raise ValueError(msg)
