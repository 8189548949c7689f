"""Maps that know nothing of the network. A method that does no better than these explains nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.explanation.base import Explanation, MethodDiagnostic, MethodFamily, ScoreModel
from spine_core.explanation.settings import resolve
from spine_core.grading.types import DiscImage
from spine_core.networks.target import Target
from spine_core.progress import Progress

BLUR = 1 / 16
"""Sigma of the blurred random map as a share of the picture's side: patches as wide as the real maps have."""

_NO_SCORE = MethodDiagnostic("none", None, "A control: made without looking at the network.")


def random_map(size: int, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Independent uniform numbers from 0 to 1 per pixel, (size, size)."""
    return random.random((size, size), dtype=np.float32)


def blurred_random_map(size: int, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """White noise after a Gaussian blur of ``BLUR`` of the side, scaled to 0 to 1, (size, size)."""
    smooth = ndimage.gaussian_filter(random.standard_normal((size, size)), BLUR * size, mode="reflect")
    spread = np.ptp(smooth)
    return np.asarray((smooth - smooth.min()) / (spread if spread > 0 else 1.0), dtype=np.float32)


def edge_map(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Sobel gradient magnitude, mean over the present channels of a picture (channels, size, size)."""
    present = [channel for channel in pixels if np.any(channel)]
    if not present:
        return np.zeros(pixels.shape[1:], dtype=np.float32)
    slopes = [ndimage.generic_gradient_magnitude(channel, ndimage.sobel) for channel in present]
    return np.asarray(np.mean(slopes, axis=0), dtype=np.float32)


class _Control:
    """What the controls share: no settings, no own score, one question to the network for its answer."""

    name: str
    label: str
    paper = "Adebayo et al. 2018, arXiv 1810.03292"
    family = MethodFamily.CONTROL
    signed = False
    resolution = "Single pixels of the disc view."
    shows: str
    limits: str

    def defaults(self) -> dict[str, float | int | str]:
        """No settings."""
        return {}

    def draw(self, image: DiscImage, seed: int) -> npt.NDArray[np.float32]:
        """The map, (size, size)."""
        raise NotImplementedError

    def attribute(
        self,
        network: ScoreModel,
        image: DiscImage,
        target: Target,
        *,
        seed: int = 0,
        settings: Mapping[str, float | int | str] | None = None,
        progress: Progress,
    ) -> Explanation:
        """The control map for ``image``; the network is asked only for its answer."""
        used = resolve(self, settings)
        progress(0.0, self.label)
        started = time.perf_counter()
        drawn = self.draw(image, seed)
        answer = float(network.score(image.pixels[None], target)[0])
        progress(1.0, self.label)
        return Explanation(
            method=self.name,
            level=image.level,
            target=target,
            attribution=drawn,
            signed=self.signed,
            native_shape=(drawn.shape[0], drawn.shape[1]),
            target_score=answer,
            diagnostic=_NO_SCORE,
            settings=used,
            seed=seed,
            seconds=time.perf_counter() - started,
            model_evaluations=1,
            model=network.id,
            is_empty=not np.any(drawn),
        )


class RandomMap(_Control):
    """Independent random numbers."""

    name = "random"
    label = "Random map"
    shows = "Nothing: random numbers, to compare with."
    limits = "It knows neither the picture nor the network."

    def draw(self, image: DiscImage, seed: int) -> npt.NDArray[np.float32]:
        """See ``random_map``."""
        return random_map(image.pixels.shape[-1], np.random.default_rng(seed))


class BlurredRandomMap(_Control):
    """Random patches as wide as the patches of real maps."""

    name = "blurred_random"
    label = "Blurred random map"
    shows = "Nothing: random patches of the size that real maps have, to compare with."
    limits = "It knows neither the picture nor the network."

    def draw(self, image: DiscImage, seed: int) -> npt.NDArray[np.float32]:
        """See ``blurred_random_map``."""
        return blurred_random_map(image.pixels.shape[-1], np.random.default_rng(seed))


class EdgeMap(_Control):
    """Edges of the picture."""

    name = "edges"
    label = "Edges"
    shows = "The edges of the picture, whatever the network thinks."
    limits = "It knows the picture but not the network: a map that resembles it may be no explanation."

    def draw(self, image: DiscImage, seed: int) -> npt.NDArray[np.float32]:
        """See ``edge_map``; the seed is not used."""
        return edge_map(image.pixels)
