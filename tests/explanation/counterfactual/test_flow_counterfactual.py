"""The method on the released generator, with networks whose answer is known."""

import numpy as np
import pytest

from spine_core.explanation.counterfactual import flow_counterfactual
from spine_core.explanation.registry import explain
from spine_core.networks.preprocessing import Crop, Preprocessing
from spine_core.synthesis.counterfactual import what_if as with_all_strengths
from spine_core.synthesis.types import Strength
from spine_core.weights import ModelId
from tests.explanation.toys import TARGET, disc_image, textured
from tests.synthesis.toys import TwoModes

SIZE = 64


class Brightness:
    """Bulging where the middle of the disc is brighter than ``step``; without gradients."""

    id = ModelId("brightness", "1", "2" * 64)
    differentiable = has_feature_maps = False

    def __init__(self, step):
        self.step = step

    def score(self, images, target):
        over = images[:, 0, SIZE // 2, SIZE // 2 - 4].astype(float) - self.step
        return over if target.grade == "1" else -over


@pytest.fixture
def bright(monkeypatch):
    """A generator that brightens a disc of which it is told a bulge, instead of the released one."""

    class Bulge(TwoModes):
        def velocity(self, images, time, tokens):
            shifted = tokens.clone()
            shifted[:, 1] = tokens[:, 2]
            return super().velocity(images, time, shifted)

    monkeypatch.setattr(flow_counterfactual, "released_generator", lambda: Bulge(grade2=1.0))


def test_the_map_is_the_absolute_change_and_has_no_sign(bright):
    image = disc_image(np.full((2, SIZE, SIZE), 0.1, np.float32))
    found = explain("counterfactual", Brightness(0.3), image, TARGET)
    assert not found.signed
    assert not found.is_empty
    assert (found.attribution >= 0).all()
    np.testing.assert_allclose(found.attribution, np.abs(found.extra["difference"]).mean(axis=0), atol=1e-6)
    assert found.attribution[SIZE // 2, SIZE // 2 - 4] == pytest.approx(0.2, abs=0.05)
    assert not found.attribution[0].any(), "outside the ellipse"
    assert found.diagnostic.value > 0.5
    assert found.native_shape == (64, 64)


def test_where_nothing_turns_the_answer_the_map_is_empty_and_says_so(bright):
    image = disc_image(np.zeros((2, SIZE, SIZE), np.float32) + 0.1)
    found = explain("counterfactual", Brightness(50.0), image, TARGET)
    assert found.is_empty
    assert not found.attribution.any()
    assert found.notes == ("No image that the generator makes turns the answer.",)


def test_networks_with_another_view_are_refused_with_the_reason():
    class Slices:
        preprocessing = Preprocessing(crop=Crop.SLICE)

    method = flow_counterfactual.Counterfactual()
    assert "the disc view" in method.why_unavailable(Slices())
    assert not method.why_unavailable(Brightness(0.3))


def test_the_released_generator_turns_a_network_that_looks_at_brightness(monkeypatch):
    def one_strength(*args, **options):
        return with_all_strengths(*args, strengths=(Strength(0.4, 1.0, 1.0),), **options)

    monkeypatch.setattr(flow_counterfactual, "what_if", one_strength)
    import torch

    from spine_core.networks.outputs import RELEASED

    class Graded(Brightness):
        differentiable = True

        def logits(self, images):
            over = images[:, 0, SIZE // 2, SIZE // 2 - 4] - self.step
            columns = max(one.stop for one in RELEASED.values())
            out = torch.zeros(len(images), columns)
            return out.index_add(1, torch.tensor([RELEASED["bulging"].start]), over[:, None])

    image = disc_image(textured(SIZE))
    step = float(image.pixels[0, SIZE // 2, SIZE // 2 - 4]) + 0.1
    found = explain("counterfactual", Graded(step), image, TARGET)
    assert not found.is_empty
    assert found.diagnostic.value >= 0.5
