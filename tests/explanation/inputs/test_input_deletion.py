"""Deletion tests and Shapley values of a few inputs, worked out by hand."""

import pytest

from spine_core.explanation.inputs.deletion import Support, deletion_test, shapley, subsets


def additive(weights):
    """The score is the sum of the weights of the inputs that are left."""
    return {one: sum(weights[i] for i in one) for one in subsets(len(weights))}


def test_subsets_are_all_of_them():
    assert [sorted(one) for one in subsets(2)] == [[], [0], [1], [0, 1]]
    assert len(list(subsets(7))) == 128


def test_shapley_values_of_a_sum_are_its_terms_and_of_an_interaction_its_halves():
    assert shapley(additive([3.0, -1.0, 0.5]), 3) == pytest.approx((3.0, -1.0, 0.5))
    both = {one: float(len(one) == 2) for one in subsets(2)}
    assert shapley(both, 2) == pytest.approx((0.5, 0.5))


def test_removing_by_falling_weight_lowers_a_sum_fastest():
    scores = additive([1.0, 4.0, 2.0, 8.0])
    found = deletion_test(scores, (3, 1, 2, 0))
    assert found.scores == (15.0, 7.0, 3.0, 1.0, 0.0)
    assert found.area == pytest.approx((7 + 3 + 1) / 3)
    # On average over all orders a removal takes away a quarter of the sum.
    assert found.random == pytest.approx((15.0, 11.25, 7.5, 3.75, 0.0))
    assert found.as_good == pytest.approx(1 / 24)
    assert found.support is Support.CONFIRMED


def test_the_reverse_order_is_not_confirmed():
    found = deletion_test(additive([1.0, 4.0, 2.0, 8.0]), (0, 2, 1, 3))
    assert found.as_good == 1.0
    assert found.support is Support.NOT_CONFIRMED


def test_of_two_inputs_only_the_better_order_is_confirmed():
    scores = additive([2.0, 1.0])
    assert deletion_test(scores, (0, 1)).support is Support.CONFIRMED
    assert deletion_test(scores, (1, 0)).support is Support.NOT_CONFIRMED


def test_inputs_that_do_not_differ_confirm_no_order():
    assert deletion_test(additive([1.0, 1.0, 1.0]), (0, 1, 2)).support is Support.NOT_CONFIRMED


def test_one_input_is_not_testable():
    found = deletion_test(additive([2.0]), (0,))
    assert found.support is Support.NOT_TESTABLE
    assert found.scores == (2.0, 0.0)
