"""``train soft-targets``: averages the teachers' out-of-fold predictions, and evaluates them for the model card.

A teacher was not trained on the patients whom it predicts, so its metrics over all training patients are unbiased.
They show what such networks can learn from the labels, on many more discs than the test set has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.detector import DiscDetector
from spine_core.evaluation.bootstrap import Estimate, interval
from spine_core.evaluation.datasets import DATASET_KEYS
from spine_core.evaluation.metrics import TASKS, auroc
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.registry import DETECTOR, WEIGHTS
from spine_core.results.training_plans import TEACHER_FOLDS
from spine_core.training.ablations.metrics import kappa_estimate
from spine_core.training.ablations.predictions import (
    Prediction,
    predictions_of,
    read_predictions,
    write_predictions,
)
from spine_core.training.commands import TrainingRun, load_crops, report, training_crops
from spine_core.training.datasets.crop_cache import Crops
from spine_core.training.distillation import teachers
from spine_core.training.evaluation.label_noise import wrong_labels

TEACHER_PREDICTIONS = teachers.SOFT_TARGETS.with_name("teachers.csv.gz")
"""Out-of-fold predictions of every teacher and of their mean."""
MEAN = "mean"
BOTH_WEIGHTINGS = "both"
"""In the column of the weighting: teachers see all weightings of a disc at once."""


@dataclass(frozen=True)
class TeacherMetrics:
    """Out-of-fold metrics of the teachers on one task of one dataset.

    ``auroc`` with ``low`` and ``high``: of their mean. ``kappa``: quadratic, of their mean, for ordinal grades.
    ``label_noise``: estimated fraction of wrong labels. ``by_backbone``: AUROC of the teachers of each backbone.
    """

    source: str
    condition: str
    at_least: str
    patients: int
    discs: int
    positives: int
    auroc: float
    low: float
    high: float
    kappa: Estimate | None
    label_noise: Estimate
    by_backbone: Mapping[str, float]


def build_soft_targets(run: TrainingRun) -> None:
    """Stores the soft targets of every training disc, and the teachers' predictions for the model card."""
    teachers.finished_backbones(run.checkpoint_dir)
    crops = training_crops(load_crops(run, Preprocessing(), DiscDetector.load(WEIGHTS / DETECTOR)))
    by_backbone = teachers.read_teacher_logits(run.checkpoint_dir, crops)
    mean = teachers.average_teachers(by_backbone, crops)
    teachers.save_soft_targets(teachers.SOFT_TARGETS, mean, crops, by_backbone)
    write_predictions(
        TEACHER_PREDICTIONS,
        command_line(tuple(by_backbone), run),
        list(teacher_predictions({MEAN: mean, **by_backbone}, crops)),
    )
    report(f"soft targets of {len(mean)} discs from {', '.join(by_backbone)}")


def command_line(backbones: Sequence[str], run: TrainingRun) -> str:
    """The commands that repeat the predictions, in one line."""
    device = "" if run.device == "cpu" else f" --device {run.device}"
    return (
        f"python -m spine_core train teacher --backbone B --fold K --seed {run.seed}{device} for B in "
        f"{', '.join(backbones)} and K from 0 to {TEACHER_FOLDS - 1}, then python -m spine_core train soft-targets"
    )


def teacher_predictions(logits: Mapping[str, npt.NDArray[np.float32]], crops: Crops) -> Iterator[Prediction]:
    """Predictions of every labelled disc of patients from L1/L2 downwards. ``logits``: (N, LOGITS) by arm."""
    chosen = np.array([key[0] != "phantom" and key[3] != "other" for key in crops.keys])
    patients = crops.where(chosen.tolist())
    for arm, own in logits.items():
        yield from predictions_of(own[chosen], patients, patients.present, BOTH_WEIGHTINGS, arm, BY_NAME)


def teacher_metrics() -> dict[str, Any] | None:
    """Metrics of the stored predictions and the command that made them; None if none are stored."""
    if not TEACHER_PREDICTIONS.is_file():
        return None
    command, predictions = read_predictions(TEACHER_PREDICTIONS)
    groups: dict[tuple[str, str], dict[str, list[Prediction]]] = defaultdict(lambda: defaultdict(list))
    for one in predictions:
        groups[(one.source, one.condition)][one.arm].append(one)
    tasks = [name for name, _ in TASKS]
    order = sorted(groups, key=lambda group: (DATASET_KEYS.index(group[0]), tasks.index(group[1])))
    return {"command": command, "rows": [asdict(_task_metrics(groups[group])) for group in order]}


def _task_metrics(by_arm: Mapping[str, Sequence[Prediction]]) -> TeacherMetrics:
    first = by_arm[MEAN]
    patients = np.array([one.patient for one in first])
    truth = np.array([one.truth for one in first])
    scores = {arm: np.array([one.score for one in own]) for arm, own in by_arm.items()}
    mean = scores.pop(MEAN)
    low, high = interval(patients, lambda drawn: auroc(truth[drawn], mean[drawn]))
    noise = interval(patients, lambda drawn: wrong_labels(truth[drawn], mean[drawn]))
    return TeacherMetrics(
        first[0].source, first[0].condition, first[0].at_least, len(set(patients)), len(first), int(truth.sum()),
        auroc(truth, mean), low, high,
        kappa_estimate(first),
        Estimate(wrong_labels(truth, mean), *noise),
        {arm: auroc(truth, score) for arm, score in scores.items()},
    )  # fmt: skip
