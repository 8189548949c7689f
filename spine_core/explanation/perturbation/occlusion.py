"""Occlusion: how the answer changes when a patch of the picture is hidden."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import Explanation, MethodDiagnostic, MethodFamily, ScoreModel
from spine_core.explanation.perturbation.baselines import baseline
from spine_core.explanation.perturbation.masked_scores import FILL_PIECES, RESPONSE_FLOOR, score_images
from spine_core.explanation.perturbation.superpixels import superpixels
from spine_core.explanation.settings import resolve
from spine_core.grading.types import DiscImage
from spine_core.networks.target import Target
from spine_core.progress import Progress


class Occlusion:
    """Occlusion with a square patch moved by half its side. Zeiler 2014, doi 10.1007/978-3-319-10590-1_53.

    A pixel's value is the mean fall of the log-odds over the patches that cover it, as in Captum. The seed is not
    used.
    """

    name = "occlusion"
    label = "Occlusion"
    paper = "Zeiler and Fergus 2014, doi 10.1007/978-3-319-10590-1_53"
    family = MethodFamily.PERTURBATION
    signed = True
    resolution = "Half a patch: an eighth of the disc view is hidden at a time, moved by a sixteenth."
    shows = "How much the answer falls, or rises, when each small square is covered up."
    limits = "Each square is hidden alone: what the picture shows twice, or in two places together, looks unimportant."

    def defaults(self) -> dict[str, float | int | str]:
        """``patch``: side, as a share of the picture's. ``fill``: one of ``fills.FILLS``."""
        return {"patch": 0.125, "fill": "blur"}

    def attribute(
        self,
        network: ScoreModel,
        image: DiscImage,
        target: Target,
        *,
        seed: int = 0,
        settings: Mapping[str, float | int | str] | None = None,
        progress: Progress,
    ) -> Explanation:
        """Explains ``target``. Raises ``ValueError`` for a patch larger than the picture."""
        used = resolve(self, settings)
        if float(used["patch"]) > 1:
            msg = f"{self.label}: the patch cannot be larger than the picture, got {used['patch']}"
            raise ValueError(msg)
        progress(0.0, self.label)
        started = time.perf_counter()
        size = image.pixels.shape[-1]
        side = max(1, round(float(used["patch"]) * size))
        places = starts(size, side)
        hidden = baseline(image.pixels, str(used["fill"]), superpixels(image.pixels, FILL_PIECES, 0.1))
        corners = [(row, column) for row in places for column in places]

        def picture(number: int) -> npt.NDArray[np.float32]:
            out = image.pixels.copy()
            if number:
                row, column = corners[number - 1]
                square = np.s_[:, row : row + side, column : column + side]
                out[square] = hidden[square]
            return out

        answers = score_images(network, picture, 1 + len(corners), target, progress, self.label)
        total, covered = np.zeros((size, size)), np.zeros((size, size))
        for (row, column), answer in zip(corners, answers[1:], strict=True):
            total[row : row + side, column : column + side] += answers[0] - answer
            covered[row : row + side, column : column + side] += 1
        extent = float(np.ptp(answers))
        zero = extent < RESPONSE_FLOOR
        return Explanation(
            method=self.name,
            level=image.level,
            target=target,
            attribution=np.zeros((size, size), np.float32) if zero else (total / covered).astype(np.float32),
            signed=self.signed,
            native_shape=(len(places), len(places)),
            target_score=float(answers[0]),
            diagnostic=_own_score(answers, extent, zero=zero),
            settings=used,
            seed=seed,
            seconds=time.perf_counter() - started,
            model_evaluations=len(answers),
            model=network.id,
            is_empty=zero,
            extra={"answers": answers},
        )


def starts(size: int, side: int) -> list[int]:
    """First pixels of patches of ``side`` along an axis of ``size``: half a patch apart, the last one at the end."""
    step = max(1, side // 2)
    return [*range(0, size - side, step), size - side]


def _own_score(answers: npt.NDArray[np.float64], extent: float, *, zero: bool) -> MethodDiagnostic:
    name = "largest change of the answer"
    if zero:
        caption = f"The network did not respond: its answers differ by only {extent:.2g} log-odds; the map is empty."
        return MethodDiagnostic(name, None, caption)
    largest = float(np.abs(answers[0] - answers[1:]).max())
    caption = (
        f"No single patch changes the answer of {answers[0]:+.2f} log-odds by more than {largest:.2f}. "
        "A small change means that no one place decides."
    )
    return MethodDiagnostic(name, largest, caption)
