"""The measurement model is fitted on simulated discs whose grades depend on one measurement, or on none."""

import numpy as np
import pytest

from spine_core.anatomy.types import LEVELS
from spine_core.explanation.concepts.measured_values import CONCEPTS
from spine_core.explanation.concepts.measurement_model import linear_score
from spine_core.networks.conditions import BY_NAME
from spine_core.training.models import measurement_fit
from spine_core.training.models.measurement_cohort import MeasuredLabel, cohort_of, step_index
from spine_core.training.models.measurement_fit import fit_condition


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    monkeypatch.setattr(measurement_fit, "COEFFICIENT_RESAMPLES", 20)


def discs(weight, folds=(2, 3, 4), patients=40, seed=0):
    """Bulging is present where ``weight`` times the bulge's depth and noise say so; every tenth canal is missing."""
    rng, found = np.random.default_rng(seed), []
    for patient in range(patients * len(folds)):
        for level in LEVELS:
            values = {concept.name: float(rng.normal(0.3, 0.1)) for concept in CONCEPTS}
            if rng.random() < 0.1:
                values["canal_diameter"] = None
            truth = int(weight * (values["bulge_depth"] - 0.3) + rng.logistic() > 0)
            found.append(
                MeasuredLabel(
                    "spider",
                    str(patient),
                    folds[patient % len(folds)],
                    "t2",
                    level,
                    values,
                    {"bulging": truth},
                )
            )
    return found


def fitted(weight):
    training = discs(weight)
    cohort = cohort_of(training)
    return *fit_condition(BY_NAME["bulging"], training, discs(weight, (1,), seed=1), cohort), cohort


def test_a_measurement_that_decides_is_found_and_the_others_stay_open():
    model, chosen, cohort = fitted(30.0)
    assert model.informative
    assert chosen["gain_low"] > 0
    bulge = model.terms["bulge_depth"]
    assert bulge.low < bulge.coefficient < bulge.high
    assert bulge.coefficient == pytest.approx(30, rel=0.3)
    assert not bulge.says_nothing
    assert model.terms["signal_ratio"].says_nothing
    deep = dict.fromkeys(model.terms, 0.3) | {"bulge_depth": 0.45}
    assert linear_score(model, cohort, "L4/L5", deep) - model.thresholds[0] > 1.5


def test_measurements_that_decide_nothing_are_not_informative():
    model, chosen, _ = fitted(0.0)
    assert not model.informative
    assert chosen["gain_low"] <= 0


def test_the_cohort_is_the_training_discs():
    training = discs(0.0)
    known = cohort_of(training)["canal_diameter"]
    values = [one.values["canal_diameter"] for one in training if one.level == "L4/L5"]
    present = [one for one in values if one is not None]
    assert known.discs["L4/L5"] == len(present) < len(values)
    assert known.percentile(float(np.median(present)), "L4/L5") == pytest.approx(50, abs=1)
    assert known.percentile(-5.0, "L4/L5") == 0
    assert known.clipped(99.0) == known.high
    assert known.percentile(0.3, "T12/L1") is None


def test_grades_of_a_categorical_condition_are_absence_and_presence():
    assert [step_index(BY_NAME["modic"], grade) for grade in range(4)] == [0, 1, 1, 1]
    assert [step_index(BY_NAME["pfirrmann"], grade) for grade in range(1, 6)] == [0, 1, 2, 3, 4]
