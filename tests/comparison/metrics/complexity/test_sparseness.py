import numpy as np
import pytest

from spine_core.comparison.metrics.complexity.sparseness import gini, sparseness
from spine_core.comparison.metrics.faithfulness.deletion_insertion import Ranked


def test_gini_worked_out_by_hand():
    # mean difference of all pairs over twice the mean: 1 2 3 -> (2 * (1 + 2 + 1)) / (2 * 9 * 2)
    assert gini(np.array([3.0, 1.0, 2.0])) == pytest.approx(8 / 36)


def test_even_map_has_0_and_one_place_nearly_1():
    assert gini(np.ones((4, 4))) == pytest.approx(0.0)
    single = np.zeros((4, 4))
    single[1, 2] = 5
    assert gini(single) == pytest.approx(15 / 16)


def test_sign_does_not_matter_and_an_empty_map_has_none():
    relevance = np.random.default_rng(0).normal(size=(48, 48)).astype(np.float32)
    assert sparseness(Ranked("a", relevance)) == sparseness(Ranked("a", -np.abs(relevance)))
    assert sparseness(Ranked("a", np.zeros((48, 48), np.float32))).gini is None
