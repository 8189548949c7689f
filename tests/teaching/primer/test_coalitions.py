from __future__ import annotations

import itertools

import numpy as np
import pytest

from spine_core.teaching.primer.coalitions import combinations, lime_weights, shapley_values


def test_combinations_count_in_binary():
    assert combinations(2).tolist() == [[False, False], [True, False], [False, True], [True, True]]


def test_an_additive_score_is_shared_out_as_it_was_made():
    weights = np.array([3.0, -1.0, 0.5])
    scores = 2.0 + combinations(3) @ weights
    assert shapley_values(scores) == pytest.approx(weights)
    assert lime_weights(scores) == pytest.approx(weights)


def test_regions_that_count_only_together_share_what_they_add():
    # Region 0 or 1 alone adds nothing, both add 4, region 2 adds 1.
    scores = np.array([4.0 * (a and b) + c for c, b, a in itertools.product((0, 1), repeat=3)])
    assert shapley_values(scores) == pytest.approx([2.0, 2.0, 1.0])


def test_shapley_values_are_the_mean_over_all_orders():
    scores = np.random.default_rng(0).standard_normal(16)
    gains = np.zeros(4)
    for order in itertools.permutations(range(4)):
        number = 0
        for region in order:
            gains[region] += scores[number + 2**region] - scores[number]
            number += 2**region
    assert shapley_values(scores) == pytest.approx(gains / 24)
    assert shapley_values(scores).sum() == pytest.approx(scores[-1] - scores[0])


def test_lime_agrees_with_weighted_least_squares_of_sklearn():
    linear = pytest.importorskip("sklearn.linear_model")
    scores = np.random.default_rng(1).standard_normal(32)
    shown = combinations(5)[1:].astype(float)
    distance = 1 - shown.sum(axis=1) / np.sqrt(shown.sum(axis=1) * 5)
    kernel = np.sqrt(np.exp(-(distance**2) / 0.25**2))
    fitted = linear.LinearRegression().fit(shown, scores[1:], sample_weight=kernel)
    assert lime_weights(scores) == pytest.approx(fitted.coef_)
