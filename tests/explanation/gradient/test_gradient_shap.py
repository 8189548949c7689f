import numpy as np
import pytest

from spine_core.explanation.registry import explain
from tests.explanation.toys import TARGET, Halves, disc_image, textured, untrained


def test_adds_up_for_a_linear_network_with_any_seed():
    image = disc_image(textured(16))
    network = Halves(3.0, -2.0)
    found = explain("gradient_shap", network, image, TARGET, 0, {"samples": 10})
    assert "by +0.00 log-odds" in found.diagnostic.caption.replace("-0.00", "+0.00")
    assert found.diagnostic.value > 0.9


@pytest.fixture(scope="module")
def case():
    return untrained(64, gain=100.0), disc_image(textured(64))


@pytest.mark.slow
def test_more_samples_make_two_seeds_more_similar(case):
    def alike(samples):
        maps = [
            explain("gradient_shap", *case, TARGET, seed, {"samples": samples}).attribution.ravel()
            for seed in (0, 1)
        ]
        return np.corrcoef(*maps)[0, 1]

    assert alike(8) < alike(64)


@pytest.mark.slow
def test_agrees_with_captum_for_the_same_baselines(case):
    import torch
    from captum.attr import GradientShap

    from spine_core.explanation.gradient.gradient_shap import STRONGEST, WEAKEST
    from spine_core.explanation.perturbation.baselines import blurred

    network, image = case
    ours = explain("gradient_shap", network, image, TARGET, 0, {"samples": 160})
    blurs = np.linspace(WEAKEST, STRONGEST, 24)
    starts = torch.from_numpy(np.stack([blurred(image.pixels, float(blur)) for blur in blurs]))
    np.random.seed(0)  # noqa: NPY002
    torch.manual_seed(0)
    theirs = GradientShap(lambda x: TARGET.log_odds(network.logits(x))).attribute(
        torch.from_numpy(image.pixels[None]), starts, n_samples=160
    )
    assert np.corrcoef(ours.attribution.ravel(), theirs.detach().numpy()[0].sum(axis=0).ravel())[0, 1] > 0.9


def test_constant_network_gives_an_empty_map():
    found = explain("gradient_shap", Halves(0.0, 0.0), disc_image(textured(8)), TARGET)
    assert found.is_empty
    assert found.diagnostic.value is None
