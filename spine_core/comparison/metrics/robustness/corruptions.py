"""Corruptions of an image that should not change its grade: noise, coil shading, contrast and motion."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.networks.preprocessing import Preprocessing
from spine_core.synthesis.denoising import denoised as generator_denoised
from spine_core.synthesis.denoising import wiener_filtered
from spine_core.synthesis.generator import released_generator, why_not_this_view

Slice = npt.NDArray[np.float64]

NOISE = 0.05
"""Standard deviation of MR noise, as a fraction of the brightest tissue: visible, but every structure is preserved."""

BIAS = 0.2
"""Amplitude of the coil shading, as a fraction of the mean: typical of a surface coil after correction."""

BIAS_WIDTH = 0.5
"""Sigma of the shading, as a fraction of the side: it changes over the image, not within a disc."""

GAMMA = 0.8
"""Exponent of the contrast change: dark discs become slightly brighter; black and white stay."""

MOTION = 0.006
"""Amplitude of the patient's motion, as a fraction of the side: about one pixel of the network's input."""

MOTION_LINES = 9
"""Lines of k-space per breath: ghosts are displaced by a ninth of the image."""


class Corruption(StrEnum):
    """The change of the image, in a clinician's words."""

    DENOISED = "noise removed"
    WIENER = "noise removed by a Wiener filter"
    NOISE = "MR noise added"
    BIAS = "uneven coil brightness"
    CONTRAST = "another contrast"
    GHOSTS = "motion ghosts"
    GENERATOR = "noise removed by the generator"
    RANDOM_STEP = "a random step"
    SCORE_STEP = "the worst step for the answer"
    MAP_STEP = "the worst step for the map"

    @property
    def heading(self) -> str:
        """The name as a column heading."""
        return self.value[0].upper() + self.value[1:]


def corrupt(pixels: npt.NDArray[np.float32], kind: Corruption, seed: int) -> npt.NDArray[np.float32]:
    """A standardised image (channels, size, size) after one of ``CORRUPTIONS``.

    Each channel is changed as a magnitude image with its darkest pixel at 0, and rescaled to its original range (1st to
    99.5th percentile), as the network's preprocessing would. A missing weighting stays zeros.
    """
    out = np.zeros_like(pixels, dtype=np.float32)
    generated = generator_denoised(pixels, released_generator()) if kind is Corruption.GENERATOR else pixels
    for channel, image in enumerate(pixels.astype(np.float64)):
        if np.ptp(image) == 0:
            continue
        magnitude = image - image.min()
        if kind is Corruption.GENERATOR:
            changed = generated[channel].astype(np.float64)
        else:
            changed = BY_CHANNEL[kind](magnitude, np.random.default_rng([seed, channel]))
        out[channel] = _in_range(changed, image)
    return out


def denoised(magnitude: Slice, random: np.random.Generator) -> Slice:
    """Non-local means with the noise level of ``rician``: Buades 2005, doi 10.1109/CVPR.2005.38."""
    from skimage.restoration import denoise_nl_means

    sigma = NOISE * magnitude.max()
    found = denoise_nl_means(magnitude, patch_size=5, patch_distance=5, h=0.8 * sigma, sigma=sigma)
    return np.asarray(found, dtype=np.float64)


def wiener_denoised(magnitude: Slice, random: np.random.Generator) -> Slice:
    """Wiener filter with the noise level of ``rician``: Lim 1990, Two-Dimensional Signal and Image Processing."""
    return wiener_filtered(magnitude, NOISE * float(magnitude.max()))


def rician(magnitude: Slice, random: np.random.Generator) -> Slice:
    """Rician noise: Gudbjartsson and Patz 1995, doi 10.1002/mrm.1910340618."""
    real, imaginary = NOISE * magnitude.max() * random.standard_normal((2, *magnitude.shape))
    return np.asarray(np.hypot(magnitude + real, imaginary))


def shaded(magnitude: Slice, random: np.random.Generator) -> Slice:
    """Multiplied by a smooth bias field from 1 - ``BIAS`` to 1 + ``BIAS``: Sled 1998, doi 10.1109/42.668698."""
    field = ndimage.gaussian_filter(
        random.standard_normal(magnitude.shape), BIAS_WIDTH * len(magnitude), mode="reflect"
    )
    field = 2 * (field - field.min()) / np.ptp(field) - 1
    return np.asarray(magnitude * (1 + BIAS * field))


def contrasted(magnitude: Slice, random: np.random.Generator) -> Slice:
    """Gamma correction with ``GAMMA``; the maximum stays."""
    return np.asarray(magnitude.max() * (magnitude / magnitude.max()) ** GAMMA)


def ghosted(magnitude: Slice, random: np.random.Generator) -> Slice:
    """Ghosts of periodic motion: each line of k-space has the phase of the body's displacement.

    Wood and Henkelman 1985, doi 10.1118/1.595783. The phase-encoding direction is assumed to be craniocaudal, along the
    rows.
    """
    lines = np.arange(len(magnitude))
    displacement = MOTION * len(magnitude) * np.sin(2 * np.pi * (lines / MOTION_LINES + random.random()))
    phase = np.exp(-2j * np.pi * np.fft.fftshift(np.fft.fftfreq(len(magnitude))) * displacement)
    spectrum = np.fft.fft2(magnitude) * np.fft.ifftshift(phase)[:, None]
    return np.asarray(np.abs(np.fft.ifft2(spectrum)))


BY_CHANNEL: dict[Corruption, Callable[[Slice, np.random.Generator], Slice]] = {
    Corruption.DENOISED: denoised,
    Corruption.WIENER: wiener_denoised,
    Corruption.NOISE: rician,
    Corruption.BIAS: shaded,
    Corruption.CONTRAST: contrasted,
    Corruption.GHOSTS: ghosted,
}
"""Functions of the corruptions of one weighting at a time."""

CORRUPTIONS: tuple[Corruption, ...] = (*BY_CHANNEL, Corruption.GENERATOR)
"""The corruptions that do not depend on the explained network; see ``adversarial`` for the others."""


def fitting_corruptions(preprocessing: Preprocessing | None) -> tuple[Corruption, ...]:
    """Those of ``CORRUPTIONS`` that images of a network can take: the generator knows one view of the disc only."""
    return tuple(BY_CHANNEL) if why_not_this_view(preprocessing) else CORRUPTIONS


def _in_range(changed: Slice, like: Slice) -> Slice:
    low, high = np.percentile(like, [1.0, 99.5])
    own_low, own_high = np.percentile(changed, [1.0, 99.5])
    return np.asarray((changed - own_low) * (high - low) / max(own_high - own_low, 1e-6) + low)
