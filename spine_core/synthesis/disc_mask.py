"""Where a what-if image may change: the disc and, by condition, its endplates or the canal behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.anatomy.types import Structure
from spine_core.grading.types import DiscImage
from spine_core.networks.preprocessing import Preprocessing


@dataclass(frozen=True)
class Ellipse:
    """Half axes, and how far the centre lies behind the disc's, in inter-disc distances."""

    half_height: float
    half_length: float
    posterior: float


DISC = Ellipse(0.34, 0.68, 0.08)
"""A disc reaches 0.46 to either side and about 0.15 up and down; the rest is room for endplates that move."""
ENDPLATES = Ellipse(0.5, 0.68, 0.08)
"""With the marrow beside the endplates; the next disc begins at 0.7."""
CANAL = Ellipse(0.4, 0.5, 0.78)
"""From the disc's posterior edge across the canal to the yellow ligament: where a bulge or a herniation protrudes to,
and what narrows the canal. A canal is about 0.5 deep."""
EDGE = 0.3
"""Width of the soft edge, as a fraction of an ellipse's axes."""


_DISC_ONLY = ("pfirrmann", "ddd", "narrowing")
_ENDPLATES = ("modic", "endplate_upper", "endplate_lower")


def disc_mask(size: int, condition: str) -> npt.NDArray[np.float32]:
    """1 where ``condition`` can show, 0 elsewhere, with a soft edge, over the released networks' view: (size, size).

    Conditions that the released networks do not report may show in the disc and the canal.
    """
    if condition in _ENDPLATES:
        return _inside(ENDPLATES, size)
    disc = _inside(DISC, size)
    return disc if condition in _DISC_ONLY else np.maximum(disc, _inside(CANAL, size))


def _inside(ellipse: Ellipse, size: int) -> npt.NDArray[np.float32]:
    view = Preprocessing()
    unit = size / view.width
    middle = (size - 1) / 2
    rows, columns = np.mgrid[:size, :size].astype(np.float64)
    down = (rows - middle) / (ellipse.half_height * unit)
    across = (columns - middle + (view.shift - ellipse.posterior) * unit) / (ellipse.half_length * unit)
    inside = np.clip((1 - np.hypot(down, across)) / EDGE, 0, 1)
    return np.asarray(inside**2 * (3 - 2 * inside), dtype=np.float32)


def segmented_disc(image: DiscImage) -> npt.NDArray[np.bool_] | None:
    """The segmented disc in the middle of the view, bool (size, size); None where there is none or it is unknown."""
    if image.regions is None:
        return None
    labels, count = ndimage.label(image.regions == Structure.DISC)
    if not count:
        return None
    weight = ndimage.sum(_inside(DISC, len(labels)), labels, range(1, count + 1))
    return np.asarray(labels == 1 + int(np.argmax(weight))) if np.max(weight) > 0 else None
