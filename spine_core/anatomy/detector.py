"""The localiser: one network that outlines disc, vertebra and canal and finds the discs with their levels.

Output channels: four segmentation logits (``Structure``), one heat map of disc centres per level of ``LEVELS``,
one of the centres of all other discs (thoracic, or of unknown level), one of the posterior disc edge at the canal.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS, Structure
from spine_core.study.geometry import Affine2
from spine_core.weights import ModelId, load_card

if TYPE_CHECKING:
    import torch

SIZE = 256
"""Side of the network's input in pixels."""
STRIDE = 2
"""Input pixels per cell of the output."""
SEGMENTS = len(Structure)
SEGMENT_WEIGHTS = (0.5, 2.0, 1.0, 1.5)
"""Of background, disc, vertebra and canal in the loss: discs are small and what this is about. Shares of a pixel come
out too large by these; outlines are drawn by the outliner, whose do not."""
CENTERS = slice(SEGMENTS, SEGMENTS + len(LEVELS))
OTHER = SEGMENTS + len(LEVELS)
POSTERIOR = OTHER + 1
OUTPUTS = POSTERIOR + 1
BEST_SPACING = 33.0
"""Disc distance, in input pixels, at which the network sees best; the second look is scaled to it."""
PIXEL_OF_CELL = Affine2(((float(STRIDE), 0.0), (0.0, float(STRIDE))), ((STRIDE - 1) / 2, (STRIDE - 1) / 2))
"""Cell k of the output covers input pixels 2k and 2k + 1: its centre lies between them."""
MEAN, STD = 0.3, 0.25
LOW, HIGH = 0.5, 99.5


def standardise(
    picture: npt.NDArray[np.float32], valid: npt.NDArray[np.bool_] | None = None
) -> npt.NDArray[np.float32]:
    """Grey values of a picture as the localiser wants them; a flat picture becomes zeros.

    ``valid``: pixels that have a grey value, None where all have; only they set the scale.
    """
    known = picture if valid is None else picture[valid]
    if not known.size:
        return np.zeros_like(picture, dtype=np.float32)
    low, high = np.percentile(known, [LOW, HIGH])
    if not np.isfinite(high - low) or high - low <= 0:
        return np.zeros_like(picture, dtype=np.float32)
    grey = np.clip((picture - low) / (high - low), 0.0, 1.0)
    return np.asarray((grey - MEAN) / STD, dtype=np.float32)


def build(outputs: int = OUTPUTS, stages: int = 4) -> torch.nn.Module:
    """An untrained network: ``stages`` of ResNet-18 and a feature pyramid down to half the input's resolution."""
    from torch import nn
    from torchvision.models import resnet18
    from torchvision.ops import FeaturePyramidNetwork

    class Pyramid(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            trunk = resnet18(weights=None)
            trunk.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
            self.stem = nn.Sequential(trunk.conv1, trunk.bn1, trunk.relu)
            self.pool = trunk.maxpool
            every = [trunk.layer1, trunk.layer2, trunk.layer3, trunk.layer4]
            self.stages = nn.ModuleList(every[:stages])
            self.pyramid = FeaturePyramidNetwork([64, 64, 128, 256, 512][: stages + 1], 64)
            self.head = nn.Sequential(
                nn.Conv2d(64, 64, 3, padding=1, bias=False),
                nn.BatchNorm2d(64),
                nn.ReLU(inplace=True),
                nn.Conv2d(64, outputs, 1),
            )
            # Heat maps are nearly empty: start near "nothing here", or the first epochs only unlearn 0.5.
            nn.init.constant_(self.head[-1].bias[SEGMENTS:], -4.0)  # type: ignore[index]

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            x = self.stem(pictures)
            maps = {"0": x}
            x = self.pool(x)
            for index, stage in enumerate(self.stages, start=1):
                x = stage(x)
                maps[str(index)] = x
            out: torch.Tensor = self.head(self.pyramid(maps)["0"])
            return out

    return Pyramid()


def load(path: Path, module: torch.nn.Module, device: str = "cpu") -> tuple[ModelId, torch.nn.Module]:
    """The identity of the weights at ``path``, and ``module`` with them on ``device``, in evaluation mode.

    Raises ``WeightsError`` where weights or card are missing or changed.
    """
    card = load_card(path)
    import torch
    from safetensors.torch import load_file

    module.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    module = module.eval().requires_grad_(requires_grad=False).to(memory_format=torch.channels_last)
    module = module.to(device)
    return ModelId(card["name"], card["version"], card["sha256"]), module


def device_of(module: torch.nn.Module) -> torch.device:
    """Where the module's weights are."""
    return next(module.parameters()).device


@dataclass(frozen=True, eq=False)
class DiscDetector:
    """The trained network that detects discs, shared by all sessions; never hooked, safe from many threads."""

    id: ModelId
    _module: Any

    @classmethod
    def load(cls, path: Path, device: str = "cpu") -> DiscDetector:
        """Reads weights and card; ``device``: of torch. Raises ``WeightsError`` where they are missing or changed."""
        return cls(*load(path, build(), device))

    def __call__(self, pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Probabilities (N, OUTPUTS, SIZE/STRIDE, SIZE/STRIDE) for standardised pictures (N, SIZE, SIZE)."""
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(np.ascontiguousarray(pictures, dtype=np.float32))[:, None]
            raw = self._module(batch.to(device_of(self._module), memory_format=torch.channels_last)).cpu()
            out = torch.cat([torch.softmax(raw[:, :SEGMENTS], 1), torch.sigmoid(raw[:, SEGMENTS:])], 1)
        return out.numpy()
