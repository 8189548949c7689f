import numpy as np

from spine_core.comparison.metrics.grid import strongest_first, to_grid


def test_cells_are_means_of_their_pixels():
    np.testing.assert_allclose(to_grid(np.arange(16.0).reshape(4, 4), (2, 2)), [[2.5, 4.5], [10.5, 12.5]])


def test_cells_that_cut_through_pixels_use_area_weights():
    # three pixels into two cells: each takes one and a half
    np.testing.assert_allclose(to_grid(np.array([[3.0, 6.0, 9.0]]), (1, 2)), [[4.0, 8.0]])


def test_mean_of_the_map_is_preserved():
    attribution = np.random.default_rng(0).normal(size=(192, 192))
    assert np.isclose(to_grid(attribution, (7, 11)).mean(), attribution.mean())


def test_same_grid_changes_nothing():
    attribution = np.random.default_rng(0).normal(size=(5, 6))
    np.testing.assert_allclose(to_grid(attribution, (5, 6)), attribution)


def test_strongest_come_first_and_ties_in_random_order():
    values = np.array([0.0, 5.0, 0.0, 0.0, 7.0, 0.0])
    orders = {tuple(strongest_first(values, np.random.default_rng(seed))) for seed in range(20)}
    assert {order[:2] for order in orders} == {(4, 1)}
    assert len(orders) > 5
