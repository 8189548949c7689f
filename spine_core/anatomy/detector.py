"""The disc detector: a network that segments disc, vertebra and canal and detects the discs with their levels.

Output channels: four segmentation logits (``Structure``), a heat map of disc centres for each of ``LEVELS``, a heat map
of all other disc centres (thoracic, or of unknown level), and a heat map of posterior disc edges at the canal.
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
"""Loss weights of background, disc, vertebra and canal: discs are small but most important. They make this network's
segmentation too large, so the segmenter's is used instead."""
CENTERS = slice(SEGMENTS, SEGMENTS + len(LEVELS))
OTHER = SEGMENTS + len(LEVELS)
POSTERIOR = OTHER + 1
OUTPUTS = POSTERIOR + 1
BEST_SPACING = 33.0
"""Inter-disc distance, in input pixels, at which the network is most accurate; the second pass is scaled to it."""
PIXEL_OF_CELL = Affine2(((float(STRIDE), 0.0), (0.0, float(STRIDE))), ((STRIDE - 1) / 2, (STRIDE - 1) / 2))
"""Maps output cells to input pixels: the centre of cell k lies between pixels 2k and 2k + 1."""
MEAN, STD = 0.3, 0.25
LOW, HIGH = 0.5, 99.5


def standardise(
    image: npt.NDArray[np.float32], valid: npt.NDArray[np.bool_] | None = None
) -> npt.NDArray[np.float32]:
    """Standardised intensities of an image (rows, columns). An image of one intensity becomes zeros.

    ``valid``: pixels that set the scale, (rows, columns); None for all.
    """
    known = image if valid is None else image[valid]
    if not known.size:
        return np.zeros_like(image, dtype=np.float32)
    low, high = np.percentile(known, [LOW, HIGH])
    if not np.isfinite(high - low) or high - low <= 0:
        return np.zeros_like(image, dtype=np.float32)
    grey = np.clip((image - low) / (high - low), 0.0, 1.0)
    return np.asarray((grey - MEAN) / STD, dtype=np.float32)


def build(outputs: int = OUTPUTS, stages: int = 4) -> torch.nn.Module:
    """An untrained network: ``stages`` of ResNet-18 and a feature pyramid; the output has half the resolution."""
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
            # Heat maps are nearly empty: the bias starts at a low probability, or the first epochs only reduce 0.5.
            nn.init.constant_(self.head[-1].bias[SEGMENTS:], -4.0)  # type: ignore[index]

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            x = self.stem(images)
            maps = {"0": x}
            x = self.pool(x)
            for index, stage in enumerate(self.stages, start=1):
                x = stage(x)
                maps[str(index)] = x
            out: torch.Tensor = self.head(self.pyramid(maps)["0"])
            return out

    return Pyramid()


def load(path: Path, module: torch.nn.Module, device: str = "cpu") -> tuple[ModelId, torch.nn.Module]:
    """Loads the weights at ``path`` into ``module`` on ``device``, in evaluation mode; also returns their identity.

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
    """The device of the module's weights."""
    return next(module.parameters()).device


@dataclass(frozen=True, eq=False)
class DiscDetector:
    """The trained disc detector, shared by all sessions; it has no hooks and is thread-safe."""

    id: ModelId
    _module: Any

    @classmethod
    def load(cls, path: Path, device: str = "cpu") -> DiscDetector:
        """Reads weights and card; ``device``: of torch. Raises ``WeightsError`` where they are missing or changed."""
        return cls(*load(path, build(), device))

    def __call__(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Probabilities (N, OUTPUTS, SIZE/STRIDE, SIZE/STRIDE) for standardised images (N, SIZE, SIZE)."""
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32))[:, None]
            raw = self._module(batch.to(device_of(self._module), memory_format=torch.channels_last)).cpu()
            out = torch.cat([torch.softmax(raw[:, :SEGMENTS], 1), torch.sigmoid(raw[:, SEGMENTS:])], 1)
        return out.numpy()
