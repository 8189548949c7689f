"""Noise removed by the generator, from the time of the flow at which an image is as noisy as this one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.synthesis.conditions import DiscConditions
from spine_core.synthesis.generator import Generator
from spine_core.synthesis.resize import enlarge, shrink

WINDOW = 5
"""Side of the window of the Wiener filter, in pixels."""
LAPLACIANS = np.array([[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]])
"""Difference of two Laplacians, which edges hardly excite."""


def noise_level(image: npt.NDArray[np.float32]) -> float:
    """Standard deviation of the noise of an image (side, side): Immerkaer 1996, doi 10.1006/cviu.1996.0060."""
    response = ndimage.convolve(image.astype(np.float64), LAPLACIANS, mode="reflect")
    return float(np.sqrt(np.pi / 2) * np.abs(response).mean() / 6)


def wiener_filtered(image: npt.NDArray[np.float64], noise: float) -> npt.NDArray[np.float64]:
    """Wiener filter with local means and variances (Lim 1990). ``noise``: standard deviation of the noise."""
    from scipy.signal import wiener

    if noise <= 0:
        return image
    # SciPy pads with zeros, which would darken the border.
    padded = np.pad(image, WINDOW, mode="reflect")
    # Where an image is flat, SciPy divides by zero and then takes the local mean all the same.
    with np.errstate(divide="ignore", invalid="ignore"):
        found = wiener(padded, WINDOW, noise**2)
    return np.asarray(found[WINDOW:-WINDOW, WINDOW:-WINDOW], dtype=np.float64)


def denoised(pixels: npt.NDArray[np.float32], generator: Generator) -> npt.NDArray[np.float32]:
    """The network's input (channels, size, size) without noise; a missing weighting stays zeros.

    What is coarser than the generator's pixels is its expected clean image, in one step: an image with noise of
    standard deviation s, divided by 1 + s, lies on the path at time 1 / (1 + s). What is finer goes through a Wiener
    filter, since the generator never saw it.
    """
    there = [bool(np.any(channel)) for channel in pixels]
    small = shrink(pixels)
    coarse = _cleaned(small, there, generator)
    fine = pixels - enlarge(small, pixels.shape[-1])
    out = np.zeros_like(pixels)
    for channel in np.flatnonzero(there):
        kept = wiener_filtered(fine[channel].astype(np.float64), noise_level(pixels[channel]))
        out[channel] = enlarge(coarse[channel], pixels.shape[-1]) + kept
    return out


def _cleaned(
    small: npt.NDArray[np.float32], there: list[bool], generator: Generator
) -> npt.NDArray[np.float32]:
    levels = [noise_level(one) for one, known in zip(small, there, strict=True) if known]
    if not levels or not max(levels):
        return small
    # One time for both weightings: the flow has no other.
    time = 1 / (1 + float(np.mean(levels)))
    tokens = DiscConditions(present=(there[0], there[1])).tokens[None]
    found: npt.NDArray[np.float32] = generator.clean(time * small[None], time, tokens)[0]
    return found
