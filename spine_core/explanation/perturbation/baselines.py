"""What is put where a piece of the picture is hidden. The answer to "what if this were not there" depends on it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

BASELINES = {
    "blur": "a strongly blurred copy of the picture",
    "mean": "the mean grey of the piece itself",
    "inpaint": "what its surroundings continue into",
}
"""Names of the fills and what they put there."""

BLUR = 1 / 16
"""Gaussian sigma of the blurred copy, as a share of the picture's side: about a quarter of a disc's height."""


def baseline(
    pixels: npt.NDArray[np.float32], fill: str, pieces: npt.NDArray[np.intp]
) -> npt.NDArray[np.float32]:
    """The picture with everything hidden, (channels, size, size): hidden pixels are taken from here.

    ``pieces``: superpixel numbers from 0, shape (size, size); "blur" does not look at them.
    A channel of zeros (a missing weighting) stays zeros. Raises ``ValueError`` for an unknown fill.
    """
    if fill not in BASELINES:
        msg = f"unknown fill {fill!r}; known: {', '.join(BASELINES)}"
        raise ValueError(msg)
    out = np.zeros_like(pixels, dtype=np.float32)
    if fill == "blur":
        return blurred(pixels, BLUR)
    for channel, picture in enumerate(pixels):
        if not np.any(picture):
            continue
        if fill == "mean":
            out[channel] = _mean(picture, pieces)
        else:
            out[channel] = _inpainted(picture, pieces)
    return out


def blurred(pixels: npt.NDArray[np.float32], share: float) -> npt.NDArray[np.float32]:
    """A blurred copy of a picture (channels, size, size); the Gaussian's sigma is ``share`` of the side."""
    sigma = share * pixels.shape[-1]
    return np.asarray(ndimage.gaussian_filter(pixels, (0, sigma, sigma), mode="nearest"), dtype=np.float32)


def _mean(picture: npt.NDArray[np.float32], pieces: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    means = np.bincount(pieces.ravel(), picture.ravel().astype(np.float64)) / np.bincount(pieces.ravel())
    return means[pieces].astype(np.float32)


def _inpainted(picture: npt.NDArray[np.float32], pieces: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    """Each piece in turn continued smoothly from the rest of the picture (its mean where there is no rest)."""
    from skimage.restoration import inpaint_biharmonic

    out = np.full_like(picture, picture.mean())
    if pieces.max() == 0:
        return out
    for number in range(int(pieces.max()) + 1):
        hidden = pieces == number
        out[hidden] = inpaint_biharmonic(picture, hidden)[hidden]
    return out
