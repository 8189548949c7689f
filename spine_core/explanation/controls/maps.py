"""Control maps that do not depend on the network. A method that does no better explains nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.explanation.base import (
    Attribution,
    AttributionMethod,
    AttributionRequest,
    MethodDiagnostic,
    MethodFamily,
)
from spine_core.grading.types import DiscImage

BLUR = 1 / 16
"""Gaussian sigma of the blurred random map, as a fraction of the image's side: patches as wide as in real maps."""

_NO_DIAGNOSTIC = MethodDiagnostic("", None, "A control: made without the network.")


def random_map(size: int, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Independent uniform numbers from 0 to 1 per pixel, (size, size)."""
    return random.random((size, size), dtype=np.float32)


def blurred_random_map(size: int, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """White noise after a Gaussian blur with sigma ``BLUR`` of the side, scaled to 0 to 1, (size, size)."""
    smooth = ndimage.gaussian_filter(random.standard_normal((size, size)), BLUR * size, mode="reflect")
    spread = np.ptp(smooth)
    return np.asarray((smooth - smooth.min()) / (spread if spread > 0 else 1.0), dtype=np.float32)


def edge_map(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Sobel gradient magnitude, mean over the present channels of an image (channels, size, size): (size, size)."""
    present = [channel for channel in pixels if np.any(channel)]
    if not present:
        return np.zeros(pixels.shape[1:], dtype=np.float32)
    slopes = [ndimage.generic_gradient_magnitude(channel, ndimage.sobel) for channel in present]
    return np.asarray(np.mean(slopes, axis=0), dtype=np.float32)


class _Control(AttributionMethod):
    """Base class of the controls: no settings, no diagnostic, one evaluation of the network for its score."""

    paper = "Adebayo et al. 2018, arXiv 1810.03292"
    family = MethodFamily.CONTROL
    signed = False
    resolution = "Single pixels of the disc view."

    def draw(self, image: DiscImage, seed: int) -> npt.NDArray[np.float32]:
        """The map, (size, size)."""
        raise NotImplementedError

    def compute(self, request: AttributionRequest) -> Attribution:
        """The control map for the image; the network only scores the unchanged image."""
        drawn = self.draw(request.image, request.seed)
        score = float(request.network.score(request.image.pixels[None], request.target)[0])
        return Attribution(
            values=drawn,
            native_shape=(drawn.shape[0], drawn.shape[1]),
            target_score=score,
            diagnostic=_NO_DIAGNOSTIC,
            model_evaluations=1,
            is_empty=not np.any(drawn),
        )


class RandomMap(_Control):
    """Independent random numbers."""

    name = "random"
    label = "Random map"
    shows = "Nothing: random numbers for comparison."
    limits = "It uses neither the image nor the network."

    def draw(self, image: DiscImage, seed: int) -> npt.NDArray[np.float32]:
        """See ``random_map``."""
        return random_map(image.pixels.shape[-1], np.random.default_rng(seed))


class BlurredRandomMap(_Control):
    """Random patches as wide as the patches of real maps."""

    name = "blurred_random"
    label = "Blurred random map"
    shows = "Nothing: random patches as large as in real maps, for comparison."
    limits = "It uses neither the image nor the network."

    def draw(self, image: DiscImage, seed: int) -> npt.NDArray[np.float32]:
        """See ``blurred_random_map``."""
        return blurred_random_map(image.pixels.shape[-1], np.random.default_rng(seed))


class EdgeMap(_Control):
    """Edges of the image."""

    name = "edges"
    label = "Edges"
    shows = "The edges of the image, independent of the network."
    limits = "It uses the image but not the network: a map that resembles it may be no explanation."

    def draw(self, image: DiscImage, seed: int) -> npt.NDArray[np.float32]:
        """See ``edge_map``; the seed is not used."""
        return edge_map(image.pixels)
