"""Tells greys that are inverted although the header does not say so by their pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.study.frame import Mask, Pixels

Grey = npt.NDArray[np.float32]

SMALLEST_SIDE = 32
"""Smaller images have no background that could be told from what is in them."""
RING = 0.05
"""Width of the image's rim as a share of its shorter side: outside of the body nearly everywhere."""
BRIGHT_RING, BRIGHT_IMAGE = 0.7, 0.55
"""Median of the rim and mean of the image, 0 dark to 1 bright, above which the background is bright. Of the 1,815 real
images in ``SPINELENS_DATA`` none has more than 0.17 and 0.42, of their negatives none less than 0.83 and 0.58."""
BRIGHT_FRAMED = 0.8
"""The same for the rim within a frame of one value, such as a screenshot has: there rim and body are nearer."""

INVERTED = "its greys look inverted (a bright background around a darker body)"


def looks_inverted(pixels: Pixels, padding: Mask | None = None, *, inverted: bool = False) -> bool:
    """True where most of three slices have a bright background around a darker body.

    ``pixels``: (slices, rows, columns). ``padding``: True in the same shape for those without a grey value.
    ``inverted``: whether large is meant to be dark.
    """
    if min(pixels.shape[1:]) < SMALLEST_SIDE:
        return False
    indices = sorted({len(pixels) // 4, len(pixels) // 2, 3 * len(pixels) // 4})
    votes = []
    for index in indices:
        image = np.asarray(pixels[index], dtype=np.float32)
        known = np.ones(image.shape, dtype=np.bool_) if padding is None else ~padding[index]
        votes.append(_is_negative(-image if inverted else image, known))
    return sum(votes) > len(votes) / 2


def _is_negative(image: Grey, known: Mask) -> bool:
    """``known``: pixels that have a grey value."""
    if _rim_is_bright(image, known, BRIGHT_RING):
        return True
    framed = known & (image != image[0, 0])
    return bool(_is_frame(framed)) and _rim_is_bright(image, framed, BRIGHT_FRAMED)


def _is_frame(inside: Mask) -> bool:
    """Whether what is not ``inside`` runs around the image."""
    return not (inside[0].any() or inside[-1].any() or inside[:, 0].any() or inside[:, -1].any())


def _rim_is_bright(image: Grey, known: Mask, least: float) -> bool:
    """``known``: pixels that are looked at; the rim is that of the rectangle around them."""
    rows, columns = np.flatnonzero(known.any(axis=1)), np.flatnonzero(known.any(axis=0))
    if min(len(rows), len(columns)) < SMALLEST_SIDE:
        return False
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    image, known = image[part], known[part]
    low, high = np.percentile(image[known], [1.0, 99.0])
    if not 0 < high - low < np.inf:
        return False
    grey = np.clip((image - low) / (high - low), 0.0, 1.0)
    width = max(1, round(RING * min(image.shape)))
    rim = known.copy()
    rim[width:-width, width:-width] = False
    return bool(np.median(grey[rim]) > least and np.mean(grey[known]) > BRIGHT_IMAGE)
