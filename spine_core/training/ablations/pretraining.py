"""A start from the crops themselves: hidden cells of a picture are restored, and no label is looked at.

SimMIM: Xie et al., "SimMIM: a Simple Framework for Masked Image Modeling", CVPR 2022, arXiv:2111.09886. One linear
layer restores the pixels of hidden cells and is thrown away afterwards. No pairs of views are compared, so nothing can
collapse and small batches do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from spine_core.networks.architectures import build, features, width
from spine_core.networks.grading_network import Preprocessing
from spine_core.results.training_plans import Plan
from spine_core.training.datasets.crop_cache import Crops
from spine_core.training.models.crop_augmentation import views
from spine_core.training.models.loop import Schedule, run

CELL = 16
"""Side of a cell in pixels: what one place of the last maps stands for."""
HIDDEN = 0.6
"""Share of the cells that is hidden; the paper's for cells of this size."""


class Restorer(torch.nn.Module):
    """A backbone whose last maps are turned back into pixels by one linear layer."""

    def __init__(self, backbone: str, channels: int) -> None:
        super().__init__()
        self._backbone = backbone
        self.trunk = build(backbone, channels)
        self.pixels = torch.nn.Conv2d(width(backbone, self.trunk), channels * CELL**2, 1)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Pictures (N, channels, size, size), restored; ``size`` is a multiple of ``CELL``."""
        maps = features(self._backbone, self.trunk, pictures)
        return torch.nn.functional.pixel_shuffle(self.pixels(maps), CELL)


def hidden_cells(count: int, size: int, rng: np.random.Generator) -> torch.Tensor:
    """True where pixels are hidden, (count, 1, size, size): the share ``HIDDEN`` of each picture's cells."""
    side = size // CELL
    ranks = rng.random((count, side * side)).argsort(axis=1).argsort(axis=1)
    cells = (ranks < round(HIDDEN * side * side)).reshape(count, 1, side, side)
    return torch.from_numpy(cells.repeat(CELL, axis=2).repeat(CELL, axis=3))


def restoring_loss(restored: torch.Tensor, wanted: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
    """Mean absolute error over the hidden pixels of weightings that are there (those absent are all zero)."""
    there = wanted.flatten(2).any(dim=2)[:, :, None, None]
    asked = (hidden & there).float()
    return ((restored - wanted).abs() * asked).sum() / asked.sum().clamp_min(1.0)


def pretrain(
    crops: Crops,
    contract: Preprocessing,
    out: Path,
    *,
    backbone: str,
    plan: Plan,
    seed: int = 0,
    device: str = "cpu",
    log: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Weights of ``backbone`` after ``plan.epochs`` of restoring ``crops``; its state is left in ``out``.

    Views are those of the graders; T1 and T2 are hidden at the same places, so that neither tells the other.
    """
    torch.manual_seed(seed)
    net = Restorer(backbone, len(contract.channels))

    def draw(epoch: int, step: int) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        order = np.random.default_rng([seed, epoch]).permutation(len(crops.keys))
        chosen = order[step * plan.batch : (step + 1) * plan.batch]
        rng = np.random.default_rng([seed, epoch, step])
        seen, _, _ = views(crops, chosen, contract.size, rng, contract)
        hidden = hidden_cells(len(seen), contract.size, rng)
        return seen * ~hidden, (seen, hidden)

    def cost(raw: torch.Tensor, answers: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        wanted, hidden = (part.to(device) for part in answers)
        return restoring_loss(raw, wanted, hidden)

    schedule = Schedule(plan.epochs, len(crops.keys) // plan.batch, plan.rate, plan.decay, device=device)
    state = run(net, schedule, draw, cost, out, log)
    return {
        name.removeprefix("trunk."): value
        for name, value in state.items()
        if name.startswith("trunk.") and not name.startswith(("trunk.classifier.", "trunk.fc."))
    }
