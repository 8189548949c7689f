"""Self-supervised pre-training on the crops: masked patches of an image are reconstructed, without labels.

SimMIM: Xie et al., "SimMIM: a Simple Framework for Masked Image Modeling", CVPR 2022, arXiv:2111.09886. One linear
layer predicts the pixels of the masked patches and is discarded afterwards. There are no pairs of views to compare, so
representations cannot collapse and small batches suffice.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from spine_core.networks.architectures import build, features, width
from spine_core.networks.preprocessing import Preprocessing
from spine_core.results.training_plans import TrainingPlan
from spine_core.training.datasets.crop_cache import Crops
from spine_core.training.models.crop_augmentation import views
from spine_core.training.models.loop import Schedule, run_training

PATCH = 16
"""Side of a patch in pixels: the stride of the last feature maps."""
MASK_RATIO = 0.6
"""Fraction of the patches that is masked; the paper's value for patches of this size."""


class MaskedImageModel(torch.nn.Module):
    """A backbone with one linear layer that predicts pixels from the last feature maps."""

    def __init__(self, backbone: str, channels: int) -> None:
        super().__init__()
        self._backbone = backbone
        self.trunk = build(backbone, channels)
        self.pixels = torch.nn.Conv2d(width(backbone, self.trunk), channels * PATCH**2, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Reconstructed images (N, channels, size, size); ``size`` is a multiple of ``PATCH``."""
        maps = features(self._backbone, self.trunk, images)
        return torch.nn.functional.pixel_shuffle(self.pixels(maps), PATCH)


def random_mask(count: int, size: int, rng: np.random.Generator) -> torch.Tensor:
    """Mask (count, 1, size, size), True in the fraction ``MASK_RATIO`` of each image's patches."""
    side = size // PATCH
    ranks = rng.random((count, side * side)).argsort(axis=1).argsort(axis=1)
    patches = (ranks < round(MASK_RATIO * side * side)).reshape(count, 1, side, side)
    return torch.from_numpy(patches.repeat(PATCH, axis=2).repeat(PATCH, axis=3))


def reconstruction_loss(output: torch.Tensor, targets: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean absolute error over the masked pixels of the weightings that are present (absent ones are all zero)."""
    present = targets.flatten(2).any(dim=2)[:, :, None, None]
    counted = (mask & present).float()
    return ((output - targets).abs() * counted).sum() / counted.sum().clamp_min(1.0)


def pretrain(
    crops: Crops,
    preprocessing: Preprocessing,
    out: Path,
    *,
    backbone: str,
    plan: TrainingPlan,
    seed: int = 0,
    device: str = "cpu",
    log: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Weights of ``backbone`` after ``plan.epochs`` of reconstruction; the state in ``out`` allows a run to resume.

    Views are those of the graders. T1 and T2 are masked at the same places, so that one does not reveal the other.
    """
    torch.manual_seed(seed)
    net = MaskedImageModel(backbone, len(preprocessing.channels))

    def draw(epoch: int, step: int) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        order = np.random.default_rng([seed, epoch]).permutation(len(crops.keys))
        chosen = order[step * plan.batch : (step + 1) * plan.batch]
        rng = np.random.default_rng([seed, epoch, step])
        images, _, _ = views(crops, chosen, preprocessing.size, rng, preprocessing)
        mask = random_mask(len(images), preprocessing.size, rng)
        return images * ~mask, (images, mask)

    def loss(raw: torch.Tensor, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        targets, mask = (part.to(device) for part in batch)
        return reconstruction_loss(raw, targets, mask)

    schedule = Schedule(
        plan.epochs, len(crops.keys) // plan.batch, plan.learning_rate, plan.weight_decay, device=device
    )
    state = run_training(net, schedule, draw, loss, out, log)
    return {
        name.removeprefix("trunk."): value
        for name, value in state.items()
        if name.startswith("trunk.") and not name.startswith(("trunk.classifier.", "trunk.fc."))
    }
