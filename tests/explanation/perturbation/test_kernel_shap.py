from itertools import permutations

import numpy as np
import pytest

from spine_core.explanation.perturbation.baselines import method_baseline
from spine_core.explanation.perturbation.kernel_shap import shapley_values
from spine_core.explanation.registry import explain
from spine_core.networks.network import BACKEND_BATCH
from spine_core.progress import silent
from tests.explanation.toys import TARGET, Linear, disc_image, textured


def values(game, count, budget, stop="budget", seed=0):
    return shapley_values(lambda shown, _: game(shown), count, budget, stop, seed, silent)


def interacting(shown):
    z = np.asarray(shown, dtype=float)
    return 2 * z[:, 0] * z[:, 1] - z[:, 2] + np.tanh(z @ np.linspace(-1, 1, z.shape[1])) + 0.5


def by_permutations(game, count):
    """The definition: the mean over all orders of what each player adds when it joins."""
    out = np.zeros(count)
    orders = list(permutations(range(count)))
    for order in orders:
        shown = np.zeros((count + 1, count), dtype=bool)
        for place, player in enumerate(order):
            shown[place + 1 :, player] = True
        out[list(order)] += np.diff(game(shown))
    return out / len(orders)


def test_few_segments_get_exact_shapley_values():
    found, half, words = values(interacting, 6, 100)
    np.testing.assert_allclose(found.values, by_permutations(interacting, 6), atol=1e-9)
    assert half is None
    assert "64 combinations" in words
    assert not found.deviations.any()


def test_equals_the_shap_package_for_exhaustive_evaluation():
    import shap

    explainer = shap.KernelExplainer(interacting, np.zeros((1, 6)))
    theirs = explainer.shap_values(np.ones((1, 6)), silent=True, l1_reg=False)
    np.testing.assert_allclose(values(interacting, 6, 100)[0].values, np.ravel(theirs), atol=1e-6)


@pytest.mark.parametrize("count", [1, 2])
def test_one_and_two_segments(count):
    found = values(lambda z: z @ np.arange(1.0, count + 1), count, 10)[0]
    np.testing.assert_allclose(found.values, np.arange(1.0, count + 1))


def test_sampled_values_are_near_the_exact_ones_within_their_deviations():
    exact = by_permutations(interacting, 8)
    found, half, _ = values(interacting, 8, 200)
    assert found.samples == 100
    assert np.abs(found.values - exact).max() < 5 * max(found.deviations.max(), 1e-3)
    assert 0 < found.deviations.max() < 0.2
    assert half > 0.9
    assert found.values.sum() == pytest.approx(float(np.diff(interacting(np.array([[0] * 8, [1] * 8])))[0]))


def test_sums_of_two_are_exact_thanks_to_the_pairs():
    # Complementary coalitions cancel interactions of even order: any sample gives a pairwise game its exact values.
    def pairs(shown):
        z = np.asarray(shown, dtype=float)
        return 3 * z[:, 0] * z[:, 1] + z[:, 11]

    found, _, _ = values(pairs, 12, 160)
    expected = np.zeros(12)
    expected[[0, 1, 11]] = 1.5, 1.5, 1.0
    np.testing.assert_allclose(found.values, expected, atol=1e-9)


@pytest.mark.parametrize("budget", [60, 180])
def test_mean_over_seeds_is_the_exact_value(budget):
    exact = by_permutations(interacting, 8)
    drawn = np.array([values(interacting, 8, budget, seed=seed)[0].values for seed in range(100)])
    error = drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn))
    assert np.all(np.abs(drawn.mean(axis=0) - exact) < 4 * error + 1e-9)


def test_sums_are_exact_for_any_budget():
    contributions = np.random.default_rng(0).normal(size=30)
    found, _, _ = values(lambda shown: np.asarray(shown) @ contributions, 30, 80)
    np.testing.assert_allclose(found.values, contributions, atol=1e-9)


def test_deviations_are_those_over_seeds_or_larger():
    # Resamples hold samples twice, which a design without repetitions never does: they err on the side of caution.
    found = [values(interacting, 10, 300, seed=seed)[0] for seed in range(60)]
    over_seeds = np.std([one.values for one in found], axis=0, ddof=1).mean()
    reported = np.mean([one.deviations for one in found])
    assert over_seeds < reported < 2 * over_seeds


def test_no_coalition_is_evaluated_twice():
    evaluated = []

    def watched(shown):
        evaluated.extend(row.tobytes() for row in np.asarray(shown))
        return interacting(shown)

    values(watched, 10, 900)
    assert len(evaluated) == len(set(evaluated)) == 902


def test_linear_network_gives_each_superpixel_its_own_contribution():
    image = disc_image(textured(32))
    weights = np.random.default_rng(0).normal(size=(2, 32, 32))
    found = explain("kernel_shap", Linear(weights), image, TARGET, 0, {"superpixels": 30, "samples": 400})
    pieces = found.extra["superpixels"]
    baseline = method_baseline(image.pixels, "blur", pieces)
    contribution = np.bincount(pieces.ravel(), (weights * (image.pixels - baseline)).sum(axis=0).ravel())
    np.testing.assert_allclose(found.extra["weights"], contribution, atol=1e-4)
    assert found.model_evaluations < 402
    assert "stopped after" in found.notes[0]


def test_constant_network_gives_an_empty_map():
    found = explain("kernel_shap", Linear(np.zeros((2, 16, 16)), bias=1.0), disc_image(textured(16)), TARGET)
    assert found.is_empty
    assert not found.attribution.any()
    assert found.diagnostic.value is None


def test_first_evaluation_fills_whole_batches_including_the_empty_and_full_coalition():
    evaluated = []

    def evaluate(shown, _):
        evaluated.append(np.asarray(shown).sum(axis=1))
        return interacting(shown)

    shapley_values(evaluate, 30, 600, "stable", 0, silent)
    assert len(evaluated[0]) % BACKEND_BATCH == 0
    assert evaluated[0][:2].tolist() == [0, 30]
    assert all(0 < size < 30 for sizes in [evaluated[0][2:], *evaluated[1:]] for size in sizes)
