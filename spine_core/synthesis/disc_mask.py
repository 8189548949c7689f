"""Where a what-if image may change: the disc, its endplates and the anterior canal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.anatomy.types import Structure
from spine_core.grading.types import DiscImage
from spine_core.networks.preprocessing import Preprocessing

HALF_HEIGHT, HALF_LENGTH, POSTERIOR = 0.34, 0.68, 0.08
"""Half axes of the ellipse and how far its centre lies behind the disc's, in inter-disc distances. A disc reaches 0.46
to either side and about 0.15 up and down; the rest is room for a bulge and for endplates that move."""
EDGE = 0.3
"""Width of the soft edge, as a fraction of the ellipse's axes."""


def disc_mask(size: int, preprocessing: Preprocessing | None = None) -> npt.NDArray[np.float32]:
    """1 inside the ellipse, 0 outside, with a soft edge, over the disc view of a network: (size, size)."""
    view = preprocessing or Preprocessing()
    unit = size / view.width
    middle = (size - 1) / 2
    rows, columns = np.mgrid[:size, :size].astype(np.float64)
    down = (rows - middle) / (HALF_HEIGHT * unit)
    across = (columns - middle + (view.shift - POSTERIOR) * unit) / (HALF_LENGTH * unit)
    inside = np.clip((1 - np.hypot(down, across)) / EDGE, 0, 1)
    return np.asarray(inside**2 * (3 - 2 * inside), dtype=np.float32)


def segmented_disc(image: DiscImage) -> npt.NDArray[np.bool_] | None:
    """The segmented disc in the middle of the ellipse, bool (size, size); None where there is none or it is unknown."""
    if image.regions is None:
        return None
    labels, count = ndimage.label(image.regions == Structure.DISC)
    if not count:
        return None
    weight = ndimage.sum(disc_mask(len(labels)), labels, range(1, count + 1))
    return np.asarray(labels == 1 + int(np.argmax(weight))) if np.max(weight) > 0 else None
