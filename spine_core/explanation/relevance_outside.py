"""Relevance outside the image: a network may respond to padding itself (Alsallakh 2021, arXiv 2010.02178)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import Explanation
from spine_core.grading.types import OUTSIDE_REPORTED, DiscImage


def relevance_outside(
    relevance: npt.NDArray[np.float32], outside: npt.NDArray[np.float32] | None
) -> float | None:
    """Fraction of the absolute relevance that lies outside the image, 0 to 1.

    ``relevance``: (size, size). ``outside``: ``DiscImage.outside``, (size, size), the fraction of the input channels
    without image data at each pixel, which weights the relevance. A uniform map has the same fraction outside as the
    input. None for an empty map, or where ``outside`` is None.
    """
    if outside is None:
        return None
    sizes = np.abs(relevance, dtype=np.float64)
    total = float(sizes.sum())
    return float((sizes * outside).sum()) / total if total > 0 else None


def relevance_outside_words(explanation: Explanation, image: DiscImage) -> str:
    """A sentence on the relevance outside the image; empty where it, and the input's area outside, is small."""
    fraction, area = explanation.outside_fraction, image.outside_fraction
    if fraction is None or area is None or max(fraction, area) < OUTSIDE_REPORTED:
        return ""
    relevance, pixels = (
        f"{100 * fraction:.0f} % of the relevance",
        f"{100 * area:.0f} % of the network's input",
    )
    return f"{relevance} lies outside the image, as does {pixels}"
