"""Changes to a picture that should not change its grade: what scanners, coils, windows and patients do to it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Picture = npt.NDArray[np.float64]

NOISE = 0.05
"""Standard deviation of MR noise as a share of the brightest tissue: clearly seen, every structure still there."""

BIAS = 0.2
"""Brightest and darkest part of the coil's shading, from the mean: what a surface coil leaves after correction."""

BIAS_WIDTH = 0.5
"""Sigma of the shading as a share of the side: it changes over the picture, not within a disc."""

GAMMA = 0.8
"""Exponent of the contrast change: dark discs become a little brighter, white and black stay."""

MOTION = 0.006
"""How far the patient moves to either side, as a share of the side: about one pixel of the network's input."""

MOTION_LINES = 9
"""Lines of k-space per breath: ghosts appear a ninth of the picture away."""


class Corruption(StrEnum):
    """What is done to the picture, in a clinician's words."""

    DENOISED = "noise removed"
    NOISE = "MR noise added"
    BIAS = "uneven coil brightness"
    CONTRAST = "another contrast"
    GHOSTS = "motion ghosts"
    RANDOM_STEP = "a random step"
    ANSWER_STEP = "the worst step for the answer"
    MAP_STEP = "the worst step for the map"

    @property
    def heading(self) -> str:
        """The words at the head of a column."""
        return self.value[0].upper() + self.value[1:]


def corrupt(pixels: npt.NDArray[np.float32], kind: Corruption, seed: int) -> npt.NDArray[np.float32]:
    """A standardised picture (channels, size, size) after one of the changes in ``CORRUPTIONS``.

    Each channel is changed as a picture of magnitudes with its darkest pixel at 0, and brought back to the grey range
    it had (1st and 99.5th percentile), as the network's own preprocessing would. A missing weighting stays zeros.
    """
    out = np.zeros_like(pixels, dtype=np.float32)
    for channel, picture in enumerate(pixels.astype(np.float64)):
        if np.ptp(picture) == 0:
            continue
        magnitude = picture - picture.min()
        changed = CORRUPTIONS[kind](magnitude, np.random.default_rng([seed, channel]))
        out[channel] = _in_range(changed, picture)
    return out


def denoised(magnitude: Picture, random: np.random.Generator) -> Picture:
    """Non-local means for as much noise as ``rician`` adds: Buades 2005, doi 10.1109/CVPR.2005.38."""
    from skimage.restoration import denoise_nl_means

    sigma = NOISE * magnitude.max()
    found = denoise_nl_means(magnitude, patch_size=5, patch_distance=5, h=0.8 * sigma, sigma=sigma)
    return np.asarray(found, dtype=np.float64)


def rician(magnitude: Picture, random: np.random.Generator) -> Picture:
    """Noise of both receiver channels: Gudbjartsson and Patz 1995, doi 10.1002/mrm.1910340618."""
    real, imaginary = NOISE * magnitude.max() * random.standard_normal((2, *magnitude.shape))
    return np.asarray(np.hypot(magnitude + real, imaginary))


def shaded(magnitude: Picture, random: np.random.Generator) -> Picture:
    """Times a smooth field from 1 - ``BIAS`` to 1 + ``BIAS``: Sled 1998, doi 10.1109/42.668698."""
    field = ndimage.gaussian_filter(
        random.standard_normal(magnitude.shape), BIAS_WIDTH * len(magnitude), mode="reflect"
    )
    field = 2 * (field - field.min()) / np.ptp(field) - 1
    return np.asarray(magnitude * (1 + BIAS * field))


def contrasted(magnitude: Picture, random: np.random.Generator) -> Picture:
    """To the power ``GAMMA``, the brightest kept."""
    return np.asarray(magnitude.max() * (magnitude / magnitude.max()) ** GAMMA)


def ghosted(magnitude: Picture, random: np.random.Generator) -> Picture:
    """Breathing while the lines of k-space are read: each line has the phase of where the body was.

    Wood and Henkelman 1985, doi 10.1118/1.595783. Phase is taken to be encoded from head
    to foot, along the rows.
    """
    lines = np.arange(len(magnitude))
    where = MOTION * len(magnitude) * np.sin(2 * np.pi * (lines / MOTION_LINES + random.random()))
    turned = np.exp(-2j * np.pi * np.fft.fftshift(np.fft.fftfreq(len(magnitude))) * where)
    spectrum = np.fft.fft2(magnitude) * np.fft.ifftshift(turned)[:, None]
    return np.asarray(np.abs(np.fft.ifft2(spectrum)))


CORRUPTIONS: dict[Corruption, Callable[[Picture, np.random.Generator], Picture]] = {
    Corruption.DENOISED: denoised,
    Corruption.NOISE: rician,
    Corruption.BIAS: shaded,
    Corruption.CONTRAST: contrasted,
    Corruption.GHOSTS: ghosted,
}
"""How each is done. The others need a network or a size: ``attacks``."""


def _in_range(changed: Picture, like: Picture) -> Picture:
    low, high = np.percentile(like, [1.0, 99.5])
    own_low, own_high = np.percentile(changed, [1.0, 99.5])
    return np.asarray((changed - own_low) * (high - low) / max(own_high - own_low, 1e-6) + low)
