import numpy as np
import pytest

from spine_core.comparison.metrics.complexity.sparseness import Sparseness, gini
from spine_core.progress import silent
from tests.comparison.metrics.made import context, evaluated
from tests.explanation.toys import Halves, disc_image, textured


def test_gini_equals_hand_computed_value():
    # mean difference of all pairs over twice the mean: 1 2 3 -> (2 * (1 + 2 + 1)) / (2 * 9 * 2)
    assert gini(np.array([3.0, 1.0, 2.0])) == pytest.approx(8 / 36)


def test_uniform_map_has_0_and_single_block_nearly_1():
    assert gini(np.ones((4, 4))) == pytest.approx(0.0)
    single = np.zeros((4, 4))
    single[1, 2] = 5
    assert gini(single) == pytest.approx(15 / 16)


def test_sign_does_not_matter_and_an_empty_map_has_none():
    relevance = np.random.default_rng(0).normal(size=(48, 48)).astype(np.float32)
    maps = [evaluated(relevance), evaluated(-np.abs(relevance)), evaluated(np.zeros((48, 48)))]
    found = Sparseness().evaluate(maps, context(Halves(1.0, 0.0), disc_image(textured(48))), silent)
    assert found[0].value == found[1].value > 0
    assert found[2].value is None
