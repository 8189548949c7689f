import dataclasses

import numpy as np
import pytest

from spine_core.comparison.metrics.robustness import robustness as module
from spine_core.comparison.metrics.robustness.corruptions import CORRUPTIONS, Corruption
from spine_core.comparison.metrics.robustness.robustness import (
    AttributionShift,
    Prediction,
    Robustness,
    robustness,
)
from spine_core.comparison.verdict import shift_warnings
from spine_core.explanation.registry import explain
from spine_core.progress import Cancelled
from tests.explanation.toys import TARGET, Halves, Linear, disc_image, textured, untrained


@pytest.fixture(scope="module")
def image():
    return disc_image(textured(64))


@pytest.fixture(scope="module")
def network():
    return untrained(64)


@pytest.fixture(scope="module")
def found(network, image):
    return robustness([explain("grad_cam", network, image, TARGET)], network, image)


def test_every_map_and_control_is_recomputed_under_every_change(found):
    assert [one.kind for one in found.prediction_shifts] == list(Corruption)
    assert found.controls == ("random", "blurred_random", "edges", "random_cam")
    assert [(one.method, one.kind) for one in found.attribution_shifts] == [
        (method, kind) for method in ("grad_cam", *found.controls) for kind in Corruption
    ]


def test_predictions_before_and_after_are_the_networks(found, network, image):
    log_odds = float(network.score(image.pixels[None], TARGET)[0])
    assert found.prediction.log_odds == pytest.approx(log_odds)
    assert found.prediction.probability == pytest.approx(1 / (1 + np.exp(-log_odds)))
    assert found.prediction.grade == ("1" if log_odds > 0 else "0")
    worst = next(one for one in found.prediction_shifts if one.kind is Corruption.SCORE_STEP)
    assert worst.prediction.log_odds == min(
        one.prediction.log_odds for one in found.prediction_shifts if one.size < 0.06
    )


def test_random_map_never_changes_and_edges_change_with_the_image(found):
    moved = {(one.method, one.kind): one for one in found.attribution_shifts}
    assert moved["random", Corruption.GHOSTS].similarity == pytest.approx(1.0)
    assert 0.3 < moved["edges", Corruption.NOISE].similarity < 0.999


@pytest.mark.slow
def test_equal_seeds_give_equal_results(found, network, image):
    again = robustness([explain("grad_cam", network, image, TARGET)], network, image)
    assert (again.prediction_shifts, again.attribution_shifts) == (
        found.prediction_shifts,
        found.attribution_shifts,
    )
    other = robustness([explain("edges", network, image, TARGET)], network, image, seed=1)
    noise = [next(a for a in one.prediction_shifts if a.kind is Corruption.NOISE) for one in (found, other)]
    assert noise[0] != noise[1]


class WithoutGradients(Linear):
    """As an ONNX model that torch cannot run."""

    differentiable = has_feature_maps = False


def test_a_network_without_gradients_is_changed_in_all_other_ways(image):
    network = WithoutGradients(np.ones((2, 64, 64)))
    found = robustness([explain("edges", network, image, TARGET)], network, image)
    kinds = {shift.kind for shift in found.prediction_shifts}
    assert kinds == {*CORRUPTIONS, Corruption.RANDOM_STEP}
    assert "random_cam" not in found.controls


def moved(similarity, chance=0.4, *, same=True, method="lime", kind=Corruption.NOISE):
    return AttributionShift(method, kind, similarity, chance, same)


@pytest.mark.parametrize(
    ("one", "flagged"),
    [
        (moved(0.3), True),
        (moved(0.4), True),
        (moved(0.5), False),
        (moved(None), True),
        (moved(0.3, same=False), False),
        (moved(None, None), False),
    ],
)
def test_same_grade_different_map_is_flagged(one, flagged):
    assert one.flagged is flagged


def test_flags_are_one_sentence_per_method_without_controls():
    prediction = Prediction(1.0, 0.73, "1")
    several = (
        moved(0.1),
        moved(0.1, kind=Corruption.GHOSTS),
        moved(0.9, method="partition_shap"),
        moved(0.1, method="edges"),
    )
    (warning,) = shift_warnings(Robustness(prediction, (), several, ("edges",), 0, 1.0))
    assert warning == (
        "Same grade, different map: after MR noise added and motion ghosts, the map of LIME is no more similar to the "
        "original than random patches are."
    )


def test_changed_grade_does_not_flag_the_map(image, monkeypatch):
    # just above even odds: the worst step changes the grade
    pixels = textured(64)
    pixels[0] += 0.02 - pixels[0].mean()
    borderline = dataclasses.replace(image, pixels=pixels)
    network = Halves(1.0, 0.0)
    found = robustness([explain("grad_cam", network, borderline, TARGET)], network, borderline)
    assert found.prediction.grade == "1"
    worst = next(one for one in found.prediction_shifts if one.kind is Corruption.SCORE_STEP)
    assert worst.prediction.grade == "0"
    assert not any(one.same_grade for one in found.attribution_shifts if one.kind is Corruption.SCORE_STEP)


@pytest.mark.slow
def test_progress_never_exceeds_1_and_cancel_takes_effect(network, image):
    seen = []
    maps = [explain("edges", network, image, TARGET)]
    robustness(maps, network, image, progress=lambda done, what="": seen.append(done))
    assert seen[-1] == 1.0
    assert max(seen) <= 1.0 + 1e-9

    def cancel(done, what=""):
        if done > module.CHANGING:
            raise Cancelled

    with pytest.raises(Cancelled):
        robustness(maps, network, image, progress=cancel)
