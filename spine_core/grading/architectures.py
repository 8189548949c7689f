"""The network families that grade: torchvision's, with small maps kept large enough to be explained.

Each last stage keeps the resolution of the one before (stride 1), so that Grad-CAM of the last convolution has 12x12
cells over a 192-pixel crop instead of 6x6.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from spine_core.grading.target import LOGITS

if TYPE_CHECKING:
    import torch
    from torch import Tensor

DROPOUT = 0.3

FIRST_CELL = {"densenet121": 6.0}
"""Pixel that the first cell of the maps is centred on, where it is not 0: poolings of 2 x 2 have no middle pixel."""


def build(architecture: str, channels: int) -> torch.nn.Module:
    """An untrained network with ``channels`` inputs and ``LOGITS`` outputs. Raises ``ValueError`` for unknown names."""
    make = BUILDERS.get(architecture)
    if make is None:
        msg = f"unknown architecture {architecture!r}; known: {', '.join(BUILDERS)}"
        raise ValueError(msg)
    return make(channels)


def features(architecture: str, net: Any, pictures: Tensor) -> Tensor:
    """Maps of the last convolution of ``net`` for (N, channels, size, size): (N, C, h, w), never negative."""
    maps: Tensor
    if architecture == "resnet18":
        x = net.maxpool(net.relu(net.bn1(net.conv1(pictures))))
        maps = net.layer4(net.layer3(net.layer2(net.layer1(x))))
    else:
        maps = net.features(pictures)
    # DenseNet's last normalisation leaves the rectifier to the head; the others' maps are rectified already.
    return maps.relu() if architecture == "densenet121" else maps


def head(architecture: str, net: Any, maps: Tensor) -> Tensor:
    """Raw logits (N, LOGITS) from the maps that ``features`` returned: their mean over space, then one linear layer."""
    raw: Tensor = _last(architecture, net)(maps.mean(dim=(2, 3)))
    return raw


def width(architecture: str, net: Any) -> int:
    """Number of maps that ``features`` returns: what the last linear layer takes in."""
    import torch

    linear = [part for part in _last(architecture, net).modules() if isinstance(part, torch.nn.Linear)]
    return linear[-1].in_features


def _last(architecture: str, net: Any) -> torch.nn.Module:
    last: torch.nn.Module = net.fc if architecture == "resnet18" else net.classifier
    return last


def _linear(width: int) -> torch.nn.Module:
    import torch

    return torch.nn.Sequential(torch.nn.Dropout(DROPOUT), torch.nn.Linear(width, LOGITS))


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
    "densenet121": _densenet121,
    "efficientnet_lite0": _efficientnet_lite,
    "efficientnet_lite1": partial(_efficientnet_lite, deeper=1.1),
    "efficientnet_lite2": partial(_efficientnet_lite, wider=1.1, deeper=1.2),
}
"""Architectures by the name that a card gives."""
