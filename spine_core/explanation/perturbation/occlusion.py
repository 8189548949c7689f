"""Occlusion: how the score changes when a patch of the image is masked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import (
    Attribution,
    AttributionMethod,
    AttributionRequest,
    MethodDiagnostic,
    MethodFamily,
)
from spine_core.explanation.perturbation.baselines import method_baseline
from spine_core.explanation.perturbation.masked_scores import score_images, unresponsive

DIAGNOSTIC = "largest change of the score"


class Occlusion(AttributionMethod):
    """Occlusion with a square patch moved by half its side. Zeiler 2014, doi 10.1007/978-3-319-10590-1_53.

    A pixel's value is the mean fall of the log-odds over the patches that cover it, as in Captum. The seed is not
    used.
    """

    name = "occlusion"
    label = "Occlusion"
    paper = "Zeiler and Fergus 2014, doi 10.1007/978-3-319-10590-1_53"
    family = MethodFamily.PERTURBATION
    resolution = "Half a patch: an eighth of the disc view is masked at a time, moved by a sixteenth."
    shows = "How much the score falls, or rises, when each small square is masked."
    limits = "Each square is masked alone, so evidence that is redundant or spread over two places appears unimportant."

    def defaults(self) -> dict[str, float | int | str]:
        """``patch``: side, as a fraction of the image's. ``baseline``: one of ``baselines.METHOD_BASELINES``."""
        return {"patch": 0.125, "baseline": "blur"}

    def compute(self, request: AttributionRequest) -> Attribution:
        """Explains ``target``. Raises ``ValueError`` for a patch larger than the image."""
        patch, size = float(request.settings["patch"]), request.size
        if patch > 1:
            msg = f"{self.label}: the patch cannot be larger than the image, got {patch}"
            raise ValueError(msg)
        side = max(1, round(patch * size))
        positions = starts(size, side)
        pixels = request.image.pixels
        baseline = method_baseline(pixels, request.baseline)
        corners = [(row, column) for row in positions for column in positions]

        def occluded(number: int) -> npt.NDArray[np.float32]:
            out = pixels.copy()
            if number:
                row, column = corners[number - 1]
                square = np.s_[:, row : row + side, column : column + side]
                out[square] = baseline[square]
            return out

        scores = score_images(
            request.network, occluded, 1 + len(corners), request.target, request.progress, self.label
        )
        total, covered = np.zeros((size, size)), np.zeros((size, size))
        for (row, column), score in zip(corners, scores[1:], strict=True):
            total[row : row + side, column : column + side] += scores[0] - score
            covered[row : row + side, column : column + side] += 1
        empty = unresponsive(DIAGNOSTIC, scores)
        return Attribution(
            values=total / covered,
            native_shape=(len(positions), len(positions)),
            target_score=float(scores[0]),
            diagnostic=empty or _diagnostic(scores),
            model_evaluations=len(scores),
            is_empty=empty is not None,
            extra={"scores": scores},
        )


def starts(size: int, side: int) -> list[int]:
    """First pixels of patches of ``side`` along an axis of ``size``: half a patch apart, the last one at the end."""
    step = max(1, side // 2)
    return [*range(0, size - side, step), size - side]


def _diagnostic(scores: npt.NDArray[np.float64]) -> MethodDiagnostic:
    largest = float(np.abs(scores[0] - scores[1:]).max())
    caption = (
        f"No single patch changes the score of {scores[0]:+.2f} log-odds by more than {largest:.2f}. "
        "A small change means that no single place determines the score."
    )
    return MethodDiagnostic(DIAGNOSTIC, largest, caption)
