"""Baseline regressions find the informative features, and give the same scores after storing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from spine_core.anatomy.measurements import Measurements
from spine_core.evaluation.metrics import auroc
from spine_core.evaluation.types import DiscPrediction
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.out_of_distribution import OODDetector
from spine_core.networks.outputs import LOGITS
from spine_core.training.evaluation.baselines import baseline_scores, fit_baselines


@pytest.fixture(scope="module")
def predictions() -> list[DiscPrediction]:
    """Disc height predicts narrowing, network features predict bulging, and nothing predicts the rest."""
    rng = np.random.default_rng(0)
    out = []
    for i in range(400):
        height, seen = rng.uniform(2, 12), rng.standard_normal(4).astype(np.float32)
        truth = {
            c.name: int(rng.integers(1, 5) if c.name == "pfirrmann" else rng.integers(2)) for c in CONDITIONS
        }
        truth |= {"narrowing": int(height < 6), "bulging": int(seen[0] > 0)}
        measured = Measurements(disc_height=height if i % 10 else None)
        nothing = np.zeros(LOGITS, np.float32)
        out.append(DiscPrediction("spider", "t2", str(i), "L4/L5", truth, nothing, {}, {}, seen, measured))
    return out


def test_regressions_use_informative_features_only(predictions: list[DiscPrediction], tmp_path: Path) -> None:
    ood_detector = OODDetector(np.zeros(4, np.float32), np.eye(4, dtype=np.float32), 1.0, 9.0)
    kept = tmp_path / "baselines.json"
    kept.write_text(json.dumps(fit_baselines(predictions[:300], ood_detector, "a test", "these")))
    found = baseline_scores(predictions[300:], ood_detector, "these", kept)
    truth = {
        name: np.array([a.truth[name] == 1 for a in predictions[300:]]) for name in ("narrowing", "bulging")
    }
    assert auroc(truth["narrowing"], found["measurements"]["narrowing"]) > 0.9
    assert auroc(truth["bulging"], found["fused"]["bulging"]) > 0.95
    assert auroc(truth["bulging"], found["measurements"]["bulging"]) < 0.7


def test_without_regressions_there_are_no_baseline_scores(
    predictions: list[DiscPrediction], tmp_path: Path
) -> None:
    ood_detector = OODDetector(np.zeros(4, np.float32), np.eye(4, dtype=np.float32), 1.0, 9.0)
    assert baseline_scores(predictions, ood_detector, "these", tmp_path / "none.json") == {}
    kept = tmp_path / "others.json"
    kept.write_text(json.dumps(fit_baselines(predictions, ood_detector, "a test", "others")))
    assert baseline_scores(predictions, ood_detector, "these", kept) == {}, (
        "other networks have other features"
    )
