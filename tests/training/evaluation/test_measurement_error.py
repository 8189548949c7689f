"""Limits of agreement worked out by hand, and outlines that differ by known pixels."""

import numpy as np
import pytest

from spine_core.anatomy.measurements import Measurements
from spine_core.training.evaluation.measurement_error import (
    MeasuredTwice,
    agreement_limits,
    measurement_errors,
)


def twice(patient, segmented, reference, inter_disc_mm=40.0):
    return MeasuredTwice(
        patient, "L4/L5", Measurements(bulge_depth=segmented), Measurements(bulge_depth=reference), inter_disc_mm
    )  # fmt: skip


def test_bias_and_limits_are_mean_and_1_96_standard_deviations():
    # Differences of -1, 0, 1 and 2: mean 0.5, SD sqrt(5 / 3).
    found = agreement_limits(np.array([-1.0, 0.0, 1.0, 2.0]), np.array(["a", "b", "c", "d"]))
    assert found["bias"] == pytest.approx(0.5)
    assert found["upper"] == pytest.approx(0.5 + 1.96 * np.sqrt(5 / 3), abs=1e-5)
    assert found["lower"] == pytest.approx(0.5 - 1.96 * np.sqrt(5 / 3), abs=1e-5)
    assert found["bias_low"] < 0.5 < found["bias_high"]


def test_lengths_are_in_millimetres_and_in_the_model_s_unit():
    discs = [twice("a", 0.11, 0.1), twice("b", 0.09, 0.1), twice("c", 0.12, 0.1, 20.0), twice("d", None, 0.1)]
    found = measurement_errors(discs)["bulge_depth"]
    # 0.4, -0.4 and 0.4 mm.
    assert found.unit == "mm"
    assert found.bias == pytest.approx(0.4 / 3, abs=1e-5)
    assert found.half_width == pytest.approx(1.96 * np.std([0.4, -0.4, 0.4], ddof=1), abs=1e-5)
    assert found.model_sd == pytest.approx(np.std([0.01, -0.01, 0.02], ddof=1), abs=1e-5)
    assert (found.discs, found.patients, found.missed) == (3, 3, 1)


def test_a_measurement_without_discs_has_no_error():
    assert set(measurement_errors([twice("a", 0.1, 0.1), twice("b", 0.2, 0.1)])) == {"bulge_depth"}
