"""Which other grade a what-if image is to show, and how a network grades images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from spine_core.grading.types import Finding
from spine_core.networks.network import TORCH_BATCH
from spine_core.networks.target import Target, TargetKind
from spine_core.progress import Progress, silent
from spine_core.weights import ModelId

if TYPE_CHECKING:
    from torch import Tensor


class Judge(Protocol):
    """The network that is explained: log-odds of a target for images (N, channels, size, size), (N,)."""

    id: ModelId

    def score(self, images: npt.NDArray[np.float32], target: Target) -> npt.NDArray[np.float64]:
        """Log-odds of ``target``, (N,)."""
        ...


def grade_scores(
    judge: Judge, images: npt.NDArray[np.float32], target: Target, progress: Progress = silent
) -> dict[str, npt.NDArray[np.float64]]:
    """Log-odds of every grade of the target's condition for images (N, channels, size, size): (N,) by grade.

    Raises ``Cancelled`` when ``progress`` does.
    """
    every = {
        grade: Target(target.condition, grade, output=target.output) for grade in target.definition.grades
    }
    parts = [
        _grade_scores(judge, images[start : start + TORCH_BATCH], every, progress)
        for start in range(0, len(images), TORCH_BATCH)
    ]
    return {grade: np.concatenate([one[grade] for one in parts]) for grade in every}


def _grade_scores(
    judge: Judge, images: npt.NDArray[np.float32], every: dict[str, Target], progress: Progress
) -> dict[str, npt.NDArray[np.float64]]:
    predict: Any = getattr(judge, "predict_logits", None)
    if predict is None:
        found = {}
        for grade, one in every.items():
            progress(0.0)
            found[grade] = judge.score(images, one)
        return found
    import torch

    progress(0.0)
    logits: Tensor = torch.from_numpy(np.asarray(predict(images)))
    return {grade: one.log_odds(logits).numpy().astype(np.float64) for grade, one in every.items()}


def likeliest(scores: dict[str, npt.NDArray[np.float64]], number: int = 0) -> str:
    """The grade with the highest score of an image."""
    return max(scores, key=lambda grade: scores[grade][number])


def other_target(finding: Finding) -> Target:
    """The most probable grade that the network does not report."""
    others = {one: chance for one, chance in finding.probabilities.items() if one != finding.grade}
    return Target(finding.condition, max(others, key=lambda one: others[one]), output=finding.output)


def other_grade(target: Target, scores: dict[str, npt.NDArray[np.float64]]) -> str:
    """The grade to which the answer about ``target`` turns.

    Where the network reports what the target says, the most probable grade that contradicts it; otherwise the target's
    own grade. ``scores``: log-odds of every grade, of one image.
    """
    grades = list(scores)
    reported, place = likeliest(scores), grades.index(target.grade)
    if target.kind is TargetKind.AT_LEAST:
        holds = grades.index(reported) >= place
        return grades[place - 1] if holds else target.grade
    if reported != target.grade:
        return target.grade
    if target.contrast is not None:
        return target.contrast
    return max((one for one in grades if one != reported), key=lambda grade: scores[grade][0])
