"""Augmented crops, the competition's loss and the figures, on cases worked out by hand or by scikit-learn."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss

from spine_core.training.rsna2024.dataset import CONDITIONS, Split
from spine_core.training.rsna2024.examples import Example, augmented, images_of, of_split, targets_of
from spine_core.training.rsna2024.metrics import figures, grade_log_probabilities, weighted_log_loss
from spine_core.training.rsna2024.views import HEADS, LOGITS, SIZE, VIEWS

CANAL, LEFT, RIGHT = CONDITIONS[:3]
BLANK = np.zeros((1, SIZE, SIZE), np.float32)
IDENTITY = np.stack([np.ones(LOGITS, np.float32), np.zeros(LOGITS, np.float32)])


def example(grade: int, condition: str = CANAL, study: str = "1", pixels=BLANK) -> Example:
    return Example(study, Split.TEST, condition, "L4/L5", grade, pixels)


def test_left_and_right_share_a_head_and_conditions_do_not() -> None:
    assert [HEADS[name] for name in CONDITIONS] == [0, 1, 1, 2, 2]
    assert [view.name for view in VIEWS] == list(CONDITIONS)
    assert [view.outputs.conditions[0].side for view in VIEWS] == ["", "left", "right", "left", "right"]


def test_probabilities_are_those_of_the_head_of_each_row() -> None:
    logits = torch.tensor([[0.0, 0.0, 9.0, 9.0, 9.0, 9.0], [9.0, 9.0, np.log(3), -np.log(4), 9.0, 9.0]])
    found = grade_log_probabilities(logits, torch.tensor([0, 1])).exp()
    # Continuation ratios: odds of 3 that the grade is higher than the first, then of 1/4 that it is the last.
    expected = [[0.5, 0.25, 0.25], [0.25, 0.6, 0.15]]
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-6)


def test_the_loss_is_the_competitions() -> None:
    logits = torch.from_numpy(np.random.default_rng(0).normal(size=(30, LOGITS)))
    heads, grades = torch.arange(30) % 3, torch.arange(30) // 2 % 3
    found = grade_log_probabilities(logits, heads)
    expected = log_loss(
        grades.numpy(), found.exp().numpy(), sample_weight=np.array([1, 2, 4])[grades.numpy()],
        labels=[0, 1, 2],
    )  # fmt: skip
    assert weighted_log_loss(found, grades).item() == pytest.approx(expected, rel=1e-9)


def test_gradients_reach_only_the_head_of_the_condition() -> None:
    logits = torch.zeros(1, LOGITS, requires_grad=True)
    weighted_log_loss(grade_log_probabilities(logits, torch.tensor([1])), torch.tensor([1])).backward()
    assert (logits.grad[0] != 0).tolist() == [False, False, True, True, False, False]


def test_figures_are_per_condition_with_their_counts() -> None:
    examples = [example(0), example(2, study="2"), example(0, RIGHT)]
    raw = np.zeros((3, LOGITS), np.float32)
    canal, right = figures(examples, raw, IDENTITY)
    assert (canal["condition"], right["condition"]) == (CANAL, RIGHT)
    assert (canal["studies"], canal["crops"]) == (2, 2)
    assert canal["grades"] == {"normal_mild": 1, "moderate": 0, "severe": 1}
    assert canal["weighted_log_loss"]["value"] == pytest.approx((np.log(2) + 4 * np.log(4)) / 5, abs=1e-4)
    assert canal["log_loss"]["value"] == pytest.approx((np.log(2) + np.log(4)) / 2, abs=1e-4)
    assert canal["log_loss"]["low"] == pytest.approx(np.log(2), abs=1e-4)
    assert canal["log_loss"]["high"] == pytest.approx(np.log(4), abs=1e-4)
    assert canal["kappa"]["value"] == 0.0
    assert right["kappa"] == {"value": None, "low": None, "high": None}
    json.dumps([canal, right], allow_nan=False)


def test_only_the_calibrated_logits_give_kappa_and_log_loss() -> None:
    examples = [example(0), example(2)]
    raw = np.zeros((2, LOGITS), np.float32)
    raw[:, 0] = [-4, 4]
    raw[:, 1] = [-4, 4]
    turned = IDENTITY * [[-1.0], [0.0]]
    (right,), (wrong,) = (figures(examples, raw, table.astype(np.float32)) for table in (IDENTITY, turned))
    assert (right["kappa"]["value"], wrong["kappa"]["value"]) == (1.0, -1.0)
    assert right["log_loss"]["value"] < 0.1 < 2 < wrong["log_loss"]["value"]
    assert right["weighted_log_loss"] == wrong["weighted_log_loss"]


def test_targets_and_images_are_in_the_order_of_the_examples() -> None:
    pixels = [np.full((1, SIZE, SIZE), value, np.float32) for value in (1, 2)]
    examples = [example(2, RIGHT, pixels=pixels[0]), example(1, CANAL, pixels=pixels[1])]
    targets = targets_of(examples)
    assert (targets.heads.tolist(), targets.grades.tolist()) == ([1, 0], [2, 1])
    assert images_of(examples)[:, 0, 0, 0].tolist() == [1, 2]
    assert of_split(examples, Split.TRAINING) == []
    assert of_split(examples, Split.TEST) == examples


def test_augmentation_varies_crops_and_never_mirrors_them() -> None:
    pixels = BLANK.copy()
    pixels[:, :, : SIZE // 2] = 2.0
    examples = [example(0, pixels=pixels)] * 12
    images = augmented(examples, np.random.default_rng(3))
    assert images.shape == (12, 1, SIZE, SIZE)
    assert torch.isfinite(images).all()
    left, right = images[..., : SIZE // 2 - 10], images[..., SIZE // 2 + 10 :]
    assert (left.mean(dim=(1, 2, 3)) > right.mean(dim=(1, 2, 3)) + 0.5).all()
    assert images.std(dim=0).mean() > 0.1
    torch.testing.assert_close(images, augmented(examples, np.random.default_rng(3)), rtol=0, atol=0)
