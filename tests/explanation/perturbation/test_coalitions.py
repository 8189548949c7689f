from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from spine_core.explanation.perturbation.coalitions import coalitions


def drawn(number, count, seed=0):
    return coalitions(number, count, np.random.default_rng(seed))


def sizes(shown):
    """Of the smaller half of each pair."""
    own = shown.sum(axis=1)
    return np.minimum(own, shown.shape[1] - own)


@pytest.mark.parametrize(("number", "count"), [(1, 3), (30, 6), (31, 6), (300, 13), (300, 60), (63, 7)])
def test_no_coalition_or_complement_occurs_twice(number, count):
    shown = drawn(number, count).shown
    assert shown.shape == (number, count)
    assert len({row.tobytes() for row in np.concatenate([shown, ~shown])}) == 2 * number


def test_every_size_is_drawn_equally_often():
    found = drawn(300, 60)
    assert found.exhaustive == 0
    assert Counter(sizes(found.shown).tolist()) == dict.fromkeys(range(1, 31), 10)


def test_sizes_with_few_coalitions_are_enumerated_first():
    # 6 singles, 10 halves, 15 pairs: 24 pairs are 8 for each size, then 9 for each of the other two.
    found = drawn(24, 6)
    assert found.exhaustive == 6
    np.testing.assert_array_equal(found.shown[:6], np.eye(6, dtype=bool))
    assert Counter(sizes(found.shown[6:]).tolist()) == {2: 9, 3: 9}


def test_weights_add_up_to_the_kernel_of_each_size():
    # 6 pieces: 2 / (s (6 - s)) for singles and pairs with their opposites, 1 / 9 for halves.
    found = drawn(24, 6)
    weights, size = found.weights(np.arange(24)), sizes(found.shown)
    totals = [weights[size == number].sum() for number in (1, 2, 3)]
    np.testing.assert_allclose(totals, [2 / 5, 2 / 8, 1 / 9])


def test_weights_of_a_subset_have_the_same_total_per_size():
    found = drawn(24, 6)
    rows = np.append(np.arange(6), [6, 7, 8, 9])
    assert set(sizes(found.shown[6:10]).tolist()) == {2, 3}
    weights, size = found.weights(rows), sizes(found.shown[rows])
    np.testing.assert_allclose([weights[size == number].sum() for number in (1, 2, 3)], [2 / 5, 2 / 8, 1 / 9])


def test_within_a_size_every_coalition_is_as_likely_as_any_other():
    # The first coalition is chosen like every other one: by what it adds to the previous ones.
    counts = Counter()
    for seed in range(600):
        for row in drawn(6, 7, seed).shown:
            members = np.flatnonzero(row if row.sum() < 4 else ~row)
            counts[tuple(members.tolist())] += 1
    pairs = np.array([counts[members] for members in combinations(range(7), 2)])
    expected = pairs.sum() / 21
    # Chi-square with 20 degrees of freedom stays below 45.3 in 999 of 1000 cases.
    assert ((pairs - expected) ** 2 / expected).sum() < 45.3


def test_chosen_coalitions_are_more_informative_than_random_ones():
    def uncertainty(shown):
        z = shown - shown.mean(axis=1, keepdims=True)
        z /= np.linalg.norm(z, axis=1, keepdims=True)
        return np.trace(np.linalg.pinv(z.T @ z))

    random = np.random.default_rng(0)
    found = drawn(60, 20)
    at_random = np.array([random.permutation(20) < size for size in sizes(found.shown)])
    assert uncertainty(found.shown) < 0.9 * uncertainty(at_random)


def test_more_pairs_than_exist_are_refused():
    with pytest.raises(ValueError, match="4 segments have 7 pairs of coalitions, not 8"):
        drawn(8, 4)


def test_equal_seeds_give_equal_bytes_and_other_seeds_other_bytes():
    assert drawn(100, 40).shown.tobytes() == drawn(100, 40).shown.tobytes()
    assert drawn(100, 40).shown.tobytes() != drawn(100, 40, seed=1).shown.tobytes()
