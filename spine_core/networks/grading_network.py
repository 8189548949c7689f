"""Grading networks: weights, the preprocessing they were trained with, and the calibration of their logits."""

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
"""Images per forward pass of torch. Fixed, because the batch size alone changes torch's output by about 3e-6. Small, so
that a cancel takes effect within 300 ms: a pass of all released networks takes 180 ms on two cores, and larger batches
are no faster per image."""

TORCH = "torch float32"
"""The backend of every network that was not given another (``networks.backend``)."""


@dataclass(frozen=True)
class Preprocessing:
    """How a disc's crop becomes the network's input. Stored with the weights.

    ``size``: side of the input in pixels. ``width``: side of the crop in inter-disc distances.
    ``shift``: how far the crop is moved from the disc's centre towards the canal, in inter-disc distances.
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
        """Standardised intensities of one crop (size, size). A crop of one intensity becomes zeros.

        ``valid``: pixels that set the scale, (size, size); None for all.
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
    """A grading network: one trained network, or an ensemble. Thread-safe.

    ``preprocessing``: how its input images are made. ``id``: name, version and hash of the weights. ``backend``: what
    computes its scores. ``batch_size``: images per pass of that backend; a caller that evaluates one batch at a time
    can be cancelled in between. ``device``: torch's device of the weights and feature maps; images and logits are on
    the CPU.
    """

    preprocessing: Preprocessing
    id: ModelId
    backend: str = TORCH
    batch_size: int = TORCH_BATCH
    device: str = "cpu"

    @property
    @abstractmethod
    def feature_layout(self) -> tuple[tuple[int, float], ...]:
        """For each member, the number of its feature maps and the input pixel on which their first cell is centred."""

    @abstractmethod
    def features(self, images: Tensor) -> Tensor:
        """Feature maps of the last convolution for images (N, channels, size, size): (N, C, h, w)."""

    @abstractmethod
    def head(self, maps: Tensor) -> Tensor:
        """Calibrated logits (N, LOGITS) from the maps that ``features`` returned."""

    def logits(self, images: Tensor) -> Tensor:
        """Calibrated logits (N, LOGITS) for images (N, channels, size, size), differentiable."""
        return self.head(self.features(images))

    def predict(self, images: npt.NDArray[np.float32]) -> EnsembleOutput:
        """Logits and embeddings for images (N, channels, size, size), in padded batches of ``TORCH_BATCH``."""
        import torch

        logits = np.empty((len(images), LOGITS), dtype=np.float32)
        pooled: list[npt.NDArray[np.float32]] = []
        with torch.inference_mode():
            for part, batch in batches(images, TORCH_BATCH):
                maps = self.features(torch.from_numpy(batch).to(memory_format=torch.channels_last))
                count = len(logits[part])
                logits[part] = self.head(maps)[:count].numpy()
                pooled.append(maps.mean(dim=(2, 3))[:count].cpu().numpy())
        return EnsembleOutput(
            logits, {}, np.concatenate(pooled) if pooled else np.empty((0, 0), dtype=np.float32)
        )

    def predict_logits(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Calibrated logits (N, LOGITS) for images (N, channels, size, size)."""
        return self.predict(images).logits

    def score(self, images: npt.NDArray[np.float32], target: Target) -> npt.NDArray[np.float64]:
        """Log-odds of ``target`` for images (N, channels, size, size): shape (N,)."""
        import torch

        return target.log_odds(torch.from_numpy(self.predict_logits(images))).numpy().astype(np.float64)


def batches(images: npt.NDArray[np.float32], size: int) -> Iterator[tuple[slice, npt.NDArray[np.float32]]]:
    """Batches (size, ...) of images (N, ...), each with its slice of the N. The last batch is padded with zeros."""
    for start in range(0, len(images), size):
        part = images[start : start + size]
        batch = np.zeros((size, *part.shape[1:]), dtype=np.float32)
        batch[: len(part)] = part
        yield slice(start, start + size), batch


class GradingNetwork(Network):
    """One trained network, shared by all sessions; it is never trained and has no hooks."""

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
