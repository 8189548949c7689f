"""Baselines: logistic regressions on measurements, and on measurements and the networks' features.

They are fitted on readings of the training patients with the released networks and stored as plain numbers.
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
from spine_core.evaluation.metrics import TASKS
from spine_core.evaluation.types import DiscPrediction
from spine_core.networks.out_of_distribution import OODDetector
from spine_core.networks.registry import WEIGHTS

Array = npt.NDArray[np.float64]

BASELINES_FILE = WEIGHTS / "baselines.json"
INVERSE_RIDGE = 0.1
"""Inverse regularisation strength (C) of all regressions; not tuned."""


def features(predictions: Sequence[DiscPrediction], ood_detector: OODDetector) -> dict[str, Array]:
    """Features of every disc (N, features) by baseline: measurements; measurements and the projected embedding."""
    measured = np.array([_measurement_features(a) for a in predictions])
    embedding = (np.array([a.embedding for a in predictions]) - ood_detector.mean) @ ood_detector.basis
    return {"measurements": measured, "fused": np.concatenate([measured, embedding], axis=1)}


def _measurement_features(prediction: DiscPrediction) -> list[float]:
    """Measurements, a missing-value flag for each, level, weighting and dataset."""
    values = [getattr(prediction.measurements, name) for name in FEATURES]
    numbers = [0.0 if value is None else float(np.clip(value, -200, 200)) for value in values]
    flags = [float(value is None) for value in values]
    group = [prediction.sequence == "t1", prediction.source == "spider"]
    return [*numbers, *flags, *(float(prediction.level == level) for level in LEVELS), *map(float, group)]


def fit_baselines(
    predictions: Sequence[DiscPrediction], ood_detector: OODDetector, command: str, grader: str
) -> dict[str, Any]:
    """Coefficients and intercept by baseline and condition. ``grader``: hash of the networks that made the readings."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    out: dict[str, Any] = {"trained_by": command, "grader": grader, "strength": INVERSE_RIDGE}
    for name, numbers in features(predictions, ood_detector).items():
        out[name] = {}
        for condition, at_least in TASKS:
            rows = [i for i, a in enumerate(predictions) if condition in a.truth]
            truth = np.array([predictions[i].truth[condition] >= int(at_least) for i in rows])
            scaler = StandardScaler().fit(numbers[rows])
            model = LogisticRegression(C=INVERSE_RIDGE, max_iter=2000).fit(
                scaler.transform(numbers[rows]), truth
            )
            weights = model.coef_[0] / scaler.scale_
            offset = float(model.intercept_[0] - weights @ scaler.mean_)
            out[name][condition] = [*(round(float(w), 6) for w in weights), round(offset, 6)]
    return out


def baseline_scores(
    predictions: Sequence[DiscPrediction], ood_detector: OODDetector, grader: str, path: Path = BASELINES_FILE
) -> dict[str, dict[str, Array]]:
    """Log-odds (N,) by baseline and condition; empty if none were fitted with the networks of hash ``grader``.

    Features of other networks have another meaning, so such regressions would give plausible but wrong scores.
    """
    fitted = json.loads(path.read_text()) if path.is_file() else {}
    if fitted.get("grader") != grader:
        return {}
    return {
        name: {
            condition: numbers @ np.array(weights[:-1]) + weights[-1]
            for condition, weights in fitted[name].items()
        }
        for name, numbers in features(predictions, ood_detector).items()
    }
