"""Asking the network about pictures in which pieces are hidden."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import ScoreModel
from spine_core.networks.backend import batch_size_of
from spine_core.networks.target import Target
from spine_core.progress import Progress

RESPONSE_FLOOR = 0.05
"""Log-odds. Answers that differ by less (about one percentage point at most) are no answer to what was hidden."""

FILL_PIECES = 60
"""Superpixels from which the fills "mean" and "inpaint" are made where a method has none of its own."""


def score_masked(
    network: ScoreModel,
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
    Raises ``Cancelled`` between two passes of the network.
    """

    def picture(number: int) -> npt.NDArray[np.float32]:
        return np.where(shown[number][pieces], pixels, background)

    return score_images(network, picture, len(shown), target, progress, what)


def score_images(
    network: ScoreModel,
    picture: Callable[[int], npt.NDArray[np.float32]],
    count: int,
    target: Target,
    progress: Progress,
    what: str,
) -> npt.NDArray[np.float64]:
    """Log-odds of ``target`` for ``picture(0)`` to ``picture(count - 1)``: (count,).

    Pictures are made and asked as many at a time as the network's engine takes in one pass. Raises ``Cancelled``
    between two passes.
    """
    answers = np.empty(count, dtype=np.float64)
    size = batch_size_of(network)
    for start in range(0, count, size):
        progress(start / count, what)
        batch = np.stack([picture(number) for number in range(start, min(start + size, count))])
        answers[start : start + size] = network.score(batch, target)
    progress(1.0, what)
    return answers
