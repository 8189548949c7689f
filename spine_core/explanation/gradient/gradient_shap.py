"""Gradient SHAP: integrated gradients averaged over many baselines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.explanation.base import (
    Attribution,
    AttributionMethod,
    AttributionRequest,
    MethodDiagnostic,
    MethodFamily,
    Needs,
)
from spine_core.explanation.gradient.gradients import AT_ONCE, gradients, require_logits
from spine_core.explanation.perturbation.baselines import blurred

WEAKEST, STRONGEST = 1 / 48, 1 / 8
"""Range of the baselines' Gaussian sigma, as a fraction of the side: from a twelfth to half of a disc's height."""


class GradientShap(AttributionMethod):
    """Expected gradients. Erion 2021, doi 10.1038/s42256-021-00343-w.

    The baseline of each sample is a copy with a random amount of blur. The gradient is taken at a random position
    between the baseline and the image; the positions are stratified. ``extra``: "half", the map of every other sample.
    """

    name = "gradient_shap"
    label = "Gradient SHAP"
    paper = "Erion et al. 2021, doi 10.1038/s42256-021-00343-w"
    family = MethodFamily.GRADIENT
    needs = Needs.GRADIENTS
    resolution = "Single pixels of the disc view, but neighbouring pixels often take opposite signs."
    shows = "How the score builds up pixel by pixel, averaged over many blurred baselines."
    limits = "Noisy, follows edges, and changes with the seed unless very many samples are drawn."

    def defaults(self) -> dict[str, float | int | str]:
        """``samples``: number of gradients."""
        return {"samples": 96}

    def compute(self, request: AttributionRequest) -> Attribution:
        """Explains ``target``. Raises ``TypeError`` for a network without ``logits``."""
        network = require_logits(request.network, self.label)
        image, target, progress = request.image, request.target, request.progress
        random = np.random.default_rng(request.seed)
        count = request.budget
        positions = random.permutation((np.arange(count) + random.random(count)) / count)
        sigmas = random.uniform(WEAKEST, STRONGEST, count)
        sums = np.zeros((2, *image.pixels.shape))
        baseline_scores = np.empty(count)
        for first in range(0, count, AT_ONCE):
            progress(first / count, self.label)
            part = slice(first, first + AT_ONCE)
            baselines = np.stack([blurred(image.pixels, float(sigma)) for sigma in sigmas[part]])
            steps = image.pixels - baselines
            points = (baselines + positions[part, None, None, None] * steps).astype(np.float32)
            found = gradients(network, points, target) * steps
            progress((first + len(baselines)) / count, self.label)
            baseline_scores[part] = network.score(baselines, target)
            for number, one in enumerate(found, start=first):
                sums[number % 2] += one
        mean = sums.sum(axis=0).sum(axis=0) / count
        halves = sums.sum(axis=1) / np.array([(count + 1) // 2, max(count // 2, 1)])[:, None, None]
        progress(1.0, self.label)
        score = float(network.score(image.pixels[None], target)[0])
        empty = not np.any(mean)
        gap = float(mean.sum()) - (score - float(baseline_scores.mean()))
        return Attribution(
            values=mean,
            native_shape=(mean.shape[0], mean.shape[1]),
            target_score=score,
            diagnostic=_diagnostic(halves, gap, empty=empty),
            model_evaluations=2 * count + 1,
            is_empty=empty,
            extra={"half": halves[0]},
        )


def _diagnostic(halves: npt.NDArray[np.float64], gap: float, *, empty: bool) -> MethodDiagnostic:
    name = "split-half correlation"
    if empty or not all(np.ptp(one) > 0 for one in halves):
        return MethodDiagnostic(name, None, "The score does not change with the pixels; the map is empty.")
    value = float(np.corrcoef(halves[0].ravel(), halves[1].ravel())[0, 1])
    caption = (
        f"Maps from two halves of the samples correlate {value:.2f} (Pearson, over pixels); a low value means that "
        f"more samples would change the map. Its sum differs from the change of the score by {gap:+.2f} log-odds."
    )
    return MethodDiagnostic(name, value, caption)
