"""Trains a grading network on crops of all datasets; labels that a dataset lacks are masked in the loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.networks.architectures import build, with_heads
from spine_core.networks.outputs import LOGITS
from spine_core.networks.preprocessing import Preprocessing
from spine_core.results.training_plans import TrainingPlan
from spine_core.training.datasets.crop_cache import Crops
from spine_core.training.distillation.teachers import distillation_loss
from spine_core.training.models.crop_augmentation import views
from spine_core.training.models.initialisation import matching_weights
from spine_core.training.models.loop import Schedule, run_training
from spine_core.training.models.targets_and_loss import T1, T2, class_weights, grading_loss, logit_targets

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class DistillationTargets:
    """Targets in addition to the labels, one row per disc.

    ``heads``: index of the output head that is trained on the disc, int (N,); None if there is one head.
    ``logits``: the teachers' calibrated logits (N, LOGITS); None to train on the labels alone.
    """

    heads: npt.NDArray[np.int64] | None = None
    logits: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class _BatchTargets:
    """Targets of one batch: label targets and their mask (N, LOGITS), and its rows of ``DistillationTargets``."""

    targets: torch.Tensor
    known: torch.Tensor
    heads: torch.Tensor | None
    soft_targets: torch.Tensor | None


def train(
    crops: Crops,
    preprocessing: Preprocessing,
    out: Path,
    *,
    backbone: str,
    plan: TrainingPlan,
    start: Mapping[str, Any],
    extra: DistillationTargets | None = None,
    seed: int = 0,
    device: str = "cpu",
    log: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Trains a network on ``crops`` and returns its weights; the state in ``out`` allows a run to resume.

    ``backbone``: one of ``networks.architectures``. ``start``: initial weights, used where names and shapes match.
    """
    import torch

    torch.manual_seed(seed)
    extra = extra or DistillationTargets()
    net = build(backbone, len(preprocessing.channels))
    if extra.heads is not None:
        with_heads(backbone, net, int(extra.heads.max()) + 1)
    state = net.state_dict()
    matching = matching_weights(start, state)
    net.load_state_dict(matching, strict=False)
    log(f"{backbone}: {len(matching)} of {len(state)} tensors initialised")
    labels = np.concatenate([crops.labels[crops.present[:, T2], T2], crops.labels[crops.present[:, T1], T1]])
    weight = torch.from_numpy(class_weights(*logit_targets(labels))).to(device)
    rows = np.repeat(np.arange(len(crops.keys)), [plan.repeats.get(key[0], 1) for key in crops.keys])

    def draw(epoch: int, step: int) -> tuple[torch.Tensor, _BatchTargets]:
        order = np.random.default_rng([seed, epoch]).permutation(rows)
        chosen = order[step * plan.batch : (step + 1) * plan.batch]
        size = plan.small_size if epoch < plan.small_epochs else preprocessing.size
        rng = np.random.default_rng([seed, epoch, step])
        x, targets, known = views(crops, chosen, size, rng, preprocessing, plan.augmentation_strength, device)
        heads, soft_targets = (
            None if part is None else torch.from_numpy(part[chosen]).to(device)
            for part in (extra.heads, extra.logits)
        )
        return x, _BatchTargets(targets.to(device), known.to(device), heads, soft_targets)

    def loss(raw: torch.Tensor, batch: _BatchTargets) -> torch.Tensor:
        if batch.heads is not None:
            raw = raw.view(len(raw), -1, LOGITS)[torch.arange(len(raw), device=raw.device), batch.heads]
        value = grading_loss(raw, batch.targets, batch.known, weight)
        if batch.soft_targets is not None:
            distilled = distillation_loss(raw, batch.soft_targets, weight)
            value = (1 - plan.soft_target_weight) * value + plan.soft_target_weight * distilled
        return value

    schedule = Schedule(
        plan.epochs, len(rows) // plan.batch, plan.learning_rate, plan.weight_decay, device=device
    )
    return run_training(net, schedule, draw, loss, out, log)
