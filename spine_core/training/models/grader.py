"""Trains a grading network on crops of all sets; labels that a set does not have are left out of the loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.networks.architectures import build, with_heads
from spine_core.networks.grading_network import Preprocessing
from spine_core.networks.target import LOGITS
from spine_core.results.training_plans import Plan
from spine_core.training.datasets.crop_cache import Crops
from spine_core.training.distillation.teachers import disagreement
from spine_core.training.models.crop_augmentation import views
from spine_core.training.models.initialisation import fitting
from spine_core.training.models.loop import Schedule, run
from spine_core.training.models.targets_and_loss import T1, T2, loss, targets, weights_of_answers

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class Lessons:
    """What discs are taught beyond their labels, one row per disc.

    ``heads``: which of several heads answers for the disc, int (N,); None where there is one for all.
    ``taught``: what teachers say of the disc (N, LOGITS), calibrated; None where the labels alone teach.
    """

    heads: npt.NDArray[np.int64] | None = None
    taught: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class _Wanted:
    """Of one batch: answers wanted and known (N, LOGITS), and its rows of ``Lessons``."""

    wanted: torch.Tensor
    known: torch.Tensor
    heads: torch.Tensor | None
    taught: torch.Tensor | None


def train(
    crops: Crops,
    contract: Preprocessing,
    out: Path,
    *,
    backbone: str,
    plan: Plan,
    start: Mapping[str, Any],
    lessons: Lessons | None = None,
    seed: int = 0,
    device: str = "cpu",
    log: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Trains a network on ``crops`` and returns its weights; its state is left in ``out``, to resume from.

    ``backbone``: one of ``grading.architectures``. ``start``: weights to begin with where names and shapes fit.
    """
    import torch

    torch.manual_seed(seed)
    lessons = lessons or Lessons()
    net = build(backbone, len(contract.channels))
    if lessons.heads is not None:
        with_heads(backbone, net, int(lessons.heads.max()) + 1)
    own = net.state_dict()
    fits = fitting(start, own)
    net.load_state_dict(fits, strict=False)
    log(f"{backbone} starts from {len(fits)} of {len(own)} tensors")
    every = np.concatenate([crops.labels[crops.present[:, T2], T2], crops.labels[crops.present[:, T1], T1]])
    weight = torch.from_numpy(weights_of_answers(*targets(every))).to(device)
    rows = np.repeat(np.arange(len(crops.keys)), [plan.repeats.get(key[0], 1) for key in crops.keys])

    def draw(epoch: int, step: int) -> tuple[torch.Tensor, _Wanted]:
        order = np.random.default_rng([seed, epoch]).permutation(rows)
        chosen = order[step * plan.batch : (step + 1) * plan.batch]
        size = plan.small if epoch < plan.small_epochs else contract.size
        rng = np.random.default_rng([seed, epoch, step])
        x, wanted, known = views(crops, chosen, size, rng, contract, plan.strength, device)
        heads, taught = (
            None if part is None else torch.from_numpy(part[chosen]).to(device)
            for part in (lessons.heads, lessons.taught)
        )
        return x, _Wanted(wanted.to(device), known.to(device), heads, taught)

    def cost(raw: torch.Tensor, asked: _Wanted) -> torch.Tensor:
        if asked.heads is not None:
            raw = raw.view(len(raw), -1, LOGITS)[torch.arange(len(raw), device=raw.device), asked.heads]
        value = loss(raw, asked.wanted, asked.known, weight)
        if asked.taught is not None:
            value = (1 - plan.taught) * value + plan.taught * disagreement(raw, asked.taught, weight)
        return value

    schedule = Schedule(plan.epochs, len(rows) // plan.batch, plan.rate, plan.decay, device=device)
    return run(net, schedule, draw, cost, out, log)
