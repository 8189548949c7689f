"""Scores of images in which segments are masked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import MethodDiagnostic, ScoreModel
from spine_core.networks.backend import batch_size_of
from spine_core.networks.outputs import Output
from spine_core.networks.target import Target
from spine_core.progress import Progress

RESPONSE_FLOOR = 0.05
"""In log-odds. Scores that range over less (at most one percentage point) do not respond to the masking."""


def score_masked(
    network: ScoreModel,
    pixels: npt.NDArray[np.float32],
    baseline: npt.NDArray[np.float32],
    segments: npt.NDArray[np.intp],
    shown: npt.NDArray[np.bool_],
    target: Target,
    progress: Progress,
    what: str,
) -> npt.NDArray[np.float64]:
    """Log-odds of ``target`` where only some segments of the image are shown: (N,).

    ``pixels``, ``baseline``: (channels, size, size); masked pixels come from ``baseline``. ``segments``: segment
    number of every pixel, (size, size). ``shown``: (N, segments), True where a segment is visible. ``what``: name of
    the work, for ``progress``. Raises ``Cancelled`` between two passes of the network.
    """

    def masked(number: int) -> npt.NDArray[np.float32]:
        return np.where(shown[number][segments], pixels, baseline)

    return score_images(network, masked, len(shown), target, progress, what)


def score_images(
    network: ScoreModel,
    image: Callable[[int], npt.NDArray[np.float32]],
    count: int,
    target: Target,
    progress: Progress,
    what: str,
) -> npt.NDArray[np.float64]:
    """Log-odds of ``target`` for ``image(0)`` to ``image(count - 1)``: (count,).

    Images are made and evaluated in batches of the size that the network's backend takes. Raises ``Cancelled`` between
    two batches.
    """
    scores = np.empty(count, dtype=np.float64)
    size = batch_size_of(network)
    for start in range(0, count, size):
        progress(start / count, what)
        batch = np.stack([image(number) for number in range(start, min(start + size, count))])
        scores[start : start + size] = network.score(batch, target)
    progress(1.0, what)
    return scores


def score_grades(
    network: ScoreModel,
    images: Sequence[npt.NDArray[np.float32]],
    output: Output,
    progress: Progress,
    what: str,
) -> dict[str, npt.NDArray[np.float64]]:
    """Log-odds of every grade of ``output`` for each of ``images`` (channels, size, size): (N,) by grade."""
    name = output.condition.name
    return {
        grade: score_images(
            network, images.__getitem__, len(images), Target(name, grade, output=output), progress, what
        )
        for grade in output.condition.grades
    }


def unresponsive(name: str, scores: npt.NDArray[np.float64]) -> MethodDiagnostic | None:
    """The diagnostic ``name`` of an empty map where ``scores`` range over less than ``RESPONSE_FLOOR``, else None."""
    extent = float(np.ptp(scores))
    if extent >= RESPONSE_FLOOR:
        return None
    caption = (
        f"The network did not respond: its scores differ by only {extent:.2g} log-odds; the map is empty."
    )
    return MethodDiagnostic(name, None, caption)
