"""Maps in slice coordinates and in colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import Explanation
from spine_core.grading.types import DiscImage

UNSIGNED = "viridis"
"""Perceptually uniform, readable with every common colour blindness; from nothing (dark) to the peak (yellow)."""

SIGNED = "managua_r"
"""Crameri's diverging scale, perceptually even: blue speaks against the target, orange for it, dark is nothing."""

FAINT = 0.2
"""Share of a map's peak below which nothing is drawn where the reader cannot choose."""


def to_slice(
    explanation: Explanation, image: DiscImage, channel: int, shape: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """The map over the whole slice that input ``channel`` was cut from: (rows, columns), NaN outside the crop.

    Raises ``ValueError`` where that channel is missing from the image.
    """
    source = image.channels[channel]
    if source is None:
        msg = f"input channel {channel} is missing at {image.level}: it has no slice to lay the map over"
        raise ValueError(msg)
    return source.frame.inverse().resample(explanation.attribution, shape, order=1, outside=float("nan"))


def scale_by_peak(explanations: Sequence[Explanation]) -> tuple[float, ...]:
    """The value at which each map reaches full colour, so that compared panels can share one colour bar.

    The methods have different units, so each map is scaled by its own largest absolute value, the same upwards and
    downwards: full colour is "this map's strongest cell" in every panel. 0 for a zero map, which is shown empty.
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
    """RGBA picture (rows, columns, 4) to lay over the slice.

    ``scale``: value of full colour (``scale_by_peak``); 0 or less gives an empty picture.
    ``threshold``: share of ``scale``, 0 to 1, below which nothing is shown, and exact zeros never are.
    ``opacity``: of what is shown, 0 to 1. Unsigned maps show their positive part. NaN is transparent.
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

    share = np.clip(np.nan_to_num(relevance / scale), -1.0 if signed else 0.0, 1.0)
    place = (share + 1) / 2 if signed else share
    out[..., :3] = colormaps[SIGNED if signed else UNSIGNED](place, bytes=True)[..., :3]
    visible = (np.abs(share) >= threshold) & (share != 0)
    out[..., 3] = np.where(visible, round(opacity * 255), 0)
    return out


def overlay(picture: npt.NDArray[np.float32], overlay: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A slice (rows, columns; larger is brighter) in grey with ``overlay`` (rows, columns, 4) on it: RGB uint8.

    Grey runs from the 1st to the 99.5th percentile of the slice.
    """
    low, high = np.percentile(picture, [1.0, 99.5])
    grey = np.clip((picture - low) / max(high - low, 1e-6), 0.0, 1.0)[..., None] * 255
    alpha = overlay[..., 3:].astype(np.float32) / 255
    mixed: npt.NDArray[np.uint8] = np.rint(grey * (1 - alpha) + overlay[..., :3] * alpha).astype(np.uint8)
    return mixed


def overlay_on_crop(
    pixels: npt.NDArray[np.float32], relevance: npt.NDArray[np.float32], scale: float, *, signed: bool
) -> npt.NDArray[np.uint8]:
    """The network's input (channels, size, size) in grey with a map (size, size) on it, above ``FAINT``: RGB uint8.

    The first weighting that is there lies below. ``scale``: value of full colour (``scale_by_peak``).
    """
    below = next((part for part in pixels if np.any(part)), pixels[0])
    return overlay(below, colour(relevance, scale, signed=signed, threshold=FAINT))
