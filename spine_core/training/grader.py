"""Trains a grading network on crops of all sets; labels that a set does not have are left out of the loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.grading.architectures import build
from spine_core.grading.conditions import CONDITIONS, Scale
from spine_core.grading.network import Contract
from spine_core.grading.target import LAYOUT, LOGITS
from spine_core.study.model import Weighting
from spine_core.training.crops import MARGIN, UNKNOWN, Crops
from spine_core.training.loop import Schedule, run
from spine_core.training.starts import fitting

if TYPE_CHECKING:
    import torch

HEAVIEST = 6.0
"""Largest weight of a rare answer: more makes a handful of discs drive the network."""
T2, T1 = 0, 1


@dataclass(frozen=True)
class Plan:
    """How long and at which sizes to train. ``small_epochs`` come first, at ``small`` pixels, ``epochs`` in all.

    ``repeats``: how often a set's discs are seen per epoch, where not once. ``strength``: by how much more or
    less than usual the views vary in place, shape, contrast and noise.
    """

    epochs: int
    small_epochs: int = 0
    small: int = 128
    batch: int = 48
    rate: float = 1.2e-3
    decay: float = 0.03
    repeats: Mapping[str, int] = field(default_factory=dict)
    strength: float = 1.0


TWICE = {"spider": 2}
"""The smaller set is the only one with most of the labels: it is seen twice as often."""

SEARCHED = Plan(epochs=14, small_epochs=11, rate=2.5e-3, decay=0.1, repeats=TWICE, strength=0.7)
"""Near the best trials of the search (``training/search``): three times the rate, views that vary less."""

PLANS: Mapping[str, tuple[Plan, ...]] = {
    "resnet18": (Plan(epochs=28, small_epochs=20), Plan(epochs=16, rate=6e-4, repeats=TWICE)),
    "efficientnet_lite0": (Plan(epochs=20, small_epochs=13, rate=8e-4, repeats=TWICE),),
    "efficientnet_lite1": (SEARCHED,),
    "efficientnet_lite2": (SEARCHED,),
    "densenet121": (
        Plan(epochs=24, small_epochs=20, repeats=TWICE),
        Plan(epochs=17, small_epochs=11, rate=8e-4, repeats=TWICE),
    ),
}
"""Runs of each backbone, one after the other."""


def targets(labels: npt.NDArray[np.int8]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Labels (N, conditions) as the answers wanted of each logit (N, LOGITS), and which of them are known."""
    wanted = np.zeros((len(labels), LOGITS), dtype=np.float32)
    known = np.zeros((len(labels), LOGITS), dtype=bool)
    for column, condition in enumerate(CONDITIONS):
        part, value = LAYOUT[condition.name], labels[:, column]
        known[:, part] = (value != UNKNOWN)[:, None]
        if condition.scale is Scale.BINARY:
            wanted[:, part] = (value == 1)[:, None]
        elif condition.scale is Scale.ORDINAL:
            # A step is asked only of discs that reached the grade below it.
            steps = np.array([int(grade) for grade in condition.grades[1:]])[None]
            wanted[:, part] = value[:, None] >= steps
            known[:, part] &= value[:, None] >= steps - 1
        else:
            wanted[:, part] = value[:, None] == np.array([int(g) for g in condition.grades])[None]
    return wanted, known


def weights_of_answers(
    wanted: npt.NDArray[np.float32], known: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    """Weight of a positive answer per logit: negatives over positives, between 1 / HEAVIEST and HEAVIEST."""
    positive = (wanted * known).sum(0)
    negative = known.sum(0) - positive
    weight = np.clip(negative / np.maximum(positive, 1), 1 / HEAVIEST, HEAVIEST)
    return np.asarray(weight, dtype=np.float32)


def loss(
    logits: torch.Tensor, wanted: torch.Tensor, known: torch.Tensor, weight: torch.Tensor
) -> torch.Tensor:
    """Mean over what is known: binary cross-entropy for binary and ordinal logits, cross-entropy for categories."""
    from torch.nn import functional

    binary = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none", pos_weight=weight)
    mask = known.float()
    total = logits.new_zeros(())
    for condition in CONDITIONS:
        part = LAYOUT[condition.name]
        if condition.scale is Scale.CATEGORICAL:
            cross = -(
                functional.log_softmax(logits[:, part], 1) * wanted[:, part] * weight[part].clamp(1.0)
            ).sum(1)
            share = (cross * mask[:, part.start]).sum() / mask[:, part.start].sum().clamp_min(1.0)
        else:
            share = (binary[:, part] * mask[:, part]).sum() / mask[:, part].sum().clamp_min(1.0)
        total = total + share
    return total / len(CONDITIONS)


def views(
    crops: Crops,
    chosen: npt.NDArray[np.int64],
    size: int,
    rng: np.random.Generator,
    contract: Contract,
    strength: float = 1.0,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A batch of random views: pictures (N, 2, size, size), wanted and known answers. ``strength``: as in ``Plan``."""
    import torch

    pixels = torch.from_numpy(crops.pixels[chosen]).float() / 255
    count = len(chosen)
    theta = np.zeros((count, 2, 3), dtype=np.float32)
    for i in range(count):
        angle = np.deg2rad(rng.normal(0, 6 * strength))
        zoom = np.exp(strength * rng.uniform(-0.13, 0.13)) / MARGIN
        stretch = np.exp(strength * rng.uniform(-0.14, 0.14))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        theta[i, :, :2] = zoom * turn @ np.diag([1.0, stretch])
        theta[i, :, 2] = strength * rng.uniform(-0.08, 0.08, 2) / (contract.width / 2) / MARGIN
    grid = torch.nn.functional.affine_grid(
        torch.from_numpy(theta), [count, 2, size, size], align_corners=False
    )
    seen = torch.nn.functional.grid_sample(pixels, grid, padding_mode="border", align_corners=False)
    use = _channels(crops.present[chosen], rng)
    seen = _contrast(seen, rng, contract, strength)
    seen = seen * torch.from_numpy(use.astype(np.float32))[:, :, None, None]
    wanted, known = targets(labels_seen(crops.labels[chosen], use))
    return seen, torch.from_numpy(wanted), torch.from_numpy(known)


def labels_seen(labels: npt.NDArray[np.int8], use: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """Labels (N, conditions) that belong to what is seen: those drawn on T2 wherever T2 is seen.

    What a condition needs and is not seen leaves its label unknown: it will not be graded either.
    """
    seen = np.where(use[:, T2, None], labels[:, T2], labels[:, T1])
    for column, condition in enumerate(CONDITIONS):
        if condition.needs == (Weighting.T2,):
            seen[~use[:, T2], column] = UNKNOWN
    return seen


def _channels(present: npt.NDArray[np.bool_], rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which weightings the network sees: both, or one alone, so that it can answer with either missing."""
    use = present.copy()
    draw = rng.random(len(present))
    both = present.all(axis=1)
    use[both & (draw < 0.4), T1] = False
    use[both & (draw > 0.8), T2] = False
    return use


def _contrast(
    seen: torch.Tensor, rng: np.random.Generator, contract: Contract, strength: float
) -> torch.Tensor:
    import torch

    count, channels, size, _ = seen.shape
    sparse = seen[:, :, ::3, ::3].flatten(2)
    low, high = torch.quantile(sparse, torch.tensor([contract.low / 100, contract.high / 100]), dim=2)
    grey = (seen - low[..., None, None]) / (high - low).clamp_min(1e-3)[..., None, None]
    gamma = np.exp(strength * rng.uniform(-0.25, 0.25, (count, channels, 1, 1)))
    grey = grey.clamp(0, 1.2) ** torch.from_numpy(gamma.astype(np.float32))
    ramp = torch.linspace(-1, 1, size)
    slope = strength * torch.from_numpy(
        rng.uniform(-0.25, 0.25, (2, count, channels, 1, 1)).astype(np.float32)
    )
    grey = grey * (1 + slope[0] * ramp[:, None] + slope[1] * ramp[None])
    sigma = strength * torch.from_numpy(rng.uniform(0, 0.05, (count, channels, 1, 1)).astype(np.float32))
    # From the batch's own generator: torch's is also drawn from by the network that learns meanwhile.
    grey = grey + sigma * torch.from_numpy(rng.standard_normal(grey.shape, dtype=np.float32))
    out: torch.Tensor = (grey.clamp(0, 1.2) - contract.mean) / contract.std
    return out


def plain_views(crops: Crops, contract: Contract, use: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """The middle of every crop as the contract wants it, with the weightings of ``use`` (N, 2)."""
    side, size = crops.pixels.shape[-1], contract.size
    edge = (side - size) // 2
    out = np.zeros((len(crops.pixels), 2, size, size), dtype=np.float32)
    for i, channel in zip(*np.nonzero(use & crops.present), strict=True):
        middle = crops.pixels[i, channel, edge : edge + size, edge : edge + size]
        out[i, channel] = contract.standardise(middle.astype(np.float32))
    return out


def train(
    crops: Crops,
    contract: Contract,
    out: Path,
    *,
    backbone: str,
    plan: Plan,
    start: Mapping[str, Any],
    seed: int = 0,
    device: str = "cpu",
    log: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Trains a network on ``crops`` and returns its weights; its state is left in ``out``, to resume from.

    ``backbone``: one of ``grading.architectures``. ``start``: weights to begin with where names and shapes fit.
    """
    import torch

    torch.manual_seed(seed)
    net = build(backbone, len(contract.channels))
    own = net.state_dict()
    fits = fitting(start, own)
    net.load_state_dict(fits, strict=False)
    log(f"{backbone} starts from {len(fits)} of {len(own)} tensors")
    every = np.concatenate([crops.labels[crops.present[:, T2], T2], crops.labels[crops.present[:, T1], T1]])
    weight = torch.from_numpy(weights_of_answers(*targets(every))).to(device)
    rows = np.repeat(np.arange(len(crops.keys)), [plan.repeats.get(key[0], 1) for key in crops.keys])

    def draw(epoch: int, step: int) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        order = np.random.default_rng([seed, epoch]).permutation(rows)
        chosen = order[step * plan.batch : (step + 1) * plan.batch]
        size = plan.small if epoch < plan.small_epochs else contract.size
        rng = np.random.default_rng([seed, epoch, step])
        x, wanted, known = views(crops, chosen, size, rng, contract, plan.strength)
        return x, (wanted, known)

    def cost(raw: torch.Tensor, answers: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        wanted, known = (part.to(device) for part in answers)
        return loss(raw, wanted, known, weight)

    schedule = Schedule(plan.epochs, len(rows) // plan.batch, plan.rate, plan.decay, device=device)
    return run(net, schedule, draw, cost, out, log)
