"""What is put where a part is hidden during a test: what the methods use themselves, and one that none of them does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.explanation.perturbation.baselines import BASELINES as EXPLAINERS_FILLS
from spine_core.explanation.perturbation.baselines import baseline
from spine_core.explanation.perturbation.masked_scores import FILL_PIECES
from spine_core.explanation.perturbation.superpixels import superpixels

UNUSED = "scrambled"
"""The fill that ``explain.fills`` does not know, so that no method can have been made with it."""

FILLS = {**EXPLAINERS_FILLS, UNUSED: "noise with the picture's own texture"}
"""Names of the fills that a test may use, and what they put there."""


def hidden_picture(pixels: npt.NDArray[np.float32], fill: str, seed: int) -> npt.NDArray[np.float32]:
    """The picture with everything hidden, (channels, size, size). Raises ``ValueError`` for an unknown fill.

    ``seed``: of the scrambled phases; the other fills draw nothing.
    """
    if fill == UNUSED:
        return scrambled(pixels, np.random.default_rng(seed))
    return baseline(pixels, fill, superpixels(pixels, FILL_PIECES, 0.1))


def scrambled(pixels: npt.NDArray[np.float32], random: np.random.Generator) -> npt.NDArray[np.float32]:
    """The picture with random phases: its own mean, greys and texture, but nothing in its place.

    Theiler 1992, doi 10.1016/0167-2789(92)90102-S; the channels share their phases, which keeps their likeness
    (Prichard and Theiler 1994, doi 10.1103/PhysRevLett.73.951). Clipped to the range of each channel, so that a
    missing weighting stays zeros.
    """
    noise = np.fft.fft2(random.standard_normal(pixels.shape[1:]))
    phase = noise / np.abs(noise)
    phase[0, 0] = 1  # the mean stays
    turned = np.fft.ifft2(np.fft.fft2(pixels) * phase).real
    low, high = (edge(pixels, axis=(1, 2), keepdims=True) for edge in (np.min, np.max))
    return np.asarray(np.clip(turned, low, high), dtype=np.float32)
