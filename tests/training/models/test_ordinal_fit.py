"""Ridge proportional odds against scikit-learn's logistic regression and values worked out by hand."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from spine_core.training.models.ordinal_fit import _Problem, fit_ordinal


def data(grades, seed=0, discs=400):
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((discs, 3))
    latent = features @ [1.0, -2.0, 0.0] + rng.logistic(size=discs)
    return features, np.digitize(latent, np.linspace(-1, 2, grades - 1))


@pytest.mark.parametrize("penalty", [0.5, 20.0])
def test_with_two_grades_it_is_ridge_logistic_regression(penalty):
    features, grades = data(2)
    found = fit_ordinal(features, grades, 2, penalty)
    oracle = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=5000).fit(features, grades)
    assert found.weights == pytest.approx(oracle.coef_[0], abs=1e-4)
    assert found.thresholds[0] == pytest.approx(-oracle.intercept_[0], abs=1e-4)


def test_without_features_the_thresholds_are_the_log_odds_of_the_grades():
    grades = np.repeat([0, 1, 2, 3], [10, 20, 30, 40])
    found = fit_ordinal(np.zeros((100, 1)), grades, 4, 1.0)
    # At least the second: 90 of 100, the third: 70, the fourth: 40.
    assert found.thresholds == pytest.approx(-np.log([9, 7 / 3, 2 / 3]), abs=1e-5)


def test_the_parameters_of_simulated_discs_are_found():
    features, grades = data(4, discs=20_000)
    found = fit_ordinal(features, grades, 4, 0.1)
    assert found.weights == pytest.approx([1.0, -2.0, 0.0], abs=0.06)
    assert found.thresholds == pytest.approx([-1.0, 0.5, 2.0], abs=0.06)


def test_gradient_and_hessian_are_those_of_the_loss():
    features, grades = data(4, discs=50)
    problem = _Problem(features, grades, 4, 2.0)
    at = np.array([-0.8, 0.2, 1.1, 0.5, -0.5, 0.3])
    gradient, hessian = problem.derivatives(at)
    for k in range(len(at)):
        step = np.zeros(len(at))
        step[k] = 1e-5
        losses = [problem.loss(at + sign * step) for sign in (1, -1)]
        gradients = [problem.derivatives(at + sign * step)[0] for sign in (1, -1)]
        assert gradient[k] == pytest.approx((losses[0] - losses[1]) / 2e-5, rel=1e-4, abs=1e-5)
        assert hessian[k] == pytest.approx((gradients[0] - gradients[1]) / 2e-5, rel=1e-4, abs=1e-4)


def test_a_large_penalty_leaves_the_frequencies():
    features, grades = data(3)
    found = fit_ordinal(features, grades, 3, 1e7)
    assert found.weights == pytest.approx(np.zeros(3), abs=1e-4)
    reached = np.array([(grades >= k).mean() for k in (1, 2)])
    assert found.thresholds == pytest.approx(-np.log(reached / (1 - reached)), abs=1e-3)


def test_a_grade_that_never_occurs_is_an_error():
    with pytest.raises(ValueError, match="every grade"):
        fit_ordinal(np.zeros((4, 1)), np.array([0, 0, 2, 2]), 3, 1.0)
