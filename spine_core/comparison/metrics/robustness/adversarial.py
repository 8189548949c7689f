"""Imperceptible changes of the pixels: random, adversarial for the score, and adversarial for the map alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.comparison.metrics.agreement.agreement import TOP
from spine_core.explanation.base import DifferentiableModel
from spine_core.explanation.cam.base import differentiable, require_feature_head
from spine_core.explanation.gradient.gradients import gradients
from spine_core.explanation.perturbation.masked_scores import RESPONSE_FLOOR
from spine_core.networks.target import Target
from spine_core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor

STEP = 0.05
"""Largest change of a pixel, where the image's standard deviation is about 1: a hundredth of its intensity range."""

ROUNDS = 24
"""Iterations of the attack on the map."""

Pixels = npt.NDArray[np.float32]


def random_step(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Changes every pixel by plus or minus ``STEP`` at random: the control of the two attacks."""
    return _within(pixels, pixels + STEP * random.choice([-1.0, 1.0], size=pixels.shape))


def score_step(network: DifferentiableModel, pixels: Pixels, target: Target) -> Pixels:
    """Changes every pixel by ``STEP`` against the score's gradient (FGSM). Goodfellow 2014, arXiv 1412.6572."""
    slope = gradients(network, pixels[None], target)[0]
    return _within(pixels, pixels - STEP * np.sign(slope))


def map_step(network: object, pixels: Pixels, target: Target, progress: Progress) -> Pixels:
    """Changes pixels by at most ``STEP`` so that Grad-CAM's strongest tenth loses relevance while the score stays.

    Ghorbani 2019, arXiv 1710.10547 (top-k attack). Drift of the score is corrected along its gradient, and the map is
    attacked only while the log-odds are within ``RESPONSE_FLOOR`` of the initial ones. Returns the iteration with the
    least relevance in the original top cells, or ``pixels`` where none has less. Raises ``Cancelled``, and
    ``TypeError`` for a network without a layer of feature maps.
    """
    best, least = pixels, np.inf
    current, initial, top = pixels, 0.0, None
    for number in range(ROUNDS):
        progress(number / ROUNDS, "Searching the worst step")
        fraction, score, fraction_gradient, score_gradient, top = _slopes(network, current, target, top)
        initial = score if number == 0 else initial
        drift, step = score - initial, np.zeros_like(fraction_gradient)
        if abs(drift) <= RESPONSE_FLOOR:
            if fraction < least:
                best, least = current, fraction
            step = -STEP / 4 * np.sign(fraction_gradient)
            drift += float((score_gradient * step).sum())
        size = float((score_gradient * score_gradient).sum())
        correction = drift * score_gradient / size if size > 0 else 0.0
        current = _within(pixels, np.clip(current + step - correction, pixels - STEP, pixels + STEP))
    return best


def _slopes(
    network: object, pixels: Pixels, target: Target, top: Tensor | None
) -> tuple[float, float, npt.NDArray[np.float64], npt.NDArray[np.float64], Tensor]:
    """Fraction of Grad-CAM's relevance in the cells ``top``, the score, their gradients, and ``top``.

    ``top``: indices of the cells; None takes the strongest tenth of this map.
    """
    import torch

    with differentiable():
        leaf = torch.from_numpy(np.array(pixels[None], dtype=np.float32)).requires_grad_()
        split = require_feature_head(network, leaf, "The worst step for the map")
        maps = split.features(leaf)
        score = target.log_odds(split.head(maps)).sum()
        (slope,) = torch.autograd.grad(score, maps, create_graph=True)
        cells = (slope.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1).flatten().clamp_min(0)
        if top is None:
            top = cells.detach().topk(max(1, round(TOP * cells.numel()))).indices
        fraction = cells[top].sum() / cells.sum().clamp_min(1e-12)
        (score_gradient,) = torch.autograd.grad(score, leaf, retain_graph=True)
        (fraction_gradient,) = torch.autograd.grad(fraction, leaf)
    found = [one[0].numpy().astype(np.float64) for one in (fraction_gradient, score_gradient)]
    return float(fraction.detach()), float(score.detach()), found[0], found[1], top


def _within(pixels: Pixels, stepped: npt.NDArray[np.floating]) -> Pixels:
    """The changed pixels, except for missing weightings, which stay zeros."""
    present = np.any(pixels, axis=(1, 2), keepdims=True)
    return np.where(present, stepped, pixels).astype(np.float32)
