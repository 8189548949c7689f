"""Integrated gradients: what each pixel adds on the way from a blurred picture to the real one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import (
    DifferentiableModel,
    Explanation,
    MethodDiagnostic,
    MethodFamily,
    ScoreModel,
)
from spine_core.explanation.gradient.gradients import AT_ONCE, gradients, require_logits
from spine_core.explanation.perturbation.baselines import baseline
from spine_core.explanation.perturbation.masked_scores import FILL_PIECES, RESPONSE_FLOOR
from spine_core.explanation.perturbation.superpixels import superpixels
from spine_core.explanation.settings import resolve
from spine_core.grading.types import DiscImage
from spine_core.networks.target import Target
from spine_core.progress import Progress

COMPLETE = 0.01
"""Gap, as a share of the change of the answer, at which the path is fine enough."""

NODES = 8
"""Gauss-Legendre points on a stretch of the path."""


class IntegratedGradients:
    """Integrated gradients with a path that is refined where the sum is off. Sundararajan 2017, arXiv 1703.01365.

    The change of the answer over a stretch is known, so the stretch whose integral misses it most is halved until the
    gaps of all together are below ``COMPLETE`` or the budget is spent. The seed is not used.
    """

    name = "integrated_gradients"
    label = "Integrated gradients"
    paper = "Sundararajan et al. 2017, arXiv 1703.01365"
    family = MethodFamily.GRADIENT
    signed = True
    resolution = "Single pixels of the disc view, but neighbouring pixels often take opposite signs."
    shows = "How the answer is built up, pixel by pixel, on the way from a blurred picture to this one."
    limits = "Grainy, follows edges, and depends on the picture it starts from."

    def defaults(self) -> dict[str, float | int | str]:
        """``gradients``: passes at most. ``fill``: what the path starts from, one of ``fills.FILLS``."""
        return {"gradients": 256, "fill": "blur"}

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
        """Explains ``target``. Raises ``TypeError`` for a network without ``logits``."""
        used = resolve(self, settings)
        budget = max(int(used["gradients"]), NODES)
        progress(0.0, self.label)
        started = time.perf_counter()
        path = _Path(require_logits(network, self.label), image, target, str(used["fill"]), budget)
        stretches = [path.stretch(0.0, 1.0, progress)]
        change = stretches[0].change
        while sum(abs(one.gap) for one in stretches) > COMPLETE * max(abs(change), RESPONSE_FLOOR):
            if path.gradients + 2 * NODES > budget:
                break
            stretches.sort(key=lambda one: abs(one.gap))
            worst = stretches.pop()
            middle = (worst.start + worst.end) / 2
            stretches += [
                path.stretch(*ends, progress) for ends in ((worst.start, middle), (middle, worst.end))
            ]
        total = np.sum([one.attributed for one in stretches], axis=0)
        zero = not np.any(total)
        progress(1.0, self.label)
        return Explanation(
            method=self.name,
            level=image.level,
            target=target,
            attribution=total.sum(axis=0).astype(np.float32),
            signed=self.signed,
            native_shape=(total.shape[1], total.shape[2]),
            target_score=path.answers[1.0],
            diagnostic=_own_score(float(total.sum()), change),
            settings=used,
            seed=seed,
            seconds=time.perf_counter() - started,
            model_evaluations=path.gradients + len(path.answers),
            model=network.id,
            is_empty=zero,
            extra={"channels": total},
        )


@dataclass(frozen=True, eq=False)
class _Stretch:
    """A part of the path: what its pixels got (channels, size, size), and how much the answer changed over it."""

    start: float
    end: float
    attributed: npt.NDArray[np.float64]
    change: float

    @property
    def gap(self) -> float:
        return float(self.attributed.sum()) - self.change


class _Path:
    """The straight way from the background to the picture, and what was asked on it."""

    def __init__(
        self, network: DifferentiableModel, image: DiscImage, target: Target, fill: str, budget: int
    ) -> None:
        self._network, self._target, self._budget = network, target, budget
        self._start = baseline(image.pixels, fill, superpixels(image.pixels, FILL_PIECES, 0.1))
        self._step = image.pixels - self._start
        self.answers: dict[float, float] = {}
        self.gradients = 0

    def stretch(self, start: float, end: float, progress: Progress) -> _Stretch:
        """The integral from ``start`` to ``end``, each 0 to 1."""
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        places = start + (nodes + 1) / 2 * (end - start)
        mean = np.zeros(self._step.shape)
        for first in range(0, NODES, AT_ONCE):
            progress((self.gradients + first) / self._budget)
            part = slice(first, first + AT_ONCE)
            found = gradients(self._network, self._at(places[part]), self._target)
            mean += np.einsum("n,nchw->chw", weights[part] / 2, found)
        self.gradients += NODES
        change = self._answer(end, progress) - self._answer(start, progress)
        return _Stretch(start, end, mean * self._step * (end - start), change)

    def _at(self, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        return (self._start + places.astype(np.float32)[:, None, None, None] * self._step).astype(np.float32)

    def _answer(self, place: float, progress: Progress) -> float:
        if place not in self.answers:
            progress(self.gradients / self._budget)
            picture = self._at(np.array([place]))
            self.answers[place] = float(self._network.score(picture, self._target)[0])
        return self.answers[place]


def _own_score(total: float, change: float) -> MethodDiagnostic:
    name = "share of the answer not accounted for"
    if abs(change) < RESPONSE_FLOOR:
        return MethodDiagnostic(
            name, None, f"The answer differs by only {change:.2g} log-odds from that of a blurred picture."
        )
    gap = abs(total - change) / abs(change)
    caption = (
        f"The pixels add up to {total:+.2f} of the {change:+.2f} log-odds between the start and this picture "
        f"({gap:.1%} missing or too much; up to {COMPLETE:.0%} is rounding of the path)."
    )
    return MethodDiagnostic(name, gap, caption)
