"""Steps too small to be seen: at random, the worst for the answer, and the worst for the map while the answer holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.comparison.metrics.agreement.agreement import TOP
from spine_core.explanation.base import DifferentiableModel
from spine_core.explanation.cam.base import FeatureHeadModel, differentiable
from spine_core.explanation.gradient.gradients import gradients
from spine_core.explanation.perturbation.masked_scores import RESPONSE_FLOOR
from spine_core.networks.target import Target
from spine_core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor

STEP = 0.05
"""How far a pixel may go, where the picture's standard deviation is about 1: a hundredth of its grey range."""

ROUNDS = 24
"""Rounds of the search for the worst step for the map."""

Pixels = npt.NDArray[np.float32]


def random_step(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Every pixel ``STEP`` up or down at random: what the two worst steps are to be compared with."""
    return _within(pixels, pixels + STEP * random.choice([-1.0, 1.0], size=pixels.shape))


def answer_step(network: DifferentiableModel, pixels: Pixels, target: Target) -> Pixels:
    """Every pixel ``STEP`` against the answer's gradient. Goodfellow 2014, arXiv 1412.6572."""
    slope = gradients(network, pixels[None], target)[0]
    return _within(pixels, pixels - STEP * np.sign(slope))


def map_step(network: FeatureHeadModel, pixels: Pixels, target: Target, progress: Progress) -> Pixels:
    """At most ``STEP`` per pixel, so that Grad-CAM's strongest tenth fades while the answer holds.

    Ghorbani 2019, arXiv 1710.10547 (top-k attack). Wherever the answer goes it is brought back along its own gradient,
    and the map is only worked on while the log-odds are within ``RESPONSE_FLOOR`` of what they were. Kept is the round
    that leaves least relevance where it was; ``pixels`` themselves where none leaves less.
    """
    best, least = pixels, np.inf
    now, held, top = pixels, 0.0, None
    for number in range(ROUNDS):
        progress(number / ROUNDS, "Looking for the worst step")
        share, answer, away, along, top = _slopes(network, now, target, top)
        held = answer if number == 0 else held
        drift, step = answer - held, np.zeros_like(away)
        if abs(drift) <= RESPONSE_FLOOR:
            if share < least:
                best, least = now, share
            step = -STEP / 4 * np.sign(away)
            drift += float((along * step).sum())
        size = float((along * along).sum())
        back = drift * along / size if size > 0 else 0.0
        now = _within(pixels, np.clip(now + step - back, pixels - STEP, pixels + STEP))
    return best


def _slopes(
    network: FeatureHeadModel, pixels: Pixels, target: Target, top: Tensor | None
) -> tuple[float, float, npt.NDArray[np.float64], npt.NDArray[np.float64], Tensor]:
    """Share of Grad-CAM's relevance in the cells ``top``, the answer, and the gradient of each by the pixels.

    ``top``: numbers of the cells; None takes the strongest tenth of this map.
    """
    import torch

    with differentiable():
        leaf = torch.from_numpy(np.array(pixels[None], dtype=np.float32)).requires_grad_()
        maps = network.features(leaf)
        answer = target.log_odds(network.head(maps)).sum()
        (slope,) = torch.autograd.grad(answer, maps, create_graph=True)
        cells = (slope.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1).flatten().clamp_min(0)
        if top is None:
            top = cells.detach().topk(max(1, round(TOP * cells.numel()))).indices
        share = cells[top].sum() / cells.sum().clamp_min(1e-12)
        (along,) = torch.autograd.grad(answer, leaf, retain_graph=True)
        (away,) = torch.autograd.grad(share, leaf)
    found = [one[0].numpy().astype(np.float64) for one in (away, along)]
    return float(share.detach()), float(answer.detach()), found[0], found[1], top


def _within(pixels: Pixels, stepped: npt.NDArray[np.floating]) -> Pixels:
    """A missing weighting stays missing."""
    present = np.any(pixels, axis=(1, 2), keepdims=True)
    return np.where(present, stepped, pixels).astype(np.float32)
