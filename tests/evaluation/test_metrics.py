"""Metrics of a few predictions worked out by hand, and compared with scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from math import comb

import numpy as np
import pytest

from spine_core.anatomy.measurements import Measurements
from spine_core.evaluation.metrics import auroc, grading_table
from spine_core.evaluation.types import DiscLabel, DiscPrediction, LabelledImage
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.outputs import LOGITS
from spine_core.training.evaluation.calibration_eval import (
    calibration_table,
    expected_error,
    overall_calibration,
)

NOTHING = {c.name: np.full(len(c.grades), 1 / len(c.grades), dtype=np.float32) for c in CONDITIONS}


def prediction(
    patient: str, p: float, truth: int, level: str = "L4/L5", sequence: str = "t2"
) -> DiscPrediction:
    likelihoods = NOTHING | {"bulging": np.array([1 - p, p], dtype=np.float32)}
    votes = {"one": likelihoods, "other": NOTHING | {"bulging": np.array([p, 1 - p], dtype=np.float32)}}
    return DiscPrediction(
        "sudirman", sequence, patient, level, {"bulging": truth}, np.zeros(LOGITS, np.float32), likelihoods, votes,
        np.zeros(3, np.float32), Measurements(disc_height=p),
    )  # fmt: skip


ANSWERS = [
    prediction("a", 0.9, 1, "L5/S1"),
    prediction("a", 0.6, 0),
    prediction("b", 0.4, 1),
    prediction("b", 0.1, 0, "L1/L2"),
    prediction("c", 0.8, 1, "L5/S1"),
    prediction("c", 0.2, 0, "L1/L2"),
]


def image(patient: str, sequence: str, bulging: dict[str, int]) -> LabelledImage:
    other = {"canal_stenosis": 0, "ddd": 0, "spondylolisthesis": 0}
    discs = tuple(DiscLabel(level, (0.0, 0.0), None, {"bulging": b, **other}) for level, b in bulging.items())
    return LabelledImage(
        "sudirman", patient, 2, sequence, f"{patient}_{sequence}", np.zeros((2, 2), np.uint8), discs
    )


TRAINING = [image("t", "t2", {"L5/S1": 1, "L4/L5": 0, "L1/L2": 0})]


def test_a_task_has_the_hand_computed_metrics() -> None:
    (row,) = grading_table(ANSWERS, TRAINING, {"bulging": [0.3, 0.5]})
    assert (row.condition, row.patients, row.discs, row.positives) == ("bulging", 3, 6, 3)
    assert row.auroc == pytest.approx(8 / 9), "of nine pairs only 0.4 against 0.6 is the wrong way round"
    assert row.members == {"one": pytest.approx(8 / 9), "other": pytest.approx(1 / 9)}
    assert row.confusion == [[2, 1], [1, 2]]
    assert row.kappa == pytest.approx(1 / 3), "four of six agree, three by chance"
    assert row.brier == pytest.approx((0.01 + 0.36 + 0.36 + 0.01 + 0.04 + 0.04) / 6)
    assert (row.rate.sensitivity, row.rate.specificity) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert row.by_level["L5/S1"].sensitivity == 1.0
    assert row.by_level["L5/S1"].specificity is None
    # L5/S1 is always a bulge in training and the others never: two of the three positives stand above all negatives
    assert row.level_only == pytest.approx((2 * 3 + 0.5 * 3) / 9)


def test_auroc_equals_sklearns_with_ties() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    truth, score = rng.random(300) < 0.2, rng.random(300).round(1)
    assert auroc(truth, score) == pytest.approx(roc_auc_score(truth, score), abs=1e-12)
    assert np.isnan(auroc(np.ones(3, dtype=bool), score[:3]))


def test_prediction_sets_always_contain_the_most_probable_grade() -> None:
    (row,) = grading_table(ANSWERS, TRAINING, {"bulging": [0.3, 0.5]})
    # sets by p: 0.9 {1}, 0.6 {0,1}, 0.4 {0}, 0.1 {0}, 0.8 {1}, 0.2 {0}: only the 0.4 misses its truth
    assert row.coverage == pytest.approx(5 / 6)
    assert row.set_size == pytest.approx(7 / 6)


def test_a_roc_curve_runs_from_0_to_1() -> None:
    (row,) = grading_table(ANSWERS, TRAINING, {})
    assert row.roc[0] == (0, 0)
    assert row.roc[-1] == (1, 1)
    assert row.coverage is None


def test_tasks_with_one_class_have_no_row() -> None:
    assert grading_table([a for a in ANSWERS if a.truth["bulging"]], TRAINING, {}) == []


def test_calibration_error_is_the_gap_between_frequency_and_probability() -> None:
    def discs(probability: float) -> list[DiscPrediction]:
        return [prediction(str(i), probability, int(i % 5 == 0)) for i in range(100)]

    (exact,) = calibration_table(discs(0.2), {})
    (bold,) = calibration_table(discs(0.5), {})
    # equal probabilities fall into the ten bins by chance of order: twenty percent are positive in each
    assert exact.error == pytest.approx(0.0, abs=0.11)
    assert bold.error == pytest.approx(0.3, abs=0.01)
    assert bold.discs == 100
    assert exact.top1_accuracy == pytest.approx(0.8), (
        '"no" is the likeliest for all, and right for four in five'
    )


def test_calibration_of_all_findings_is_pooled() -> None:
    """Ten discs, all bulging and none narrowed. The two probabilities of a disc lie in neighbouring bins."""

    def disc(i: int) -> DiscPrediction:
        one, p = prediction(str(i), i / 10 + 0.04, 1), i / 10 + 0.06
        likelihoods = one.probabilities | {"narrowing": np.array([1 - p, p], dtype=np.float32)}
        return replace(one, truth=one.truth | {"narrowing": 0}, probabilities=likelihoods)

    discs = [disc(i) for i in range(10)]
    (row,) = overall_calibration(discs)
    assert row.predictions == 20
    # Each pooled bin holds one positive and one negative: predicted 0.05, 0.15, ..., observed one half.
    assert row.error == pytest.approx(np.mean([abs(i / 10 + 0.05 - 0.5) for i in range(10)]))
    assert [one.error for one in calibration_table(discs, {})] == pytest.approx([0.51, 0.51])
    phantoms = [replace(one, source="phantom") for one in discs]
    assert overall_calibration([*discs, *phantoms]) == [row], "no phantom is counted"
    assert overall_calibration(phantoms) == []


def test_coverage_is_reported_by_true_grade_and_overall() -> None:
    discs_read = [
        *(prediction(f"healthy {i}", 0.1 if i else 0.45, 0) for i in range(25)),
        *(prediction(f"lesion {i}", 0.9 if i > 4 else 0.2, 1) for i in range(25)),
    ]
    (row,) = calibration_table(discs_read, {"bulging": [0.5, 0.4]})
    # sets by p: 0.1 {0}, 0.45 {0, 1}, 0.9 {1}, 0.2 {0}: five lesions are missed
    healthy, lesion = row.by_grade
    assert (healthy.grades, healthy.patients, healthy.discs, healthy.coverage) == (("0",), 25, 25, 1.0)
    assert healthy.set_size == pytest.approx(26 / 25)
    assert (lesion.grades, lesion.coverage, lesion.set_size) == (("1",), pytest.approx(0.8), 1.0)
    assert lesion.low < 0.8 < lesion.high
    assert row.coverage == pytest.approx(0.9)
    rare = [prediction(f"healthy {i}", 0.1, 0) for i in range(20)] + [prediction("lesion", 0.2, 1)]
    (row,) = calibration_table(rare, {"bulging": [0.5, 0.4]})
    assert [(one.grades, one.coverage) for one in row.by_grade] == [(("0",), 1.0), (("1",), 0.0)]


def test_the_expected_error_is_that_of_chance_alone() -> None:
    """Ten bins of ten discs at a half: the mean distance of a binomial's frequency from a half, added up."""
    binomial = [comb(10, k) / 2**10 * abs(k / 10 - 0.5) for k in range(11)]
    half = np.full(100, 0.5)
    assert expected_error(half, [str(i) for i in range(100)]) == pytest.approx(sum(binomial), rel=0.05)
    # Discs that are seen twice scatter together, as half as many would.
    twice = expected_error(np.full(200, 0.5), [str(i // 2) for i in range(200)])
    assert twice > 1.2 * expected_error(np.full(200, 0.5), [str(i) for i in range(200)])
    assert expected_error(np.array([0.0] * 50 + [1.0] * 50), [str(i) for i in range(100)]) == 0.0
