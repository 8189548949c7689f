"""The released grading networks: weights with a card, the preprocessing they were trained with, and a calibration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from spine_core.networks.architectures import FIRST_CELL, build, cells, features, head, width
from spine_core.networks.network import FeatureHead, Network
from spine_core.networks.preprocessing import Preprocessing
from spine_core.weights import ModelId, load_card

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class GradingNetwork(Network):
    """One trained network, shared by all sessions; it is never trained and has no hooks."""

    has_feature_maps = True

    def __init__(
        self,
        module: torch.nn.Module,
        preprocessing: Preprocessing,
        model: ModelId,
        calibration: Tensor,
        architecture: str = "resnet18",
        device: str = "cpu",
    ) -> None:
        import torch

        self.preprocessing = preprocessing
        self.id = model
        self.architecture = architecture
        frozen = module.eval().requires_grad_(requires_grad=False)
        # A fifth faster on the CPU; the outputs agree within rounding.
        self._module = frozen.to(memory_format=torch.channels_last).to(device)
        self._calibration = calibration
        self.device = device

    @classmethod
    def load(cls, path: Path, device: str = "cpu") -> GradingNetwork:
        """Reads ``path`` (safetensors) and its card (same name, ``.json``). ``device``: of torch, such as "cuda".

        Raises ``WeightsError`` where a file is missing or its SHA-256 is not the card's.
        """
        card = load_card(path)
        import torch
        from safetensors.torch import load_file

        # Older cards call the key "contract".
        stored = card["preprocessing"] if "preprocessing" in card else card["contract"]
        preprocessing = Preprocessing(**{**stored, "channels": tuple(stored["channels"])})
        module = build(card["architecture"], len(preprocessing.channels))
        module.load_state_dict({name: value.float() for name, value in load_file(path).items()})
        return cls(
            module,
            preprocessing,
            ModelId(card["name"], card["version"], card["sha256"]),
            torch.tensor(card["calibration"], dtype=torch.float32),
            card["architecture"],
            device,
        )

    def feature_head(self, images: Tensor) -> FeatureHead:
        """The network itself: its head needs nothing but the feature maps."""
        return self

    def logits(self, images: Tensor) -> Tensor:
        """Calibrated logits (N, LOGITS) for images (N, channels, size, size), differentiable."""
        return self.head(self.features(images))

    def embed(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Calibrated logits (N, LOGITS), and the mean over space of the feature maps (N, C)."""
        maps = self.features(images)
        return self.head(maps), maps.mean(dim=(2, 3))

    @property
    def module(self) -> torch.nn.Module:
        """The torch module before calibration, in evaluation mode. Do not put hooks on it: others share it."""
        return self._module

    @property
    def feature_layout(self) -> tuple[tuple[int, float], ...]:
        """The number of feature maps and the input pixel on which their first cell is centred."""
        return ((width(self.architecture, self._module), FIRST_CELL.get(self.architecture, 0.0)),)

    @property
    def cells(self) -> int:
        """Cells along each side of the feature maps."""
        return cells(self.architecture, self.preprocessing.size)

    def features(self, images: Tensor) -> Tensor:
        """Feature maps of the last convolution for images (N, channels, size, size): (N, C, h, w)."""
        return features(self.architecture, self._module, images.to(self.device))

    def head(self, maps: Tensor) -> Tensor:
        """Calibrated logits (N, LOGITS) from the maps that ``features`` returned."""
        raw = head(self.architecture, self._module, maps).cpu()
        calibrated: Tensor = raw * self._calibration[0] + self._calibration[1]
        return calibrated
