import numpy as np
import pytest

from spine_core.explanation.perturbation.convergence import (
    FIRST,
    RESAMPLES,
    STEP,
    describe_convergence,
    has_converged,
    sample_until_converged,
)
from spine_core.explanation.perturbation.lime import regression, samples
from spine_core.explanation.registry import explain
from tests.explanation.toys import TARGET, Linear, disc_image, textured


def drawn(values, noise):
    return values + noise * np.random.default_rng(0).standard_normal((RESAMPLES, len(values)))


def test_clear_order_has_converged_and_a_noisy_one_has_not():
    values = np.array([5.0, -4.0, 3.0, 2.0, 1.0, 0.1])
    assert has_converged(values, drawn(values, 0.05))
    assert not has_converged(values, drawn(values, 2.0))


def test_swapped_neighbours_do_not_matter_where_they_are_tied():
    values = np.array([5.0, 3.01, 3.0, 2.0, 1.0, 0.1])
    assert has_converged(values, drawn(values, 0.05))
    assert not has_converged(
        np.array([5.0, 3.6, 3.0, 2.0, 1.0, 0.1]), drawn(np.array([5, 3.0, 3.6, 2, 1, 0.1]), 0.05)
    )


def means(steps):
    """Sampling the mean of noisy numbers, one per feature. Returns evaluate, fit and the ranges evaluated."""
    noise = np.random.default_rng(1).standard_normal((1000, 4))
    ranges = []

    def fit(rows):
        return steps + noise[rows].mean(axis=0)

    return lambda first, last: ranges.append((first, last)), fit, ranges


def test_stops_as_soon_as_the_order_is_stable():
    evaluate, fit, ranges = means(np.array([8.0, 6.0, 4.0, 2.0]))
    found = sample_until_converged(evaluate, fit, 1000, "stable", np.random.default_rng(0))
    assert ranges == [(0, FIRST)]
    assert (found.samples, found.stable) == (FIRST, True)
    assert "stopped after 240 of 1000" in describe_convergence(found, 1000)
    np.testing.assert_allclose(found.deviations, 1 / np.sqrt(FIRST), rtol=0.5)


def test_uses_the_budget_where_the_order_is_never_stable():
    evaluate, fit, ranges = means(np.zeros(4))
    found = sample_until_converged(evaluate, fit, 350, "stable", np.random.default_rng(0))
    assert ranges == [(0, FIRST), (FIRST, FIRST + STEP), (FIRST + STEP, 350)]
    assert not found.stable
    assert "still uncertain" in describe_convergence(found, 350)


def test_fixed_samples_are_in_every_resample_once():
    seen = []

    def fit(rows):
        seen.append(rows)
        return np.arange(4.0)

    sample_until_converged(lambda *_: None, fit, 500, "stable", np.random.default_rng(0), size=2, always=150)
    assert len(seen) == RESAMPLES + 1
    for rows in seen:
        # 300 fixed images, and as many random ones as lie between two checks.
        assert len(rows) == 150 + STEP // 2
        np.testing.assert_array_equal(rows[:150], np.arange(150))
        assert rows[150:].min() >= 150


def test_stop_budget_evaluates_all_samples_at_once():
    evaluate, fit, ranges = means(np.array([8.0, 6.0, 4.0, 2.0]))
    assert sample_until_converged(evaluate, fit, 1000, "budget", np.random.default_rng(0)).samples == 1000
    assert ranges == [(0, 1000)]


def test_deviation_of_lime_is_that_over_seeds():
    random = np.random.default_rng(3)
    linear, crossed = random.normal(size=20), random.normal(size=(20, 20))

    def scores(shown):
        return shown @ linear + 0.2 * np.einsum("ni,ij,nj->n", shown, crossed, shown)

    def fitted(seed):
        state = np.random.RandomState(seed)
        shown = samples(200, 20, state)
        given = scores(shown.reshape(-1, 20)).reshape(-1, 2)
        return lambda rows: regression(shown[rows].reshape(-1, 20), given[rows].ravel(), state)[0]

    over_seeds = np.std([fitted(seed)(np.arange(200)) for seed in range(30)], axis=0)
    found = sample_until_converged(
        lambda *_: None, fitted(99), 200, "budget", np.random.default_rng(0), size=2
    )
    assert found.deviations.mean() == pytest.approx(over_seeds.mean(), rel=0.3)


def test_lime_stops_early_on_an_easy_network_and_has_a_deviation_per_segment():
    weights = np.zeros((2, 32, 32))
    weights[0, 8:20, 8:20] = 1.0
    found = explain("lime", Linear(weights), disc_image(textured(32)), TARGET, 0, {"samples": 2000})
    assert found.model_evaluations < 2000
    assert found.extra["scores"].shape == (found.model_evaluations,)
    assert found.extra["deviations"].shape == found.extra["weights"].shape
    assert "stopped after" in found.notes[0]
