"""Coefficients of agreement against the worked examples of their papers."""

from __future__ import annotations

import numpy as np
import pytest

from spine_core.audit.agreement.fleiss_kappa import fleiss_kappa
from spine_core.audit.agreement.gwet_ac2 import agreement_weights, gwet_ac2
from spine_core.audit.agreement.intraclass_correlation import intraclass_correlation
from spine_core.audit.agreement.krippendorff_alpha import krippendorff_alpha
from spine_core.audit.agreement.ratings import Ratings, Scale
from spine_core.audit.agreement.registry import COEFFICIENTS, agreements

N = np.nan
FOUR_OBSERVERS = Ratings(
    np.array(
        [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
            [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
        ]
    ).T,
    (1, 2, 3, 4, 5),
)
"""Krippendorff 2011, section C; also Gwet's example of four raters."""

SHROUT_FLEISS = Ratings(
    np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float),
    tuple(range(1, 11)),
)
"""Shrout and Fleiss 1979, table 2."""


@pytest.mark.parametrize(
    ("scale", "published"), [(Scale.NOMINAL, 0.743), (Scale.ORDINAL, 0.815), (Scale.INTERVAL, 0.849)]
)
def test_alpha_of_krippendorffs_example(scale, published):
    assert krippendorff_alpha(FOUR_OBSERVERS, scale) == pytest.approx(published, abs=5e-4)


def test_intraclass_correlation_of_shrout_and_fleiss():
    found = intraclass_correlation(SHROUT_FLEISS)
    assert found.single == pytest.approx(0.29, abs=5e-3)
    assert found.mean == pytest.approx(0.62, abs=5e-3)


def test_kappa_of_an_example_with_fourteen_raters():
    # Ten subjects, five categories; counts per category. The kappa of this table is 0.210.
    counts = [
        (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
    ]  # fmt: skip
    values = np.array([np.repeat(range(5), row) for row in counts], float)
    assert fleiss_kappa(Ratings(values, tuple(range(5)))) == pytest.approx(0.210, abs=5e-4)


def test_ac1_of_gwets_example():
    assert gwet_ac2(FOUR_OBSERVERS, Scale.NOMINAL) == pytest.approx(0.77544, abs=5e-6)


@pytest.mark.parametrize(
    ("scale", "expected"), [(Scale.NOMINAL, 0.08531), (Scale.ORDINAL, -0.02484), (Scale.INTERVAL, -0.05054)]
)
def test_ac2_equals_irrcac(scale, expected):
    """The numbers are of ``irrCAC`` 0.4.4 with the weights identity, ordinal and quadratic; it is no dependency."""
    values = [
        [5, 5, 1], [2, 1, 5], [5, 5, 1], [1, 1, 3], [4, 3, 2], [1, 1, 4], [1, 1, 3], [2, 2, 3], [3, 3, 4],
        [3, 1, 4], [4, 5, 4], [2, 2, 4], [4, 4, 5], [2, 2, 1], [1, 5, 5],
    ]  # fmt: skip
    assert gwet_ac2(Ratings(np.array(values, float), (1, 2, 3, 4, 5)), scale) == pytest.approx(
        expected, abs=5e-6
    )


def test_ordinal_weights_by_hand():
    # Of four categories, neighbours share 1 of 6 pairs, the next ones 3, the ends all 6.
    assert agreement_weights(np.arange(4.0), Scale.ORDINAL)[0] == pytest.approx([1, 5 / 6, 1 / 2, 0])


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_perfect_agreement_is_one_and_opposite_raters_are_below_zero(name):
    rated = np.array([1, 2, 3, 4, 1, 2, 3, 4], float)
    assert COEFFICIENTS[name](Ratings(np.stack([rated, rated], axis=1), (1, 2, 3, 4)), None) == pytest.approx(
        1
    )
    opposite = COEFFICIENTS[name](Ratings(np.stack([rated, 5 - rated], axis=1), (1, 2, 3, 4)), None)
    # The mean of opposite raters is the same for all items: its reliability has no value.
    assert np.isnan(opposite) if name == "ICC(2,k)" else opposite < 0


@pytest.mark.parametrize("name", [name for name in COEFFICIENTS if "Gwet" not in name])
def test_where_all_ratings_are_equal_nothing_can_be_said(name):
    assert np.isnan(COEFFICIENTS[name](Ratings(np.ones((5, 2)), (1, 2)), None))


def test_independent_raters_agree_by_chance():
    given = np.random.default_rng(0).integers(1, 5, (4000, 3)).astype(float)
    for name, coefficient in COEFFICIENTS.items():
        # The mean of three raters has about three times the correlation of one.
        assert abs(coefficient(Ratings(given, (1, 2, 3, 4)), None)) < (0.15 if name == "ICC(2,k)" else 0.05)


def test_an_item_with_one_rating_adds_nothing_to_alpha():
    alone = np.vstack([FOUR_OBSERVERS.values, [5, N, N, N]])
    assert krippendorff_alpha(Ratings(alone, FOUR_OBSERVERS.categories)) == krippendorff_alpha(FOUR_OBSERVERS)


@pytest.mark.parametrize(
    ("values", "categories"),
    [(np.ones((3, 1)), (1,)), (np.ones((3, 2)), (2, 3)), (np.ones((3, 2)), (2, 1)), (np.ones(3), (1,))],
)
def test_what_is_no_table_of_ratings_is_refused(values, categories):
    with pytest.raises(ValueError, match=r"raters|categories"):
        Ratings(values, categories)


def test_intervals_are_over_cases_and_hold_the_value():
    random = np.random.default_rng(1)
    truth = random.integers(1, 5, 40).astype(float)
    noisy = np.clip(truth + random.integers(-1, 2, 40), 1, 4)
    found = agreements(
        Ratings(np.stack([truth, noisy], axis=1), (1, 2, 3, 4)), [f"{n // 2}" for n in range(40)]
    )
    assert [one.coefficient for one in found] == list(COEFFICIENTS)
    for one in found:
        low, high = one.interval
        assert low < one.value < high
        assert (one.items, one.raters) == (40, 2)


def test_no_figure_with_too_few_items_or_raters():
    few = Ratings(np.ones((9, 2)) * [[1, 2]], (1, 2))
    assert {one.value for one in agreements(few, ["a"] * 9)} == {None}
    lonely = Ratings(np.column_stack([np.ones(12), np.full(12, N)]), (1, 2))
    assert {(one.value, one.raters, one.items) for one in agreements(lonely, ["a"] * 12)} == {(None, 1, 0)}


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_weights_count_items_as_often_as_if_they_were_there_more_than_once(name):
    random = np.random.default_rng(2)
    values = random.integers(1, 6, (15, 3)).astype(float)
    values[0, 0] = values[4, 1] = N
    # A resample may hold items of which all ratings are equal only, or none with two.
    values[12:] = [[3, 3, 3], [3, 3, 3], [2, N, N]]
    weights = np.vstack([random.integers(0, 4, (20, 15)), np.eye(15)[12] * 3, np.eye(15)[14] * 2]).astype(
        float
    )
    found = COEFFICIENTS[name](Ratings(values, (1, 2, 3, 4, 5)), weights)
    for one, counted in zip(found, weights, strict=True):
        repeated = np.repeat(values, counted.astype(int), axis=0)
        expected = COEFFICIENTS[name](Ratings(repeated, (1, 2, 3, 4, 5)), None)
        assert one == pytest.approx(expected[0], nan_ok=True)
