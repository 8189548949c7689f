import numpy as np
import pytest
import torch

from spine_core.explanation.cam.base import upsample
from spine_core.explanation.cam.grad_cam import grad_cam_all
from spine_core.explanation.registry import explain
from spine_core.networks.architectures import FIRST_CELL
from spine_core.networks.network import TORCH_BATCH
from spine_core.networks.target import Target, TargetKind
from spine_core.progress import Cancelled
from tests.explanation.toys import COLUMN, TARGET, Halves, Linear, Mean, disc_image, textured, untrained


def hand_picture():
    pixels = np.zeros((2, 4, 4), np.float32)
    pixels[0, 0, 0] = 4.0
    pixels[1, 3, 3] = 8.0
    return disc_image(pixels)


def test_weights_each_map_with_its_mean_gradient():
    # logit = 3 mean(first) - 2 mean(second): gradients 3/16 and -2/16 everywhere
    result = explain("grad_cam", Halves(3.0, -2.0), hand_picture(), TARGET)
    expected = np.zeros((4, 4))
    expected[0, 0], expected[3, 3] = 4 * 3 / 16, 8 * -2 / 16
    np.testing.assert_allclose(result.extra["raw"], expected, atol=1e-6)
    np.testing.assert_allclose(result.attribution, np.maximum(expected, 0), atol=1e-6)
    assert result.target_score == pytest.approx(3 * 4 / 16 - 2 * 8 / 16)
    assert result.diagnostic.value == pytest.approx(0.75)
    assert result.native_shape == (4, 4)


def test_map_without_positive_evidence_is_empty_and_says_so():
    result = explain("grad_cam", Halves(-3.0, -2.0), hand_picture(), TARGET)
    assert result.is_empty
    assert not result.attribution.any()
    assert "empty" in result.diagnostic.caption


def test_map_of_a_constant_network_is_empty():
    assert explain("grad_cam", Halves(0.0, 0.0), hand_picture(), TARGET).is_empty


def test_residue_of_cancellation_is_not_evidence():
    pixels = np.full((2, 4, 4), 1.0, np.float32)
    pixels[1] = 0.9999
    assert explain("grad_cam", Halves(3.0, -3.0), disc_image(pixels), TARGET).is_empty


@pytest.mark.parametrize(
    "target",
    [TARGET, Target("pfirrmann", "4", TargetKind.AT_LEAST), Target("modic", "2", TargetKind.VERSUS, "0")],
    ids=lambda target: target.condition,
)
def test_raw_map_equals_pytorch_grad_cam_and_captum(target):
    from captum.attr import LayerGradCam
    from pytorch_grad_cam import GradCAM

    network, image = untrained(96), disc_image(textured(96))
    ours = explain("grad_cam", network, image, target).extra["raw"]

    class Whole(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = network.module

        def forward(self, batch):
            raw = self.inner(batch) * network._calibration[0] + network._calibration[1]
            return target.log_odds(raw)[:, None]

    whole, inputs = Whole(), torch.from_numpy(image.pixels[None])
    layer = whole.inner.layer4
    captum = LayerGradCam(whole, layer).attribute(inputs.clone().requires_grad_(), 0, relu_attributions=False)
    np.testing.assert_allclose(ours, captum.detach().numpy()[0, 0], atol=1e-4)

    with GradCAM(whole, [layer]) as cam:
        output = cam.activations_and_grads(inputs.clone().requires_grad_())
        output.sum().backward()
        weighted = cam.get_cam_image(
            inputs,
            layer,
            [lambda out: out],
            cam.activations_and_grads.activations[-1].detach().numpy(),
            cam.activations_and_grads.gradients[-1].numpy(),
            eigen_smooth=False,
        )
    np.testing.assert_allclose(ours, weighted[0], atol=1e-4)


def test_raw_cells_add_up_to_the_logit_minus_its_bias():
    network, image = untrained(64), disc_image(textured(64))
    result = explain("grad_cam", network, image, TARGET)
    bias = float(network.module.fc[1].bias[COLUMN]) * 30.0
    assert result.extra["raw"].sum() == pytest.approx(result.target_score - bias, abs=1e-3)


def test_works_where_the_thread_is_in_inference_mode():
    network, image = untrained(64), disc_image(textured(64))
    plain = explain("grad_cam", network, image, TARGET)
    with torch.inference_mode():
        inside = explain("grad_cam", network, image, TARGET)
    assert inside.attribution.tobytes() == plain.attribution.tobytes()


def test_refuses_a_network_that_cannot_be_split():
    with pytest.raises(TypeError, match="feature maps"):
        explain("grad_cam", Linear(np.zeros((2, 4, 4))), hand_picture(), TARGET)


@pytest.mark.parametrize("architecture", ["resnet18", "resnet14", "densenet121"])
def test_cells_are_centred_on_their_receptive_fields(architecture):
    # The receptive field of a cell of the last convolution is centred on its position.
    network = untrained(192, architecture=architecture)
    first = FIRST_CELL.get(architecture, 0.0)
    weight = np.zeros((192, 192))
    for seed in range(3):
        inputs = torch.from_numpy(textured(192, seed)[None]).requires_grad_()
        cell = network.features(inputs)[0, :, 6, 6].norm()
        (gradient,) = torch.autograd.grad(cell, inputs)
        weight += gradient[0].abs().sum(0).numpy()
    middle = weight.sum(1) @ np.arange(192) / weight.sum(), weight.sum(0) @ np.arange(192) / weight.sum()
    assert middle == pytest.approx((96 + first, 96 + first), abs=2.5)
    raw = np.zeros((12, 12), np.float32)
    raw[6, 6] = 1.0
    drawn = upsample(raw, 192, first)
    peak = 96 + int(first)
    assert drawn[peak, peak] == drawn.max() == 1.0
    assert drawn[peak - 8, peak] == pytest.approx(0.5)
    assert drawn[peak + 8, peak] == pytest.approx(0.5)


@pytest.mark.parametrize(
    "architecture", ["resnet18", "efficientnet_lite0_coarse", "efficientnet_lite1", "efficientnet_lite2"]
)
def test_symmetric_kernels_do_not_shift_the_cells(architecture):
    # With an odd kernel and half its width of padding, receptive fields are centred on every stride-th pixel.
    for part in untrained(64, architecture=architecture).module.modules():
        if isinstance(part, torch.nn.Conv2d | torch.nn.MaxPool2d):
            (size,) = {part.kernel_size} if isinstance(part.kernel_size, int) else set(part.kernel_size)
            (padding,) = {part.padding} if isinstance(part.padding, int) else set(part.padding)
            assert (size % 2, padding) == (1, size // 2)


def test_map_of_an_ensemble_explains_the_ensembles_score():
    # For a single logit the mean of two logits has the mean of the two maps; half of it is each member's.
    image = hand_picture()
    members = Halves(3.0, -2.0), Halves(1.0, 4.0)
    both = explain("grad_cam", Mean(*members), image, TARGET)
    alone = [explain("grad_cam", one, image, TARGET) for one in members]
    np.testing.assert_allclose(both.extra["raw"], np.mean([one.extra["raw"] for one in alone], axis=0))
    np.testing.assert_allclose(both.extra["members"], [one.extra["raw"] / 2 for one in alone])
    assert both.target_score == pytest.approx(np.mean([one.target_score for one in alone]))


def test_batched_maps_equal_single_maps():
    network = untrained(64, gain=1.0)
    images = [disc_image(textured(64, seed)) for seed in range(TORCH_BATCH + 2)]
    steps = [
        TARGET,
        Target("pfirrmann", "4", TargetKind.AT_LEAST),
        Target("modic", "2", TargetKind.VERSUS, "0"),
    ]
    targets = [steps[: number % 4] for number in range(len(images))]
    passes = []

    class Counted:
        id, feature_layout = network.id, network.feature_layout

        def features(self, batch):
            passes.append(len(batch))
            return network.features(batch)

        def head(self, maps):
            return network.head(maps)

    found = grad_cam_all(Counted(), images, targets)
    assert passes == [TORCH_BATCH, TORCH_BATCH]
    assert [len(of_disc) for of_disc in found] == [len(of_disc) for of_disc in targets]
    for image, of_disc, requested in zip(images, found, targets, strict=True):
        for one, target in zip(of_disc, requested, strict=True):
            single = explain("grad_cam", network, image, target)
            np.testing.assert_allclose(one.attribution, single.attribution, atol=1e-5)
            np.testing.assert_allclose(one.extra["raw"], single.extra["raw"], atol=1e-5)
            assert one.target_score == pytest.approx(single.target_score, abs=1e-5)
            assert (one.target, one.level, one.model, one.is_empty) == (
                target,
                "L4/L5",
                network.id,
                single.is_empty,
            )
            assert (one.settings, one.seed, one.backend) == (single.settings, single.seed, single.backend)


def test_empty_batches_give_no_maps_and_invalid_requests_are_refused():
    assert grad_cam_all(Halves(1.0, 2.0), [], []) == ()
    with pytest.raises(ValueError, match="1 discs need as many lists of targets, got 2"):
        grad_cam_all(Halves(1.0, 2.0), [hand_picture()], [[TARGET], [TARGET]])
    with pytest.raises(TypeError, match="Grad-CAM needs a layer with feature maps"):
        grad_cam_all(Linear(np.zeros((2, 4, 4))), [hand_picture()], [[TARGET]])


def test_cancel_takes_effect_between_findings():
    steps = []

    def cancel(done, what=""):
        steps.append(done)
        if len(steps) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        grad_cam_all(Halves(1.0, 2.0), [hand_picture()], [[TARGET] * 5], cancel)
    assert steps == [0.0, 0.0, 0.2]
