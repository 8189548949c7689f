"""Pixel padding (PS3.3 C.7.5.1.1.2): pixels outside the image data, without a grey value."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from scipy import ndimage

from spine_core.study.dicom.header_values import number
from spine_core.study.dicom.image_pixel_module import PixelHeader
from spine_core.study.frame import Mask
from spine_core.study.types import Note, Severity

Numbers = npt.NDArray[Any]

LIMITS = {
    "PixelData": ("PixelPaddingValue", "PixelPaddingRangeLimit"),
    "FloatPixelData": ("FloatPixelPaddingValue", "FloatPixelPaddingRangeLimit"),
    "DoubleFloatPixelData": ("DoubleFloatPixelPaddingValue", "DoubleFloatPixelPaddingRangeLimit"),
}
"""The padding value and the limit of its range, by the element of the pixel data."""

MARGIN = 0.05
"""Margin around the range of all other values, as a fraction of that range, within which a padding value may also be a
real value. Scanners that write 0 as padding value for air have zeros inside the body as well."""
MAX_FRACTION = 0.99
"""A padding range that covers more than this fraction of an image with several values is an error of the header."""


def header_padding(
    values: Numbers, words: Numbers, dataset: Dataset, layout: PixelHeader, keyword: str
) -> tuple[Mask | None, tuple[Note, ...]]:
    """The mask of padding (frames, rows, columns), None where there is none, and notes.

    ``values``: stored values. ``words``: the words that contain them, which may hold further bits. ``keyword``: of the
    pixel data.
    """
    limits = _limits(dataset, layout, keyword)
    if limits is None:
        return None, ()
    low, high = limits
    # A padding value outside the range of the stored bits is found in whole words only.
    searched = values if _storable(limits, layout) else words
    marked = (searched >= low) & (searched <= high)
    if low != high and np.mean(marked) > MAX_FRACTION and np.ptp(values) > 0:
        text = "The header marks nearly every pixel as padding; this is treated as an error and ignored."
        return None, (Note(Severity.WARNING, text),)
    found = np.stack([_padding(one, mask) for one, mask in zip(values, marked, strict=True)])
    return (found if found.any() else None), ()


def _limits(dataset: Dataset, layout: PixelHeader, keyword: str) -> tuple[float, float] | None:
    """Both inclusive; the header may give them in either order."""
    first, second = (_in_sign_of_pixels(number(dataset, name), layout, keyword) for name in LIMITS[keyword])
    if first is None:
        return None
    return (first, first) if second is None else (min(first, second), max(first, second))


def _in_sign_of_pixels(value: float | None, layout: PixelHeader, keyword: str) -> float | None:
    """The value in the sign of the pixels: many writers use US or SS without regard to Pixel Representation."""
    if value is None or keyword != "PixelData":
        return value
    word = int(value) % 2**layout.bits_allocated
    negative = layout.signed and word >= 2 ** (layout.bits_allocated - 1)
    return float(word - 2**layout.bits_allocated if negative else word)


def _storable(limits: tuple[float, float], layout: PixelHeader) -> bool:
    lowest = -(2 ** (layout.bits_stored - 1)) if layout.signed else 0
    return lowest <= limits[0] and limits[1] < lowest + 2**layout.bits_stored


def _padding(values: Numbers, marked: Mask) -> Mask:
    """The padding among the pixels of one slice that hold a padding value (``marked``).

    These are all where that value lies apart from all others, else areas (not single pixels) at the slice's edge.
    """
    others = values[~marked]
    if not others.size:
        return marked
    low, high = float(others.min()), float(others.max())
    margin = MARGIN * (high - low)
    apart = (values < low - margin) | (values > high + margin)
    areas = ndimage.binary_erosion(marked, np.ones((3, 3)), border_value=1)
    return np.asarray(ndimage.binary_propagation(marked & (apart | at_edge(areas)), mask=marked))


def at_edge(mask: Mask) -> Mask:
    """The pixels of ``mask`` (rows, columns) that are connected to the edge of the slice within the mask."""
    edge = np.ones_like(mask)
    edge[1:-1, 1:-1] = False
    return np.asarray(ndimage.binary_propagation(mask & edge, mask=mask))
