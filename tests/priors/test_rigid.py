from __future__ import annotations

import numpy as np
import pytest

from spine_core.priors.rigid import fit_rigid, fit_spines
from tests.priors.conftest import rigid

POINTS = np.array([[0.0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 10]])


def test_a_quarter_turn_by_hand():
    # x to y, y to -x, then 5 mm to the left: worked out by hand.
    target = np.array([[5.0, 0, 0], [5, 10, 0], [-5, 0, 0], [5, 0, 10]])
    found = fit_rigid(POINTS, target)
    np.testing.assert_allclose(found.rotation, [[0, -1, 0], [1, 0, 0], [0, 0, 1]], atol=1e-9)
    np.testing.assert_allclose(found.translation, [5, 0, 0], atol=1e-9)
    assert found.degrees == pytest.approx(90)


def test_the_fit_has_the_least_squares_of_noisy_points():
    true = rigid((3, -4, 5), (1, 2, 3))
    noisy = true(POINTS) + np.random.default_rng(0).normal(0, 0.1, POINTS.shape)
    found = fit_rigid(POINTS, noisy)
    assert np.square(found(POINTS) - noisy).sum() <= np.square(true(POINTS) - noisy).sum()


def test_the_inverse_undoes():
    transform = rigid((10, 20, 30), (4, 5, 6))
    np.testing.assert_allclose(transform.inverse(transform(POINTS)), POINTS, atol=1e-9)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_points_are_refused(count):
    with pytest.raises(ValueError, match="three pairs"):
        fit_rigid(POINTS[:count], POINTS[:count])


def test_discs_on_one_line_do_not_turn_about_it():
    line = np.array([[0.0, 0, -35 * i] for i in range(5)])
    # One slice of 4 mm to the side: the centres alone would allow any turn about the line.
    shifted = line.copy()
    shifted[0, 0] = 4.0
    assert fit_spines(line, shifted).degrees < 2
