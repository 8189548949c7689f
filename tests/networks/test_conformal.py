"""Prediction sets on cases worked out by hand, and their coverage on simulated data."""

from __future__ import annotations

import numpy as np
import pytest

from spine_core.evaluation.conformal_fit import fit_thresholds, merge_rare_grades
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.conformal import prediction_set

PFIRRMANN, BULGING, MODIC = BY_NAME["pfirrmann"], BY_NAME["bulging"], BY_NAME["modic"]


def as_probabilities(condition, *values: float) -> dict[str, float]:
    return dict(zip(condition.grades, values, strict=True))


def test_grades_that_reach_their_threshold_are_in_the_set() -> None:
    limits = {"modic": [0.5, 0.3, 0.1, 0.4]}
    assert prediction_set(MODIC, as_probabilities(MODIC, 0.5, 0.2, 0.15, 0.15), limits) == ("0", "2")


def test_the_most_probable_grade_is_in_the_set_even_below_its_threshold() -> None:
    assert prediction_set(BULGING, as_probabilities(BULGING, 0.6, 0.4), {"bulging": [0.9, 0.9]}) == ("0",)


def test_an_ordinal_set_has_no_gap() -> None:
    limits = {"pfirrmann": [0.9, 0.2, 0.9, 0.2, 0.9]}
    assert prediction_set(PFIRRMANN, as_probabilities(PFIRRMANN, 0, 0.4, 0.2, 0.4, 0), limits) == (
        "2",
        "3",
        "4",
    )


def test_without_thresholds_the_set_is_empty() -> None:
    assert prediction_set(BULGING, as_probabilities(BULGING, 0.6, 0.4), {}) == ()


def bulges(own: np.ndarray, patients: list[str] | None = None) -> list[float]:
    """Thresholds fitted on bulging discs whose true grade has the probabilities ``own``."""
    names = patients or [f"p{i}" for i in range(len(own))]
    return fit_thresholds(
        BULGING, np.stack([1 - own, own], axis=1), np.ones(len(own), dtype=int), np.array(names)
    )


def test_the_threshold_allows_ten_percent_missed_patients_including_the_next_one() -> None:
    # 29 patients and the next one, of whom 3 may be missed: 2 of the 29
    limits = bulges(0.49 - 0.01 * np.arange(29))
    assert limits[1] == pytest.approx(0.49 - 0.26)
    assert limits[0] == 0.0, "no patient without a bulge was seen: it is never ruled out"


def test_no_grade_is_added_where_the_most_probable_grade_has_enough_coverage() -> None:
    assert bulges(np.array([0.6] * 28 + [0.3, 0.2]))[1] == 1.0


def test_a_patient_with_many_discs_counts_once() -> None:
    own = np.array([0.4] * 29 + [0.1] * 200)
    assert bulges(own, [f"p{i}" for i in range(29)] + ["p29"] * 200)[1] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("own", "least"),
    [
        # Of 9 and the next one 2 may be missed, of 4 and the next one that one only; 3 cannot promise 8 in 10.
        ([0.3, 0.27, 0.24, 0.21, 0.18, 0.15, 0.12, 0.09, 0.06], 0.09),
        ([0.3, 0.2, 0.1, 0.05], 0.05),
        ([0.3, 0.2, 0.1], 0.0),
    ],
)
def test_a_rare_grade_is_in_the_sets_of_80_percent_of_its_discs(own: list[float], least: float) -> None:
    bulging = np.array([0.01] * 200 + own)
    truth = np.array([0] * 200 + [1] * len(own))
    patients = np.array([f"p{i}" for i in range(len(truth))])
    limits = fit_thresholds(BULGING, np.stack([1 - bulging, bulging], axis=1), truth, patients)
    assert limits == [1.0, pytest.approx(least)], "without it, sets of the likeliest grade would suffice"


def test_rare_grades_are_merged_with_a_neighbour_and_never_with_none() -> None:
    patients = np.array([f"p{i}" for i in range(100)])
    modic = np.array([0] * 60 + [1] * 3 + [2] * 35 + [3] * 2)
    assert merge_rare_grades(MODIC, modic, patients) == [[0], [1, 2, 3]]
    pfirrmann = np.array([0] * 2 + [1] * 40 + [2] * 40 + [3] * 13 + [4] * 5)
    # 2 join 40; 5 join 13, which makes 18, still too few, and join the 40 below
    assert merge_rare_grades(PFIRRMANN, pfirrmann, patients) == [[0, 1], [2, 3, 4]]


@pytest.mark.parametrize("mean", [0.0, -3.0], ids=["common", "rare"])
def test_sets_have_90_percent_coverage_on_new_patients(mean: float) -> None:
    rng = np.random.default_rng(0)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        logit = mean + np.repeat(rng.normal(0, 0.6, count), 5) + rng.normal(0, 0.4, 5 * count)
        p = 1 / (1 + np.exp(-logit))
        truth = (rng.random(5 * count) < p).astype(int)
        return np.stack([1 - p, p], axis=1), truth, np.repeat([f"p{i}" for i in range(count)], 5)

    limits = {"bulging": fit_thresholds(BULGING, *draw(1000))}
    probabilities, truth, patients = draw(2000)
    held = np.array(
        [
            str(t) in prediction_set(BULGING, as_probabilities(BULGING, *row), limits)
            for row, t in zip(probabilities.tolist(), truth, strict=True)
        ]
    )

    def coverage(rows: np.ndarray) -> float:
        """The coverage of a random disc of a random patient, which is the guarantee."""
        return float(np.mean([held[rows & (patients == name)].mean() for name in np.unique(patients[rows])]))

    every = np.ones(len(truth), dtype=bool)
    if mean:
        assert coverage(truth == 1) == pytest.approx(0.8, abs=0.04)
        assert coverage(every) > 0.9, "the likeliest grade alone is right in more than 90%"
    else:
        assert coverage(every) == pytest.approx(0.9, abs=0.03)
        assert min(coverage(truth == 0), coverage(truth == 1)) > 0.8
