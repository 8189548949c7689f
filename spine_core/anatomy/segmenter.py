"""The segmenter: a network that segments disc, vertebra and canal at twice the disc detector's resolution."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.anatomy import detector
from spine_core.weights import ModelId

PITCH = 60.0
"""Inter-disc distance in input pixels: about the resolution of the SPACE slices of the training data."""
SIZE = (384, 256)
"""Rows and columns of the input: one inter-disc distance above L1/L2 to one below L5/S1, prevertebral tissue to
spinous processes."""
STAGES = 3
"""Number of ResNet-18 stages. Three have a receptive field of three inter-disc distances, enough for disc and bone."""


@dataclass(frozen=True, eq=False)
class SpineSegmenter:
    """The trained segmenter, shared by all sessions; it has no hooks and is thread-safe."""

    id: ModelId
    _module: Any

    @classmethod
    def load(cls, path: Path, device: str = "cpu") -> SpineSegmenter:
        """Reads weights and card; ``device``: of torch. Raises ``WeightsError`` where they are missing or changed."""
        return cls(*detector.load(path, build(), device))

    def __call__(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Probabilities of every ``Structure``, (N, structures, rows/STRIDE, columns/STRIDE), for (N, rows, columns).

        The images are standardised by ``detector.standardise``; rows and columns are multiples of 16.
        """
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32))[:, None]
            batch = batch.to(detector.device_of(self._module), memory_format=torch.channels_last)
            out: npt.NDArray[np.float32] = torch.softmax(self._module(batch), 1).cpu().numpy()
        return out


def build() -> Any:
    """The untrained network."""
    return detector.build(detector.SEGMENTS, STAGES)
