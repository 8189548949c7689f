"""What a classical classifier makes of a ruler's numbers, and of what the networks saw: figures to stand beside theirs.

Logistic regressions, fitted on readings of the training patients with the shipped networks, kept as plain numbers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.measurements import FEATURES
from spine_core.anatomy.types import LEVELS
from spine_core.evaluation.metrics import QUESTIONS
from spine_core.evaluation.types import Answered
from spine_core.networks.out_of_distribution import OODDetector
from spine_core.networks.registry import WEIGHTS

Array = npt.NDArray[np.float64]

KEPT = WEIGHTS / "baselines.json"
STRENGTH = 0.1
"""Inverse strength of the ridge of all regressions; not searched."""


def described(answers: Sequence[Answered], familiar: OODDetector) -> dict[str, Array]:
    """Numbers of every disc (N, features), by baseline: the measurements; those and what the networks saw."""
    ruler = np.array([_ruler(a) for a in answers])
    seen = (np.array([a.pooled for a in answers]) - familiar.mean) @ familiar.basis
    return {"measurements": ruler, "fused": np.concatenate([ruler, seen], axis=1)}


def _ruler(answer: Answered) -> list[float]:
    """Measurements with a flag each where they could not be taken; level, weighting and data set."""
    values = [getattr(answer.measured, name) for name in FEATURES]
    numbers = [0.0 if value is None else float(np.clip(value, -200, 200)) for value in values]
    flags = [float(value is None) for value in values]
    kind = [answer.sequence == "t1", answer.source == "spider"]
    return [*numbers, *flags, *(float(answer.level == level) for level in LEVELS), *map(float, kind)]


def fit(answers: Sequence[Answered], familiar: OODDetector, command: str, grader: str) -> dict[str, Any]:
    """Coefficients by baseline and condition, as plain lists. ``grader``: hash of the networks that answered."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    out: dict[str, Any] = {"trained_by": command, "grader": grader, "strength": STRENGTH}
    for name, numbers in described(answers, familiar).items():
        out[name] = {}
        for condition, at_least in QUESTIONS:
            rows = [i for i, a in enumerate(answers) if condition in a.truth]
            truth = np.array([answers[i].truth[condition] >= int(at_least) for i in rows])
            scaler = StandardScaler().fit(numbers[rows])
            model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(scaler.transform(numbers[rows]), truth)
            weights = model.coef_[0] / scaler.scale_
            offset = float(model.intercept_[0] - weights @ scaler.mean_)
            out[name][condition] = [*(round(float(w), 6) for w in weights), round(offset, 6)]
    return out


def scores(
    answers: Sequence[Answered], familiar: OODDetector, grader: str, kept: Path = KEPT
) -> dict[str, dict[str, Array]]:
    """Log-odds (N,) by baseline and condition; nothing where none were fitted with the networks of hash ``grader``.

    Regressions fitted with other networks would take one feature for another, and give figures that look like figures.
    """
    fitted = json.loads(kept.read_text()) if kept.is_file() else {}
    if fitted.get("grader") != grader:
        return {}
    return {
        name: {
            condition: numbers @ np.array(weights[:-1]) + weights[-1]
            for condition, weights in fitted[name].items()
        }
        for name, numbers in described(answers, familiar).items()
    }
