"""Baselines that replace masked parts of the image. Every perturbation result depends on the choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.explanation.perturbation.segments import superpixels

Pixels = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.intp]

BLUR = 1 / 16
"""Gaussian sigma of the blurred copy, as a fraction of the image's side: about a quarter of a disc's height."""

SEGMENTS = 60
"""Number of superpixels for "mean" and "inpaint" where the method has no segments of its own."""

COMPACTNESS = 0.1
"""Compactness of those superpixels (``segments.superpixels``)."""


def _blur(pixels: Pixels, numbers: Callable[[], Numbers], random: np.random.Generator) -> Pixels:
    return blurred(pixels, BLUR)


def _mean(pixels: Pixels, numbers: Callable[[], Numbers], random: np.random.Generator) -> Pixels:
    segments = numbers()
    sizes = np.bincount(segments.ravel())
    means = [np.bincount(segments.ravel(), one.ravel().astype(np.float64)) / sizes for one in pixels]
    return np.stack([one[segments] for one in means]).astype(np.float32)


def _inpaint(pixels: Pixels, numbers: Callable[[], Numbers], random: np.random.Generator) -> Pixels:
    """Each segment inpainted smoothly from the rest of the image; the mean where one segment covers the image."""
    from skimage.restoration import inpaint_biharmonic

    segments = numbers()
    out = np.stack([np.full_like(one, one.mean()) for one in pixels])
    if segments.max() == 0:
        return out
    for channel, one in enumerate(pixels):
        if np.any(one):
            for number in range(int(segments.max()) + 1):
                masked = segments == number
                out[channel][masked] = inpaint_biharmonic(one, masked)[masked]
    return out


def _scramble(pixels: Pixels, numbers: Callable[[], Numbers], random: np.random.Generator) -> Pixels:
    return phase_scrambled(pixels, random)


@dataclass(frozen=True)
class Baseline:
    """``description``: what replaces masked parts, in words.

    ``make(pixels, segments, random)`` returns the fully masked image, (channels, size, size). ``segments()`` returns
    superpixel numbers from 0, (size, size), for baselines that need them.
    """

    description: str
    make: Callable[[Pixels, Callable[[], Numbers], np.random.Generator], Pixels]


UNUSED_BASELINE = "scrambled"
"""The baseline that methods may not use, so that a metric with it favours none of them."""

BASELINES: dict[str, Baseline] = {
    "blur": Baseline("a strongly blurred copy of the image", _blur),
    "mean": Baseline("the mean intensity of the segment itself", _mean),
    "inpaint": Baseline("a smooth continuation of the surroundings", _inpaint),
    UNUSED_BASELINE: Baseline("noise with the image's own texture (scrambled phases)", _scramble),
}
"""All baselines by name. A new baseline is a function and an entry here."""

METHOD_BASELINES = tuple(name for name in BASELINES if name != UNUSED_BASELINE)
"""Names of the baselines that methods may use."""


def method_baseline(pixels: Pixels, name: str, segments: Numbers | None = None) -> Pixels:
    """The fully masked image, (channels, size, size), for a method.

    ``segments``: superpixel numbers from 0, (size, size); superpixels of the image unless given. A channel of zeros (a
    missing weighting) stays zeros. Raises ``ValueError`` for a name that is not in ``METHOD_BASELINES``.
    """
    return _made(pixels, name, METHOD_BASELINES, segments, 0)


def metric_baseline(pixels: Pixels, name: str, seed: int) -> Pixels:
    """The fully masked image, (channels, size, size), for a metric.

    ``seed``: for baselines with random numbers. Raises ``ValueError`` for a name that is not in ``BASELINES``.
    """
    return _made(pixels, name, tuple(BASELINES), None, seed)


def _made(pixels: Pixels, name: str, known: tuple[str, ...], segments: Numbers | None, seed: int) -> Pixels:
    if name not in known:
        msg = f"unknown baseline {name!r}; known: {', '.join(known)}"
        raise ValueError(msg)

    def numbers() -> Numbers:
        return superpixels(pixels, SEGMENTS, COMPACTNESS) if segments is None else segments

    return BASELINES[name].make(pixels, numbers, np.random.default_rng(seed))


def blurred(pixels: Pixels, fraction: float) -> Pixels:
    """A blurred copy of an image (channels, size, size); the Gaussian's sigma is ``fraction`` of the side."""
    sigma = fraction * pixels.shape[-1]
    return np.asarray(ndimage.gaussian_filter(pixels, (0, sigma, sigma), mode="nearest"), dtype=np.float32)


def phase_scrambled(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """The image (channels, size, size) with random phases: the same mean and power spectrum, but no structure.

    Theiler 1992, doi 10.1016/0167-2789(92)90102-S. All channels get the same phases, which keeps their correlation
    (Prichard and Theiler 1994, doi 10.1103/PhysRevLett.73.951). Values are clipped to the range of each channel, so
    that a missing weighting stays zeros.
    """
    noise = np.fft.fft2(random.standard_normal(pixels.shape[1:]))
    phase = noise / np.abs(noise)
    phase[0, 0] = 1  # keeps the mean
    scrambled = np.fft.ifft2(np.fft.fft2(pixels) * phase).real
    low, high = (edge(pixels, axis=(1, 2), keepdims=True) for edge in (np.min, np.max))
    return np.asarray(np.clip(scrambled, low, high), dtype=np.float32)
