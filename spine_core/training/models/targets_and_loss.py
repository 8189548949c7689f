"""What is wanted of a grader's logits, from labels of which many are unknown, and what it costs to miss it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.networks.conditions import CONDITIONS, Scale
from spine_core.networks.target import LOGIT_SLICES, LOGITS
from spine_core.study.types import Weighting
from spine_core.training.datasets.crop_cache import UNKNOWN

if TYPE_CHECKING:
    import torch

HEAVIEST = 6.0
"""Largest weight of a rare answer: more makes a handful of discs drive the network."""
T2, T1 = 0, 1


def targets(labels: npt.NDArray[np.int8]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Labels (N, conditions) as the answers wanted of each logit (N, LOGITS), and which of them are known."""
    wanted = np.zeros((len(labels), LOGITS), dtype=np.float32)
    known = np.zeros((len(labels), LOGITS), dtype=bool)
    for column, condition in enumerate(CONDITIONS):
        part, value = LOGIT_SLICES[condition.name], labels[:, column]
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
        part = LOGIT_SLICES[condition.name]
        if condition.scale is Scale.CATEGORICAL:
            cross = -(
                functional.log_softmax(logits[:, part], 1) * wanted[:, part] * weight[part].clamp(1.0)
            ).sum(1)
            share = (cross * mask[:, part.start]).sum() / mask[:, part.start].sum().clamp_min(1.0)
        else:
            share = (binary[:, part] * mask[:, part]).sum() / mask[:, part].sum().clamp_min(1.0)
        total = total + share
    return total / len(CONDITIONS)


def labels_seen(labels: npt.NDArray[np.int8], use: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """Labels (N, conditions) that belong to what is seen: those drawn on T2 wherever T2 is seen.

    What a condition needs and is not seen leaves its label unknown: it will not be graded either.
    """
    seen = np.where(use[:, T2, None], labels[:, T2], labels[:, T1])
    for column, condition in enumerate(CONDITIONS):
        if condition.needs == (Weighting.T2,):
            seen[~use[:, T2], column] = UNKNOWN
    return seen
