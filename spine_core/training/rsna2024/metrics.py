"""The competition's loss, and the figures of a trained network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.bootstrap import Statistic, interval
from spine_core.evaluation.metrics import kappa
from spine_core.training.rsna2024.dataset import CANAL
from spine_core.training.rsna2024.examples import Example, targets_of
from spine_core.training.rsna2024.views import GRADES, STEPS, VIEWS

if TYPE_CHECKING:
    import torch

GRADE_WEIGHTS = (1.0, 2.0, 4.0)
"""Weight of a disc by its true grade, as the competition scores."""

HEAD = VIEWS[0].outputs[CANAL]
"""The first head; all have the same grades and activation."""

Array = npt.NDArray[np.float64]


def grade_log_probabilities(logits: torch.Tensor, heads: torch.Tensor) -> torch.Tensor:
    """Log-probabilities (N, grades) by the head (N,) of each row of logits (N, LOGITS), differentiable."""
    import torch

    by_head = logits.view(len(logits), -1, STEPS)
    return HEAD.log_probabilities(by_head[torch.arange(len(logits), device=logits.device), heads])


def weighted_log_loss(log_probabilities: torch.Tensor, grades: torch.Tensor) -> torch.Tensor:
    """Mean of -log p of the true grades (N,), weighted by ``GRADE_WEIGHTS``, from (N, grades)."""
    weights = log_probabilities.new_tensor(GRADE_WEIGHTS)[grades]
    true = log_probabilities.gather(1, grades[:, None])[:, 0]
    return -(weights * true).sum() / weights.sum()


def figures(
    examples: Sequence[Example], raw: npt.NDArray[np.float32], calibration: npt.NDArray[np.float32]
) -> list[dict[str, Any]]:
    """Figures by condition as JSON values, with 95 % intervals from a bootstrap of the studies.

    ``raw``: logits (N, LOGITS) before ``calibration`` (2, LOGITS). The weighted log loss is of these, since they were
    trained on it; log loss and quadratic kappa are of the calibrated ones, which are reported to users.
    """
    import torch

    targets = targets_of(examples)
    uncalibrated, calibrated = (
        grade_log_probabilities(torch.from_numpy(logits), targets.heads).numpy().astype(np.float64)
        for logits in (raw, raw * calibration[0] + calibration[1])
    )
    conditions = np.array([one.condition for one in examples])
    studies = np.array([one.study_id for one in examples])
    grades = targets.grades.numpy()
    found = []
    for view in VIEWS:
        rows = np.flatnonzero(conditions == view.name)
        if len(rows):
            found.append(
                {"condition": view.name}
                | _figures(view.name, uncalibrated[rows], calibrated[rows], grades[rows], studies[rows])
            )
    return found


def _figures(
    name: str,
    uncalibrated: Array,
    calibrated: Array,
    grades: npt.NDArray[np.int64],
    studies: npt.NDArray[np.str_],
) -> dict[str, Any]:
    (condition,) = next(view.outputs.conditions for view in VIEWS if view.name == name)
    loss = -np.take_along_axis(calibrated, grades[:, None], 1)[:, 0]
    weighted = -np.take_along_axis(uncalibrated, grades[:, None], 1)[:, 0]
    weights = np.array(GRADE_WEIGHTS)[grades]
    predicted = calibrated.argmax(1)
    statistics: dict[str, Statistic] = {
        "weighted_log_loss": lambda rows: float(np.average(weighted[rows], weights=weights[rows])),
        "log_loss": lambda rows: float(loss[rows].mean()),
        "kappa": lambda rows: kappa(condition, grades[rows], predicted[rows]),
    }
    out: dict[str, Any] = {
        "studies": len(set(studies)),
        "crops": len(grades),
        "grades": {grade: int((grades == index).sum()) for index, grade in enumerate(GRADES)},
    }
    for key, statistic in statistics.items():
        values = (statistic(np.arange(len(grades))), *interval(studies, statistic))
        # JSON has no nan: kappa has no value where only one grade occurs.
        value, low, high = (None if math.isnan(one) else round(one, 4) for one in values)
        out[key] = {"value": value, "low": low, "high": high}
    return out
