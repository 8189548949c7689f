"""The network families that grade: torchvision's, with small maps kept large enough to be explained.

Each last stage keeps the resolution of the one before (stride 1), so that Grad-CAM of the last convolution has 12x12
cells over a 192-pixel crop instead of 6x6. Coarse networks see two thirds of the pixels and have 8x8 cells.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.networks.target import LOGITS

if TYPE_CHECKING:
    import torch
    from torch import Tensor

DROPOUT = 0.3
RESNETS = ("resnet18", "resnet14")

STRIDE = 16
"""Pixels that a network sees per cell of its maps."""

COARSE = 2 / 3
"""Share of the pixels along each side that a coarse network sees: less than half of the work, no worse on fold 1."""

FIRST_CELL = {"densenet121": 6.0, "efficientnet_lite0_coarse": 0.5 / COARSE - 0.5}
"""Pixel that the first cell of the maps is centred on, where it is not 0: poolings of 2 x 2 have no middle pixel, and
the middle of a coarse network's first pixel lies further in."""


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
    if architecture in RESNETS:
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


def with_heads(architecture: str, net: Any, count: int) -> None:
    """Gives ``net`` a new last layer that answers ``count`` times over, (N, count * LOGITS): for training only."""
    last = _linear(width(architecture, net), count * LOGITS)
    if architecture in RESNETS:
        net.fc = last
    else:
        net.classifier = last


def cells(architecture: str, size: int) -> int:
    """Cells along each side of what ``features`` returns for pictures of ``size`` pixels."""
    return -(-(coarse_size(size) if architecture.endswith("_coarse") else size) // STRIDE)


def coarse_size(size: int) -> int:
    """Pixels along each side that a coarse network sees of ``size``: whole cells."""
    return max(round(COARSE * size / STRIDE), 1) * STRIDE


def _last(architecture: str, net: Any) -> torch.nn.Module:
    last: torch.nn.Module = net.fc if architecture in RESNETS else net.classifier
    return last


def _linear(width: int, answers: int = LOGITS) -> torch.nn.Module:
    import torch

    return torch.nn.Sequential(torch.nn.Dropout(DROPOUT), torch.nn.Linear(width, answers))


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
    """EfficientNet-Lite0 with fewer pixels to see: one more step before the first, and no weights more."""
    from collections import OrderedDict

    import torch

    net: Any = _efficientnet_lite(channels)
    net.features = torch.nn.Sequential(OrderedDict([("coarser", _coarser()), *net.features.named_children()]))
    built: torch.nn.Module = net
    return built


def _coarser() -> torch.nn.Module:
    import torch

    class Coarser(torch.nn.Module):
        """Pictures (N, channels, size, size) with ``coarse_size`` pixels along each side, smoothed before they shrink.

        Two products of matrices in place of ``interpolate``, whose smoothing not every engine knows.
        """

        def forward(self, pictures: Tensor) -> Tensor:
            # Made anew for each pass: a tensor kept from inference mode could not be followed by gradients.
            rows = torch.from_numpy(_shrinking(int(pictures.shape[-1]))).to(pictures)
            seen: Tensor = rows @ pictures @ rows.T
            return seen

    return Coarser()


@lru_cache
def _shrinking(size: int) -> npt.NDArray[np.float32]:
    """What takes ``size`` pixels of a line to ``coarse_size``, (coarse, size): bilinear, over all that falls together.

    Worked out without torch, so that a traced network holds the numbers and not how they were found.
    """
    coarse = coarse_size(size)
    step = max(size / coarse, 1.0)
    middles = (np.arange(coarse)[:, None] + 0.5) * size / coarse
    weights = np.clip(1 - np.abs(np.arange(size) + 0.5 - middles) / step, 0, None)
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
"""Architectures by the name that a card gives."""
