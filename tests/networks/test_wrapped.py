"""Any torch module as a grading network, against captum and pytorch-grad-cam on the common architectures."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients as CaptumIntegratedGradients
from captum.attr import LayerGradCam
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn
from torchvision import models

from spine_core.explanation.cam.base import require_feature_head
from spine_core.explanation.perturbation.baselines import method_baseline
from spine_core.explanation.registry import EXPLAINERS, explain
from spine_core.networks.conditions import Condition, Scale
from spine_core.networks.feature_layers import Layout
from spine_core.networks.outputs import Activation, Output, Outputs
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.target import Target
from spine_core.networks.wrapped import NetworkError, WrappedNetwork, wrap
from tests.explanation.toys import disc_image, textured

PRESENT = Condition("lesion", "Lesion", ("0", "1"), ("absent", "present"), Scale.BINARY, (), "Of a test.")
COLUMN = 3
OUTPUTS = Outputs((Output(PRESENT, COLUMN, COLUMN + 1, Activation.SIGMOID),))
TARGET = Target("lesion", "1", output=OUTPUTS["lesion"])
SIZE = 224
CHANNELS = ("t2", "t1", "t2")
THREE, SMALL = Preprocessing(size=SIZE, channels=CHANNELS), Preprocessing(size=64, channels=CHANNELS)


def square(tokens: torch.Tensor) -> torch.Tensor:
    """pytorch-grad-cam's documented reshape for a ViT of 14 x 14 patches with a class token."""
    return tokens[:, 1:].reshape(len(tokens), 14, 14, -1).permute(0, 3, 1, 2)


ARCHITECTURES = {
    "resnet50": (models.resnet50, "layer4", lambda m: m.layer4, None, (7, 0.0, Layout.CHANNELS_FIRST)),
    "convnext_tiny": (models.convnext_tiny, "features", lambda m: m.features, None, (7, 15.5, Layout.CHANNELS_FIRST)),
    "vit_b_16": (
        models.vit_b_16, "encoder.layers.encoder_layer_11.ln_1", lambda m: m.encoder.layers[-1].ln_1, square,
        (14, 7.5, Layout.TOKENS),
    ),
    "swin_t": (
        models.swin_t, "norm", lambda m: m.norm, lambda maps: maps.permute(0, 3, 1, 2),
        (7, 15.5, Layout.CHANNELS_LAST),
    ),
}  # fmt: skip


def three_channels(size, seed=3):
    one = disc_image(textured(size, seed))
    pixels = np.concatenate([one.pixels, one.pixels[:1] * 0.5])
    return replace(one, pixels=pixels, channels=(*one.channels, one.channels[0]))


@pytest.fixture(scope="module")
def image():
    return three_channels(SIZE)


@pytest.fixture(scope="module")
def small_image():
    return three_channels(64)


def untrained(make):
    """Random weights, those of the last layer included, which torchvision's transformers set to zero."""
    torch.manual_seed(0)
    module = make(weights=None, num_classes=5).eval()
    last = [layer for layer in module.modules() if isinstance(layer, nn.Linear)][-1]
    nn.init.normal_(last.weight, std=0.1)
    return module


def small() -> nn.Module:
    torch.manual_seed(1)
    module = nn.Sequential(
        nn.Conv2d(3, 6, 5, stride=2, padding=2), nn.BatchNorm2d(6), nn.ReLU(), nn.Dropout(0.5),
        nn.Conv2d(6, 8, 3, stride=2, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5),
    )  # fmt: skip
    nn.init.normal_(module[-1].weight, std=3)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_grad_cam_equals_the_independent_packages(name, image):
    make, path, layer_of, reshape, (rows, first, layout) = ARCHITECTURES[name]
    module = untrained(make)
    network = wrap(module, preprocessing=THREE, outputs=OUTPUTS, target_layer=path)
    assert (network.layer.rows, network.layer.first_cell, network.layer.layout) == (rows, first, layout)

    found = explain("grad_cam", network, image, TARGET)
    pixels = torch.from_numpy(image.pixels[None])
    with GradCAM(module, [layer_of(module)], reshape_transform=reshape) as package:
        package(pixels, [ClassifierOutputTarget(COLUMN)])
        taken = package.activations_and_grads
        activations, gradients = taken.activations[-1].numpy(), taken.gradients[-1].numpy()
        expected = package.get_cam_image(pixels, None, None, activations, gradients)[0]
    peak = np.abs(expected).max()
    assert peak > 0
    np.testing.assert_allclose(found.extra["raw"], expected, atol=1e-4 * peak)
    if layout is Layout.CHANNELS_FIRST:
        captum = LayerGradCam(module, layer_of(module)).attribute(pixels, COLUMN)[0, 0].detach().numpy()
        np.testing.assert_allclose(found.extra["raw"], captum, atol=1e-4 * peak)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vit_b_16", "swin_t"])
def test_the_head_of_unchanged_maps_gives_the_logits(name, image):
    """Also where a class token and skip connections bypass the layer."""
    make, path, *_ = ARCHITECTURES[name]
    network = wrap(untrained(make), preprocessing=THREE, outputs=OUTPUTS, target_layer=path)
    pixels = torch.from_numpy(image.pixels[None])
    split = require_feature_head(network, pixels, "A test")
    with torch.no_grad():
        maps = split.features(pixels)
        torch.testing.assert_close(split.head(maps), network.logits(pixels), atol=1e-5, rtol=0)
        many = split.head(maps.repeat(3, 1, 1, 1))
        torch.testing.assert_close(many, network.logits(pixels).repeat(3, 1), atol=1e-5, rtol=0)
        assert not torch.allclose(split.head(maps * 0), network.logits(pixels), atol=1e-4)


def test_a_layer_that_is_rectified_in_place_keeps_its_own_maps(small_image):
    torch.manual_seed(2)
    module = nn.Sequential(
        nn.Conv2d(3, 6, 3, 2, 1),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, 5),
    )
    network = wrap(module, preprocessing=SMALL, outputs=OUTPUTS, target_layer="0")
    pixels = torch.from_numpy(small_image.pixels[None])
    with torch.no_grad():
        maps = require_feature_head(network, pixels, "A test").features(pixels)
        torch.testing.assert_close(maps, module[0](pixels))
    assert (maps < 0).any()
    found = explain("grad_cam", network, small_image, TARGET)
    leaf = maps.clone().requires_grad_()
    logit = module[4](leaf.relu().mean(dim=(2, 3)))[0, COLUMN]
    (gradient,) = torch.autograd.grad(logit, leaf)
    expected = (gradient.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1)[0]
    np.testing.assert_allclose(found.extra["raw"], expected.numpy(), atol=1e-6)


class Concatenating(nn.Module):
    """Joins an early and a late layer, so that the head needs as many images as maps."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.early, self.late = nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 6, 3, 1, 1)
        self.head = nn.Linear(10, 5)

    def forward(self, images):
        early = self.early(images).relu()
        late = self.late(early).relu()
        return self.head(torch.cat([early, late], dim=1).mean(dim=(2, 3)))


@pytest.mark.parametrize(
    ("module", "layer", "once"), [(small(), None, True), (Concatenating(), "late", False)]
)
def test_many_maps_of_one_image_need_what_comes_before_the_layer_once(module, layer, once, small_image):
    network = wrap(module, preprocessing=SMALL, outputs=OUTPUTS, target_layer=layer)
    assert network.broadcasts is once
    pixels = torch.from_numpy(small_image.pixels[None])
    split = require_feature_head(network, pixels, "A test")
    with torch.no_grad():
        maps = split.features(pixels)
        several = torch.cat([maps, maps * 0, maps * 2])
        one_by_one = torch.cat([split.head(one[None]) for one in several])
        torch.testing.assert_close(split.head(several), one_by_one, atol=1e-5, rtol=0)


def test_every_method_explains_a_module_that_it_never_saw(small_image):
    network = wrap(small(), preprocessing=SMALL, outputs=OUTPUTS)
    for method in EXPLAINERS:
        if method.name == "counterfactual":
            assert "the generator was trained" in method.why_unavailable(network), "three channels"
            continue
        assert method.why_unavailable(network) == ""
        settings = {"samples": 64} if "samples" in method.defaults() else {}
        if method.name.startswith("structure"):
            continue  # the image of this test has no segmentation
        found = explain(method.name, network, small_image, TARGET, settings=settings)
        assert found.attribution.shape == (64, 64)
        assert found.model == network.id


def test_integrated_gradients_equal_captums(small_image):
    network = wrap(small(), preprocessing=SMALL, outputs=OUTPUTS)
    found = explain(
        "integrated_gradients", network, small_image, TARGET, settings={"gradients": 512, "baseline": "mean"}
    )
    start = torch.from_numpy(method_baseline(small_image.pixels, "mean")[None])
    expected = CaptumIntegratedGradients(lambda x: network.logits(x)[:, COLUMN]).attribute(
        torch.from_numpy(small_image.pixels[None]), start, n_steps=400, internal_batch_size=50
    )
    total, ours = expected.numpy()[0], found.extra["channels"]
    scores = [network.score(one[None], TARGET)[0] for one in (small_image.pixels, start[0].numpy())]
    assert ours.sum() == pytest.approx(scores[0] - scores[1], rel=0.01)
    # The path is refined until it is complete to 1 %, which leaves single pixels a little further apart.
    assert np.corrcoef(ours.ravel(), total.ravel())[0, 1] > 0.999
    np.testing.assert_allclose(ours, total, atol=0.1 * np.abs(total).max())


def test_the_users_module_is_never_changed(small_image):
    module = small().train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    network = wrap(module, preprocessing=SMALL, outputs=OUTPUTS)
    explain("grad_cam", network, small_image, TARGET)
    assert module.training
    assert all(weights.requires_grad for weights in module.parameters())
    assert not any(layer._forward_hooks for layer in module.modules())
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name])
    with torch.no_grad():
        module[0].weight.zero_()
    assert explain("grad_cam", network, small_image, TARGET).target_score != 0


def test_equal_seeds_give_equal_bytes_in_eight_threads(small_image):
    network = wrap(small(), preprocessing=SMALL, outputs=OUTPUTS)
    images = [three_channels(64, seed) for seed in range(4)]
    work = [
        (name, one)
        for one in images
        for name in ("grad_cam", "ablation_cam", "hires_cam", "integrated_gradients")
    ]
    alone = [explain(name, network, one, TARGET, 5).attribution.tobytes() for name, one in work]
    with ThreadPoolExecutor(8) as pool:
        together = list(
            pool.map(lambda job: explain(job[0], network, job[1], TARGET, 5).attribution.tobytes(), work * 3)
        )
    assert together == alone * 3


def test_a_copy_with_other_weights_has_its_own_maps(small_image):
    network = wrap(small(), preprocessing=SMALL, outputs=OUTPUTS)
    other = copy.deepcopy(network)
    with torch.no_grad():
        other.module[0].weight.mul_(-1)
    one, two = (explain("grad_cam", net, small_image, TARGET) for net in (network, other))
    assert not np.array_equal(one.attribution, two.attribution)
    assert (
        explain("grad_cam", network, small_image, TARGET).attribution.tobytes() == one.attribution.tobytes()
    )


def test_calibration_is_an_affine_map_of_the_logits(small_image):
    table = np.stack([np.full(5, 2.0), np.arange(5.0)]).astype(np.float32)
    plain = wrap(small(), preprocessing=SMALL, outputs=OUTPUTS)
    calibrated = wrap(small(), preprocessing=SMALL, outputs=OUTPUTS, calibration=table)
    pixels = small_image.pixels[None]
    np.testing.assert_allclose(
        calibrated.predict_logits(pixels), plain.predict_logits(pixels) * 2 + np.arange(5), atol=1e-6
    )


class Sampled(nn.Module):
    def forward(self, images):
        return torch.rand(len(images), 5)


class Endless(nn.Module):
    def forward(self, images):
        return torch.full((len(images), 5), float("nan"))


@pytest.mark.parametrize(
    ("module", "layer", "words"),
    [
        (Sampled(), None, "different values for equal inputs"),
        (Endless(), None, "not finite"),
        (nn.Conv2d(3, 5, 3), None, r"shape \(2, 5, 62, 62\)"),
        (nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), None, r"its outputs need \(2, 4\)"),
        (nn.Linear(7, 5), None, "fails on an input of shape"),
        (small(), "9", "layer 9 does not exist"),
        (small(), "7", "its output is not a map"),
    ],
)
def test_modules_that_do_not_fit_are_refused_in_one_sentence(module, layer, words):
    with pytest.raises(NetworkError, match=words) as caught:
        wrap(module, preprocessing=SMALL, outputs=OUTPUTS, target_layer=layer)
    assert "\n" not in str(caught.value)


def test_names_of_released_conditions_are_outputs():
    network = wrap(small(), preprocessing=SMALL, outputs=["bulging", "pfirrmann"])
    assert isinstance(network, WrappedNetwork)
    assert list(network.outputs) == ["bulging", "pfirrmann"]
    assert network.outputs.logits == 5


def test_a_network_without_maps_still_has_perturbation_methods(small_image):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, 5))
    network = wrap(module, preprocessing=SMALL, outputs=OUTPUTS)
    unavailable = {method.name for method in EXPLAINERS if method.why_unavailable(network)}
    cams = {"grad_cam", "hires_cam", "grad_cam_plus_plus", "ablation_cam", "eigen_cam"}
    assert unavailable == cams | {"counterfactual"}
    with pytest.raises(TypeError, match="feature maps"):
        explain("grad_cam", network, small_image, TARGET)
    found = explain("occlusion", network, small_image, TARGET)
    assert np.isfinite(found.attribution).all()
