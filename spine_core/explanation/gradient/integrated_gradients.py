"""Integrated gradients: what each pixel adds to the score on the path from a blurred baseline to the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import (
    Attribution,
    AttributionMethod,
    AttributionRequest,
    DifferentiableModel,
    MethodDiagnostic,
    MethodFamily,
    Needs,
)
from spine_core.explanation.gradient.gradients import AT_ONCE, gradients, require_logits
from spine_core.explanation.perturbation.baselines import method_baseline
from spine_core.explanation.perturbation.masked_scores import RESPONSE_FLOOR
from spine_core.progress import Progress

COMPLETE = 0.01
"""Completeness gap, as a fraction of the change of the score, below which the path is fine enough."""

NODES = 8
"""Gauss-Legendre points per segment of the path."""


class IntegratedGradients(AttributionMethod):
    """Integrated gradients with adaptive refinement of the path. Sundararajan 2017, arXiv 1703.01365.

    The change of the score over each segment of the path is known. The segment with the largest completeness gap is
    halved until all gaps together are below ``COMPLETE`` or the budget is spent. The seed is not used.
    """

    name = "integrated_gradients"
    label = "Integrated gradients"
    paper = "Sundararajan et al. 2017, arXiv 1703.01365"
    family = MethodFamily.GRADIENT
    needs = Needs.GRADIENTS
    resolution = "Single pixels of the disc view, but neighbouring pixels often take opposite signs."
    shows = "How the score builds up, pixel by pixel, on the path from a blurred baseline to this image."
    limits = "Noisy, follows edges, and depends on the baseline."

    def defaults(self) -> dict[str, float | int | str]:
        """``gradients``: maximum number of gradients. ``baseline``: start of the path, one of ``METHOD_BASELINES``."""
        return {"gradients": 256, "baseline": "blur"}

    def compute(self, request: AttributionRequest) -> Attribution:
        """Explains ``target``. Raises ``TypeError`` for a network without ``logits``."""
        progress = request.progress
        budget = max(int(request.settings["gradients"]), NODES)
        path = _Path(require_logits(request.network, self.label), request, budget)
        segments = [path.integrate(0.0, 1.0, progress)]
        change = segments[0].change
        while sum(abs(one.gap) for one in segments) > COMPLETE * max(abs(change), RESPONSE_FLOOR):
            if path.gradients + 2 * NODES > budget:
                break
            segments.sort(key=lambda one: abs(one.gap))
            worst = segments.pop()
            middle = (worst.start + worst.end) / 2
            segments += [
                path.integrate(*ends, progress) for ends in ((worst.start, middle), (middle, worst.end))
            ]
        total = np.sum([one.attributed for one in segments], axis=0)
        return Attribution(
            values=total.sum(axis=0),
            native_shape=(total.shape[1], total.shape[2]),
            target_score=path.scores[1.0],
            diagnostic=_diagnostic(float(total.sum()), change),
            model_evaluations=path.gradients + len(path.scores),
            is_empty=not np.any(total),
            extra={"channels": total},
        )


@dataclass(frozen=True, eq=False)
class _Segment:
    """A segment of the path: its integral per pixel (channels, size, size), and the change of the score over it."""

    start: float
    end: float
    attributed: npt.NDArray[np.float64]
    change: float

    @property
    def gap(self) -> float:
        return float(self.attributed.sum()) - self.change


class _Path:
    """The straight path from the baseline to the image, with the scores evaluated on it."""

    def __init__(self, network: DifferentiableModel, request: AttributionRequest, budget: int) -> None:
        self._network, self._target, self._budget = network, request.target, budget
        self._start = method_baseline(request.image.pixels, request.baseline)
        self._step = request.image.pixels - self._start
        self.scores: dict[float, float] = {}
        self.gradients = 0

    def integrate(self, start: float, end: float, progress: Progress) -> _Segment:
        """The integral from ``start`` to ``end``, fractions of the path from 0 to 1."""
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        positions = start + (nodes + 1) / 2 * (end - start)
        mean = np.zeros(self._step.shape)
        for first in range(0, NODES, AT_ONCE):
            progress((self.gradients + first) / self._budget)
            part = slice(first, first + AT_ONCE)
            found = gradients(self._network, self._at(positions[part]), self._target)
            mean += np.einsum("n,nchw->chw", weights[part] / 2, found)
        self.gradients += NODES
        change = self._score(end, progress) - self._score(start, progress)
        return _Segment(start, end, mean * self._step * (end - start), change)

    def _at(self, positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        return (self._start + positions.astype(np.float32)[:, None, None, None] * self._step).astype(
            np.float32
        )

    def _score(self, position: float, progress: Progress) -> float:
        if position not in self.scores:
            progress(self.gradients / self._budget)
            image = self._at(np.array([position]))
            self.scores[position] = float(self._network.score(image, self._target)[0])
        return self.scores[position]


def _diagnostic(total: float, change: float) -> MethodDiagnostic:
    name = "completeness gap"
    if abs(change) < RESPONSE_FLOOR:
        return MethodDiagnostic(
            name, None, f"The score differs by only {change:.2g} log-odds from that of the baseline."
        )
    gap = abs(total - change) / abs(change)
    caption = (
        f"The pixels add up to {total:+.2f} of the {change:+.2f} log-odds between the baseline and this image "
        f"({gap:.1%} missing or in excess; up to {COMPLETE:.0%} is the discretisation error of the path)."
    )
    return MethodDiagnostic(name, gap, caption)
