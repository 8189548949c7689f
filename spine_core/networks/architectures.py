"""Architectures of the grading networks: torchvision's, with feature maps that are fine enough for Grad-CAM.

Each last stage keeps the resolution of the one before (stride 1), so that Grad-CAM of the last convolution has 12x12
cells over a 192-pixel crop instead of 6x6. Coarse networks resample their input to two thirds of the side and have
8x8 cells.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.networks.outputs import LOGITS

if TYPE_CHECKING:
    import torch
    from torch import Tensor

DROPOUT = 0.3
RESNETS = ("resnet18", "resnet14")

STRIDE = 16
"""Input pixels per cell of the feature maps, along each side."""

COARSE = 2 / 3
"""Side of a coarse network's resampled input as a fraction of the input's side. It needs less than half of the
operations, and its validation results on fold 1 are no worse."""

FIRST_CELL = {"densenet121": 6.0, "efficientnet_lite0_coarse": 0.5 / COARSE - 0.5}
"""Input pixel on which the first cell of the feature maps is centred; 0 for architectures that are not listed.

A 2 x 2 pooling has no middle pixel, and the centre of a resampled network's first pixel lies further in."""


def build(architecture: str, channels: int) -> torch.nn.Module:
    """An untrained network with ``channels`` inputs and ``LOGITS`` outputs. Raises ``ValueError`` for unknown names."""
    make = BUILDERS.get(architecture)
    if make is None:
        msg = f"unknown architecture {architecture!r}; known: {', '.join(BUILDERS)}"
        raise ValueError(msg)
    return make(channels)


def features(architecture: str, net: Any, images: Tensor) -> Tensor:
    """Feature maps of the last convolution for ``images`` (N, channels, size, size): (N, C, h, w), never negative."""
    maps: Tensor
    if architecture in RESNETS:
        x = net.maxpool(net.relu(net.bn1(net.conv1(images))))
        maps = net.layer4(net.layer3(net.layer2(net.layer1(x))))
    else:
        maps = net.features(images)
    # DenseNet's last normalisation leaves the rectifier to the head; the others' maps are rectified already.
    return maps.relu() if architecture == "densenet121" else maps


def head(architecture: str, net: Any, maps: Tensor) -> Tensor:
    """Raw logits (N, LOGITS) from the maps that ``features`` returned: their mean over space, then one linear layer."""
    raw: Tensor = _last(architecture, net)(maps.mean(dim=(2, 3)))
    return raw


def width(architecture: str, net: Any) -> int:
    """Number of maps that ``features`` returns, which is the input size of the last linear layer."""
    import torch

    linear = [part for part in _last(architecture, net).modules() if isinstance(part, torch.nn.Linear)]
    return linear[-1].in_features


def with_heads(architecture: str, net: Any, count: int) -> None:
    """Replaces the last layer of ``net`` by one with ``count`` heads, output (N, count * LOGITS). For training only."""
    last = _linear(width(architecture, net), count * LOGITS)
    if architecture in RESNETS:
        net.fc = last
    else:
        net.classifier = last


def cells(architecture: str, size: int) -> int:
    """Cells along each side of what ``features`` returns for images of ``size`` pixels."""
    return -(-(coarse_size(size) if architecture.endswith("_coarse") else size) // STRIDE)


def coarse_size(size: int) -> int:
    """Side in pixels to which a coarse network resamples an input of side ``size``: a multiple of ``STRIDE``."""
    return max(round(COARSE * size / STRIDE), 1) * STRIDE


def _last(architecture: str, net: Any) -> torch.nn.Module:
    last: torch.nn.Module = net.fc if architecture in RESNETS else net.classifier
    return last


def _linear(width: int, outputs: int = LOGITS) -> torch.nn.Module:
    import torch

    return torch.nn.Sequential(torch.nn.Dropout(DROPOUT), torch.nn.Linear(width, outputs))


def _resnet18(channels: int) -> torch.nn.Module:
    import torch
    from torchvision import models

    net = models.resnet18(weights=None)
    net.conv1 = torch.nn.Conv2d(channels, 64, 7, 2, 3, bias=False)
    first = net.layer4[0]
    first.conv1.stride = (1, 1)
    first.downsample[0].stride = (1, 1)
    net.fc = _linear(net.fc.in_features)
    built: torch.nn.Module = net
    return built


def _resnet14(channels: int) -> torch.nn.Module:
    """ResNet-18 without its last stage, which at stride 1 costs as much as all before it."""
    import torch

    net: Any = _resnet18(channels)
    net.fc = _linear(net.layer4[0].conv1.in_channels)
    net.layer4 = torch.nn.Identity()
    built: torch.nn.Module = net
    return built


def _densenet121(channels: int) -> torch.nn.Module:
    import torch
    from torchvision import models

    net = models.densenet121(weights=None)
    net.features.conv0 = torch.nn.Conv2d(channels, 64, 7, 2, 3, bias=False)
    net.features.transition3.pool = torch.nn.Identity()
    net.classifier = _linear(net.classifier.in_features)
    built: torch.nn.Module = net
    return built


LITE = (
    (1, 3, 1, 32, 16, 1),
    (6, 3, 2, 16, 24, 2),
    (6, 5, 2, 24, 40, 2),
    (6, 3, 2, 40, 80, 3),
    (6, 5, 1, 80, 112, 3),
    (6, 5, 1, 112, 192, 4),  # stride 2 in the paper's network
    (6, 3, 1, 192, 320, 1),
)
"""Expansion, kernel, stride, channels in and out, and blocks of every stage of EfficientNet-Lite0."""


def _efficientnet_lite(channels: int, wider: float = 1.0, deeper: float = 1.0) -> torch.nn.Module:
    """EfficientNet without squeeze-and-excitation and with ReLU6 (the TPU project's EfficientNet-Lite).

    ``wider``, ``deeper``: channels and blocks over those of Lite0. Stem, first and last stage keep their blocks.
    """
    import torch
    from torchvision.models.efficientnet import EfficientNet, MBConv, MBConvConfig

    block = partial(MBConv, se_layer=_no_squeeze)
    ends = (LITE[0], LITE[-1])
    stages = [
        MBConvConfig(*stage, width_mult=wider, depth_mult=1.0 if stage in ends else deeper, block=block)
        for stage in LITE
    ]
    net: Any = EfficientNet(
        stages,
        dropout=DROPOUT,
        stochastic_depth_prob=0.1,
        num_classes=LOGITS,
        norm_layer=partial(torch.nn.BatchNorm2d, eps=1e-3, momentum=0.01),
        last_channel=1280,
    )
    net.features[0][0] = torch.nn.Conv2d(channels, 32, 3, 2, 1, bias=False)
    _replace(net, torch.nn.SiLU, lambda: torch.nn.ReLU6(inplace=True))
    built: torch.nn.Module = net
    return built


def _efficientnet_lite_coarse(channels: int) -> torch.nn.Module:
    """EfficientNet-Lite0 that first resamples its input to fewer pixels; it has no further weights."""
    from collections import OrderedDict

    import torch

    net: Any = _efficientnet_lite(channels)
    net.features = torch.nn.Sequential(OrderedDict([("coarser", _coarser()), *net.features.named_children()]))
    built: torch.nn.Module = net
    return built


def _coarser() -> torch.nn.Module:
    import torch

    class Coarser(torch.nn.Module):
        """Resamples images (N, channels, size, size) to ``coarse_size`` pixels along each side, with anti-aliasing.

        Two matrix products replace ``interpolate``, whose anti-aliasing some backends lack.
        """

        def forward(self, images: Tensor) -> Tensor:
            # Made for each pass: autograd cannot use a tensor that was created in inference mode.
            rows = torch.from_numpy(_resampling_matrix(int(images.shape[-1]))).to(images)
            resampled: Tensor = rows @ images @ rows.T
            return resampled

    return Coarser()


@lru_cache
def _resampling_matrix(size: int) -> npt.NDArray[np.float32]:
    """The matrix (coarse, size) that resamples a line of ``size`` pixels to ``coarse_size``: bilinear, anti-aliased.

    Computed with numpy, so that a traced network holds the matrix as a constant.
    """
    coarse = coarse_size(size)
    step = max(size / coarse, 1.0)
    centres = (np.arange(coarse)[:, None] + 0.5) * size / coarse
    weights = np.clip(1 - np.abs(np.arange(size) + 0.5 - centres) / step, 0, None)
    return np.asarray(weights / weights.sum(1, keepdims=True), dtype=np.float32)


def _no_squeeze(*_: object, **__: object) -> torch.nn.Module:
    import torch

    return torch.nn.Identity()


def _replace(net: torch.nn.Module, old: type, new: Callable[[], torch.nn.Module]) -> None:
    for name, child in net.named_children():
        if isinstance(child, old):
            setattr(net, name, new())
        else:
            _replace(child, old, new)


BUILDERS: dict[str, Callable[[int], torch.nn.Module]] = {
    "resnet18": _resnet18,
    "resnet14": _resnet14,
    "densenet121": _densenet121,
    "efficientnet_lite0": _efficientnet_lite,
    "efficientnet_lite0_coarse": _efficientnet_lite_coarse,
    "efficientnet_lite1": partial(_efficientnet_lite, deeper=1.1),
    "efficientnet_lite2": partial(_efficientnet_lite, wider=1.1, deeper=1.2),
}
"""Functions that build an architecture, by its name in the model card. Each takes the number of input channels."""
