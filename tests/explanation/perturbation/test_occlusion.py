import numpy as np
import pytest
import torch

from spine_core.explanation.perturbation.baselines import method_baseline
from spine_core.explanation.perturbation.occlusion import starts
from spine_core.explanation.registry import explain
from tests.explanation.toys import TARGET, Linear, disc_image, textured


def test_patches_reach_from_edge_to_edge_by_half_their_side():
    assert starts(16, 4) == [0, 2, 4, 6, 8, 10, 12]
    assert starts(10, 4) == [0, 2, 4, 6]
    assert starts(11, 4) == [0, 2, 4, 6, 7]
    assert starts(4, 4) == [0]


def test_equals_captum():
    from captum.attr import Occlusion

    image = disc_image(textured(16))
    network = Linear(np.random.default_rng(0).normal(size=(2, 16, 16)))
    baseline = method_baseline(image.pixels, "blur")
    theirs = Occlusion(lambda x: torch.from_numpy(network.score(x.numpy(), TARGET))).attribute(
        torch.from_numpy(image.pixels[None]),
        sliding_window_shapes=(2, 4, 4),
        strides=(2, 2, 2),
        baselines=torch.from_numpy(baseline[None]),
    )
    ours = explain("occlusion", network, image, TARGET, 0, {"patch": 0.25})
    np.testing.assert_allclose(ours.attribution, theirs.numpy()[0, 0], atol=1e-5)
    assert ours.native_shape == (7, 7)


def test_value_is_the_mean_fall_over_the_patches_that_cover_a_pixel():
    # Only pixel (0, 0) has a weight, and only the first patch covers it: all pixels of the patch get its score drop.
    image = disc_image(textured(8))
    weights = np.zeros((2, 8, 8))
    weights[0, 0, 0] = 10.0
    baseline = method_baseline(image.pixels, "blur")
    fall = 10.0 * float(image.pixels[0, 0, 0] - baseline[0, 0, 0])
    found = explain("occlusion", Linear(weights), image, TARGET, 0, {"patch": 0.25})
    np.testing.assert_allclose(found.attribution[0, 0], fall, atol=1e-5)
    np.testing.assert_allclose(found.attribution[1, 1], fall / 4, atol=1e-5)
    assert found.diagnostic.value == pytest.approx(abs(fall), abs=1e-5)
    assert not found.attribution[4:, 4:].any()


def test_unresponsive_network_gives_an_empty_map():
    found = explain("occlusion", Linear(np.zeros((2, 8, 8))), disc_image(textured(8)), TARGET)
    assert found.is_empty
    assert "did not respond" in found.diagnostic.caption
