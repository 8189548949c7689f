"""Knowledge distillation (Hinton 2015, arXiv 1503.02531): teachers' out-of-fold predictions as soft targets.

Soft targets carry the uncertainty of a label, and they fill in labels that a dataset lacks. Each teacher is trained
without one fold of the training patients and predicts only that fold: a network reproduces the labels it was trained
on, right or wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.assets import ASSETS
from spine_core.evaluation.affine_calibration import fit_affine
from spine_core.evaluation.datasets import DATASET_KEYS
from spine_core.networks.conditions import CONDITIONS, Scale
from spine_core.networks.outputs import LOGIT_SLICES, LOGITS
from spine_core.results.training_plans import TEACHER_FOLDS
from spine_core.training.datasets.crop_cache import Crops
from spine_core.training.models.targets_and_loss import logit_targets, visible_labels

if TYPE_CHECKING:
    import torch

SOFT_TARGETS = ASSETS / "soft_targets" / "soft_targets.npz"
"""Soft targets of every training disc: graders can be retrained without the teachers."""


class SoftTargetsError(ValueError):
    """Teacher predictions are missing or are of other discs; the message names them and the command to run."""


def teacher_folds(crops: Crops) -> npt.NDArray[np.int64]:
    """The teacher fold (N,) of each disc's patient; the patients of each dataset are assigned in turn."""
    patients = sorted({(key[0], key[1]) for key in crops.keys})
    ranks = {one: sum(other[0] == one[0] for other in patients[:i]) for i, one in enumerate(patients)}
    return np.array([ranks[key[0], key[1]] % TEACHER_FOLDS for key in crops.keys])


def dataset_heads(crops: Crops) -> npt.NDArray[np.int64]:
    """Index of the output head of each disc's dataset (N,): datasets define a bulge differently."""
    return np.array([DATASET_KEYS.index(key[0]) for key in crops.keys])


def route_heads(raw: npt.NDArray[np.float32], crops: Crops, training: Crops) -> npt.NDArray[np.float32]:
    """Logits (N, LOGITS) of each disc's own head, from the logits of all heads (N, datasets * LOGITS).

    A logit without labels in the disc's dataset in ``training`` is the mean of the other patient heads that have
    labels, or comes from the phantom head if none has.
    """
    by_head = raw.reshape(len(raw), len(DATASET_KEYS), LOGITS)
    out = np.empty((len(raw), LOGITS), dtype=np.float32)
    labelled = _labelled_heads(training)
    heads = dataset_heads(crops)
    for head, column in product(range(len(DATASET_KEYS)), range(LOGITS)):
        rows = heads == head
        out[rows, column] = by_head[rows][:, _heads_of(head, labelled[:, column]), column].mean(1)
    return out


def _heads_of(head: int, labelled: npt.NDArray[np.bool_]) -> list[int]:
    """The heads that predict one logit for discs of the dataset ``head``. ``labelled``: the heads with labels of it."""
    phantoms = DATASET_KEYS.index("phantom")
    patients = [i for i in range(len(DATASET_KEYS)) if i != phantoms]
    for candidates in ([head], patients, [phantoms]):
        if labelled[candidates].any():
            return [i for i in candidates if labelled[i]]
    return [head]


def _labelled_heads(crops: Crops) -> npt.NDArray[np.bool_]:
    """Which logits have labels in each dataset: (datasets, LOGITS)."""
    _, known = logit_targets(visible_labels(crops.labels, crops.present))
    heads = dataset_heads(crops)
    return np.stack([known[heads == head].any(axis=0) for head in range(len(DATASET_KEYS))])


def predictions_path(checkpoint_dir: Path, backbone: str, fold: int) -> Path:
    """File of a teacher's predictions of its held-out fold."""
    return checkpoint_dir / f"teacher-{backbone}-{fold}.npz"


def read_teacher_logits(checkpoint_dir: Path, crops: Crops) -> dict[str, npt.NDArray[np.float32]]:
    """Out-of-fold raw logits (N, LOGITS) of every disc, by the teachers' backbone.

    Raises ``SoftTargetsError`` as ``finished_backbones`` does.
    """
    return {
        backbone: _out_of_fold_logits(checkpoint_dir, backbone, crops)
        for backbone in finished_backbones(checkpoint_dir)
    }


def finished_backbones(checkpoint_dir: Path) -> list[str]:
    """Backbones of the teachers in ``checkpoint_dir``.

    Raises ``SoftTargetsError`` if there is none, or if a backbone lacks the predictions of a fold.
    """
    backbones = sorted({path.stem.split("-")[1] for path in checkpoint_dir.glob("teacher-*-*.npz")})
    if not backbones:
        msg = f"no teacher predictions in {checkpoint_dir}; run `train teacher` first"
        raise SoftTargetsError(msg)
    for backbone, fold in product(backbones, range(TEACHER_FOLDS)):
        path = predictions_path(checkpoint_dir, backbone, fold)
        if not path.is_file():
            msg = f"{path} is missing; run `train teacher --backbone {backbone} --fold {fold}`"
            raise SoftTargetsError(msg)
    return backbones


def _out_of_fold_logits(checkpoint_dir: Path, backbone: str, crops: Crops) -> npt.NDArray[np.float32]:
    out = np.empty((len(crops.keys), LOGITS), dtype=np.float32)
    folds = teacher_folds(crops)
    for fold in range(TEACHER_FOLDS):
        out[folds == fold] = np.load(predictions_path(checkpoint_dir, backbone, fold))["raw"]
    return out


def average_teachers(
    by_backbone: Mapping[str, npt.NDArray[np.float32]], crops: Crops
) -> npt.NDArray[np.float32]:
    """Mean logits (N, LOGITS) of the teachers, calibrated on the labels; all predictions are out-of-fold."""
    raw = np.mean(list(by_backbone.values()), axis=0)
    slope, offset = fit_affine(
        raw.astype(np.float64), *logit_targets(visible_labels(crops.labels, crops.present))
    )
    return np.asarray(raw * slope + offset, dtype=np.float32)


def save_soft_targets(
    path: Path, logits: npt.NDArray[np.float32], crops: Crops, backbones: Iterable[str]
) -> None:
    """Stores the soft targets of each disc in half precision, which is finer than their uncertainty."""
    np.savez_compressed(
        path,
        logits=logits.astype(np.float16),
        keys=np.array(_disc_ids(crops)),
        backbones=np.array(sorted(backbones)),
    )


def load_soft_targets(path: Path, crops: Crops) -> tuple[npt.NDArray[np.float32], tuple[str, ...]]:
    """The soft targets (N, LOGITS) of ``crops``, and the teachers' backbones. The file may hold more discs.

    Raises ``SoftTargetsError`` if a disc is missing.
    """
    stored = np.load(path, allow_pickle=False)
    rows = _rows(stored["keys"].tolist())
    requested = _rows(_disc_ids(crops))
    if not requested.keys() <= rows.keys():
        msg = f"{path.name} lacks some of the training discs; run `train soft-targets`"
        raise SoftTargetsError(msg)
    logits = stored["logits"][[rows[name] for name in requested]].astype(np.float32)
    return logits, tuple(str(one) for one in stored["backbones"])


def _rows(names: list[str]) -> dict[tuple[str, int], int]:
    """Row of every disc. Discs above L1/L2 share a name and are distinguished by their order."""
    counts: Counter[str] = Counter()
    out = {}
    for row, name in enumerate(names):
        out[name, counts[name]] = row
        counts[name] += 1
    return out


def _disc_ids(crops: Crops) -> list[str]:
    return ["\t".join(map(str, key)) for key in crops.keys]


def distillation_loss(raw: torch.Tensor, soft_targets: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy between a student's raw logits (N, LOGITS) and the teachers' calibrated logits.

    ``weight``: class weight of a positive label per logit in the loss of the labels. It shifts the student's logits by
    its logarithm; the soft targets are shifted by the same amount, so that both losses have the same optimum.
    """
    from torch.nn import functional

    total = raw.new_zeros(())
    for condition in CONDITIONS:
        part = LOGIT_SLICES[condition.name]
        if condition.scale is Scale.CATEGORICAL:
            target = functional.softmax(soft_targets[:, part] + weight[part].clamp(1.0).log(), 1)
            term = -(functional.log_softmax(raw[:, part], 1) * target).sum(1).mean()
        else:
            target = (soft_targets[:, part] + weight[part].log()).sigmoid()
            term = functional.binary_cross_entropy_with_logits(raw[:, part], target)
        total = total + term
    return total / len(CONDITIONS)
