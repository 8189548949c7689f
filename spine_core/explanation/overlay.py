"""Maps in slice coordinates and in colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import Explanation
from spine_core.grading.types import DiscImage

UNSIGNED = "viridis"
"""Colour map of unsigned maps: perceptually uniform and colour-blind safe, from 0 (dark) to the peak (yellow)."""

SIGNED = "managua_r"
"""Colour map of signed maps: Crameri's diverging scale. Blue is evidence against the target, orange for it, dark 0."""

FAINT = 0.2
"""Threshold of overlays without a control for it, as a fraction of the map's peak."""


def to_slice(
    explanation: Explanation, image: DiscImage, channel: int, shape: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """The map resampled to the slice from which input ``channel`` was cropped: (rows, columns), NaN outside the crop.

    Raises ``ValueError`` where that channel is missing from the image.
    """
    source = image.channels[channel]
    if source is None:
        msg = f"input channel {channel} is missing at {image.level}: it has no slice to overlay the map on"
        raise ValueError(msg)
    return source.frame.inverse().resample(explanation.attribution, shape, order=1, outside=float("nan"))


def scale_by_peak(explanations: Sequence[Explanation]) -> tuple[float, ...]:
    """The value of full colour for each map, so that compared panels can share one colour bar.

    Methods have different units, so each map is scaled by its largest absolute value, symmetrically around 0. Full
    colour is the map's strongest pixel in every panel. The scale of an empty map is 0.
    """
    return tuple(
        0.0 if e.is_empty else float(np.nanmax(np.abs(e.attribution), initial=0.0)) for e in explanations
    )


def colour(
    relevance: npt.NDArray[np.float32],
    scale: float,
    *,
    signed: bool,
    threshold: float = 0.0,
    opacity: float = 0.6,
) -> npt.NDArray[np.uint8]:
    """RGBA overlay (rows, columns, 4), uint8, of a map ``relevance`` (rows, columns).

    ``scale``: value of full colour (``scale_by_peak``); 0 or less gives a transparent overlay.
    ``threshold``: fraction of ``scale``, 0 to 1, below which pixels are transparent; zeros are always transparent.
    ``opacity``: of the visible pixels, 0 to 1. Unsigned maps show their positive part. NaN is transparent.
    Raises ``ValueError`` for a threshold or an opacity outside 0 to 1.
    """
    for name, value in (("threshold", threshold), ("opacity", opacity)):
        if not 0.0 <= value <= 1.0:
            msg = f"{name} must lie between 0 and 1, got {value}"
            raise ValueError(msg)
    out = np.zeros((*relevance.shape, 4), dtype=np.uint8)
    if not scale > 0:
        return out
    from matplotlib import colormaps

    fraction = np.clip(np.nan_to_num(relevance / scale), -1.0 if signed else 0.0, 1.0)
    place = (fraction + 1) / 2 if signed else fraction
    out[..., :3] = colormaps[SIGNED if signed else UNSIGNED](place, bytes=True)[..., :3]
    visible = (np.abs(fraction) >= threshold) & (fraction != 0)
    out[..., 3] = np.where(visible, round(opacity * 255), 0)
    return out


def colour_bar(scale: float, *, signed: bool, width: int = 240) -> npt.NDArray[np.uint8]:
    """One row of colours, RGB uint8 (1, width, 3): from 0, or from -``scale`` for signed maps, to ``scale``."""
    values = np.linspace(-scale if signed else 0.0, scale, width, dtype=np.float32)
    return colour(values[None], scale, signed=signed, opacity=1.0)[..., :3]


def overlay(pixels: npt.NDArray[np.float32], overlay: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Blends the RGBA ``overlay`` (rows, columns, 4) onto a slice in grey (rows, columns): RGB uint8.

    Black and white are the 1st and the 99.5th percentile of the slice.
    """
    low, high = np.percentile(pixels, [1.0, 99.5])
    grey = np.clip((pixels - low) / max(high - low, 1e-6), 0.0, 1.0)[..., None] * 255
    alpha = overlay[..., 3:].astype(np.float32) / 255
    mixed: npt.NDArray[np.uint8] = np.rint(grey * (1 - alpha) + overlay[..., :3] * alpha).astype(np.uint8)
    return mixed


def overlay_on_crop(
    pixels: npt.NDArray[np.float32], relevance: npt.NDArray[np.float32], scale: float, *, signed: bool
) -> npt.NDArray[np.uint8]:
    """Blends a map (size, size) onto the network's input ``pixels`` (channels, size, size) in grey: RGB uint8.

    The first weighting that is present is shown; the map is shown above ``FAINT``. ``scale``: value of full colour
    (``scale_by_peak``).
    """
    background = next((part for part in pixels if np.any(part)), pixels[0])
    return overlay(background, colour(relevance, scale, signed=signed, threshold=FAINT))
