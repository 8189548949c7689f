"""Maps of relevance laid over the crop or the slice, all panels on one scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from pages.shared.slices import square
from spine_core.explain.model import Explanation
from spine_core.explain.overlay import SIGNED, UNSIGNED, colour, shared_scale, to_slice
from spine_core.grading.model import DiscImage
from spine_core.study.model import Study
from spine_core.study.window import display_window, to_grey


@dataclass(frozen=True)
class Look:
    """How maps are drawn. ``whole``: over the full slice instead of the crop. ``channel``: which input lies below."""

    whole: bool
    channel: int
    opacity: float
    threshold: float
    height: int = 520


def background(study: Study, image: DiscImage, look: Look) -> npt.NDArray[np.uint8]:
    """The grey picture below the maps: the slice, or what the crop's frame shows of it."""
    source = image.channels[look.channel]
    assert source is not None
    series = study.by_uid(source.series_uid)
    grey = to_grey(series, source.slice_index, display_window(series, source.slice_index))
    if look.whole:
        return grey
    size = image.pixels.shape[-1]
    return np.clip(np.rint(source.frame.resample(grey, (size, size))), 0, 255).astype(np.uint8)


def overlaid(
    grey: npt.NDArray[np.uint8], explanation: Explanation, image: DiscImage, look: Look
) -> npt.NDArray[np.uint8]:
    """RGB of ``grey`` with one map on it."""
    relevance = to_slice(explanation, image, look.channel, grey.shape) if look.whole else explanation.map
    (scale,) = shared_scale([explanation])
    layer = colour(
        relevance, scale, signed=explanation.signed, threshold=look.threshold, opacity=look.opacity
    ).astype(np.float32)
    share = layer[..., 3:] / 255
    return np.rint(grey[..., None] * (1 - share) + layer[..., :3] * share).astype(np.uint8)


def enlarged(picture: npt.NDArray[np.uint8], study: Study, image: DiscImage, look: Look) -> Image.Image:
    """For the screen; a crop has square pixels already."""
    source = image.channels[look.channel]
    assert source is not None
    aspect = study.by_uid(source.series_uid).row_to_column_spacing if look.whole else 1.0
    return square(picture, aspect, look.height)


def ramp(signed: bool) -> str:
    """The colour scale as a CSS gradient."""
    from matplotlib import colormaps

    stops = colormaps[SIGNED if signed else UNSIGNED](np.linspace(0, 1, 9), bytes=True)[:, :3]
    return f"linear-gradient(to right, {', '.join(f'rgb({r},{g},{b})' for r, g, b in stops.tolist())})"
