"""Prediction sets on cases worked out by hand, and their promise on numbers drawn from it."""

from __future__ import annotations

import numpy as np
import pytest

from spine_core.grading.conditions import BY_NAME
from spine_core.grading.sets import prediction_set
from spine_core.training.conformal import least_probabilities, merged

PFIRRMANN, BULGING, MODIC = BY_NAME["pfirrmann"], BY_NAME["bulging"], BY_NAME["modic"]


def shares(condition, *values: float) -> dict[str, float]:
    return dict(zip(condition.grades, values, strict=True))


def test_grades_that_reach_their_threshold_are_in_the_set() -> None:
    limits = {"modic": [0.5, 0.3, 0.1, 0.4]}
    assert prediction_set(MODIC, shares(MODIC, 0.5, 0.2, 0.15, 0.15), limits) == ("0", "2")


def test_the_likeliest_grade_is_in_the_set_even_below_its_threshold() -> None:
    assert prediction_set(BULGING, shares(BULGING, 0.6, 0.4), {"bulging": [0.9, 0.9]}) == ("0",)


def test_an_ordinal_set_has_no_hole() -> None:
    limits = {"pfirrmann": [0.9, 0.2, 0.9, 0.2, 0.9]}
    assert prediction_set(PFIRRMANN, shares(PFIRRMANN, 0, 0.4, 0.2, 0.4, 0), limits) == ("2", "3", "4")


def test_without_thresholds_nothing_is_promised() -> None:
    assert prediction_set(BULGING, shares(BULGING, 0.6, 0.4), {}) == ()


def test_the_threshold_is_what_nine_in_ten_patients_reach() -> None:
    # 29 patients, one disc each: the 27th highest of 0.99, 0.98 ... since ceil(30 x 0.9) = 27
    own = 0.99 - 0.01 * np.arange(29)
    probabilities = np.stack([1 - own, own], axis=1)
    patients = np.array([f"p{i}" for i in range(29)])
    limits = least_probabilities(BULGING, probabilities, np.ones(29, dtype=int), patients)
    assert limits[1] == pytest.approx(0.99 - 0.26)
    assert limits[0] == 0.0, "no patient without a bulge was seen: it is never ruled out"


def test_a_patient_with_many_discs_counts_once() -> None:
    own = np.array([0.9] * 29 + [0.1] * 200)
    patients = np.array([f"p{i}" for i in range(29)] + ["p29"] * 200)
    probabilities = np.stack([1 - own, own], axis=1)
    limits = least_probabilities(BULGING, probabilities, np.ones(229, dtype=int), patients)
    assert limits[1] == pytest.approx(0.9)


def test_rare_grades_are_merged_with_a_neighbour_and_never_with_none() -> None:
    patients = np.array([f"p{i}" for i in range(100)])
    modic = np.array([0] * 60 + [1] * 3 + [2] * 35 + [3] * 2)
    assert merged(MODIC, modic, patients) == [[0], [1, 2, 3]]
    pfirrmann = np.array([0] * 2 + [1] * 40 + [2] * 40 + [3] * 13 + [4] * 5)
    # 2 join 40; 5 join 13, which makes 18, still too few, and join the 40 below
    assert merged(PFIRRMANN, pfirrmann, patients) == [[0, 1], [2, 3, 4]]


def test_sets_hold_the_truth_nine_times_in_ten_on_new_patients() -> None:
    rng = np.random.default_rng(0)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        logit = np.repeat(rng.normal(0, 0.6, count), 5) + rng.normal(0, 0.4, 5 * count)
        p = 1 / (1 + np.exp(-logit))
        truth = (rng.random(5 * count) < p).astype(int)
        return np.stack([1 - p, p], axis=1), truth, np.repeat([f"p{i}" for i in range(count)], 5)

    limits = {"bulging": least_probabilities(BULGING, *draw(400))}
    probabilities, truth, patients = draw(2000)
    held = np.array(
        [
            str(t) in prediction_set(BULGING, shares(BULGING, *row), limits)
            for row, t in zip(probabilities.tolist(), truth, strict=True)
        ]
    )
    for grade in (0, 1):
        # A random disc of a random patient: that is what is promised.
        rows = truth == grade
        by_patient = [held[rows & (patients == name)].mean() for name in np.unique(patients[rows])]
        assert np.mean(by_patient) == pytest.approx(0.9, abs=0.03)
