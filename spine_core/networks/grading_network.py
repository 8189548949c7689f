"""Grading networks: weights, the preprocessing they were trained with, and the calibration of their answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.networks.architectures import FIRST_CELL, build, cells, features, head, width
from spine_core.networks.target import LOGITS, Target
from spine_core.weights import ModelId, load_card

if TYPE_CHECKING:
    import torch
    from torch import Tensor

BACKEND_BATCH = 8
"""Images per pass of a fast backend (``networks.backend``), 50 ms on two cores."""

TORCH_BATCH = 4
"""Pictures per forward pass of torch. Fixed, because the batch size alone changes torch's output by about 3e-6; small,
so that a cancel between two passes is felt within 300 ms: all networks that ship take 180 ms on two cores, and no less
for a picture in a pass of eight."""

TORCH = "torch float32"
"""The backend of every network that was not given another (``networks.backend``)."""


@dataclass(frozen=True)
class Preprocessing:
    """How a crop becomes the network's input; stored with the weights, since the network knows no other.

    ``size``: side of the input in pixels. ``width``: side of the crop in disc distances.
    ``shift``: how far the crop is moved from the disc's centre towards the canal, in disc distances.
    ``channels``: weighting of each input channel, in order.
    ``low``, ``high``: percentiles of the crop that become 0 and 1 before ``mean`` and ``std`` are applied.
    """

    size: int = 192
    width: float = 2.2
    shift: float = 0.22
    channels: tuple[str, ...] = ("t2", "t1")
    low: float = 1.0
    high: float = 99.5
    mean: float = 0.35
    std: float = 0.25

    def standardise(
        self, crop: npt.NDArray[np.float32], valid: npt.NDArray[np.bool_] | None = None
    ) -> npt.NDArray[np.float32]:
        """Grey values of one crop (size, size) as the network wants them. A flat crop becomes zeros.

        ``valid``: pixels that have a grey value, None where all have; only they set the scale.
        """
        known = crop if valid is None else crop[valid]
        if not known.size:
            return np.zeros_like(crop, dtype=np.float32)
        low, high = np.percentile(known, [self.low, self.high])
        if not np.isfinite(high - low) or high - low <= 0:
            return np.zeros_like(crop, dtype=np.float32)
        grey = np.clip((crop - low) / (high - low), 0.0, 1.2)
        return np.asarray((grey - self.mean) / self.std, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class EnsembleOutput:
    """What a network predicts for N crops.

    ``logits``: calibrated, (N, LOGITS). ``member_logits``: the same by each member's name, empty for a single network.
    ``embedding``: mean over space of the last feature maps, (N, C).
    """

    logits: npt.NDArray[np.float32]
    member_logits: Mapping[str, npt.NDArray[np.float32]]
    embedding: npt.NDArray[np.float32]


class Network(ABC):
    """What answers about discs: one trained network, or several as one. Safe from many threads.

    ``preprocessing``: how its images must be made. ``id``: which weights predict. ``backend``: what computes its
    scores. ``batch_size``: images per pass of that backend; a caller that evaluates no more at once can be cancelled in
    between. ``device``: of torch, where the weights are; images and logits are on the CPU, maps on the device.
    """

    preprocessing: Preprocessing
    id: ModelId
    backend: str = TORCH
    batch_size: int = TORCH_BATCH
    device: str = "cpu"

    @property
    @abstractmethod
    def feature_layout(self) -> tuple[tuple[int, float], ...]:
        """Of every network whose maps lie side by side: how many, and the pixel that their first cell is centred on."""

    @abstractmethod
    def features(self, pictures: Tensor) -> Tensor:
        """Maps of the last convolution for (N, channels, size, size): (N, C, h, w)."""

    @abstractmethod
    def head(self, maps: Tensor) -> Tensor:
        """Calibrated logits (N, LOGITS) from the maps that ``features`` returned."""

    def logits(self, pictures: Tensor) -> Tensor:
        """Calibrated logits, shape (N, LOGITS), differentiable."""
        return self.head(self.features(pictures))

    def predict(self, pictures: npt.NDArray[np.float32]) -> EnsembleOutput:
        """What is said about pictures (N, channels, size, size), in padded batches of ``TORCH_BATCH``."""
        import torch

        answers = np.empty((len(pictures), LOGITS), dtype=np.float32)
        pooled: list[npt.NDArray[np.float32]] = []
        with torch.inference_mode():
            for part, batch in batches(pictures, TORCH_BATCH):
                maps = self.features(torch.from_numpy(batch).to(memory_format=torch.channels_last))
                count = len(answers[part])
                answers[part] = self.head(maps)[:count].numpy()
                pooled.append(maps.mean(dim=(2, 3))[:count].cpu().numpy())
        return EnsembleOutput(
            answers, {}, np.concatenate(pooled) if pooled else np.empty((0, 0), dtype=np.float32)
        )

    def predict_logits(self, pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Calibrated logits (N, LOGITS) for pictures (N, channels, size, size)."""
        return self.predict(pictures).logits

    def score(self, pictures: npt.NDArray[np.float32], target: Target) -> npt.NDArray[np.float64]:
        """Log-odds of ``target`` for pictures (N, channels, size, size): shape (N,)."""
        import torch

        return target.log_odds(torch.from_numpy(self.predict_logits(pictures))).numpy().astype(np.float64)


def batches(pictures: npt.NDArray[np.float32], size: int) -> Iterator[tuple[slice, npt.NDArray[np.float32]]]:
    """Pictures (N, ...) as batches (size, ...), the last one padded with zeros, each with its place among the N."""
    for start in range(0, len(pictures), size):
        part = pictures[start : start + size]
        batch = np.zeros((size, *part.shape[1:]), dtype=np.float32)
        batch[: len(part)] = part
        yield slice(start, start + size), batch


class GradingNetwork(Network):
    """One trained network, shared by all sessions. Never trained, never hooked."""

    def __init__(
        self,
        module: torch.nn.Module,
        contract: Preprocessing,
        model: ModelId,
        calibration: Tensor,
        architecture: str = "resnet18",
        device: str = "cpu",
    ) -> None:
        import torch

        self.preprocessing = contract
        self.id = model
        self.architecture = architecture
        frozen = module.eval().requires_grad_(requires_grad=False)
        # A fifth faster on the processor; numbers stay within rounding.
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

        # Cards of before the key was renamed are read too.
        stored = card["preprocessing"] if "preprocessing" in card else card["contract"]
        contract = Preprocessing(**{**stored, "channels": tuple(stored["channels"])})
        module = build(card["architecture"], len(contract.channels))
        module.load_state_dict({name: value.float() for name, value in load_file(path).items()})
        return cls(
            module,
            contract,
            ModelId(card["name"], card["version"], card["sha256"]),
            torch.tensor(card["calibration"], dtype=torch.float32),
            card["architecture"],
            device,
        )

    @property
    def module(self) -> torch.nn.Module:
        """The torch module before calibration, in evaluation mode. Do not put hooks on it: others share it."""
        return self._module

    @property
    def feature_layout(self) -> tuple[tuple[int, float], ...]:
        """How many maps there are, and the pixel that their first cell is centred on."""
        return ((width(self.architecture, self._module), FIRST_CELL.get(self.architecture, 0.0)),)

    @property
    def cells(self) -> int:
        """Cells along each side of its maps."""
        return cells(self.architecture, self.preprocessing.size)

    def features(self, pictures: Tensor) -> Tensor:
        """Maps of the last convolution for (N, channels, size, size): (N, C, h, w)."""
        return features(self.architecture, self._module, pictures.to(self.device))

    def head(self, maps: Tensor) -> Tensor:
        """Calibrated logits (N, LOGITS) from the maps that ``features`` returned."""
        raw = head(self.architecture, self._module, maps).cpu()
        calibrated: Tensor = raw * self._calibration[0] + self._calibration[1]
        return calibrated
