import numpy as np
import pytest
import torch
from captum.metrics import infidelity as captum_infidelity

from spine_core.comparison.metrics.faithfulness.infidelity import (
    SQUARES,
    NormalisedInfidelity,
    _squares,
    residual_fraction,
)
from spine_core.explanation.perturbation.baselines import metric_baseline
from spine_core.progress import silent
from tests.comparison.metrics.made import context, evaluated
from tests.explanation.toys import TARGET, Linear, disc_image, textured


def test_residual_fraction_equals_hand_computed_value():
    # best scale (1 * 2 + 2 * 3) / (1 + 4) = 1.6; wrong by 0.4 and -0.2; drops 2 and 3
    found = residual_fraction(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    assert found == pytest.approx((0.4**2 + 0.2**2) / (2**2 + 3**2))


def test_opposite_map_has_1_and_unmeasurable_maps_have_none():
    drops = np.array([2.0, 3.0])
    assert residual_fraction(-drops, drops) == pytest.approx(1.0)
    assert residual_fraction(np.zeros(2), drops) is None
    assert residual_fraction(drops, np.full(2, 0.01)) is None


def network_and_truth():
    image = disc_image(textured(16))
    network = Linear(np.random.default_rng(0).normal(size=(2, 16, 16)))
    baseline = metric_baseline(image.pixels, "blur", 0)
    return network, image, (network.weights * (image.pixels - baseline)).sum(axis=0).astype(np.float32)


def test_true_contributions_of_a_linear_network_have_0_in_any_unit():
    network, image, truth = network_and_truth()
    random = np.random.default_rng(1).random((16, 16), dtype=np.float32)
    maps = [evaluated(truth), evaluated(40 * truth), evaluated(random, "random", 2)]
    found = NormalisedInfidelity().evaluate(maps, context(network, image), silent)
    assert [one.value for one in found[:2]] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert 0.01 < found[2].value <= 1.0
    assert found[2].draw == 2
    assert network.evaluations == SQUARES + 1, "all maps use the same perturbed images"


def test_agrees_with_captum_but_for_the_normalisation():
    network, image, truth = network_and_truth()
    relevance = truth + np.random.default_rng(2).normal(0, truth.std(), truth.shape).astype(np.float32)
    (found,) = NormalisedInfidelity().evaluate(
        [evaluated(relevance)], context(network, image, seed=5), silent
    )
    masks = _squares(16, np.random.default_rng(5)).reshape(-1, 16, 16)
    fill = metric_baseline(image.pixels, "blur", 5)
    images = np.where(masks[:, None], fill, image.pixels).astype(np.float32)
    squares = torch.from_numpy(masks[:, None].repeat(2, axis=1).astype(np.float32))

    def forward(pixels):
        return torch.from_numpy(network.score(pixels.numpy(), TARGET))

    theirs = captum_infidelity(
        forward,
        lambda inputs: (squares, torch.from_numpy(images)),
        torch.from_numpy(image.pixels[None]),
        torch.from_numpy(np.stack([relevance / 2, relevance / 2])[None]),
        n_perturb_samples=SQUARES,
        normalize=True,
    )
    full = network.score(image.pixels[None], TARGET)[0]
    drops = full - network.score(images, TARGET)
    assert found.value * np.mean(drops**2) == pytest.approx(float(theirs[0]), rel=1e-3)


def test_squares_lie_inside_and_come_in_all_sizes():
    squares = _squares(24, np.random.default_rng(0)).reshape(-1, 24, 24)
    sizes = np.sqrt(squares.sum(axis=(1, 2)))
    assert (sizes == np.round(sizes)).all()
    assert sizes.min() == 2
    assert sizes.max() == 12
    assert len({one.tobytes() for one in squares}) > SQUARES / 2
