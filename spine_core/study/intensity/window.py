"""Windowing: modality values to grey levels for display (DICOM PS3.3 C.11.2)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from spine_core.study.types import Series

DARK_PERCENTILE, BRIGHT_PERCENTILE = 1.0, 99.5
"""Percentiles shown without a header window. MR has no absolute scale; bright vessels may clip."""
SAMPLE = 200_000
"""Number of values for percentiles; more change them by less than a grey level."""
FINE = 16.0
"""Least width for LINEAR of non-integer values. LINEAR is made for integers and shows one value less than its width,
which is much of a narrow window; narrower windows are applied as LINEAR_EXACT."""
LEAST_SPREAD = 8.0
"""Least difference in grey levels, of 255, between the dark and the bright percentile in a usable window."""


def display_window(series: Series, index: int) -> tuple[float, float]:
    """(centre, width) in modality values for slice ``index``.

    It is the header's window, or the full range of 8-bit PNG and JPEG, or percentiles of the whole stack, so that
    brightness does not change while scrolling. Raises ``IndexError`` for a slice that does not exist.
    """
    if not 0 <= index < series.slices:
        msg = f"slice {index} of {series.slices}"
        raise IndexError(msg)
    if series.window is not None:
        return series.window
    low, high = _opening_range(series)
    # LINEAR shows centre - 0.5 +- (width - 1) / 2 (C.11.2.1.2.1)
    return (low + high) / 2 + 0.5, high - low + 1.0


def _opening_range(series: Series) -> tuple[float, float]:
    """Darkest and brightest value of a series' initial window; they always differ."""
    if series.window is not None:
        centre, width = series.window
        if _function(series, width) == "LINEAR":
            centre, width = centre - 0.5, width - 1
        return _apart(centre - width / 2, centre + width / 2)
    if series.pixels.dtype == np.uint8 and not series.modality:
        return 0.0, 255.0
    low, high = percentile_range(series, DARK_PERCENTILE, BRIGHT_PERCENTILE)
    half = max(0.5, abs(low) / 2)
    return (low, high) if high > low else (low - half, low + half)


def percentile_range(series: Series, dark: float, bright: float) -> tuple[float, float]:
    """Modality values at two percentiles (0 to 100) of the pixels of the whole stack that have a grey value."""
    if series.padding is None or series.padding.all():
        flat = series.pixels.reshape(-1)
    else:
        flat = series.pixels[~series.padding]
    sample = flat[:: max(1, flat.size // SAMPLE)].astype(np.float64)
    low, high = np.percentile(sample, [dark, bright])
    return float(low), float(high)


def _apart(low: float, high: float) -> tuple[float, float]:
    return (low, high) if high > low else (low, low + max(1.0, abs(low)))


def presets(series: Series) -> dict[str, tuple[float, float]]:
    """Window presets by name as (darkest, brightest) modality values, the initial one first."""
    found = {"Header" if series.window is not None else "Whole image": _opening_range(series)}
    for name, dark, bright in (
        ("MR 1-99.5 %", DARK_PERCENTILE, BRIGHT_PERCENTILE),
        ("MR 5-95 %", 5.0, 95.0),
        ("MR 30-99.9 %: fluid", 30.0, 99.9),
        ("All values", 0.0, 100.0),
    ):
        found[name] = _apart(*percentile_range(series, dark, bright))
    return found


def to_grey(series: Series, index: int, window: tuple[float, float] | None = None) -> npt.NDArray[np.uint8]:
    """Slice ``index`` as uint8 (rows, columns), 0 black and 255 white also for MONOCHROME1.

    ``window``: (centre, width) in modality values; None for the initial one. It is applied with the header's VOI LUT
    function. Raises ``ValueError`` for a width that the function does not allow.
    """
    values = series.pixels[index].astype(np.float64)
    window = series.window if window is None else window
    if window is None:
        low, high = _opening_range(series)
        shown = (values - low) / (high - low)
    else:
        shown = _windowed(values, *window, _function(series, window[1]))
    grey: npt.NDArray[np.uint8] = np.rint(np.clip(shown, 0, 1) * 255).astype(np.uint8)
    return 255 - grey if series.inverted else grey


def is_sigmoid(series: Series) -> bool:
    """Whether the header's window is applied as a sigmoid."""
    return series.window is not None and _function(series, series.window[1]) == "SIGMOID"


def shows_something(series: Series) -> bool:
    """False for a header window in which nearly all values of a series have one grey."""
    low, high = percentile_range(series, DARK_PERCENTILE, BRIGHT_PERCENTILE)
    if series.window is None or not high > low:
        return True
    try:
        dark, bright = _windowed(np.array([low, high]), *series.window, _function(series, series.window[1]))
    except ValueError:
        return False
    return bool(np.clip(bright, 0, 1) - np.clip(dark, 0, 1) >= LEAST_SPREAD / 255)


def _function(series: Series, width: float) -> str:
    """VOI LUT function for a window of this width."""
    stated = series.header.get("VOILUTFunction", "").upper()
    if stated in ("SIGMOID", "LINEAR_EXACT"):
        return stated
    return "LINEAR_EXACT" if series.pixels.dtype == np.float32 and 0 < width < FINE else "LINEAR"


def _windowed(
    values: npt.NDArray[np.float64], centre: float, width: float, function: str
) -> npt.NDArray[np.float64]:
    """Values scaled to 0 for the darkest and 1 for the brightest value of the window, not clipped."""
    if width < 1 if function == "LINEAR" else width <= 0:
        msg = f"a window of width {width} shows nothing"
        raise ValueError(msg)
    if function == "SIGMOID":
        return np.asarray(special.expit(4 * (values - centre) / width))
    if function == "LINEAR_EXACT":
        return (values - centre) / width + 0.5
    if width == 1:
        return (values > centre - 0.5).astype(np.float64)
    return (values - (centre - 0.5)) / (width - 1) + 0.5
