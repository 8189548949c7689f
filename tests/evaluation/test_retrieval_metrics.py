"""Metrics of rankings against values worked out by hand and scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest

from spine_core.evaluation.bootstrap import multiplicities, resampled
from spine_core.evaluation.retrieval_metrics import METRICS, balanced_mean, patient_mean, query_metrics


def test_metrics_of_a_ranking_of_four_discs():
    # Ranked: grades 3, 2, 3, 5 for a query of grade 3.
    similarity, grades = np.array([[0.2, 0.9, 0.1, 0.8]]), np.array([3, 3, 5, 2])
    (found,) = query_metrics(similarity, grades, np.array([3]), ordinal=True)
    p1, p5, ap, ndcg = found
    assert p1 == 1
    assert p5 == 0.5
    assert ap == pytest.approx((1 / 1 + 2 / 3) / 2)
    dcg = 1 + 0.5 / np.log2(3) + 1 / np.log2(4) + 0
    ideal = 1 + 1 / np.log2(3) + 0.5 / np.log2(4)
    assert ndcg == pytest.approx(dcg / ideal)


def test_another_grade_without_an_order_has_no_gain():
    similarity, grades = np.array([[0.9, 0.8]]), np.array([1, 0])
    ordinal, other = (
        query_metrics(similarity, grades, np.array([0]), ordinal=flag)[0, METRICS.index("ndcg")]
        for flag in (True, False)
    )
    assert other == pytest.approx(1 / np.log2(3))
    assert ordinal == pytest.approx((0.5 + 1 / np.log2(3)) / (1 + 0.5 / np.log2(3)))


def test_discs_that_are_left_out_do_not_count():
    similarity, grades = np.array([[np.inf, 0.9, 0.1]]), np.array([1, 0, 1])
    similarity[0, 0] = -np.inf
    (found,) = query_metrics(similarity, grades, np.array([1]), ordinal=False)
    assert found.tolist() == [0, 0.5, 0.5, pytest.approx(1 / np.log2(3))]


def test_no_candidate_with_the_grade_gives_no_average_precision():
    (found,) = query_metrics(np.array([[0.5]]), np.array([0]), np.array([1]), ordinal=False)
    assert found[:2].tolist() == [0, 0]
    assert np.isnan(found[2:]).all()


@pytest.mark.parametrize("seed", range(3))
def test_scikit_learn_gives_the_same_average_precision_and_ndcg(seed):
    from sklearn.metrics import average_precision_score, ndcg_score

    rng = np.random.default_rng(seed)
    similarity, grades = rng.random((4, 60)), rng.integers(5, size=60)
    own = np.array([0, 1, 3, 4])
    found = query_metrics(similarity, grades, own, ordinal=True)
    for row, grade in enumerate(own):
        assert found[row, 2] == pytest.approx(average_precision_score(grades == grade, similarity[row]))
        gains = np.clip(1 - np.abs(grades - grade) / 2, 0, None)
        assert found[row, 3] == pytest.approx(ndcg_score(gains[None], similarity[row : row + 1], k=10))


def test_intervals_are_those_of_resampled_patients():
    values = np.array([0.0, 1.0, 1.0, np.nan, 0.0, 1.0])
    patients = np.array(["a", "a", "b", "b", "c", "d"])
    mean, low, high = patient_mean(values, multiplicities(patients))
    assert mean == pytest.approx(0.6)
    drawn = resampled(
        patients, lambda rows: float(np.nanmean(values[rows])) if np.isfinite(values[rows]).any() else np.nan
    )
    assert [low, high] == pytest.approx(np.nanpercentile(drawn, [2.5, 97.5]))
    assert np.isnan(patient_mean(np.full(2, np.nan), multiplicities(np.array(["a", "b"])))).all()


def test_the_mean_over_grades_counts_a_rare_grade_as_much_as_a_common_one():
    values, grades = np.array([1.0, 1.0, 1.0, 0.0]), np.array([0, 0, 0, 1])
    once = np.array([[1.0, 1, 1, 1], [1, 1, 1, 0], [0, 0, 0, 2]])
    found = balanced_mean(values, grades, once)
    assert found[0] == 0.5
    # The three resamples have means of 0.5, 1 (without the rare grade) and 0 (with nothing else).
    assert found[1:] == pytest.approx(np.percentile([0.5, 1, 0], [2.5, 97.5]))
