"""Modality values to grey for the screen (DICOM PS3.3 C.11.2)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from spine_core.study.model import Series

DARK_PERCENTILE, BRIGHT_PERCENTILE = 1.0, 99.5
"""MR has no absolute scale: without a header window nearly all values are shown, and bright vessels may clip."""
SAMPLE = 200_000
"""Values that percentiles are taken from; more change them by less than a grey step."""


def display_window(series: Series, index: int) -> tuple[float, float]:
    """(centre, width) in modality values for slice ``index``.

    The header's window where there is one; 8-bit pictures as they are; else percentiles of the whole stack, so
    that brightness does not flicker while scrolling. Raises ``IndexError`` for a slice that is not there.
    """
    if not 0 <= index < series.slices:
        msg = f"slice {index} of {series.slices}"
        raise IndexError(msg)
    if series.window is not None:
        return series.window
    if series.pixels.dtype == np.uint8 and not series.modality:
        return 128.0, 256.0
    flat = series.pixels.reshape(-1)
    sample = flat[:: max(1, flat.size // SAMPLE)].astype(np.float64)
    low, high = np.percentile(sample, [DARK_PERCENTILE, BRIGHT_PERCENTILE])
    # LINEAR shows centre - 0.5 +- (width - 1) / 2 (C.11.2.1.2.1)
    width = max(float(high - low) + 1.0, 2.0)
    return float(low + high) / 2 + 0.5, width


def to_grey(series: Series, index: int, window: tuple[float, float] | None = None) -> npt.NDArray[np.uint8]:
    """Slice ``index`` as uint8 (rows, columns), 0 black and 255 white also for MONOCHROME1.

    ``window``: (centre, width) in modality values instead of ``display_window``; applied with the header's VOI LUT
    function. Raises ``ValueError`` for a width that the function does not allow.
    """
    centre, width = display_window(series, index) if window is None else window
    function = series.header.get("VOILUTFunction", "LINEAR").upper() or "LINEAR"
    values = series.pixels[index].astype(np.float32)
    if width < 1 if function == "LINEAR" else width <= 0:
        msg = f"a window of width {width} shows nothing"
        raise ValueError(msg)
    if function == "SIGMOID":
        shown = special.expit(4 * (values - centre) / width)
    elif function == "LINEAR_EXACT":
        shown = (values - centre) / width + 0.5
    elif width == 1:
        shown = (values > centre - 0.5).astype(np.float32)
    else:
        shown = (values - (centre - 0.5)) / (width - 1) + 0.5
    grey: npt.NDArray[np.uint8] = np.rint(np.clip(shown, 0, 1) * 255).astype(np.uint8)
    return 255 - grey if series.inverted else grey
