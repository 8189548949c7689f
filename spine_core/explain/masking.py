"""Asking the network about pictures in which pieces are hidden."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.explain.model import Scored
from spine_core.grading.network import BATCH
from spine_core.grading.target import Target
from spine_core.progress import Progress

RESPONSE_FLOOR = 0.05
"""Log-odds. Answers that differ by less (about one percentage point at most) are no answer to what was hidden."""


def score_hidden(
    network: Scored,
    pixels: npt.NDArray[np.float32],
    background: npt.NDArray[np.float32],
    pieces: npt.NDArray[np.intp],
    shown: npt.NDArray[np.bool_],
    target: Target,
    progress: Progress,
    what: str,
) -> npt.NDArray[np.float64]:
    """Log-odds of ``target`` where only some pieces of the picture are shown: (N,).

    ``pixels``, ``background``: (channels, size, size); hidden pixels come from ``background``.
    ``pieces``: piece number of every pixel, (size, size). ``shown``: (N, pieces), True where a piece is visible.
    Pictures are made and asked ``BATCH`` at a time. Raises ``Cancelled`` between batches.
    """
    answers = np.empty(len(shown), dtype=np.float64)
    for start in range(0, len(shown), BATCH):
        progress(start / len(shown), what)
        visible = shown[start : start + BATCH][:, pieces]
        pictures = np.where(visible[:, None], pixels, background)
        answers[start : start + BATCH] = network.score(pictures, target)
    progress(1.0, what)
    return answers
