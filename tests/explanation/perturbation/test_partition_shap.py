import numpy as np
import pytest

from spine_core.explanation.perturbation.baselines import method_baseline
from spine_core.explanation.perturbation.partition_shap import CellMasker, first_masks, owen_values
from spine_core.explanation.perturbation.segments import blocks
from spine_core.explanation.registry import explain
from tests.explanation.toys import TARGET, Linear, disc_image, textured


@pytest.mark.slow
def test_linear_network_gives_each_cell_its_own_contribution():
    image = disc_image(textured(8))
    weights = np.random.default_rng(0).normal(size=(2, 8, 8))
    result = explain(
        "partition_shap", Linear(weights, bias=1.0), image, TARGET, 0, {"cells": 4, "max_evals": 500}
    )
    baseline = method_baseline(image.pixels, "blur")
    contribution = (weights * (image.pixels - baseline)).sum(axis=0)
    cells = contribution.reshape(4, 2, 4, 2).sum(axis=(1, 3))
    np.testing.assert_allclose(result.extra["cells"], cells, atol=1e-5)
    np.testing.assert_allclose(result.attribution, np.repeat(np.repeat(cells, 2, 0), 2, 1) / 4, atol=1e-5)
    assert result.attribution.sum() == pytest.approx(contribution.sum(), abs=1e-4)


def test_shapley_values_of_a_product_equal_hand_computed_values():
    # Two cells side by side over two empty ones: score = 4 a b + a. By symmetry the product is shared equally.
    values, base, full = owen_values(
        lambda z: 4.0 * z[:, 0] * z[:, 1] + z[:, 0], side=2, evaluations=500, seed=0
    )
    np.testing.assert_allclose(values, [[3.0, 2.0], [0.0, 0.0]], atol=1e-12)
    assert (base, full) == (0.0, 5.0)


def interacting(shown):
    """Pairs of neighbours count double, and many parts are tied."""
    grid = np.asarray(shown, dtype=float).reshape(-1, 8, 8)
    return (grid[:, 1:] * grid[:, :-1]).sum(axis=(1, 2)) + np.tanh(grid[:, 2:5, 3:6].sum(axis=(1, 2)))


@pytest.mark.parametrize("evaluations", [40, 101, 400])
def test_equals_the_shap_package_for_the_same_masker_seed_and_evaluations(evaluations):
    from shap.explainers import PartitionExplainer

    ours, base, _ = owen_values(interacting, 8, evaluations, seed=3)
    state = np.random.get_state()  # noqa: NPY002
    try:
        np.random.seed(3)  # noqa: NPY002
        theirs = PartitionExplainer(interacting, CellMasker(8))(
            np.ones((1, 64)), max_evals=evaluations, batch_size=32, silent=True
        )
    finally:
        np.random.set_state(state)  # noqa: NPY002
    np.testing.assert_array_equal(ours.ravel(), theirs.values[0])
    assert base == theirs.base_values[0]


def test_ties_do_not_depend_on_numpys_global_generator():
    maps = []
    for noise in (1, 2):
        np.random.seed(noise)  # noqa: NPY002
        maps.append(owen_values(interacting, 8, 40, seed=3)[0].tobytes())
    assert maps[0] == maps[1]


def test_does_not_change_numpys_global_generator():
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    explain(
        "partition_shap", Linear(np.ones((2, 8, 8))), disc_image(textured(8)), TARGET, 0, {"max_evals": 40}
    )
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002


def test_first_masks_are_those_that_shap_evaluates_for_any_scores():
    evaluated = set()

    def score(shown):
        evaluated.update(mask.tobytes() for mask in shown)
        return interacting(shown)

    owen_values(score, 8, 12, seed=5)
    assert {mask.tobytes() for mask in first_masks(8)} == evaluated
    assert len(evaluated) == 12


def test_evaluations_stay_within_the_budget():
    network = Linear(np.random.default_rng(0).normal(size=(2, 32, 32)))
    result = explain("partition_shap", network, disc_image(textured(32)), TARGET, 0, {"max_evals": 100})
    assert network.evaluations == result.model_evaluations <= 100


def test_half_and_all_evaluations_agree_fully_once_all_cells_are_reached():
    network = Linear(np.random.default_rng(0).normal(size=(2, 8, 8)))
    result = explain(
        "partition_shap", network, disc_image(textured(8)), TARGET, 0, {"max_evals": 2000, "cells": 4}
    )
    assert result.diagnostic.value == pytest.approx(1.0, abs=1e-6)
    few = explain(
        "partition_shap", network, disc_image(textured(8)), TARGET, 0, {"max_evals": 30, "cells": 4}
    )
    assert few.diagnostic.value < 0.99


def test_constant_network_gives_an_empty_map():
    result = explain(
        "partition_shap", Linear(np.zeros((2, 16, 16)), bias=1.0), disc_image(textured(16)), TARGET
    )
    assert result.is_empty
    assert not result.attribution.any()
    assert result.diagnostic.value is None


def test_cells_cover_the_image_evenly():
    np.testing.assert_array_equal(blocks(4, 2), [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]])
