from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from spine_core.audit.analysis.faithfulness import CONSTANT, faithfulness
from spine_core.audit.analysis.rank_correlation import rank_correlation, weighted_spearman
from spine_core.audit.analysis.scores import ratings_table
from spine_core.comparison.metrics.base import Direction
from spine_core.comparison.metrics.registry import metrics
from spine_core.evaluation.bootstrap import interval
from tests.audit.analysis.making import audited, protocol, rating

(NEUTRAL, *_) = [one.name for one in metrics().values() if one.direction is Direction.NONE]
METRICS = {
    "deletion.blur": lambda score: -score,
    "insertion.blur": lambda score: score,
    NEUTRAL: lambda score: -score,
    "unknown": lambda score: score,
}


def found_of(count: int, metric=lambda name, score: METRICS[name](score), raters=1, names=METRICS):
    """Correlations where every map of finding n and method m has the score 1 + (n + m) mod 6."""
    asked = protocol(count, raters=raters)
    places = {method: place for place, method in enumerate(asked.methods)}

    def score(number, method):
        return 1 + (number + places[method]) % 6

    ratings = [
        rating(asked, rater, number, {method: score(number, method) for method in asked.methods})
        for rater in range(1, raters + 1)
        for number in range(1, count + 1)
    ]
    data = audited(
        asked,
        ratings,
        lambda number, method: {name: metric(name, score(number, method)) for name in names},
    )
    return {(one.metric, one.with_controls): one for one in faithfulness(ratings_table(data), data)}


def test_positive_means_that_readers_prefer_what_the_metric_calls_better():
    found = found_of(6)
    # Deletion is better where it is lower, and lower where readers gave more points.
    assert found["deletion.blur", False].correlation == pytest.approx(1.0)
    assert found["insertion.blur", False].correlation == pytest.approx(1.0)
    assert found["insertion.blur", False].interval == pytest.approx((1.0, 1.0))
    # Without a better direction it is the raw value.
    assert found[NEUTRAL, False].correlation == pytest.approx(-1.0)
    oriented = {name: found[name, False].oriented for name in METRICS}
    assert oriented == {"deletion.blur": True, "insertion.blur": True, NEUTRAL: False, "unknown": False}
    assert found["deletion.blur", False].label == metrics()["deletion"].heading("blur")


def test_controls_are_counted_in_figures_of_their_own():
    found = found_of(6)
    assert (found["deletion.blur", False].maps, found["deletion.blur", True].maps) == (12, 24)
    assert found["deletion.blur", True].cases == 6


def test_below_ten_maps_there_is_no_figure():
    found = found_of(4)
    few = found["deletion.blur", False]
    assert (few.maps, few.correlation, few.interval, few.reason) == (8, None, None, "fewer than 10 maps")
    assert found["deletion.blur", True].correlation == pytest.approx(1.0)


def test_maps_without_a_value_do_not_count_and_equal_values_have_no_correlation():
    found = found_of(6, lambda name, score: None if score == 1 else 0.5)
    assert found["deletion.blur", True].maps == 20
    assert found["deletion.blur", True].reason == CONSTANT
    assert found["deletion.blur", True].correlation is None


def test_the_rating_of_a_map_is_the_mean_over_raters():
    asked = protocol(5, methods=("lime", "grad_cam"))
    first = [1, 2, 3, 4, 5, 6, 1, 2, 3, 4]
    second = [6, 2, 6, 1, 5, 2, 1, 6, 3, 3]
    ratings = [
        rating(asked, rater, number, {"grad_cam": scores[2 * number - 2], "lime": scores[2 * number - 1]})
        for rater, scores in ((1, first), (2, second))
        for number in range(1, 6)
    ]
    values = [0.3, 0.1, 0.4, 0.15, 0.9, 0.2, 0.6, 0.5, 0.35, 0.8]
    data = audited(
        asked, ratings, lambda number, method: {"insertion.x": values[2 * number - 2 + (method == "lime")]}
    )
    (found,) = [one for one in faithfulness(ratings_table(data), data) if not one.with_controls]
    expected = spearmanr(np.add(first, second) / 2, values).statistic
    assert found.correlation == pytest.approx(expected)


def test_weighted_spearman_equals_that_of_repeated_items():
    random = np.random.default_rng(0)
    # Few values, so that many ranks are shared.
    first, second = random.integers(0, 4, 20).astype(float), random.integers(0, 3, 20).astype(float)
    weights = random.integers(0, 4, (30, 20)).astype(float)
    for found, counted in zip(weighted_spearman(first, second, weights), weights, strict=True):
        rows = np.repeat(np.arange(20), counted.astype(int))
        assert found == pytest.approx(spearmanr(first[rows], second[rows]).statistic)


def test_the_interval_is_that_of_the_bootstrap_over_cases():
    random = np.random.default_rng(1)
    first = random.integers(1, 7, 24).astype(float)
    second = first + random.normal(0, 2, 24)
    cases = [f"case{number // 3}" for number in range(24)]
    value, spread = rank_correlation(first, second, cases)
    assert value == pytest.approx(spearmanr(first, second).statistic)
    expected = interval(np.array(cases), lambda rows: spearmanr(first[rows], second[rows]).statistic)
    assert spread == pytest.approx(expected)


def test_sides_that_do_not_vary_have_no_correlation():
    value, spread = rank_correlation(np.full(12, 3.0), np.arange(12.0), [str(n) for n in range(12)])
    assert np.isnan(value)
    assert np.isnan(spread).all()
