"""Distinguishes masks and label maps from images by their pixels: NIfTI and PNG do not state it."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from spine_core.study.frame import Pixels

FLAT = 0.8
"""Least fraction of equal neighbours in the foreground of a label map, whose regions have one value each. In images of
the public datasets it is below 0.35."""
FLAT_AFTER_JPEG, FEW_GREYS = 0.48, 0.8
"""The same after JPEG compression, which rings around edges. Masks then have fewer equal neighbours, but nearly all of
their foreground lies in ``GREYS`` narrow bands of grey (at least 0.82 at quality 75). MR images at quality 10 reach
0.57 and less than 0.78."""
GREYS, BINS, BAND = 4, 64, 3
LEAST_FOREGROUND = 16
"""Least number of pixel pairs for a decision."""
SLICES = 5
"""Slices that are evaluated, spread over the stack."""


def is_label_map(pixels: Pixels) -> bool:
    """True where most of the foreground lies in regions of one value. ``pixels``: (slices, rows, columns)."""
    chosen = np.unique(np.linspace(0, len(pixels) - 1, SLICES).round().astype(int))
    part = np.asarray(pixels[chosen])
    values, counts = np.unique(part, return_counts=True)
    if len(values) < 2:
        return False
    flat = _equal_neighbours(part, values[np.argmax(counts)])
    return flat >= FLAT or (flat >= FLAT_AFTER_JPEG and _in_few_greys(part) >= FEW_GREYS)


def _equal_neighbours(part: Pixels, background: np.generic) -> float:
    """Fraction of neighbouring foreground pixels with equal values."""
    equal = pairs = 0
    for one, other in ((part[:, :, :-1], part[:, :, 1:]), (part[:, :-1], part[:, 1:])):
        inside = (one != background) & (other != background)
        pairs += int(inside.sum())
        equal += int((inside & (one == other)).sum())
    return equal / pairs if pairs >= LEAST_FOREGROUND else 0.0


def _in_few_greys(part: Pixels) -> float:
    """Fraction of the foreground in the ``GREYS`` fullest bands of the histogram."""
    histogram = np.histogram(part.astype(np.float64), BINS)[0].astype(np.float64)
    background = int(np.argmax(histogram))
    histogram[max(background - 2, 0) : background + 3] = 0
    total, held = float(histogram.sum()), 0.0
    for _ in range(GREYS):
        bands = ndimage.uniform_filter1d(histogram, BAND, mode="constant") * BAND
        fullest = int(np.argmax(bands))
        held += float(bands[fullest])
        histogram[max(fullest - 1, 0) : fullest + 2] = 0
    return held / total if total else 0.0
