"""Padding that a DICOM header names: pixels that fill the rectangle and have no grey value (PS3.3 C.7.5.1.1.2)."""

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

NEAR = 0.05
"""Share of the range of all other values within which a padding value cannot be told from a real one. Scanners that
write a padding value of 0 for the air around the body have zeros inside the body as well."""
MOST = 0.99
"""A padding range with more than this share of a varied image in it is an error of the header."""


def header_padding(
    values: Numbers, words: Numbers, dataset: Dataset, layout: PixelHeader, keyword: str
) -> tuple[Mask | None, tuple[Note, ...]]:
    """Pixels (frames, rows, columns) that are padding, None where there are none, and what is to be said about it.

    ``values``: stored values. ``words``: the words that they were taken from, which may hold further bits.
    ``keyword``: of the pixel data.
    """
    limits = _limits(dataset, layout, keyword)
    if limits is None:
        return None, ()
    low, high = limits
    # A padding value that the bits stored cannot hold is found in whole words only.
    searched = values if _storable(limits, layout) else words
    marked = (searched >= low) & (searched <= high)
    if low != high and np.mean(marked) > MOST and np.ptp(values) > 0:
        text = "The header marks nearly every pixel as padding; this is taken for an error and not followed."
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
    """Many writers choose US or SS by habit, not by Pixel Representation, which reads -32768 as 32768."""
    if value is None or keyword != "PixelData":
        return value
    word = int(value) % 2**layout.bits_allocated
    negative = layout.signed and word >= 2 ** (layout.bits_allocated - 1)
    return float(word - 2**layout.bits_allocated if negative else word)


def _storable(limits: tuple[float, float], layout: PixelHeader) -> bool:
    lowest = -(2 ** (layout.bits_stored - 1)) if layout.signed else 0
    return lowest <= limits[0] and limits[1] < lowest + 2**layout.bits_stored


def _padding(values: Numbers, marked: Mask) -> Mask:
    """Of the pixels of one slice that hold a padding value (``marked``) those that are padding.

    All of them where that value is apart from all others, else areas, not specks, at the edge of the slice.
    """
    others = values[~marked]
    if not others.size:
        return marked
    low, high = float(others.min()), float(others.max())
    margin = NEAR * (high - low)
    apart = (values < low - margin) | (values > high + margin)
    areas = ndimage.binary_erosion(marked, np.ones((3, 3)), border_value=1)
    return np.asarray(ndimage.binary_propagation(marked & (apart | at_edge(areas)), mask=marked))


def at_edge(mask: Mask) -> Mask:
    """Those pixels of ``mask`` (rows, columns) that are connected to the edge of the slice through others of it."""
    edge = np.ones_like(mask)
    edge[1:-1, 1:-1] = False
    return np.asarray(ndimage.binary_propagation(mask & edge, mask=mask))
