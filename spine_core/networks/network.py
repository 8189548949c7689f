"""The base class of grading networks: from input images to logits, and to feature maps for class activation maps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from spine_core.networks.outputs import RELEASED, Outputs
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.target import Target
from spine_core.weights import ModelId

if TYPE_CHECKING:
    from torch import Tensor

BACKEND_BATCH = 8
"""Images per pass of a fast backend (``networks.backend``), 50 ms on two cores."""

TORCH_BATCH = 4
"""Images per forward pass of torch. Fixed, because the batch size alone changes torch's output by about 3e-6. Small, so
that a cancel takes effect within 300 ms: a pass of all released networks takes 180 ms on two cores, and larger batches
are no faster per image."""

TORCH = "torch float32"
"""The backend of every network that was not given another (``networks.backend``)."""


@dataclass(frozen=True, eq=False)
class EnsembleOutput:
    """What a network predicts for N crops.

    ``logits``: calibrated, (N, K). ``member_logits``: the same by each member's name, empty for a single network.
    ``embedding``: mean over space of the last feature maps, (N, C).
    """

    logits: npt.NDArray[np.float32]
    member_logits: Mapping[str, npt.NDArray[np.float32]]
    embedding: npt.NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """One of the images of a disc that a network sees, and the outputs that are read from it.

    ``name``: empty for the only view. ``level``: the one that its outputs are of; None for outputs of every level.
    """

    preprocessing: Preprocessing
    outputs: Outputs
    name: str = ""
    level: str | None = None


@runtime_checkable
class FeatureHead(Protocol):
    """A network that is split into the feature maps of one layer and what follows, the head.

    Networks whose head needs more than the feature maps (a class token, a skip connection) are split for given images,
    see ``Network.feature_head``.
    """

    @property
    def feature_layout(self) -> tuple[tuple[int, float], ...]:
        """For each member, the number of its feature maps and the input pixel on which their first cell is centred."""
        ...

    def features(self, images: Tensor) -> Tensor:
        """Feature maps of the last convolution for images (N, channels, size, size): (N, C, rows, columns)."""
        ...

    def head(self, maps: Tensor) -> Tensor:
        """Calibrated logits (N, K) from those maps."""
        ...


class Network(ABC):
    """A grading network: one trained network, or an ensemble. Thread-safe.

    ``preprocessing``, ``outputs``: how its input images are made, and what its K logits mean; of the first view, where
    it has several. ``id``: name, version and hash of the weights. ``backend``: what computes its scores.
    ``batch_size``: images per pass of that backend; a caller that evaluates one batch at a time can be cancelled in
    between. ``device``: torch's device of the weights and feature maps; images and logits are on the CPU.
    ``differentiable``: whether ``logits`` has gradients. ``has_feature_maps``: whether ``feature_head`` splits it.
    ``onnx``: the model where it is one; its logits are not calibrated.
    """

    preprocessing: Preprocessing
    id: ModelId
    outputs: Outputs = RELEASED
    backend: str = TORCH
    batch_size: int = TORCH_BATCH
    device: str = "cpu"
    differentiable: bool = True
    has_feature_maps: bool = False
    onnx: bytes | None = None

    @property
    def views(self) -> tuple[View, ...]:
        """What the network sees of a disc; images of all views have one size and one number of channels."""
        return (View(self.preprocessing, self.outputs),)

    @abstractmethod
    def logits(self, images: Tensor) -> Tensor:
        """Calibrated logits (N, K) for images (N, channels, size, size)."""

    def feature_head(self, images: Tensor) -> FeatureHead | None:
        """The network split for ``images`` (N, channels, size, size); None where it has no layer with feature maps.

        The head takes N maps, or any number where there is one image.
        """
        return None

    def embed(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Calibrated logits (N, K), and embeddings (N, C): means of the feature maps, None without such maps."""
        return self.logits(images), None

    def predict(self, images: npt.NDArray[np.float32]) -> EnsembleOutput:
        """Logits and embeddings for images (N, channels, size, size), in padded batches of ``TORCH_BATCH``."""
        import torch

        logits, pooled = [np.empty((0, self.outputs.logits), np.float32)], [np.empty((0, 0), np.float32)]
        with torch.inference_mode():
            for part, batch in batches(images, TORCH_BATCH):
                found, embedding = self.embed(torch.from_numpy(batch).to(memory_format=torch.channels_last))
                count = len(images[part])
                logits.append(found[:count].numpy())
                if embedding is not None:
                    pooled.append(embedding[:count].cpu().numpy())
        return EnsembleOutput(_stacked(logits), {}, _stacked(pooled))

    def predict_logits(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Calibrated logits (N, K) for images (N, channels, size, size)."""
        return self.predict(images).logits

    def raw(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Logits (N, K) before calibration; the calibrated ones where the network keeps the two together."""
        return self.predict_logits(images)

    def calibrated(self, raw: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Calibrated logits (N, K) from those of ``onnx``."""
        return raw

    def score(self, images: npt.NDArray[np.float32], target: Target) -> npt.NDArray[np.float64]:
        """Log-odds of ``target`` for images (N, channels, size, size): shape (N,)."""
        import torch

        return target.log_odds(torch.from_numpy(self.predict_logits(images))).numpy().astype(np.float64)


def _stacked(batches: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """All but the first, which stands for no batch at all."""
    return np.concatenate(batches[1:]) if len(batches) > 1 else batches[0]


def batches(images: npt.NDArray[np.float32], size: int) -> Iterator[tuple[slice, npt.NDArray[np.float32]]]:
    """Batches (size, ...) of images (N, ...), each with its slice of the N. The last batch is padded with zeros."""
    for start in range(0, len(images), size):
        part = images[start : start + size]
        batch = np.zeros((size, *part.shape[1:]), dtype=np.float32)
        batch[: len(part)] = part
        yield slice(start, start + size), batch
