import numpy as np
import pytest
import torch

from spine_core.explanation.gradient.integrated_gradients import COMPLETE
from spine_core.explanation.perturbation.baselines import method_baseline
from spine_core.explanation.registry import explain
from spine_core.networks.target import Target, TargetKind
from tests.explanation.toys import TARGET, Halves, Linear, disc_image, textured, untrained

TARGETS = (
    TARGET,
    Target("pfirrmann", "4", TargetKind.AT_LEAST),
    Target("modic", "2", TargetKind.VERSUS, "0"),
)


@pytest.fixture(scope="module")
def network():
    return untrained(64, gain=100.0)


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.condition)
@pytest.mark.parametrize("seed", [0, 1])
def test_pixels_add_up_to_the_change_of_the_score_to_one_percent(network, target, seed):
    image = disc_image(textured(64, seed))
    found = explain("integrated_gradients", network, image, target)
    baseline = method_baseline(image.pixels, "blur")
    full, empty = network.score(np.stack([image.pixels, baseline]), target)
    assert found.attribution.sum(dtype=float) == pytest.approx(full - empty, rel=COMPLETE)
    assert found.diagnostic.value < COMPLETE


def test_linear_network_gives_each_pixel_its_own_contribution():
    image = disc_image(textured(8))
    found = explain("integrated_gradients", Halves(3.0, -2.0), image, TARGET)
    step = image.pixels - method_baseline(image.pixels, "blur")
    np.testing.assert_allclose(found.attribution, (3 * step[0] - 2 * step[1]) / 64, atol=1e-6)


def test_first_segment_equals_captum_with_as_many_points(network):
    from captum.attr import IntegratedGradients

    image = disc_image(textured(64))
    ours = explain("integrated_gradients", network, image, TARGET, 0, {"gradients": 8})
    baseline = method_baseline(image.pixels, "blur")
    theirs = IntegratedGradients(lambda x: TARGET.log_odds(network.logits(x))).attribute(
        torch.from_numpy(image.pixels[None]), torch.from_numpy(baseline[None]), n_steps=8
    )
    np.testing.assert_allclose(ours.extra["channels"], theirs.numpy()[0], atol=1e-4)


def test_gradients_stay_within_the_budget_and_the_gap_is_reported(network):
    found = explain("integrated_gradients", network, disc_image(textured(64)), TARGET, 0, {"gradients": 8})
    assert found.model_evaluations == 8 + 2
    assert found.diagnostic.value > 0
    assert "missing or in excess" in found.diagnostic.caption


def test_needs_a_differentiable_network():
    with pytest.raises(TypeError, match="needs gradients, and Linear has none"):
        explain("integrated_gradients", Linear(np.zeros((2, 8, 8))), disc_image(textured(8)), TARGET)


def test_constant_network_gives_an_empty_map():
    found = explain("integrated_gradients", Halves(0.0, 0.0), disc_image(textured(8)), TARGET)
    assert found.is_empty
    assert found.diagnostic.value is None
