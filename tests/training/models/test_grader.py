"""The training loss and the calibration, on cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from spine_core.evaluation.affine_calibration import fit_affine
from spine_core.evaluation.calibration import expected_calibration_error
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.outputs import LOGIT_SLICES, LOGITS
from spine_core.networks.preprocessing import Preprocessing
from spine_core.training.datasets.crop_cache import Crops
from spine_core.training.models.crop_augmentation import views
from spine_core.training.models.targets_and_loss import class_weights, grading_loss, logit_targets

NAMES = [c.name for c in CONDITIONS]


def labels(**known: int) -> np.ndarray:
    out = np.full((1, len(NAMES)), -1, dtype=np.int8)
    for name, value in known.items():
        out[0, NAMES.index(name)] = value
    return out


def test_a_pfirrmann_iii_disc_has_two_positive_steps_a_negative_one_and_an_unknown_one() -> None:
    targets, known = logit_targets(labels(pfirrmann=3))
    part = LOGIT_SLICES["pfirrmann"]
    assert targets[0, part].tolist() == [1, 1, 0, 0]
    assert known[0, part].tolist() == [True, True, True, False]


def test_unknown_labels_do_not_reach_the_loss() -> None:
    targets, known = logit_targets(labels(bulging=1))
    raw = torch.zeros(1, LOGITS)
    wild = raw.clone()
    wild[0, LOGIT_SLICES["herniation"]] = 50.0
    ones = torch.ones(LOGITS)
    arguments = (torch.from_numpy(targets), torch.from_numpy(known), ones)
    assert grading_loss(raw, *arguments).item() == pytest.approx(np.log(2) / len(CONDITIONS))
    assert grading_loss(wild, *arguments).item() == grading_loss(raw, *arguments).item()


def test_rare_classes_have_a_weight_of_at_most_six() -> None:
    rows = np.concatenate([labels(bulging=1)] + [labels(bulging=0)] * 3 + [labels(herniation=0)] * 40)
    rows = np.concatenate([rows, labels(herniation=1)])
    weight = class_weights(*logit_targets(rows))
    assert weight[LOGIT_SLICES["bulging"]] == pytest.approx(3.0)
    assert weight[LOGIT_SLICES["herniation"]] == pytest.approx(6.0)


def test_views_vary_by_their_strength_and_not_at_all_without_any() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (1, 2, 44, 44)).astype(np.uint8)
    disc = Crops(
        pixels, np.array([[True, False]]), labels()[:, None].repeat(2, axis=1), (("spider", "1", 2, "L5/S1"),)
    )

    def spread(strength: float) -> float:
        seen = [
            views(disc, np.zeros(1, int), 32, np.random.default_rng(i), Preprocessing(size=32), strength)[0]
            for i in range(9)
        ]
        return float(torch.stack(seen).std(dim=0).mean())

    assert spread(0.0) == pytest.approx(0.0, abs=1e-6)
    assert 0.05 < spread(0.5) < 0.9 * spread(1.5)


def test_calibration_inverts_a_known_affine_map() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 2, 4000)
    targets = np.zeros((4000, LOGITS), dtype=np.float32)
    known = np.zeros((4000, LOGITS), dtype=bool)
    column = LOGIT_SLICES["bulging"].start
    targets[:, column] = rng.random(4000) < 1 / (1 + np.exp(-truth))
    known[:, column] = True
    raw = np.zeros((4000, LOGITS))
    raw[:, column] = (truth + 1.5) * 3
    slope, offset = fit_affine(raw, targets, known)[:, column]
    assert slope == pytest.approx(1 / 3, rel=0.1)
    assert offset == pytest.approx(-1.5, abs=0.15)
    before = expected_calibration_error(1 / (1 + np.exp(-raw[:, column])), targets[:, column] > 0.5)
    after = expected_calibration_error(
        1 / (1 + np.exp(-(raw[:, column] * slope + offset))), targets[:, column] > 0.5
    )
    assert after < 0.03 < 0.1 < before


def test_conditions_without_any_label_are_left_as_they_are() -> None:
    table = fit_affine(
        np.zeros((3, LOGITS)), np.zeros((3, LOGITS), dtype=np.float32), np.zeros((3, LOGITS), dtype=bool)
    )
    np.testing.assert_allclose(table[0], 1.0)
    np.testing.assert_allclose(table[1], 0.0)
