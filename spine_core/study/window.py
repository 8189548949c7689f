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
    low, high = percentile_range(series, DARK_PERCENTILE, BRIGHT_PERCENTILE)
    # LINEAR shows centre - 0.5 +- (width - 1) / 2 (C.11.2.1.2.1)
    width = max(high - low + 1.0, 2.0)
    return (low + high) / 2 + 0.5, width


def percentile_range(series: Series, dark: float, bright: float) -> tuple[float, float]:
    """Modality values at two percentiles (0 to 100) of the whole stack."""
    flat = series.pixels.reshape(-1)
    sample = flat[:: max(1, flat.size // SAMPLE)].astype(np.float64)
    low, high = np.percentile(sample, [dark, bright])
    return float(low), float(high)


def presets(series: Series) -> dict[str, tuple[float, float]]:
    """Ranges (darkest, brightest modality value) by name, the one to open with first."""
    centre, width = display_window(series, 0)
    function = series.header.get("VOILUTFunction", "LINEAR").upper()
    half = width / 2 if function == "LINEAR_EXACT" else (width - 1) / 2
    middle = centre if function == "LINEAR_EXACT" else centre - 0.5
    opening = "Header" if series.window is not None else "Whole picture"
    found = {opening: (middle - half, middle + half)}
    for name, dark, bright in (
        ("MR 1-99.5 %", DARK_PERCENTILE, BRIGHT_PERCENTILE),
        ("MR 5-95 %", 5.0, 95.0),
        ("MR 30-99.9 %: fluid", 30.0, 99.9),
        ("All values", 0.0, 100.0),
    ):
        low, high = percentile_range(series, dark, bright)
        found[name] = (low, max(high, low + 1.0))
    return found


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
