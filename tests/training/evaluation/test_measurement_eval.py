"""The measurement model's figures on discs whose order by measurement, level and ensemble is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spine_core.anatomy.measurements import Measurements
from spine_core.evaluation import bootstrap
from spine_core.evaluation.types import DiscPrediction
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.outputs import LOGITS
from spine_core.training.evaluation.measurement_eval import measurement_metrics
from tests.explanation.concepts.by_hand import MODEL

SHARES = {"L4/L5": (0.5, 0.5)}
BULGING = replace(MODEL.conditions["bulging"], by_level=SHARES)


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    """The intervals are not tested here."""
    monkeypatch.setattr(bootstrap, "RESAMPLES", 20)


def prediction(patient, depth, truth, sequence="t2", source="spider"):
    """A disc at L4/L5 for which the ensemble reports the contrary of the label with 80 %."""
    reported = np.array([0.2, 0.8] if truth == 0 else [0.8, 0.2], dtype=np.float32)
    return DiscPrediction(
        source, sequence, str(patient), "L4/L5", {"bulging": truth}, np.zeros(LOGITS, np.float32),
        {"bulging": reported}, {}, np.zeros(1, np.float32), Measurements(bulge_depth=depth),
    )  # fmt: skip


DISCS = [
    prediction(i, depth, truth) for i, (depth, truth) in enumerate([(0.02, 0), (0.08, 0), (0.2, 1), (0.3, 1)])
]


def metrics(predictions):
    model = replace(MODEL, conditions={"bulging": BULGING})
    return measurement_metrics(predictions, model, 0)


def test_auroc_brier_and_gain_of_model_level_and_ensemble():
    (row,) = metrics(DISCS)
    assert (row.patients, row.discs, row.positives, row.informative) == (4, 4, 2, True)
    assert {name: one.value for name, one in row.auroc.items()} == {
        "model": 1.0,
        "level": 0.5,
        "ensemble": 0.0,
    }
    assert row.gain.value == 0.5
    assert row.brier["level"].value == pytest.approx(0.25)
    assert row.brier["ensemble"].value == pytest.approx(0.64)
    # Scores are 20 times the depth from 0.1, the threshold is 0.5.
    expected = [1 / (1 + np.exp(0.5 - 20 * (one.measurements.bulge_depth - 0.1))) for one in DISCS]
    assert row.brier["model"].value == pytest.approx(np.mean((np.array(expected) - [0, 0, 1, 1]) ** 2))
    assert row.kappa["model"].value == pytest.approx(1.0)
    assert row.kappa["ensemble"].value == pytest.approx(-1.0)


def test_t1_phantoms_and_one_class_alone_give_no_row():
    others = [prediction(9, 0.1, 1, "t1"), prediction(8, 0.1, 0, source="phantom")]
    assert metrics([*DISCS, *others]) == metrics(DISCS)
    assert metrics(DISCS[:2]) == []


def test_the_types_of_a_categorical_condition_are_added_up():
    shares = {"L4/L5": (0.6, 0.4)}
    modic = replace(MODEL.conditions["modic"], by_level=shares)
    reported = np.array([0.4, 0.1, 0.3, 0.2], dtype=np.float32)
    discs = [
        replace(one, truth={"modic": grade}, probabilities={"modic": reported})
        for one, grade in zip(DISCS, (0, 2, 3, 0), strict=True)
    ]
    (row,) = measurement_metrics(discs, replace(MODEL, conditions={"modic": modic}), 0)
    assert row.positives == 2
    assert row.brier["ensemble"].value == pytest.approx(((0.6**2) * 2 + (0.4**2) * 2) / 4, abs=1e-6)
    assert BY_NAME["modic"].grades == ("0", "1", "2", "3")
