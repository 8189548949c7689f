"""Estimated label errors: worked out by hand, and on labels of which a known number was flipped."""

from __future__ import annotations

import numpy as np
import pytest

from spine_core.training.evaluation.label_noise import confident_joint, wrong_labels


def test_a_disc_is_confident_from_the_mean_probability_of_its_label() -> None:
    labels = np.array([False, False, False, False, True, True])
    score = np.array([0.1, 0.1, 0.4, 0.8, 0.7, 0.3])
    # Sure of absence from 1 - 0.35 = 0.65 on, of presence from 0.5 on: 0.4 counts for neither.
    assert confident_joint(labels, score).tolist() == [[2, 1], [1, 1]]
    # One in three of the four absent ones, one in two of the two present ones: 4/3 + 1 of 6.
    assert wrong_labels(labels, score) == pytest.approx((4 / 3 + 1) / 6)


def test_flipped_labels_are_counted() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(20_000) < 0.3
    turned = rng.random(len(truth)) < np.where(truth, 0.2, 0.05)
    labels = truth ^ turned
    # The probabilities of a model that knows the truth and the rate of flipped labels.
    score = np.where(truth, 0.8, 0.05)
    assert wrong_labels(labels, score) == pytest.approx(turned.mean(), abs=0.003)
    assert wrong_labels(truth, score) == 0.0


def test_no_estimate_where_only_one_class_is_labelled() -> None:
    assert np.isnan(wrong_labels(np.ones(3, dtype=bool), np.array([0.1, 0.5, 0.9])))
