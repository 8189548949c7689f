"""Training targets of a grader's logits from partly unknown labels, and the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.networks.conditions import CONDITIONS, Scale
from spine_core.networks.outputs import LOGIT_SLICES, LOGITS
from spine_core.study.types import Weighting
from spine_core.training.datasets.crop_cache import UNKNOWN

if TYPE_CHECKING:
    import torch

MAX_CLASS_WEIGHT = 6.0
"""Largest weight of a rare class: with more, a few discs would dominate the training."""
T2, T1 = 0, 1


def logit_targets(labels: npt.NDArray[np.int8]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Targets of each logit and a mask of the known ones, both (N, LOGITS), from labels (N, conditions)."""
    targets = np.zeros((len(labels), LOGITS), dtype=np.float32)
    known = np.zeros((len(labels), LOGITS), dtype=bool)
    for column, condition in enumerate(CONDITIONS):
        part, value = LOGIT_SLICES[condition.name], labels[:, column]
        known[:, part] = (value != UNKNOWN)[:, None]
        if condition.scale is Scale.BINARY:
            targets[:, part] = (value == 1)[:, None]
        elif condition.scale is Scale.ORDINAL:
            # Continuation ratio: a step has a target only for discs that reached the grade below it.
            steps = np.array([int(grade) for grade in condition.grades[1:]])[None]
            targets[:, part] = value[:, None] >= steps
            known[:, part] &= value[:, None] >= steps - 1
        else:
            targets[:, part] = value[:, None] == np.array([int(g) for g in condition.grades])[None]
    return targets, known


def class_weights(targets: npt.NDArray[np.float32], known: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Weight of the positive class per logit: negatives over positives, limited by ``MAX_CLASS_WEIGHT``."""
    positive = (targets * known).sum(0)
    negative = known.sum(0) - positive
    weight = np.clip(negative / np.maximum(positive, 1), 1 / MAX_CLASS_WEIGHT, MAX_CLASS_WEIGHT)
    return np.asarray(weight, dtype=np.float32)


def grading_loss(
    logits: torch.Tensor, targets: torch.Tensor, known: torch.Tensor, weight: torch.Tensor
) -> torch.Tensor:
    """Masked mean: binary cross-entropy for binary and ordinal logits, cross-entropy for categorical ones."""
    from torch.nn import functional

    binary = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none", pos_weight=weight)
    mask = known.float()
    total = logits.new_zeros(())
    for condition in CONDITIONS:
        part = LOGIT_SLICES[condition.name]
        if condition.scale is Scale.CATEGORICAL:
            cross = -(
                functional.log_softmax(logits[:, part], 1) * targets[:, part] * weight[part].clamp(1.0)
            ).sum(1)
            term = (cross * mask[:, part.start]).sum() / mask[:, part.start].sum().clamp_min(1.0)
        else:
            term = (binary[:, part] * mask[:, part]).sum() / mask[:, part].sum().clamp_min(1.0)
        total = total + term
    return total / len(CONDITIONS)


def visible_labels(labels: npt.NDArray[np.int8], use: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """Labels (N, conditions) of the input channels ``use`` (N, 2): those of T2 if T2 is used, else those of T1.

    Labels of a condition that needs a missing weighting become unknown: it is not graded either.
    """
    visible = np.where(use[:, T2, None], labels[:, T2], labels[:, T1])
    for column, condition in enumerate(CONDITIONS):
        if condition.needs == (Weighting.T2,):
            visible[~use[:, T2], column] = UNKNOWN
    return visible
