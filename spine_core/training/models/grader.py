"""Trains a grading network on crops of all sets; labels that a set does not have are left out of the loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.grading.target import LOGITS
from spine_core.networks.architectures import build, with_heads
from spine_core.networks.grading_network import Contract
from spine_core.training.datasets.crop_cache import Crops
from spine_core.training.distillation.teachers import disagreement
from spine_core.training.models.crop_augmentation import views
from spine_core.training.models.initialisation import fitting
from spine_core.training.models.loop import Schedule, run
from spine_core.training.models.targets_and_loss import T1, T2, loss, targets, weights_of_answers

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Plan:
    """How long and at which sizes to train. ``small_epochs`` come first, at ``small`` pixels, ``epochs`` in all.

    ``repeats``: how often a set's discs are seen per epoch, where not once. ``strength``: by how much more or
    less than usual the views vary in place, shape, contrast and noise. ``taught``: share of the loss that teachers'
    answers have, where there are teachers.
    """

    epochs: int
    small_epochs: int = 0
    small: int = 128
    batch: int = 48
    rate: float = 1.2e-3
    decay: float = 0.03
    repeats: Mapping[str, int] = field(default_factory=dict)
    strength: float = 1.0
    taught: float = 0.5


TWICE = {"spider": 2}
"""The smaller set is the only one with most of the labels: it is seen twice as often."""

SEARCHED = Plan(epochs=14, small_epochs=11, rate=2.5e-3, decay=0.1, repeats=TWICE, strength=0.7)
"""Near the best trials of the search (``training/search``): three times the rate, views that vary less."""

PLANS: Mapping[str, tuple[Plan, ...]] = {
    "resnet18": (Plan(epochs=28, small_epochs=20), Plan(epochs=16, rate=6e-4, repeats=TWICE)),
    "efficientnet_lite0": (Plan(epochs=20, small_epochs=13, rate=8e-4, repeats=TWICE),),
    "resnet14": (replace(SEARCHED, epochs=20, small_epochs=14),),
    "efficientnet_lite0_coarse": (replace(SEARCHED, small=144),),
    "efficientnet_lite1": (SEARCHED,),
    "efficientnet_lite2": (SEARCHED,),
    "densenet121": (
        Plan(epochs=24, small_epochs=20, repeats=TWICE),
        Plan(epochs=17, small_epochs=11, rate=8e-4, repeats=TWICE),
    ),
}
"""Runs of each backbone that learns from the labels alone, one after the other."""

TEACHER = Plan(epochs=24, batch=64, rate=2e-3, decay=0.1, repeats=TWICE)
"""Of every teacher. It is made for a graphics card (20 to 150 s); all pixels are seen from the beginning."""

TAUGHT = replace(TEACHER, epochs=60, taught=0.8)
"""Of every network that is taught: longer than its teachers, and more by their answers than by the labels."""


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
    contract: Contract,
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
