"""Relevance outside the image: a network may respond to padding itself (Alsallakh 2021, arXiv 2010.02178)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import Explanation
from spine_core.grading.types import OUTSIDE_REPORTED, DiscImage


def relevance_outside(
    relevance: npt.NDArray[np.float32], outside: npt.NDArray[np.float32] | None
) -> float | None:
    """Share of the relevance, signs aside, that lies outside the image, 0 to 1.

    ``relevance``: (size, size). ``outside``: ``DiscImage.outside``, the share of the input at each pixel that shows
    nothing, by which relevance there counts: an even map has as much of its relevance outside as the input has pixels.
    None for an empty map, or where it is not known what lies outside.
    """
    if outside is None:
        return None
    sizes = np.abs(relevance, dtype=np.float64)
    total = float(sizes.sum())
    return float((sizes * outside).sum()) / total if total > 0 else None


def relevance_outside_words(explanation: Explanation, image: DiscImage) -> str:
    """How much of a map's relevance lies outside the image; empty where that, and the part of the input, is little."""
    share, area = explanation.outside_fraction, image.outside_fraction
    if share is None or area is None or max(share, area) < OUTSIDE_REPORTED:
        return ""
    relevance, pixels = f"{100 * share:.0f} % of the relevance", f"{100 * area:.0f} % of the network's input"
    return f"{relevance} lies outside the image, as does {pixels}"
