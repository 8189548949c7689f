"""Predictions of an ablation's networks are calibrated on the selection patients only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spine_core.grading.findings import grade_probabilities
from spine_core.networks.outputs import LOGIT_SLICES, LOGITS
from spine_core.networks.preprocessing import Preprocessing
from spine_core.training.ablations.predictions import SequenceLogits, calibrate, predict_each_sequence
from spine_core.training.datasets.crop_cache import UNKNOWN, Crops
from tests.training.ablations.conftest import COLUMN, SIZE, Made

DISCS = 400
CONDITION = "bulging"


def sequence_logits(labels: np.ndarray, logits: np.ndarray, fold: np.ndarray) -> SequenceLogits:
    """Discs of which one condition is labelled, seen on T2."""
    every = np.full((DISCS, 2, len(COLUMN)), UNKNOWN, dtype=np.int8)
    every[:, 0, COLUMN[CONDITION]] = labels
    present = np.array([[True, False]] * DISCS)
    keys = tuple(("spider", str(i), int(fold[i]), "L4/L5") for i in range(DISCS))
    raw = np.zeros((DISCS, LOGITS), dtype=np.float32)
    raw[:, LOGIT_SLICES[CONDITION]] = logits[:, None]
    return SequenceLogits(
        "t2", Crops(np.zeros((DISCS, 2, 4, 4), np.uint8), present, every, keys), present, raw
    )


@pytest.fixture
def shifted() -> SequenceLogits:
    """A network with correct ranking whose logits are twice too far from zero, and shifted."""
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 1.5, DISCS)
    labels = rng.random(DISCS) < 1 / (1 + np.exp(-honest))
    return sequence_logits(labels, 2 * honest + 1.5, np.arange(DISCS) % 2)


def test_calibrated_probabilities_match_frequencies_and_preserve_ranks(
    shifted: SequenceLogits,
) -> None:
    (calibrated,) = calibrate([shifted])
    column = LOGIT_SLICES[CONDITION].start
    assert (np.argsort(calibrated.logits[:, column]) == np.argsort(shifted.logits[:, column])).all()
    own = np.array([key[2] == 1 for key in shifted.crops.keys])
    probability = grade_probabilities(calibrated.logits[own])[CONDITION][:, 1]
    labels = shifted.crops.labels[own, 0, COLUMN[CONDITION]]
    assert probability.mean() == pytest.approx(labels.mean(), abs=0.02)
    before = grade_probabilities(shifted.logits[own])[CONDITION][:, 1]
    assert np.square(probability - labels).mean() < np.square(before - labels).mean() - 0.02


def test_labels_of_test_patients_do_not_affect_calibration(shifted: SequenceLogits) -> None:
    labels = shifted.crops.labels.copy()
    test = [key[2] == 0 for key in shifted.crops.keys]
    labels[test, 0, COLUMN[CONDITION]] = 1 - labels[test, 0, COLUMN[CONDITION]]
    other = replace(shifted, crops=replace(shifted.crops, labels=labels))
    assert (calibrate([shifted])[0].logits == calibrate([other])[0].logits).all()


def test_discs_above_l1_are_not_predicted(made: Made) -> None:
    crops = made((1, 0))
    calibrated = list(
        predict_each_sequence(
            lambda images: np.zeros((len(images), LOGITS), np.float32), crops, Preprocessing(size=SIZE)
        )
    )
    assert {key[3] for one in calibrated for key in one.crops.keys} == {"L5/S1"}
    assert [(one.sequence, len(one.logits)) for one in calibrated] == [("t2", 12), ("t1", 8)]
