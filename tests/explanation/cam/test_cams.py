"""The other CAM methods, compared with pytorch-grad-cam and with values worked out by hand."""

import numpy as np
import pytest
import torch

from spine_core.explanation.registry import explain
from spine_core.networks.target import Target, TargetKind
from tests.explanation.toys import COLUMN, TARGET, Halves, disc_image, textured, untrained

TARGETS = (
    TARGET,
    Target("pfirrmann", "4", TargetKind.AT_LEAST),
    Target("modic", "2", TargetKind.VERSUS, "0"),
)


@pytest.fixture(scope="module")
def network():
    return untrained(64)


@pytest.fixture(scope="module")
def image():
    return disc_image(textured(64))


def package_map(kind, network, image, target):
    """The raw map of a pytorch-grad-cam class. It runs on the network itself; its hooks are removed afterwards."""

    class Whole(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = network.module

        def forward(self, images):
            return self.inner(images) * network._calibration[0] + network._calibration[1]

    whole, inputs = Whole(), torch.from_numpy(image.pixels[None])
    layer = whole.inner.layer4

    def target_output(output):
        return target.log_odds(output[None]).sum()

    with kind(whole, [layer]) as cam:
        output = cam.activations_and_grads(inputs.clone().requires_grad_())
        target.log_odds(output).sum().backward()
        maps = cam.activations_and_grads.activations[-1].detach().numpy()
        slopes = cam.activations_and_grads.gradients[-1].numpy()
        return cam.get_cam_image(inputs, layer, [target_output], maps, slopes, eigen_smooth=False)[0]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.condition)
@pytest.mark.parametrize("method", ["hires_cam", "grad_cam_plus_plus"])
def test_raw_map_equals_pytorch_grad_cam(network, image, method, target):
    import pytorch_grad_cam

    kind = {"hires_cam": "HiResCAM", "grad_cam_plus_plus": "GradCAMPlusPlus"}[method]
    theirs = package_map(getattr(pytorch_grad_cam, kind), network, image, target)
    np.testing.assert_allclose(
        explain(method, network, image, target).extra["raw"], theirs, atol=1e-4, rtol=1e-4
    )


def test_eigen_cam_equals_pytorch_grad_cam_but_for_the_sign(network, image):
    from pytorch_grad_cam.utils.svd_on_activations import get_2d_projection

    maps = network.features(torch.from_numpy(image.pixels[None])).numpy()
    (theirs,) = get_2d_projection(maps)
    ours = explain("eigen_cam", network, image, TARGET).extra["raw"]
    np.testing.assert_allclose(ours * np.sign(np.vdot(ours, theirs)), theirs, atol=1e-4, rtol=1e-4)
    assert np.vdot(ours, maps[0].sum(axis=0)) > 0


def test_eigen_cam_does_not_depend_on_the_target(network, image):
    maps = {explain("eigen_cam", network, image, target).attribution.tobytes() for target in TARGETS}
    assert len(maps) == 1


def test_hires_cam_is_grad_cam_where_the_head_is_a_mean(network, image):
    ours, grad = (explain(name, network, image, TARGET).extra["raw"] for name in ("hires_cam", "grad_cam"))
    np.testing.assert_allclose(ours, grad, atol=1e-5)


def test_hires_cam_differs_from_grad_cam_without_average_pooling():
    class Corner(Halves):
        """Its score depends on one cell of the first map only."""

        def head(self, features):
            logits = torch.zeros(len(features), 20)
            logits[:, COLUMN] = features[:, 0, 0, 0]
            return logits

    pixels = np.zeros((2, 4, 4), np.float32)
    pixels[0] = 2.0
    hires, grad = (
        explain(name, Corner(1, 1), disc_image(pixels), TARGET).extra["raw"]
        for name in ("hires_cam", "grad_cam")
    )
    assert hires[0, 0] == 2.0
    assert np.count_nonzero(hires) == 1
    np.testing.assert_allclose(grad, 2 / 16)


def test_ablation_weights_each_map_by_the_fall_without_it():
    # logit = 3 mean(first) - 2 mean(second): without the first map it falls by 0.75, without the second it rises by 1
    pixels = np.zeros((2, 4, 4), np.float32)
    pixels[0, 0, 0], pixels[1, 3, 3] = 4.0, 8.0
    raw = explain("ablation_cam", Halves(3.0, -2.0), disc_image(pixels), TARGET).extra["raw"]
    expected = np.zeros((4, 4))
    expected[0, 0], expected[3, 3] = 4.0 * 0.75, 8.0 * -1.0
    np.testing.assert_allclose(raw, expected, atol=1e-6)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.condition)
def test_ablation_falls_are_those_of_the_network(network, image, target):
    raw = explain("ablation_cam", network, image, target).extra["raw"]
    with torch.no_grad():
        maps = network.features(torch.from_numpy(image.pixels[None]))
        score, expected = target.log_odds(network.head(maps)), torch.zeros(maps.shape[2:])
        for number in range(maps.shape[1]):
            without = maps.clone()
            without[:, number] = 0
            expected += (score - target.log_odds(network.head(without))) * maps[0, number]
    # The score drops are small differences of large scores, in single precision.
    np.testing.assert_allclose(raw, expected, atol=2e-4 * float(expected.abs().max()))


def test_random_cam_does_not_depend_on_the_score(network, image):
    maps = {explain("random_cam", network, image, target, 4).attribution.tobytes() for target in TARGETS}
    assert len(maps) == 1
