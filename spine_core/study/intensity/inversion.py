"""Detects an inverted grey scale from the pixels, where the header does not state it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.study.frame import Mask, Pixels

Grey = npt.NDArray[np.float32]

SMALLEST_SIDE = 32
"""In smaller images the background cannot be recognised."""
RING = 0.05
"""Width of the image's rim, as a fraction of its shorter side: nearly all of it lies outside the body."""
BRIGHT_RING, BRIGHT_IMAGE = 0.7, 0.55
"""Median of the rim and mean of the image, 0 dark to 1 bright, above which the background is bright. Of the 1,815 real
images in ``SPINELENS_DATA`` none has more than 0.17 and 0.42, of their negatives none less than 0.83 and 0.58."""
BRIGHT_FRAMED = 0.8
"""The limit for the rim within a frame of one value, as in screenshots, where the rim is nearer to the body."""

INVERTED = "its greys look inverted (a bright background around a darker body)"


def looks_inverted(pixels: Pixels, padding: Mask | None = None, *, inverted: bool = False) -> bool:
    """True where most of three slices have a bright background around a darker body.

    ``pixels``: (slices, rows, columns). ``padding``: same shape, True for pixels without a grey value.
    ``inverted``: MONOCHROME1.
    """
    if min(pixels.shape[1:]) < SMALLEST_SIDE:
        return False
    indices = sorted({len(pixels) // 4, len(pixels) // 2, 3 * len(pixels) // 4})
    negative = []
    for index in indices:
        image = np.asarray(pixels[index], dtype=np.float32)
        known = np.ones(image.shape, dtype=np.bool_) if padding is None else ~padding[index]
        negative.append(_is_negative(-image if inverted else image, known))
    return sum(negative) > len(negative) / 2


def _is_negative(image: Grey, known: Mask) -> bool:
    """``known``: pixels that have a grey value."""
    if _rim_is_bright(image, known, BRIGHT_RING):
        return True
    framed = known & (image != image[0, 0])
    return bool(_is_frame(framed)) and _rim_is_bright(image, framed, BRIGHT_FRAMED)


def _is_frame(inside: Mask) -> bool:
    """Whether the pixels that are not ``inside`` surround the image."""
    return not (inside[0].any() or inside[-1].any() or inside[:, 0].any() or inside[:, -1].any())


def _rim_is_bright(image: Grey, known: Mask, least: float) -> bool:
    """Whether the rim of the bounding box of ``known`` pixels is brighter than ``least``."""
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
